"""Folders as they come: odd names, links, many files, somebody who still writes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rushes
from functions.contract.errors import InvalidRequest, RushesError, StoreUnavailable
from functions.contract.receipt import Receipt
from functions.footage import mhl_history as history
from functions.seal import hashing
from functions.sidecars.mhl.read import read_chain, read_hash_list
from functions.storage.file import FileStore
from tests.seal.reference_tool import ascmhl

DAYS = [f"2026-01-{day:02d}T09:15:00+00:00" for day in range(1, 9)]
NAMES = [
    " lead.mov",
    "trail.mov ",
    "\u00a0hard space.mov",
    "\u00e9 composed.mov",
    "e\u0301 decomposed.mov",
    "a \"b\" 'c' & <d>.mov",
    "100%20.mov",
    "a#b?c.mov",
    "back\\slash.mov",
    "[1]*.mov",
    "!bang.mov",
    "#hash.mov",
    "ends with dot.",
    "\u202eright to left.mov",
    "\U0001f3a5.mov",
    "inner folder /f.mov",
]


def seal(root: Path, **fields: Any) -> Receipt:
    return rushes.call("seal", input=str(root), **fields)


def report(root: Path, **fields: Any) -> dict[str, Any]:
    found = seal(root, **fields).report
    assert found is not None
    return found


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A file of every odd name that a manifest can carry."""
    root = tmp_path / "A001"
    for name in NAMES:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return root


def test_odd_names_are_sealed_and_verified_by_the_reference_tool(odd: Path) -> None:
    """Spaces at both ends, quotes, composed and decomposed letters: each file is in both."""
    assert report(odd, date=DAYS[0])["files"] == len(NAMES)
    assert report(odd, mode="verify")["verified"] == len(NAMES)
    ascmhl("verify", odd)


def test_odd_names_of_the_reference_tool_are_found(odd: Path) -> None:
    """A seal by the reference tool over the same names verifies here, none new or missing."""
    ascmhl("create", "-h", "xxh64", odd)
    found = report(odd, mode="verify")
    assert (found["verified"], found["new"], found["missing"]) == (len(NAMES), [], [])


ODD: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a link to a folder": ("link to a folder", lambda p: (p / "x").symlink_to(p / "sub")),
    "a circle": ("link to a folder", lambda p: (p / "sub/x").symlink_to(p)),
    "a dead link": ("leads nowhere", lambda p: (p / "x").symlink_to("gone")),
    "a pipe": ("device, pipe or socket", lambda p: os.mkfifo(p / "x")),
    "two lines": ("control characters", lambda p: (p / "x\ny").write_bytes(b"x")),
    "no UTF-8": (
        "no UTF-8",
        lambda p: Path(os.fsdecode(os.fsencode(p) + b"/\xff")).write_bytes(b"x"),
    ),
    "no XML": ("XML cannot hold", lambda p: (p / "x\ufffe").write_bytes(b"x")),
}


@pytest.mark.parametrize("what", ODD)
def test_what_no_manifest_can_hold_is_not_passed_over(tmp_path: Path, what: str) -> None:
    """A seal that leaves something out in silence proves nothing: `create` refuses and names
    it, a check tells it, and `ignore` leaves it out on purpose."""
    said, make = ODD[what]
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/a").write_bytes(b"a")
    seal(tmp_path, date=DAYS[0])
    make(tmp_path)
    with pytest.raises(InvalidRequest, match=said):
        seal(tmp_path, date=DAYS[1])
    found = report(tmp_path, mode="verify")
    assert len(found["odd"]) == 1
    assert said in found["odd"][0]
    left_out = ["x*", "/sub/x", "/*udcff*"]
    assert report(tmp_path, date=DAYS[1], ignore=left_out)["verified"] == 1


def test_a_link_to_a_file_is_sealed_as_the_file(tmp_path: Path) -> None:
    """As the reference tool does, whose verification agrees."""
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "b").symlink_to("a")
    assert report(tmp_path, date=DAYS[0])["files"] == 2
    ascmhl("verify", tmp_path)


def test_a_file_that_is_still_written_is_not_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More or fewer bytes than the listing said end in a retryable sentence with the name,
    and no generation is written; once the writer is done, the seal is made."""
    (tmp_path / "a").write_bytes(b"a")
    growing = tmp_path / "growing.mov"
    growing.write_bytes(b"first half")
    read = FileStore.read

    def slow(self: FileStore, uri: str) -> bytes:
        if uri.endswith("growing.mov") and growing.stat().st_size == len(b"first half"):
            with growing.open("ab") as file:
                file.write(b", second half")
        return read(self, uri)

    monkeypatch.setattr(FileStore, "read", slow)
    with pytest.raises(StoreUnavailable, match=r"growing\.mov changes while it is read") as caught:
        seal(tmp_path, date=DAYS[0])
    assert caught.value.retryable
    assert not (tmp_path / "ascmhl").exists()
    assert report(tmp_path, date=DAYS[0])["files"] == 2


def test_a_large_file_that_is_still_written_is_not_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for a file that is streamed."""
    monkeypatch.setattr(hashing, "_WHOLE", 0)
    growing = tmp_path / "growing.mov"
    growing.write_bytes(b"first half")
    read = FileStore.read

    def slow(self: FileStore, uri: str) -> bytes:
        if uri.endswith("growing.mov"):
            growing.write_bytes(b"short")
        return read(self, uri)

    monkeypatch.setattr(FileStore, "read", slow)
    with pytest.raises(StoreUnavailable, match="10 bytes were listed, 5 came"):
        seal(tmp_path, date=DAYS[0])


def test_work_grows_with_the_files_and_not_with_their_square(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third generation reads each file once and turns each history into values a fixed
    number of times, however many files there are."""
    calls: Counter[str] = Counter()
    read, made = FileStore.read, history.History.__post_init__

    def counted(self: FileStore, uri: str) -> bytes:
        calls["read"] += 1
        return read(self, uri)

    def counted_history(self: history.History) -> None:
        calls["history"] += 1
        made(self)

    monkeypatch.setattr(FileStore, "read", counted)
    monkeypatch.setattr(history.History, "__post_init__", counted_history)

    def third(count: int) -> Counter[str]:
        root = tmp_path / str(count)
        for number in range(count):
            folder = root / f"{number % 7}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number}.dng").write_bytes(b"%d" % number)
        for day in DAYS[:2]:
            seal(root, date=day)
        calls.clear()
        seal(root, date=DAYS[2])
        return Counter(calls)

    few, many = third(30), third(300)
    assert many["history"] == few["history"]
    assert many["read"] - few["read"] == 270


def test_renamed_files_of_one_content_keep_their_histories(tmp_path: Path) -> None:
    """Several files with the same hash that all move are all found again, each once."""
    for number in range(4):
        (tmp_path / f"black.{number}.dng").write_bytes(b"black")
    seal(tmp_path, date=DAYS[0])
    for number in range(4):
        (tmp_path / f"black.{number}.dng").rename(tmp_path / f"A001.{number}.dng")
    found = report(tmp_path, date=DAYS[1], renames=True)
    assert (found["verified"], found["new"], found["missing"]) == (4, [], [])
    second = sorted((tmp_path / "ascmhl").glob("0002*"))[0]
    moved = {f.path: f.previous for f in read_hash_list(second.read_bytes(), "2").files}
    assert moved == {f"A001.{n}.dng": f"black.{n}.dng" for n in range(4)}
    ascmhl("verify", tmp_path)


def test_a_generation_of_somebody_else_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sealed meanwhile stays in the chain: the second is told to try again, and then
    makes the generation after it."""
    (tmp_path / "a").write_bytes(b"a")
    place = "functions.seal.sealing.hash_files"

    def meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(place, hashing.hash_files)
        seal(tmp_path, date=DAYS[0])
        return hashing.hash_files(*given)

    monkeypatch.setattr(place, meanwhile)
    with pytest.raises(StoreUnavailable, match="somebody else"):
        seal(tmp_path, date=DAYS[1])
    seal(tmp_path, date=DAYS[1])
    chain = read_chain((tmp_path / "ascmhl/ascmhl_chain.xml").read_bytes(), "chain")
    assert [(g.number, g.name[-22:-12]) for g in chain] == [(1, "2026-01-01"), (2, "2026-01-02")]
    assert len(list((tmp_path / "ascmhl").glob("*.mhl"))) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"ignore": ["!"]},
        {"ignore": ["\\"]},
        {"author": "a\x01b"},
        {"comment": "a\x0bb"},
        {"date": "0001-01-01T00:00:00+23:00"},
    ],
)
def test_what_no_manifest_can_say_is_an_invalid_request(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    """Patterns that are none, characters that XML cannot hold and dates out of range."""
    (tmp_path / "a").write_bytes(b"a")
    with pytest.raises(RushesError) as caught:
        seal(tmp_path, **fields)
    assert caught.value.code == "invalid_request"


def test_what_a_killed_worker_left_is_no_part_of_a_seal(tmp_path: Path) -> None:
    """A temporary of ours is left out, for the reference tool too."""
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / ".rushes-tmp-0123456789abcdef01234567").write_bytes(b"half")
    assert report(tmp_path, date=DAYS[0])["files"] == 1
    ascmhl("verify", tmp_path)


@pytest.mark.parametrize("tool", [False, True])
def test_what_is_ignored_later_is_not_missing(tmp_path: Path, tool: bool) -> None:
    """A file that an earlier generation sealed and a later one leaves out is gone on purpose,
    whoever sealed; the reference tool agrees."""
    for name in ("a.mov", "sub/b.txt", "c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    if tool:
        ascmhl("create", "-h", "md5", tmp_path)
        ascmhl("create", "-h", "md5", "-i", "*.mov", "-i", "sub", tmp_path)
    else:
        seal(tmp_path, date=DAYS[0])
        seal(tmp_path, date=DAYS[1], ignore=["*.mov", "sub"])
    found = report(tmp_path, mode="verify")
    assert (found["verified"], found["missing"], found["new"]) == (1, [], [])
    ascmhl("verify", tmp_path)
