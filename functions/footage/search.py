"""Questions to an index of footage, as a coordinator asks them."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from typing import Annotated, Any, Literal

import msgspec

from functions.contract import uris
from functions.contract.errors import InvalidRequest
from functions.contract.numbers import read_exact
from functions.contract.operation import about
from functions.contract.store import Store
from functions.footage.database import LARGEST, open_index, read_entry, rows
from functions.footage.generations import index_file

_LABEL = r"((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d[:;.]\d{2,3})"
_TIMECODE = re.compile(f"{_LABEL}(?:-{_LABEL})?", re.ASCII)
_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?", re.ASCII)
_SAME_RATE = 0.006  # 23.98 is 23.976, and 24 is another
_KEPT = 256 << 20
_NOT_TOLD = ("key", "identity")  # of use to rushes alone

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_BEGINS = "or how it begins; * and ? stand for what you like"


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is wanted of an index; of several wishes each must hold. Case does not matter."""

    input: Annotated[str, about("folder of an index, or its .sqlite file", uri=True)]
    reel: Annotated[Text, about(f"reel, {_BEGINS}", unit="NAME")] | None = None
    clip: Annotated[Text, about(f"clip, {_BEGINS}", unit="NAME")] | None = None
    card: Annotated[Text, about("words of the card's folder", unit="TEXT")] | None = None
    scene: Annotated[Text, about("scene; * and ? stand for what you like", unit="NAME")] | None = (
        None
    )
    take: Annotated[Text, about("take", unit="NAME")] | None = None
    camera: (
        Annotated[Text, about("words of make, model, serial number or letter", unit="TEXT")] | None
    ) = None
    lens: Annotated[Text, about("words of the lens", unit="TEXT")] | None = None
    codec: Annotated[Text, about("codec or container, as prores or dng", unit="NAME")] | None = None
    rate: Annotated[Text, about("frames per second, as 24 or 23.976", unit="FPS")] | None = None
    timecode: (
        Annotated[Text, about("clips that hold some of it: a label, or first-last", unit="SPAN")]
        | None
    ) = None
    date: (
        Annotated[Text, about("day, month or year, as 2026-11-30, or first..last", unit="DATE")]
        | None
    ) = None
    seal: (
        Annotated[
            Literal["sealed", "not-sealed", "differs", "unknown"],
            about("what the MHLs beside it say"),
        ]
        | None
    ) = None
    mixed_rates: Annotated[bool, about("clips of cards that do not have one rate")] = False
    unreadable: Annotated[bool, about("clips that cannot be read")] = False
    limit: Annotated[int, about("most clips that are listed", ge=1, le=10_000, unit="COUNT")] = 100


def read_question(fields: Mapping[str, Any]) -> Question:
    """A question of plain values or of texts. Raises InvalidRequest that says what is wrong."""
    try:
        question = msgspec.convert(dict(fields), Question, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"question: {error}") from error
    return msgspec.structs.replace(question, input=uris.canonical(question.input, field="input"))


class Shelf:
    """Indexes that were opened, kept while they are the newest; for one process and many threads.

    most : bytes of an index that is opened
    """

    def __init__(self, most: int = LARGEST) -> None:
        self._most = min(most, LARGEST)
        self._lock = threading.Lock()
        self._kept: tuple[tuple[str, int, str], sqlite3.Connection] | None = None

    def find(self, question: Question, store: Store) -> dict[str, Any]:
        """The answer: `found` clips in all, and the first of them, as `clips`.

        Raises SourceNotFound where there is no index, DamagedSource for a file that is none.
        """
        uri = index_file(question.input, store)
        stat = store.stat(uri)
        seen = stat.uri, stat.bytes, stat.identity
        with self._lock:
            if self._kept is not None and self._kept[0] == seen:
                return ask(self._kept[1], uri, question)
        opened = open_index(uri, store, self._most)
        if stat.bytes > min(_KEPT, self._most):
            with closing(opened):
                return ask(opened, uri, question)
        with self._lock:
            old, self._kept = self._kept, (seen, opened)
            if old is not None:
                old[1].close()
            return ask(opened, uri, question)


def ask(found: sqlite3.Connection, uri: str, question: Question) -> dict[str, Any]:
    """The answer of an index that is open."""
    where, values = conditions(question)
    ((count,),) = rows(found, uri, f"SELECT count(*) FROM clips WHERE {where}", values)  # noqa: S608
    listed = rows(
        found,
        uri,
        "SELECT entries.entry, clips.mixed FROM clips JOIN entries ON entries.id = clips.id"  # noqa: S608
        f" WHERE {where} ORDER BY clips.id LIMIT ?",
        [*values, question.limit],
    )
    folder = uris.parent(uri)
    return {
        "file": uri,
        "found": count,
        "clips": [_answer_of(read_entry(text, uri), bool(mixed), folder) for text, mixed in listed],
    }


def _answer_of(entry: msgspec.Struct, mixed: bool, folder: str) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(entry)
    kept = {name: value for name, value in told.items() if name not in _NOT_TOLD}
    if name := kept.get("thumbnail"):
        kept["thumbnail"] = uris.join(folder, name)
    return {**kept, "mixed_rates": mixed} if mixed else kept


def conditions(question: Question) -> tuple[str, list[object]]:
    """SQL of constants alone, and the values of its places. Raises InvalidRequest."""
    parts: list[str] = ["1"]
    values: list[object] = []

    def add(part: str, *more: object) -> None:
        parts.append(f"({part})")
        values.extend(more)

    if question.reel is not None:
        add(f"coalesce(clips.reel, clips.name) {_LIKE}", _pattern(question.reel, begins=True))
    if question.clip is not None:
        wanted = _pattern(question.clip, begins=True)
        add(f"clips.name {_LIKE} OR clips.clip {_LIKE}", wanted, wanted)
    for column in ("scene", "take"):
        if (value := getattr(question, column)) is not None:
            add(f"clips.{column} {_LIKE}", _pattern(value))
    for column in ("card", "camera", "lens"):
        for word in (getattr(question, column) or "").split():
            add(f"clips.{column} {_LIKE}", f"%{_pattern(word)}%")
    if question.codec is not None:
        add(f"clips.codec {_LIKE} OR clips.container {_LIKE}", *[_pattern(question.codec)] * 2)
    if question.rate is not None:
        add("abs(clips.fps - ?) < ?", _rate(question.rate), _SAME_RATE)
    if question.timecode is not None:
        first, last = _span(question.timecode)
        add(
            "(clips.start <= ? AND clips.last >= ?) OR"
            # A clip that goes on past midnight.
            " (clips.last < clips.start AND (clips.start <= ? OR clips.last >= ?))",
            last, first, last, first,
        )  # fmt: skip
    if question.date is not None:
        first, last = _days(question.date)
        add("clips.date >= ? AND clips.date <= ?", first, f"{last}~")
    if question.seal is not None:
        add("clips.seal = ?", question.seal)
    if question.mixed_rates:
        add("clips.mixed = 1")
    if question.unreadable:
        add("clips.error IS NOT NULL")
    return " AND ".join(parts), values


_LIKE = r"LIKE ? ESCAPE '\'"


def _pattern(text: str, *, begins: bool = False) -> str:
    r"""As SQL's LIKE has it.

    Examples
    --------
    >>> _pattern("A0?1_*"), _pattern("50%", begins=True)
    ('A0_1\\_%', '50\\%%')
    """
    plain = re.sub(r"[\\%_]", r"\\\g<0>", text)
    wild = plain.replace("*", "%").replace("?", "_")
    return f"{wild}%" if begins and wild == plain else wild


def _rate(text: str) -> float:
    try:
        return float(read_exact(text))
    except ValueError as error:
        raise InvalidRequest(f"rate {text!r}: {error}", field="rate") from error


def _span(text: str) -> tuple[str, str]:
    found = _TIMECODE.fullmatch(text)
    if found is None:
        raise InvalidRequest(
            f"timecode {text!r}: write 01:00:00:00, or 01:00:00:00-01:10:00:00", field="timecode"
        )
    first, last = (re.sub("[;.]", ":", label) for label in (found[1], found[2] or found[1]))
    if last < first:
        raise InvalidRequest(f"timecode {text!r} ends before it begins", field="timecode")
    return first, last


def _days(text: str) -> tuple[str, str]:
    first, dots, last = text.partition("..")
    last = last if dots else first
    if not _DATE.fullmatch(first) or not _DATE.fullmatch(last):
        raise InvalidRequest(
            f"date {text!r}: write 2026-11-30, 2026-11 or 2026-11-01..2026-11-30", field="date"
        )
    if f"{last}~" < first:
        raise InvalidRequest(f"date {text!r} ends before it begins", field="date")
    return first, last
