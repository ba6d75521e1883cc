"""TIFF directories: typed reads, and bounds on what a hostile file can ask for."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest

from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.media.containers.tiff import MAX_DIRECTORIES, Directory, Entry, Tiff, read_bytes
from tests.media.dngs import noisy, write_dng
from tests.media.memory_store import ROOT, MemoryStore


def directory(kind: int, count: int, payload: bytes, order: str = "<") -> Directory:
    return Directory(order, {1: Entry(kind, count, b"", 0)}, read_bytes(payload))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_sizes_of_a_generated_file(order: str, big: bool) -> None:
    """Width, height and depth of classic TIFF and BigTIFF in both byte orders."""
    content = write_dng(noisy((5, 7), 12), 12, order=order, big=big)
    (first,) = Tiff(read_bytes(content), len(content)).chain()
    assert (first.whole(256), first.whole(257), first.ints(258)) == (7, 5, (12,))
    assert 12345 not in first
    assert first.whole(12345) is first.text(12345) is first.floats(12345) is None


@pytest.mark.parametrize(
    ("kind", "payload", "values"),
    [
        (1, b"\x01\xff", (1, 255)),
        (6, b"\x01\xff", (1, -1)),
        (3, struct.pack(">2H", 1, 65535), (1, 65535)),
        (8, struct.pack(">2h", 1, -2), (1, -2)),
        (4, struct.pack(">2I", 1, 2**32 - 1), (1, 2**32 - 1)),
        (9, struct.pack(">2i", 1, -2), (1, -2)),
        (16, struct.pack(">2Q", 1, 2**40), (1, 2**40)),
    ],
)
def test_whole_numbers(kind: int, payload: bytes, values: tuple[int, ...]) -> None:
    """Every whole-number type gives its values, as numbers, ratios and floats."""
    tags = directory(kind, 2, payload, ">")
    assert tags.ints(1) == values
    assert tags.ratios(1) == values
    assert tags.floats(1) == values


def test_ratios() -> None:
    """Ratios are exact, signed where the type is, and None over zero."""
    assert directory(5, 2, struct.pack("<4I", 1, 3, 5, 0)).ratios(1) == (Fraction(1, 3), None)
    assert directory(10, 1, struct.pack("<2i", -1, 4)).floats(1) == (-0.25,)
    with pytest.raises(DamagedSource, match="divides by zero"):
        directory(5, 1, bytes(8)).floats(1)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_floats_that_are_no_numbers(value: float) -> None:
    """NaN and infinity in a tag are damage."""
    assert directory(12, 1, struct.pack("<d", 1.5)).floats(1) == (1.5,)
    with pytest.raises(DamagedSource, match="no number"):
        directory(12, 1, struct.pack("<d", value)).floats(1)


def test_text_is_printable() -> None:
    """Text ends at its first NUL and holds nothing that would steer a terminal."""
    assert directory(2, 12, b"A\x1b[31mB\0junk").text(1) == "A[31mB"
    assert directory(2, 3, b"  \0").text(1) is None


@pytest.mark.parametrize(
    ("kind", "count"), [(3, 2**31), (99, 1), (0, 0), (3, 0), (4, 2**62), (11, 2**20 + 1)]
)
def test_counts_that_cannot_be(kind: int, count: int) -> None:
    """A count or type that no tag can have is damage, and nothing is read for it."""
    with pytest.raises(DamagedSource):
        directory(kind, count, b"").floats(1)


@pytest.mark.parametrize("content", [b"", b"II*\0", b"PK\3\4" * 5, b"II*\0\xff\xff\xff\xff"])
def test_no_tiff(content: bytes) -> None:
    """Other files, and headers that point outside, are damage."""
    with pytest.raises(DamagedSource):
        Tiff(read_bytes(content), len(content)).chain()


def test_many_directories_are_bounded() -> None:
    """A chain of more directories than any file has ends at the limit."""
    body = b"".join(struct.pack("<HHHIII", 1, 256, 4, 1, 1, 8 + 18 * (n + 1)) for n in range(500))
    content = b"II*\0\x08\0\0\0" + body
    assert len(Tiff(read_bytes(content), len(content)).chain()) == MAX_DIRECTORIES


def test_a_tiff_without_a_directory_is_no_picture() -> None:
    """A header that points nowhere is damage or no format, and no fault of ours."""
    content = b"II*\x00" + bytes(60)
    with pytest.raises((DamagedSource, UnsupportedMedia)):
        open_clip(ROOT + "x.tif", MemoryStore({"x.tif": content}), Limits())
