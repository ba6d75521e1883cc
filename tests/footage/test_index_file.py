"""The index as a file: what strangers may bring instead of it, and how a walk orders its clips."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from functions.contract.errors import DamagedSource, LimitExceeded, RushesError
from functions.footage import database
from functions.footage.cards import place_of
from functions.footage.database import all_entries, build, open_index, rows
from functions.footage.entry import Entry
from functions.media.open.walk import clips_below
from functions.storage.file import FileStore

STORE = FileStore([Path("/")])


def entries(count: int) -> list[Entry]:
    return [
        Entry(uri=f"file:///c/A{n:04d}.mov", card="file:///c/", identity="1", key=str(n),
              name=f"A{n:04d}", files=1, bytes=n, rate="24", count=10)
        for n in range(count)
    ]  # fmt: skip


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "footage.sqlite"
    build(path, entries(50), {"root": "file:///c/"})
    return path


def test_entries_come_back_as_they_were(made: Path) -> None:
    """In their order, and the same entries make the same bytes."""
    assert all_entries(f"file://{made}", STORE) == entries(50)
    again = made.with_name("again.sqlite")
    build(again, entries(50), {"root": "file:///c/"})
    assert again.read_bytes() == made.read_bytes()


def test_an_index_is_read_and_nothing_else(made: Path) -> None:
    """No statement but a question of its tables is obeyed, whoever wrote the file."""
    with closing(open_index(f"file://{made}", STORE)) as found:
        for statement in ("DELETE FROM clips", "ATTACH '/tmp/x' AS x", "PRAGMA query_only=OFF",
                          "CREATE TABLE t (x)", "SELECT load_extension('x')"):  # fmt: skip
            with pytest.raises(DamagedSource):
                rows(found, "here", statement)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TRIGGER t AFTER INSERT ON clips BEGIN DELETE FROM clips; END",
        "CREATE VIEW v AS SELECT * FROM clips",
        "CREATE TABLE more (x)",
        "PRAGMA application_id=1",
        "ALTER TABLE clips RENAME TO others; CREATE VIEW clips AS SELECT 1",
    ],
)
def test_what_is_no_index_of_ours_is_refused(made: Path, change: str) -> None:
    """Triggers, views and other tables, which a reader would run or look in vain for."""
    with closing(sqlite3.connect(made)) as other:
        other.executescript(change)
    with pytest.raises(DamagedSource):
        open_index(f"file://{made}", STORE)


def test_a_question_without_end_is_ended(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bounded number of steps, however the file makes them many."""
    monkeypatch.setattr(database, "_LOOKS", 50)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n) SELECT max(x) FROM n"
    with closing(open_index(f"file://{made}", STORE)) as found:
        found.set_authorizer(None)
        with pytest.raises(LimitExceeded):
            rows(found, "here", endless)


def test_damaged_files_end_in_the_contracts_errors(made: Path) -> None:
    """500 mutations: the entries as they were written, other ones, or an error of ours."""
    whole, path = made.read_bytes(), made.with_name("damaged.sqlite")
    for seed in range(500):
        chance = random.Random(seed)
        data = bytearray(whole)
        for _ in range(chance.randint(1, 40)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.randrange(len(data))] if seed % 5 == 0 else data)
        try:
            all_entries(f"file://{path}", STORE)
        except RushesError as error:
            assert not isinstance(error, LimitExceeded), error


def test_clips_are_sorted_as_a_walk_meets_them(tmp_path: Path) -> None:
    """Sequences before movies before folders, whatever their names: a pull by index sees the
    clips in the order of one by folder."""
    names = ["b/z.mov", "b/a/x.0001.dng", "b/a/x.0002.dng", "b.mov", "a!/k.mov", "a/k.mov",
             "a/n.0001.dpx", "a/n.0002.dpx", "a/B.mov", "A.001.dng", "A.002.dng", "a-b/q.mov",
             "a/seq/s.1001.exr", "a/seq/s.1002.exr"]  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    walked = list(clips_below(f"file://{tmp_path}", STORE))
    assert len(walked) == 10
    shuffled = random.Random(1).sample(walked, len(walked))
    assert sorted(shuffled, key=place_of) == walked
