"""What every store does, local or S3: one suite for both."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from functions.contract.errors import InvalidRequest, Refused, RushesError, SourceNotFound
from functions.contract.store import Content, Store
from functions.storage import open_store
from tests.storage.place import Place

NAMES = [
    "A001.%06d.dng",
    "100%25 grey.dpx",
    "with  two spaces .mov",
    "Übersicht Å 東京 🎬.exr",
    "e\u0301 decomposed.exr",
    "a+b&c=d#e?f~g;h,i@j!k$l'm(n)[o]{p}^q`r|s\"t<u>v*.w",
    ".hidden",
    "n" * 255,
    "日" * 85,
]

VERBS: list[Callable[[Store, str], object]] = [
    lambda store, uri: store.stat(uri),
    lambda store, uri: store.read(uri),
    lambda store, uri: store.read_range(uri, 0, 1),
    lambda store, uri: store.read_range(uri, 0, 0),
    lambda store, uri: store.open(uri),
]
WRITES: list[Callable[[Store, str], object]] = [
    lambda store, uri: store.put(uri, b"x"),
    lambda store, uri: store.put_if_absent(uri, b"x"),
]
LISTS: list[Callable[[Store, str], object]] = [
    lambda store, uri: list(store.list(uri)),
    lambda store, uri: store.folders(uri),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_literal(place: Place, name: str) -> None:
    """What is put under a name is found under that name and in its folder's listing."""
    store, uri = place.store(), place.uri("A001 %41", name)
    store.put(uri, name.encode())
    assert store.read(uri) == name.encode()
    assert [stat.uri for stat in store.list(place.uri("A001 %41"))] == [uri]
    assert store.folders(place.root) == (place.uri("A001 %41/") + "/",)
    if "%" in name:
        with pytest.raises(SourceNotFound):
            store.read(place.uri("A001 %41", name.replace("%25", "%").replace("%06d", "000001")))


@pytest.mark.parametrize(
    "given",
    [b"bytes", bytearray(b"bytearray"), memoryview(b"view"), memoryview(bytearray(60)).cast("I")],
    ids=lambda given: type(given).__name__,
)
def test_content_in_memory_comes_back(place: Place, given: Content) -> None:
    """Bytes, a bytearray and memory views of any item size are put as their bytes."""
    assert not isinstance(given, Path)
    store = place.store()
    store.put(place.uri("a"), given)
    assert store.put_if_absent(place.uri("b"), given)
    assert store.read(place.uri("a")) == store.read(place.uri("b")) == bytes(given)


def test_a_view_with_gaps_is_put_as_it_reads(place: Place) -> None:
    """A strided view and an empty one of several dimensions are put as `tobytes` has them."""
    store = place.store()
    store.put(place.uri("strided"), memoryview(b"0123456789")[::2])
    store.put(place.uri("empty"), memoryview(b"")[:0])
    assert store.read(place.uri("strided")) == b"02468"
    assert store.read(place.uri("empty")) == b""


@pytest.mark.parametrize("size", [0, 1, 5_000_000, 9_000_000])
def test_a_local_file_is_put_and_stays(place: Place, tmp_path: Path, size: int) -> None:
    """A path is put by its content, and the file is still there and the same."""
    source = tmp_path / "movie %d.mov"
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    source.write_bytes(data)
    store = place.store()
    store.put(place.uri("put"), source)
    assert store.put_if_absent(place.uri("absent"), source)
    assert not store.put_if_absent(place.uri("absent"), source)
    assert store.read(place.uri("put")) == store.read(place.uri("absent")) == data
    assert source.read_bytes() == data


def test_what_cannot_be_written_leaves_nothing(place: Place, tmp_path: Path) -> None:
    """A put to a folder's name, or of a file that is not there, is an invalid request."""
    store = place.store()
    for put in (store.put, store.put_if_absent):
        with pytest.raises(InvalidRequest):
            put(place.uri("folder") + "/", b"x")
        for source in (tmp_path / "missing", tmp_path):
            with pytest.raises(InvalidRequest):
                put(place.uri("a"), source)
    assert list(store.list(place.root)) == []


def test_a_zero_byte_file_is_a_file(place: Place) -> None:
    """An empty file has a stat, an empty content, an empty reader, and conflicts like any."""
    store, uri = place.store(), place.uri("empty")
    assert store.put_if_absent(uri, b"")
    assert not store.put_if_absent(uri, b"more")
    assert store.stat(uri).bytes == 0
    assert store.read(uri) == store.read_range(uri, 0, 10) == b""
    with store.open(uri) as reader:
        assert reader.read() == b""


def test_stat_and_list_say_the_same(place: Place) -> None:
    """The listing's stat of a file is equal to the file's own."""
    store = place.store()
    store.put(place.uri("a"), b"123")
    store.put(place.uri("b"), b"12345")
    assert list(store.list(place.root)) == [store.stat(place.uri(n)) for n in "ab"]
    assert [stat.bytes for stat in store.list(place.root)] == [3, 5]


def test_identity_changes_with_the_content(place: Place) -> None:
    """Other content of the same size has another identity; looking again changes nothing."""
    store, uri = place.store(), place.uri("a")
    store.put(uri, b"one")
    first = store.stat(uri)
    assert place.store().stat(uri) == first
    assert '"' not in first.identity
    store.put(uri, b"two")
    assert store.stat(uri).identity != first.identity


def test_put_if_absent_leaves_what_stands(place: Place) -> None:
    """The first content stays, byte for byte and with its identity; put replaces it."""
    store, uri = place.store(), place.uri("deep", "er", "a")
    assert store.put_if_absent(uri, b"first")
    before = store.stat(uri)
    assert not store.put_if_absent(uri, b"second")
    assert (store.read(uri), store.stat(uri)) == (b"first", before)
    store.put(uri, b"third, and longer")
    assert store.read(uri) == b"third, and longer"


@pytest.mark.parametrize(
    ("start", "length"),
    [(0, 4), (3, 4), (8, 2), (8, 3), (9, 100), (10, 1), (11, 5), (10**12, 5), (4, 0), (99, 0)],
)
def test_ranges_end_with_the_file(place: Place, start: int, length: int) -> None:
    """A range gives what there is of it: fewer bytes at the end, none past it."""
    store, uri, data = place.store(), place.uri("ten"), b"0123456789"
    store.put(uri, data)
    assert store.read_range(uri, start, length) == data[start : start + length]


def test_a_negative_range_is_an_invalid_request(place: Place) -> None:
    """A range before the start or of negative length is refused, not guessed at."""
    store, uri = place.store(), place.uri("ten")
    store.put(uri, b"0123456789")
    for start, length in [(-1, 2), (2, -1)]:
        with pytest.raises(InvalidRequest):
            store.read_range(uri, start, length)


def test_open_reads_like_a_file(place: Place) -> None:
    """Reads and seeks of every kind give what the same calls on a BytesIO give."""
    store, uri = place.store(), place.uri("movie")
    data = b"".join(number.to_bytes(4, "big") for number in range(700_000))
    store.put(uri, data)
    plain = io.BytesIO(data)
    with store.open(uri) as reader:
        assert reader.readable()
        assert reader.seekable()
        for offset, whence, count in [
            (0, 0, 10),
            (1_048_570, 0, 20),
            (-7, 2, 100),
            (0, 2, 1),
            (5_000_000, 0, 3),
            (3, 0, 2_700_000),
            (-2_000_000, 1, 1),
            (100, 1, 300_000),
            (2_500_000, 0, -1),
        ]:
            assert reader.seek(offset, whence) == plain.seek(offset, whence)
            assert reader.read(count) == plain.read(count)
            assert reader.tell() == plain.tell()
        buffer = bytearray(5000)
        reader.seek(123)
        assert reader.readinto(buffer) == 5000  # type: ignore[attr-defined]
        assert buffer == data[123:5123]


def test_a_listing_is_of_files_directly_inside_sorted(place: Place) -> None:
    """Files of the folder itself come sorted by name; deeper ones and neighbours do not."""
    store = place.store()
    names = ["b.10.exr", "b.9.exr", "B.exr", "a", "~", "Å", "日"]
    for name in names:
        store.put(place.uri("clip", name), b"")
    store.put(place.uri("clip", "deeper", "x"), b"")
    store.put(place.uri("clip2", "y"), b"")
    expected = [place.uri("clip", name) for name in sorted(names)]
    for folder in (place.uri("clip"), place.uri("clip") + "/"):
        assert [stat.uri for stat in store.list(folder)] == expected
        assert store.folders(folder) == (place.uri("clip", "deeper") + "/",)
    assert store.folders(place.root) == (place.uri("clip") + "/", place.uri("clip2") + "/")


def test_a_folder_that_is_not_there_is_empty(place: Place) -> None:
    """Listing nothing, or a file as if it were a folder, gives nothing and raises nothing."""
    store = place.store()
    store.put(place.uri("file"), b"x")
    for folder in (place.uri("none"), place.uri("file"), place.uri("file", "below")):
        assert list(store.list(folder)) == []
        assert store.folders(folder) == ()


def test_a_listing_of_names_that_begin_so(place: Place) -> None:
    """One clip's files of a folder of many: whole names count, folders of the name do not."""
    store = place.store()
    clips = ["A001.000001.dng", "A001.000002.dng", "A0010.dng", "A002.000001.dng", "a001.dng"]
    odd = ["#1.dng", "A 1%41.dng", "A 1%42.dng", "\u00c4 1.dng", "\u00c4 2.dng"]
    names = sorted(clips + odd)
    for name in (*names, "A001.d/x", "A001.000001.d/x/y"):
        store.put(place.uri("flat", *name.split("/")), b"x")
    starts = [
        "A001.",
        "A001",
        "A0",
        "a",
        "A001.000001.dng",
        "",
        "B",
        "/",
        "zz",
        "A 1%4",
        "A 1%",
        "#",
    ]
    for start in (*starts, "\u00c4", "\u00c4 1", "\u00c4 1.dng", "A001.000001.d"):
        wanted = [place.uri("flat", name) for name in names if name.startswith(start)]
        for folder in (place.uri("flat"), place.uri("flat") + "/"):
            assert [stat.uri for stat in store.list(folder, start)] == wanted


def test_a_long_listing_is_whole(place: Place) -> None:
    """1500 frames are listed, past the page of 1000 that S3 gives at once."""
    store = place.store()
    wanted = [place.uri("seq", f"A001.{frame:06d}.dng") for frame in range(1500)]
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda uri: store.put_if_absent(uri, b"x"), wanted))
    assert [stat.uri for stat in store.list(place.uri("seq"))] == wanted


@pytest.mark.parametrize("verb", VERBS)
def test_a_missing_file_is_not_found(place: Place, verb: Callable[[Store, str], object]) -> None:
    """Every reading verb says source_not_found, with the URI, of a file that is not there."""
    store = place.store()
    store.put(place.uri("file"), b"x")
    for uri in (place.uri("none"), place.uri("no", "such", "folder"), place.uri("file", "below")):
        with pytest.raises(SourceNotFound) as caught:
            verb(store, uri)
        assert caught.value.facts == {"uri": uri}


@pytest.mark.parametrize("verb", VERBS)
def test_a_folder_is_no_file(place: Place, verb: Callable[[Store, str], object]) -> None:
    """Every reading verb says invalid_request of a folder, with its slash and without."""
    store = place.store()
    store.put(place.uri("clip", "file"), b"x")
    for uri in (place.uri("clip"), place.uri("clip") + "/", place.root):
        with pytest.raises(InvalidRequest, match="folder"):
            verb(store, uri)


@pytest.mark.parametrize("verb", VERBS + WRITES)
def test_a_name_that_is_too_long_ends_in_one_error(
    place: Place, verb: Callable[[Store, str], object]
) -> None:
    """A key of 5000 bytes is an invalid request or not there, never a fault of ours."""
    with pytest.raises((InvalidRequest, SourceNotFound)):
        verb(place.store(), place.uri("x" * 5000))


@pytest.mark.parametrize("verb", VERBS + WRITES + LISTS)
def test_roots_hold_for_every_verb(place: Place, verb: Callable[[Store, str], object]) -> None:
    """Outside the root, in a folder whose name begins alike, or over `..`: refused."""
    everywhere = open_store(("file:///", "s3://"), place.s3)
    everywhere.put(place.uri("ab", "secret"), b"x")
    store = open_store((place.uri("a"), place.uri("other") + "/"), place.s3)
    store.put(place.uri("a", "mine"), b"x")
    outside = [
        place.uri("ab", "secret"),
        place.uri("ab"),
        place.root,
        place.uri("a", "..", "ab", "secret"),
        place.uri("a", ".", "..", "ab"),
    ]
    for uri in outside:
        with pytest.raises(Refused):
            verb(store, uri)
    assert everywhere.read(place.uri("ab", "secret")) == b"x"


@pytest.mark.parametrize("verb", VERBS + WRITES + LISTS)
def test_no_roots_allow_nothing(place: Place, verb: Callable[[Store, str], object]) -> None:
    """An empty tuple of roots is closed, not open."""
    with pytest.raises(Refused):
        verb(open_store((), place.s3), place.uri("a"))


def test_a_root_may_be_one_file(place: Place) -> None:
    """A root that names a file allows that file and not its neighbour."""
    place.store().put(place.uri("a.amf"), b"x")
    place.store().put(place.uri("a.amf2"), b"y")
    store = open_store((place.uri("a.amf"),), place.s3)
    assert store.read(place.uri("a.amf")) == b"x"
    with pytest.raises(Refused):
        store.read(place.uri("a.amf2"))


def test_a_temporary_is_never_listed(place: Place) -> None:
    """Unfinished work of a dead worker shows in no listing."""
    store = place.store()
    store.put(place.uri("a"), b"x")
    store.put(place.uri(".rushes-tmp-0123"), b"half")
    assert [stat.uri for stat in store.list(place.root)] == [place.uri("a")]


@pytest.mark.parametrize("verb", VERBS + WRITES + LISTS)
def test_no_verb_raises_anything_but_the_contract(
    place: Place, verb: Callable[[Store, str], object]
) -> None:
    """Odd URIs end in an error of the contract or in an answer, nothing else."""
    store = place.store()
    odd = [
        "",
        "plain",
        "ftp://x/y",
        "file://host/x",
        "s3://",
        "s3:///k",
        place.uri("a\nb"),
        "file:",
    ]
    for uri in odd:
        with pytest.raises(RushesError):
            verb(store, uri)
