"""The index as one SQLite file: narrow rows to search, and each clip's whole entry as JSON.

SQLite is in Python and in every system, its format is frozen, and it is among the Library of
Congress's preferred ones for data sets. Nothing here needs more than SQL of any age to be read.

Reference: https://www.sqlite.org/fileformat2.html, https://www.sqlite.org/security.html
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import msgspec

from functions.contract.errors import DamagedSource, LimitExceeded
from functions.contract.request import NOT_JSON
from functions.contract.store import Store, read_within
from functions.footage.entry import Entry

LARGEST = 1 << 30
"""Bytes of an index that is opened: about a million clips, in memory while it is asked."""

_APPLICATION = 0x52555348  # "RUSH"
_SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE clips (
  id INTEGER PRIMARY KEY, uri TEXT NOT NULL, card TEXT NOT NULL, name TEXT NOT NULL, reel TEXT,
  clip TEXT, scene TEXT, take TEXT, camera TEXT, lens TEXT, codec TEXT, container TEXT,
  width INTEGER, height INTEGER, rate TEXT, fps REAL, start TEXT, last TEXT, date TEXT,
  frames INTEGER, bytes INTEGER, seal TEXT NOT NULL, mixed INTEGER NOT NULL, error TEXT);
CREATE TABLE entries (id INTEGER PRIMARY KEY, entry TEXT NOT NULL);
"""
_TABLES = {"about", "clips", "entries"}
_COLUMNS = 24
_CAMERA = ("make", "model", "unique_model", "serial", "camera_id")
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION}
_STEPS, _LOOKS = 10_000, 200_000  # two milliards of steps: a minute of a core, no answer needs it


def build(path: Path, entries: Sequence[Entry], about: dict[str, str]) -> None:
    """Write the index; the same entries in the same order give the same bytes.

    about : what is told of it, by name
    """
    mixed = _mixed_cards(entries)
    # Without a journal: nobody sees the file before it is whole.
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA page_size=16384;"
            f"PRAGMA application_id={_APPLICATION}; BEGIN; {_SCHEMA}"
        )
        made.executemany("INSERT INTO about VALUES (?, ?)", sorted(about.items()))
        made.executemany(
            f"INSERT INTO clips VALUES ({', '.join('?' * _COLUMNS)})",  # noqa: S608 - a count
            (_row(number, each, each.card in mixed) for number, each in enumerate(entries, 1)),
        )
        encode = msgspec.json.Encoder().encode
        made.executemany(
            "INSERT INTO entries VALUES (?, ?)",
            ((number, encode(each).decode()) for number, each in enumerate(entries, 1)),
        )
        made.execute("COMMIT")


def open_index(uri: str, store: Store, most: int = LARGEST) -> sqlite3.Connection:
    """The index in memory, to be read and nothing else; used by one thread at a time.

    A file of strangers may bring views, triggers or a damaged tree: reading plain tables of ours
    is all that is allowed, for a bounded time.

    Raises DamagedSource for what is no index of ours, LimitExceeded for one that is too large.
    """
    data = read_within(store, uri, most)
    found = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    try:
        found.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1 << 24)
        found.deserialize(data)
        found.executescript(
            "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA query_only=ON;"
        )
        (kind,) = found.execute("PRAGMA application_id").fetchone()
        _bound(found)
        tables = {
            name
            for kind_of, name, sql in found.execute("SELECT type, name, sql FROM sqlite_schema")
            if kind_of == "table" and str(sql).upper().startswith("CREATE TABLE")
        }
        odd = found.execute(
            "SELECT count(*) FROM sqlite_schema WHERE type IN ('view', 'trigger')"
        ).fetchone()[0]
        if kind != _APPLICATION or tables != _TABLES or odd:
            raise DamagedSource(f"{uri} is no index of footage", uri=uri)
        found.set_authorizer(_may_only_read)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        found.close()
        raise DamagedSource(f"{uri} is no index of footage: {error}", uri=uri) from error
    except DamagedSource:
        found.close()
        raise
    return found


def rows(
    found: sqlite3.Connection, uri: str, query: str, values: Sequence[object] = ()
) -> list[tuple[object, ...]]:
    """What a query gives. Raises DamagedSource for a damaged file, LimitExceeded for one that
    keeps its reader too long."""
    _bound(found)
    try:
        return found.execute(query, values).fetchall()
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise LimitExceeded(f"{uri} takes too long to read", uri=uri) from error
        raise DamagedSource(f"{uri} is damaged: {error}", uri=uri) from error
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise DamagedSource(f"{uri} is damaged: {error}", uri=uri) from error


def read_entry(text: object, uri: str) -> Entry:
    """An entry of the index. Raises DamagedSource."""
    try:
        return msgspec.json.decode(str(text), type=Entry)
    except NOT_JSON as error:
        raise DamagedSource(f"{uri} holds an entry that is none: {error}", uri=uri) from error


def all_entries(uri: str, store: Store) -> list[Entry]:
    """Every clip of an index, in the order of a walk."""
    with closing(open_index(uri, store)) as found:
        listed = rows(found, uri, "SELECT entry FROM entries ORDER BY id")
    return [read_entry(text, uri) for (text,) in listed]


def _bound(found: sqlite3.Connection) -> None:
    """Steps that the next query may take."""
    looks = iter(range(_LOOKS))
    found.set_progress_handler(lambda: next(looks, None) is None, _STEPS)


def _may_only_read(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def _mixed_cards(entries: Iterable[Entry]) -> set[str]:
    """Cards whose clips do not all have one rate."""
    rates: defaultdict[str, set[str]] = defaultdict(set)
    for each in entries:
        if each.rate is not None:
            rates[each.card].add(each.rate)
    return {card for card, found in rates.items() if len(found) > 1}


def _row(number: int, each: Entry, mixed: bool) -> tuple[object, ...]:
    camera = each.camera
    told = dict.fromkeys(str(camera[key]) for key in _CAMERA if camera.get(key))
    return (
        number, each.uri, each.card, each.name, each.reel, _text(camera.get("clip")),
        _text(camera.get("scene")), _text(camera.get("take")), " ".join(told) or None,
        _text(camera.get("lens")), each.codec, each.container, each.width, each.height, each.rate,
        float(Fraction(each.rate)) if each.rate else None, _label(each.start), _label(each.last),
        each.date, each.count, each.bytes, each.seal.state, int(mixed), each.error,
    )  # fmt: skip


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _label(timecode: str | None) -> str | None:
    """With colons alone, so that labels sort by time."""
    return None if timecode is None else timecode.replace(";", ":")
