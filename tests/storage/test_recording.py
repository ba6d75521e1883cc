"""What a unit's store notes for the receipt, remembers and times."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from functions.contract import uris
from functions.contract.errors import SourceNotFound
from functions.contract.receipt import Input
from functions.contract.store import Content, Stat, Store, beginning
from functions.storage import open_store, recording
from functions.storage.recording import RecordingStore


class Counting:
    """A store that counts which verbs are asked of it."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.asked: list[str] = []

    def stat(self, uri: str) -> Stat:
        self.asked.append("stat")
        return self.inner.stat(uri)

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        self.asked.append("list")
        return self.inner.list(folder, start)

    def folders(self, folder: str) -> tuple[str, ...]:
        self.asked.append("folders")
        return self.inner.folders(folder)

    def unlisted(self, folder: str) -> dict[str, str]:
        return self.inner.unlisted(folder)

    def read(self, uri: str) -> bytes:
        self.asked.append("read")
        return self.inner.read(uri)

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        self.asked.append("read_range")
        return self.inner.read_range(uri, start, length)

    def open(self, uri: str) -> BinaryIO:
        self.asked.append("open")
        return self.inner.open(uri)

    def put_if_absent(self, uri: str, content: Content) -> bool:
        self.asked.append("put_if_absent")
        return self.inner.put_if_absent(uri, content)

    def put(self, uri: str, content: Content) -> None:
        self.asked.append("put")
        self.inner.put(uri, content)


@pytest.fixture
def root(tmp_path: Path) -> str:
    """A folder with three frames and a folder in it."""
    (tmp_path / "clip" / "deep").mkdir(parents=True)
    for name in "abc":
        (tmp_path / "clip" / name).write_bytes(name.encode() * 1000)
    return f"file://{tmp_path}/clip"


@pytest.fixture
def inner(root: str) -> Counting:
    """The store below."""
    return Counting(open_store((root,), None))


@pytest.fixture
def store(inner: Counting) -> RecordingStore:
    """The recording store on top."""
    return RecordingStore(inner)


def whole(root: str, name: str) -> Input:
    """The note of a file that was read whole."""
    digest = xxhash.xxh64_hexdigest(name.encode() * 1000)
    return Input(uri=f"{root}/{name}", bytes=1000, xxh64=digest)


def test_whole_reads_are_noted_with_their_checksum(store: RecordingStore, root: str) -> None:
    """Each file read whole stands once in the inputs, sorted by URI, with size and xxh64."""
    for name in "cacc":
        assert store.read(f"{root}/{name}") == name.encode() * 1000
    with store.open(f"{root}/b") as reader:
        assert reader.read(1) == b"b"
    assert store.inputs() == (whole(root, "a"), whole(root, "b"), whole(root, "c"))


def test_ranges_are_noted_without_a_checksum(store: RecordingStore, root: str) -> None:
    """A file of which ranges were read has its whole size and no xxh64."""
    assert store.read_range(f"{root}/a", 10, 5) == b"aaaaa"
    store.read_range(f"{root}/a", 990, 50)
    assert store.inputs() == (Input(uri=f"{root}/a", bytes=1000, xxh64=None),)


def test_a_checksum_is_not_lost_to_a_range(store: RecordingStore, root: str) -> None:
    """A file read whole and in ranges, in either order, keeps its checksum."""
    store.read(f"{root}/a")
    store.read_range(f"{root}/a", 0, 1)
    store.read_range(f"{root}/b", 0, 1)
    store.read(f"{root}/b")
    assert store.inputs() == (whole(root, "a"), whole(root, "b"))


def test_a_small_file_is_opened_by_one_whole_read(
    store: RecordingStore, inner: Counting, root: str
) -> None:
    """Opening what is small reads it whole and opens nothing."""
    list(store.list(root))
    with store.open(f"{root}/a") as reader:
        assert reader.read() == b"a" * 1000
    assert inner.asked == ["list", "read"]


def test_headers_then_the_file_are_one_fetch(
    store: RecordingStore, inner: Counting, root: str
) -> None:
    """What was opened whole is not fetched again by the next read; the read after that is."""
    list(store.list(root))
    with store.open(f"{root}/a") as reader:
        reader.read(4)
    assert store.read(f"{root}/a") == b"a" * 1000
    assert inner.asked == ["list", "read"]
    store.read(f"{root}/a")
    store.open(f"{root}/b").close()
    store.put(f"{root}/b", b"new")
    assert store.read(f"{root}/b") == b"new"
    assert inner.asked == ["list", "read", "read", "read", "put", "read"]


def test_a_large_file_is_opened_and_read_in_parts(
    store: RecordingStore, inner: Counting, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening what is large stages nothing, and is noted without a checksum."""
    monkeypatch.setattr(recording, "READ_WHOLE", 999)
    with store.open(f"{root}/a") as reader:
        reader.seek(-3, 2)
        assert reader.read() == b"aaa"
        assert reader.seek(0) == 0
        assert reader.read(4) == b"aaaa"
        assert reader.tell() == 4
        assert reader.fileno() > 0
    assert "read" not in inner.asked
    assert store.inputs() == (Input(uri=f"{root}/a", bytes=1000, xxh64=None),)


def test_what_failed_or_was_only_looked_at_is_no_input(store: RecordingStore, root: str) -> None:
    """Stats, listings, puts and reads of what is not there leave no note."""
    store.stat(f"{root}/a")
    list(store.list(root))
    store.folders(root)
    store.put(f"{root}/new", b"x")
    store.put_if_absent(f"{root}/new", b"x")
    for read in (store.read, store.open, store.stat, lambda u: store.read_range(u, 0, 1)):
        with pytest.raises(SourceNotFound):
            read(f"{root}/none")
    assert store.inputs() == ()


def test_a_listing_answers_for_every_frame(
    store: RecordingStore, inner: Counting, root: str
) -> None:
    """One listing answers later listings and stats, with the folder's slash and without."""
    listed = list(store.list(root))
    assert list(store.list(root + "/")) == listed
    assert [store.stat(f"{root}/{name}") for name in "abc"] == listed
    assert store.folders(root) == store.folders(root + "/") == (f"{root}/deep/",)
    assert inner.asked == ["list", "folders"]


def test_what_is_missing_is_asked_again(store: RecordingStore, inner: Counting, root: str) -> None:
    """That something is not there is not remembered."""
    for _ in range(2):
        with pytest.raises(SourceNotFound):
            store.stat(f"{root}/new")
    inner.inner.put(f"{root}/new", b"x")
    assert store.stat(f"{root}/new").bytes == 1


@pytest.mark.parametrize("verb", ["put", "put_if_absent"])
def test_a_put_is_seen_at_once(store: RecordingStore, root: str, verb: str) -> None:
    """After a put, stat, listing and folders are the new ones."""
    assert store.stat(f"{root}/a").bytes == 1000
    assert len(list(store.list(root))) == 3
    assert len(store.folders(root)) == 1
    getattr(store, verb)(f"{root}/new/d", b"x")
    store.put(f"{root}/a", b"xx")
    assert store.stat(f"{root}/a").bytes == 2
    assert store.folders(root) == (f"{root}/deep/", f"{root}/new/")
    assert [stat.bytes for stat in store.list(root)] == [2, 1000, 1000]


def test_a_listing_from_before_a_put_is_not_kept(
    store: RecordingStore, inner: Counting, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A put on another thread, while a listing is under way, makes the next one ask again."""
    original = inner.list

    def overtaken(folder: str, start: str = "") -> Iterator[Stat]:
        answer = list(original(folder))
        monkeypatch.undo()
        store.put(f"{root}/d", b"x")
        return iter(answer)

    monkeypatch.setattr(inner, "list", overtaken)
    assert len(list(store.list(root))) == 3
    assert len(list(store.list(root))) == 4


def test_forget_asks_the_store_again(store: RecordingStore, inner: Counting, root: str) -> None:
    """What another worker changed is seen after forgetting, one thing or everything."""
    store.stat(f"{root}/a")
    store.stat(f"{root}/b")
    for name in "ab":
        inner.inner.put(f"{root}/{name}", b"x")
    store.forget(f"{root}/a")
    assert (store.stat(f"{root}/a").bytes, store.stat(f"{root}/b").bytes) == (1, 1000)
    store.forget()
    assert store.stat(f"{root}/b").bytes == 1


def test_fetching_is_timed(inner: Counting, root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every verb that reads runs inside the stage, also each read of an open file."""
    entered: list[str] = []

    @contextmanager
    def stage() -> Iterator[None]:
        entered.append("in")
        yield

    store = RecordingStore(inner)
    store.timed_by(stage)

    def times() -> int:
        count = len(entered)
        entered.clear()
        return count

    store.stat(f"{root}/a")
    assert times() == 1
    store.read(f"{root}/a")
    assert times() == 1
    store.read_range(f"{root}/a", 0, 1)
    assert times() == 1
    list(store.list(root))
    assert times() == 1
    monkeypatch.setattr(recording, "READ_WHOLE", 0)
    with store.open(f"{root}/a") as reader:
        assert times() == 1
        reader.read(1)
        assert times() == 1
        reader.seek(0)
        reader.read()
        assert times() >= 1


def test_threads_may_share_it(store: RecordingStore, root: str) -> None:
    """Many threads that read, list and put at once lose no note and raise nothing."""
    gate = threading.Barrier(8)

    def use(number: int) -> None:
        gate.wait()
        for turn in range(20):
            store.read(f"{root}/{'abc'[turn % 3]}")
            list(store.list(root))
            store.put(f"{root}/deep/{number}", b"x")
            store.folders(root)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(8)))
    assert store.inputs() == tuple(whole(root, name) for name in "abc")


def test_a_part_of_a_listing_is_remembered_too(
    store: RecordingStore, inner: Counting, root: str
) -> None:
    """Names that begin so are asked for once, are a look into the whole where that is known, and
    are asked for again after a put."""
    store.put(f"{root}/aa", b"x")
    inner.asked.clear()
    for _ in range(2):
        assert [uris.basename(s.uri) for s in store.list(root, "a")] == ["a", "aa"]
    assert inner.asked == ["list"]
    assert len(list(store.list(root))) == 4
    assert [uris.basename(s.uri) for s in store.list(root, "b")] == ["b"]
    assert inner.asked == ["list", "list"]
    store.put(f"{root}/ab", b"x")
    assert len(list(store.list(root, "a"))) == 3
    assert inner.asked[-2:] == ["put", "list"]


@given(
    names=st.sets(st.text("ab.01", min_size=1, max_size=4), max_size=20),
    start=st.text("ab.01", max_size=3),
)
def test_the_beginning_of_a_sorted_listing(names: set[str], start: str) -> None:
    """It is what a look at every name would find."""
    listed = tuple(Stat(f"file:///d/{name}", 1, "1") for name in sorted(names))
    wanted = [stat for stat in listed if uris.basename(stat.uri).startswith(start)]
    assert list(beginning(listed, f"file:///d/{start}")) == wanted
