"""index: what is new or changed is read again and nothing else, whoever writes and whoever dies."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import imagecodecs
import pytest

from functions.contract.errors import InvalidRequest, StoreUnavailable
from functions.footage import cards, generations
from functions.index import unit
from functions.index.summary import lines
from functions.media.plugins.installed import Installed
from functions.sidecars.mhl.digests import digest_of
from functions.storage.recording import RecordingStore
from tests.index.conftest import Shoot


def test_only_what_changed_is_read_again(shoot: Shoot) -> None:
    """A new clip, a changed one, one that is gone, and nothing: the index is as if made anew."""
    first = shoot.runner.run("index", shoot.fields())
    assert sorted(shoot.read) == ["A001_C001", "A001_C002", "B001_C001", "B001_C002"]
    shoot.read.clear()
    again = shoot.runner.run("index", shoot.fields())
    assert (again.status, again.unit, shoot.read) == ("reused", first.unit, [])
    shoot.take("day1/A001", "A001_C003")
    assert (shoot.index()["clips"], shoot.read) == (5, ["A001_C003"])
    frame = shoot.root / "day1" / "B001" / "B001_C001" / "B001_C001.000001.dng"
    os.utime(frame, ns=(1, 1))
    assert (shoot.index()["kept"], shoot.read) == (1, ["B001_C001"])
    shutil.rmtree(shoot.root / "day1" / "A001" / "A001_C002")
    assert (shoot.index()["clips"], shoot.read) == (4, [])
    names = {"A001_C001", "A001_C003", "B001_C001", "B001_C002"}
    assert shoot.entries().keys() == names
    found = shoot.entries()
    shutil.rmtree(shoot.out)
    shoot.index()
    assert shoot.entries() == found


def test_footage_that_is_as_it_was_once_is_indexed_so(shoot: Shoot) -> None:
    """A receipt of the first state does not answer for the third, which is equal to it."""
    shoot.index()
    late = shoot.take("day1/A001", "A001_C009")
    assert shoot.index()["generation"] == 2
    aside = shoot.root.parent / "aside"
    late.rename(aside)
    assert shoot.index()["generation"] == 3
    assert "A001_C009" not in shoot.entries()
    aside.rename(late)
    assert shoot.index()["generation"] == 4
    assert "A001_C009" in shoot.entries()


def test_a_clip_that_cannot_be_read_is_an_entry(shoot: Shoot) -> None:
    """With its error; the others of its card are there, and it is not tried again unchanged."""
    (shoot.root / "day1" / "A001" / "A001_C004.mov").write_bytes(b"\0\0\0\x14ftypqt  " + b"x" * 99)
    (shoot.root / "day1" / "A001" / "A001_C005.mov").write_bytes(b"")
    assert shoot.index()["unreadable"] == 2
    broken, empty = (shoot.entries()[f"A001_C00{n}.mov"] for n in (4, 5))
    assert (empty.code, empty.count) == ("damaged_source", 0)
    assert broken.code in ("damaged_source", "unsupported_media")
    assert shoot.entries()["A001_C001"].count == 2
    assert (shoot.index()["clips"], shoot.read) == (6, [])


def test_what_a_person_reads_of_it(shoot: Shoot) -> None:
    """Counts of clips and cards, what was looked at again, and what nobody can read."""
    (shoot.root / "day1" / "A001" / "A001_C004.mov").write_bytes(b"\0\0\0\x14ftypqt  " + b"x" * 99)
    assert [line.partition(", index ")[0] for line in lines(shoot.index())] == [
        "5 clips on 2 cards",
        "5 inspected, 0 kept of changed cards",
        "1 cannot be read: their entries say why",
        "seals: 5 not-sealed",
    ]
    shoot.take("day1/A001", "A001_C009")
    assert [*lines(shoot.index())][1] == "1 inspected, 3 kept of changed cards"


def test_a_plug_in_that_came_since_is_asked(shoot: Shoot, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody could read is read again when there is another reader, though it is as it was."""
    shoot.index()
    plugin = Installed("red", "red:Reader", "rushes-red", "1.2")
    monkeypatch.setattr(cards, "installed", lambda: (plugin,))
    shoot.index()
    assert len(shoot.read) == 4


def test_an_amf_beside_a_clip_is_part_of_it(shoot: Shoot) -> None:
    """It changes how the clip shows: that clip alone is read again, also when the AMF changes."""
    shoot.index()
    amf = shoot.root / "day1" / "A001" / "A001_C001" / "A001_C001.AMF"
    for text in ("one", "other"):
        amf.write_text(text)
        shoot.index()
        assert shoot.read == ["A001_C001"]


def test_a_card_is_below_its_root(shoot: Shoot) -> None:
    """A folder beside the root that begins as it does is none of its cards."""
    with pytest.raises(InvalidRequest, match="not below"):
        shoot.index(card=f"file://{shoot.root}-other/A001/")


def test_a_reader_that_fails_ends_no_card(shoot: Shoot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours at one file is told in its entry too."""
    reads: Any = unit.read_headers

    def failing(uri: str, *rest: Any, **more: Any) -> Any:
        if "A001_C001" in uri:
            raise ZeroDivisionError("by zero")
        return reads(uri, *rest, **more)

    monkeypatch.setattr(unit, "read_headers", failing)
    assert shoot.index()["unreadable"] == 1
    assert shoot.entries()["A001_C001"].code == "internal_error"


@pytest.mark.parametrize("killed_at", ["build", "publish"])
def test_killed_between_shards_and_index_it_goes_on(
    shoot: Shoot, monkeypatch: pytest.MonkeyPatch, killed_at: str
) -> None:
    """No header is read again, and the files are those of an index that was not killed."""

    class Killed(BaseException):
        pass

    def kill(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(unit if killed_at == "build" else generations, killed_at, kill)
        with pytest.raises(Killed):
            shoot.index()
    assert len(shoot.read) == 4
    shoot.index()
    assert shoot.read == []
    one = {p.relative_to(shoot.out): p.read_bytes() for p in files_of(shoot.out)}
    shutil.rmtree(shoot.out)
    shoot.index()
    assert {p.relative_to(shoot.out): p.read_bytes() for p in files_of(shoot.out)} == one


def files_of(folder: Path) -> list[Path]:
    """All but receipts, which measure."""
    return [p for p in folder.rglob("*") if p.is_file() and p.parent.name != ".rushes"]


def test_an_older_look_never_goes_over_a_newer_one(shoot: Shoot) -> None:
    """Of two writers who saw different footage the later look stays; the other looks again."""
    with shoot.runner._opened("index", shoot.fields()) as slow:
        slow.opened.sources()
        shoot.take("day1/A001", "A001_C003")
        shoot.index()
        slow.work.begin(shoot.root.parent)
        with pytest.raises(StoreUnavailable, match="look again"):
            slow.opened.run()
    assert "A001_C003" in shoot.entries()
    assert shoot.index()["generation"] == 1


def test_two_writers_of_one_state_are_one(shoot: Shoot) -> None:
    """A duplicate event at the same moment: both are answered, one generation stands."""
    with (
        shoot.runner._opened("index", shoot.fields()) as one,
        shoot.runner._opened("index", shoot.fields()) as two,
    ):
        for each in (one, two):
            each.opened.sources()
            each.opened.explain()
            each.work.begin(shoot.root.parent)
        assert one.opened.run().report == two.opened.run().report
    store = RecordingStore(shoot.runner.store)
    assert generations.history(f"file://{shoot.out}/", store) == [1]


def test_the_index_beside_the_footage_is_no_footage(shoot: Shoot) -> None:
    """Its own folder below the root, with its thumbnails, is passed over."""
    inside = {"output": f"file://{shoot.root}/index/", "thumbnails": True}
    assert shoot.index(**inside)["clips"] == 4
    assert (shoot.index(**inside)["generation"], shoot.read) == (1, [])


def test_anything_reads_it(shoot: Shoot) -> None:
    """A plain SQLite of any program: the columns that docs/index-footage.md names."""
    shoot.index()
    with sqlite3.connect(next(shoot.out.glob("footage-*.sqlite"))) as plain:
        found = plain.execute("SELECT name, reel, start, frames FROM clips ORDER BY id").fetchall()
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert found[0] == ("A001_C001", "A001", "01:00:00:01", 2)
    assert [row[0] for row in found] == ["A001_C001", "A001_C002", "B001_C001", "B001_C002"]


def seal(shoot: Shoot, card: str) -> None:
    shoot.runner.run("seal", {"input": f"file://{shoot.root}/day1/{card}/"})


@pytest.mark.parametrize("checksum", [False, True])
def test_seals_are_held_against_the_footage(shoot: Shoot, checksum: bool) -> None:
    """Sealed, not sealed, of another size or hash, gone, and beside a history that is broken."""
    seal(shoot, "A001")
    a, b = shoot.root / "day1" / "A001", shoot.root / "day1" / "B001"
    shoot.take("day1/A001", "A001_C003")
    shoot.index(checksum=checksum)
    states = {name: entry.seal.state for name, entry in shoot.entries().items()}
    assert states == {
        "A001_C001": "sealed", "A001_C002": "sealed", "A001_C003": "not-sealed",
        "B001_C001": "not-sealed", "B001_C002": "not-sealed",
    }  # fmt: skip
    frame = a / "A001_C001" / "A001_C001.000002.dng"
    content = bytearray(frame.read_bytes())
    content[-1] ^= 1
    frame.write_bytes(content if checksum else content[:-1])
    (a / "A001_C002" / "A001_C002.000001.dng").unlink()
    shutil.copytree(a / "ascmhl", b / "ascmhl")
    (next((b / "ascmhl").glob("*.mhl"))).write_bytes(b"<edited/>")
    shoot.index(checksum=checksum)
    found = {name: entry.seal for name, entry in shoot.entries().items()}
    assert found["A001_C001"].state == found["A001_C002"].state == "differs"
    assert "000002" in str(found["A001_C001"].detail)
    assert "sealed and not there: A001_C002.000001" in str(found["A001_C002"].detail)
    assert (found["B001_C001"].state, found["A001_C003"].state) == ("unknown", "not-sealed")


def test_a_hash_finds_what_a_size_cannot(shoot: Shoot) -> None:
    """Why `checksum` is there; what was compared is said."""
    seal(shoot, "A001")
    frame = shoot.root / "day1" / "A001" / "A001_C001" / "A001_C001.000002.dng"
    content = bytearray(frame.read_bytes())
    content[-1] ^= 1
    frame.write_bytes(content)
    shoot.index()
    seal_by_size = shoot.entries()["A001_C001"].seal
    shoot.index(checksum=True)
    seal_by_hash = shoot.entries()["A001_C001"].seal
    assert (seal_by_size.state, seal_by_size.checked) == ("sealed", "size")
    assert (seal_by_hash.state, seal_by_hash.checked) == ("differs", "hash")


def test_a_seal_without_sizes_says_that_names_were_compared(shoot: Shoot) -> None:
    """The size of a file is no must in a manifest (ASC MHL v2.0)."""
    seal(shoot, "A001")
    folder = shoot.root / "day1" / "A001" / "ascmhl"
    (manifest,) = folder.glob("*.mhl")
    before = digest_of("c4", manifest.read_bytes())
    manifest.write_text(re.sub(r' size="\d+"', "", manifest.read_text()))
    chain = folder / "ascmhl_chain.xml"
    chain.write_text(chain.read_text().replace(before, digest_of("c4", manifest.read_bytes())))
    shoot.index()
    found = shoot.entries()["A001_C001"].seal
    assert (found.state, found.checked) == ("sealed", None)
    assert "by name alone" in str(found.detail)


def test_each_clip_has_a_thumbnail_or_the_reason(shoot: Shoot) -> None:
    """A small JPEG of its middle frame; a frame that is damaged costs the picture alone."""
    whole = shoot.root / "day1" / "A001" / "A001_C001" / "A001_C001.000002.dng"
    whole.write_bytes(whole.read_bytes()[:300])
    shoot.index(thumbnails=True)
    found = shoot.entries()
    assert found["A001_C001"].thumbnail is None
    assert found["A001_C001"].no_thumbnail
    picture = imagecodecs.jpeg8_decode((shoot.out / str(found["B001_C001"].thumbnail)).read_bytes())
    assert picture.shape == (214, 320, 3)
