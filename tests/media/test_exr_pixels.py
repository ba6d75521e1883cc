"""Pixels of every kind of EXR file, read back by two other libraries."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from functions.media.write.exr import (
    ACES_CHROMATICITIES,
    Compression,
    ExrHeader,
    OpenFile,
    encode_exr,
)
from functions.media.write.exr_header import CODES
from tests.media.exr_readers import by_oiio, by_openexr

LOSSLESS: tuple[Compression, ...] = ("none", "zips", "zip", "piz")
COMPRESSIONS = tuple(CODES)
NAMES = {1: "Y", 3: "RGB", 4: "RGBA"}
Planes = npt.NDArray[np.float16]


def noise(channels: int, height: int, width: int, seed: int = 1) -> Planes:
    """A smooth picture with sensor noise: what deflate and PIZ can shrink."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    smooth = 0.2 + 0.1 * np.sin(x / 9) + 0.05 * np.cos(y / 7)
    planes: Planes = smooth + random.normal(0, 0.004, (channels, height, width))
    return planes.astype(np.float16)


def every_half() -> Planes:
    """All 65536 bit patterns in each of three planes, in three orders."""
    bits = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    return np.stack([bits, bits[::-1], bits.T]).view(np.float16)


def assert_reads_back(data: bytes | bytearray, planes: Planes, folder: Path) -> None:
    """Both readers see exactly the bits of `planes`."""
    names = NAMES[len(planes)]
    for _, channels in (by_openexr(data), by_oiio(data, folder)):
        assert sorted(channels) == sorted(names)
        for name, plane in zip(names, planes, strict=True):
            np.testing.assert_array_equal(channels[name], plane.view(np.uint16))


@pytest.mark.parametrize("compression", LOSSLESS)
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 1), (16, 9), (17, 33), (31, 64), (65, 130)])
def test_sizes(compression: Compression, size: tuple[int, int], tmp_path: Path) -> None:
    """Odd sizes, single lines and last blocks that are not full read back bit for bit."""
    planes = noise(3, *size)
    assert_reads_back(encode_exr(planes, ExrHeader(), compression), planes, tmp_path)


@pytest.mark.parametrize("compression", LOSSLESS)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_channels(compression: Compression, channels: int, tmp_path: Path) -> None:
    """One plane is Y, three are R, G, B and a fourth is A, each under its own name."""
    planes = noise(channels, 40, 30)
    assert_reads_back(encode_exr(planes, ExrHeader(), compression), planes, tmp_path)


@pytest.mark.parametrize("compression", LOSSLESS)
def test_every_bit_pattern(compression: Compression, tmp_path: Path) -> None:
    """NaN payloads, infinities, denormals and both zeros keep their bits."""
    planes = every_half()
    assert_reads_back(encode_exr(planes, ExrHeader(), compression), planes, tmp_path)


@pytest.mark.parametrize("compression", LOSSLESS)
def test_incompressible_blocks(compression: Compression, tmp_path: Path) -> None:
    """Blocks that grow under compression are stored raw, beside blocks that shrink."""
    random = np.random.default_rng(3)
    bits = random.integers(0, 65536, (3, 70, 50), dtype=np.uint16)
    bits[:, 20:40] = 0
    planes = bits.view(np.float16)
    data = encode_exr(planes, ExrHeader(), compression)
    assert_reads_back(data, planes, tmp_path)
    assert len(data) < bits.nbytes + 2000


@pytest.mark.parametrize("compression", LOSSLESS)
def test_crop_view(compression: Compression, tmp_path: Path) -> None:
    """A crop of a larger array, a mirrored view and one grey plane as three need no copy."""
    whole = noise(3, 60, 80)
    for view in (
        whole[:, 7:52, 11:74],
        whole[:, ::-1, :],
        whole[:, :, ::-1],
        whole[::-1, ::2, ::3],
        np.broadcast_to(whole[:1], whole.shape),
    ):
        assert_reads_back(encode_exr(view, ExrHeader(), compression), view.copy(), tmp_path)


@pytest.mark.parametrize("compression", LOSSLESS)
def test_data_window(compression: Compression, tmp_path: Path) -> None:
    """A data window away from the origin moves the lines' numbers, not the pixels."""
    planes = noise(3, 37, 21)
    header = ExrHeader(data_window=(-5, 100, 15, 136), display_window=(0, 0, 4095, 2159))
    data = encode_exr(planes, header, compression)
    assert_reads_back(data, planes, tmp_path)
    spec, _ = by_oiio(data, tmp_path)
    assert (spec.x, spec.y, spec.width, spec.height) == (-5, 100, 21, 37)
    assert (spec.full_x, spec.full_y, spec.full_width, spec.full_height) == (0, 0, 4096, 2160)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_same_bytes(compression: Compression) -> None:
    """The bytes depend on neither threads nor what a used buffer held before."""
    planes = noise(3, 90, 64)
    once = bytes(encode_exr(planes, ExrHeader(), compression))
    assert encode_exr(planes.copy(), ExrHeader(), compression, threads=2) == once
    for dirty in (bytearray(b"\xff" * 7), bytearray(b"\xff" * 200_000)):
        again = encode_exr(planes, ExrHeader(), compression, dirty)
        assert again is dirty
        assert again == once


def test_buffer_in_use() -> None:
    """A buffer that something still looks into and would have to change size is left alone."""
    small, large = noise(3, 8, 8), noise(3, 16, 16)
    first = encode_exr(small, ExrHeader())
    kept = bytes(first)
    with memoryview(first):
        second = encode_exr(large, ExrHeader(), "none", first)
    assert second is not first
    assert first == kept
    assert second == encode_exr(large, ExrHeader())


@pytest.mark.parametrize("compression", ["dwaa", "dwab"])
@pytest.mark.parametrize("height", [31, 300])
def test_lossy_files_are_what_openexr_writes(compression: Compression, height: int) -> None:
    """A DWA file opens, has one block after another, and holds the pixels of a file that OpenEXR
    wrote by itself."""
    import OpenEXR

    planes = np.abs(noise(3, height, 120))
    pixels = dict(zip("RGB", np.ascontiguousarray(planes), strict=True))
    kind = getattr(OpenEXR, f"{compression.upper()}_COMPRESSION")
    by_library, ours = io.BytesIO(), io.BytesIO(encode_exr(planes, ExrHeader(), compression))
    with OpenEXR.File({"compression": kind, "type": OpenEXR.scanlineimage}, pixels) as file:
        file.write(by_library)
    by_library.seek(0)
    with OpenEXR.File(by_library) as wanted, OpenEXR.File(ours) as found:
        assert found.header()["compression"] == kind
        for name in ("RGB" if "RGB" in found.channels() else "R",):
            assert np.array_equal(found.channels()[name].pixels, wanted.channels()[name].pixels)


@pytest.mark.parametrize("compression", ["zips", "zip", "piz", "dwaa"])
def test_compression_shrinks(compression: Compression) -> None:
    """Every compression makes a noisy picture at least a tenth smaller."""
    planes = noise(3, 128, 256)
    assert len(encode_exr(planes, ExrHeader(), compression)) < 0.9 * planes.nbytes


@pytest.mark.parametrize(
    ("planes", "named"),
    [
        (np.zeros((2, 4, 4), np.float16), "2, 4, 4"),
        (np.zeros((4, 4), np.float16), "4, 4"),
        (np.zeros((3, 4, 4), np.float64), "float64"),
        (np.zeros((3, 0, 4), np.float16), "empty"),
        (np.zeros((3, 4, 0), np.float16), "empty"),
    ],
)
def test_wrong_planes(planes: npt.NDArray[np.float16], named: str) -> None:
    """Another shape or dtype, and an empty picture, are a ValueError that names it."""
    with pytest.raises(ValueError, match=named):
        encode_exr(planes, ExrHeader())


def test_wrong_compression() -> None:
    """An unknown compression is a ValueError that lists the known ones."""
    with pytest.raises(ValueError, match="none, zips, zip, piz, dwaa, dwab"):
        encode_exr(noise(3, 4, 4), ExrHeader(), "b44")  # type: ignore[arg-type]


@pytest.mark.parametrize("window", [(0, 0, 8, 7), (0, 0, 7, 8), (7, 7, 0, 0)])
def test_wrong_window(window: tuple[int, int, int, int]) -> None:
    """A data window of another size than the picture is a ValueError."""
    with pytest.raises(ValueError, match="window"):
        encode_exr(noise(3, 8, 8), ExrHeader(data_window=window))


@pytest.mark.parametrize("compression", LOSSLESS)
@pytest.mark.parametrize(("channels", "size"), [(3, (1, 1)), (1, (17, 33)), (4, (65, 130))])
def test_floats_keep_their_bits(
    compression: Compression, channels: int, size: tuple[int, int]
) -> None:
    """32-bit planes are FLOAT channels to OpenEXR, with every bit, and no ACES container."""
    import OpenEXR

    planes = noise(channels, *size).astype(np.float32) * np.float32(1.0001)
    planes[0, 0, 0] = np.float32(1e30)  # beyond any half
    data = encode_exr(planes, ExrHeader(chromaticities=ACES_CHROMATICITIES), compression)
    with OpenEXR.File(io.BytesIO(bytes(data)), separate_channels=True) as file:
        for name, plane in zip(NAMES[channels], planes, strict=True):
            found = file.channels()[name].pixels
            assert found.dtype == np.float32
            np.testing.assert_array_equal(found, plane)
        assert "acesImageContainerFlag" not in file.header()
    assert encode_exr(planes, ExrHeader(), compression, threads=3) == encode_exr(
        planes, ExrHeader(), compression
    )


def test_floats_in_place_are_the_encoded_file() -> None:
    """Planes of an open file of floats are the file's own, at odd addresses too: of any header."""
    file, planes = OpenFile("float"), noise(3, 9, 7).astype(np.float32)
    for reel in ("A", "AB", "ABC", "ABCD"):
        place = file.begin(ExrHeader(reel=reel), 9, 7)
        place[...] = planes[::-1]
        assert bytes(file.content) == bytes(encode_exr(planes, ExrHeader(reel=reel)))


@pytest.mark.parametrize("compression", ["dwaa", "dwab"])
def test_floats_are_not_made_halves(compression: Compression) -> None:
    """DWA would round floats to halves without a word."""
    with pytest.raises(ValueError, match="keeps halves"):
        encode_exr(noise(3, 4, 4).astype(np.float32), ExrHeader(), compression)
