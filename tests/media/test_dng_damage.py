"""Damaged, hostile and cut DNGs end in the contract's errors, soon and small."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.contract.errors import DamagedSource, LimitExceeded, RushesError, UnsupportedMedia
from functions.media.dng.file import read_frame
from functions.media.dng.pixels import Buffers
from tests.media.dngs import DOUBLE, SHORT, noisy, write_dng

MOST = 1 << 22

LAYOUTS: dict[str, dict[str, Any]] = {
    "packed": {"bits": 12},
    "strips": {"bits": 16, "rows": 5, "order": ">"},
    "tiles": {"bits": 14, "tile": (16, 32)},
    "ljpeg": {"bits": 14, "compression": "ljpeg", "components": 2, "tile": (16, 32)},
    "deflate": {"bits": 16, "compression": "deflate", "predictor": 2, "tile": (16, 32)},
    "jpegxl": {"bits": 16, "compression": "jpegxl", "tile": (32, 48)},
    "preview": {"bits": 12, "preview": True, "big": True},
}


def picture_of(kind: dict[str, Any]) -> Any:
    return noisy((40, 64), kind["bits"])


def generated(name: str) -> bytes:
    kind = LAYOUTS[name]
    tags = {50714: (SHORT, 16), 50712: (SHORT, tuple(range(256)))} if kind["bits"] == 8 else None
    return write_dng(picture_of(kind), **kind, tags=tags)


def decoded(content: bytes) -> Any:
    return read_frame(content, 0, MOST, Buffers()).pixels


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_truncation_is_damage(name: str) -> None:
    """A file cut anywhere before the end of its picture data is damage, never a picture."""
    content = generated(name)
    expected = decoded(content)
    for length in sorted({*range(0, len(content), 61), *range(len(content) - 9, len(content))}):
        try:
            pixels = decoded(content[:length])
        except (DamagedSource, UnsupportedMedia):
            continue
        # What stands after the last sample (a directory's end, padding) may go.
        np.testing.assert_array_equal(pixels, expected)
        assert length > len(content) - 16


@pytest.mark.parametrize("name", ["packed", "strips", "tiles", "ljpeg"])
def test_every_half_written_file_is_damage(name: str) -> None:
    """A file of full length whose end was never written is damage: black says what zero is."""
    kind = LAYOUTS[name]
    content = write_dng(picture_of(kind), **kind, tags={50714: (SHORT, 16)})
    for part in (0.1, 0.3, 0.5, 0.7):
        kept = len(content) - int((1 - part) * 40 * 64 * kind["bits"] / 8)
        with pytest.raises(DamagedSource):
            decoded(content[:kept] + bytes(len(content) - kept))


def test_half_written_without_a_black_level() -> None:
    """Zeros that start sharply under a noisy picture are no darkness, even with black 0."""
    content = write_dng(noisy((40, 64), 12), 12)
    with pytest.raises(DamagedSource, match="rows are all zero"):
        decoded(content[: len(content) - 40 * 20] + bytes(40 * 20))


def test_few_rows_that_were_never_written() -> None:
    """Above black even a few rows of zeros are damage; one row may be a camera's own mask."""
    content = write_dng(noisy((64, 64), 16), 16, tags={50714: (SHORT, 16)})
    decoded(content[:-128] + bytes(128))
    with pytest.raises(DamagedSource, match="last 2 of 64 rows"):
        decoded(content[:-256] + bytes(256))


def test_all_zero() -> None:
    """A picture of nothing but zeros is damage."""
    with pytest.raises(DamagedSource, match="zero"):
        decoded(write_dng(np.zeros((40, 64), np.uint16), 16))


@pytest.mark.parametrize("black", [0, 64])
def test_a_dark_frame_is_a_picture(black: int) -> None:
    """A capped lens gives noise around black, with zeros in it where black is low."""
    rng = np.random.default_rng(3)
    dark = rng.normal(black, 2, (64, 96)).clip(0).astype(np.uint16)
    content = write_dng(dark, 12, tags={50714: (SHORT, black)})
    np.testing.assert_array_equal(decoded(content), dark)


def test_a_picture_that_fades_to_black() -> None:
    """With black 0, a picture whose bottom fades into zeros is a picture."""
    rng = np.random.default_rng(4)
    level = np.linspace(40, -30, 64)[:, None]
    faded = (level + rng.normal(0, 3, (64, 96))).clip(0).astype(np.uint16)
    faded[-8:] = 0
    np.testing.assert_array_equal(decoded(write_dng(faded, 12)), faded)


@pytest.mark.parametrize("value", [1, 777, 4095])
@pytest.mark.parametrize("compression", ["none", "ljpeg"])
def test_a_flat_patch_is_a_picture(value: int, compression: str) -> None:
    """A uniform picture, as test charts and clipped skies are, is no damage."""
    flat = np.full((40, 64), value, np.uint16)
    content = write_dng(flat, 12, compression=compression, tags={50714: (SHORT, 16)})
    np.testing.assert_array_equal(decoded(content), flat)


def test_pixels_over_the_limit_are_not_allocated() -> None:
    """Dimensions over the limit are refused before any memory is taken for them."""
    content = bytearray(write_dng(noisy((40, 64), 16), 16, compression="ljpeg"))
    for tag in (256, 257):
        at = content.index(struct.pack("<HHI", tag, 4, 1))
        content[at + 8 : at + 12] = struct.pack("<I", 1_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(LimitExceeded, match="1000000x1000000"):
            decoded(bytes(content))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_jpeg_that_claims_more_than_its_tile() -> None:
    """A JPEG header with other dimensions than its tile is refused before it is decoded."""
    content = bytearray(generated("ljpeg"))
    at = content.index(b"\xff\xc3")
    content[at + 5 : at + 9] = b"\xff\xf0\xff\xf0"
    with pytest.raises(DamagedSource, match="does not fit its tile"):
        decoded(bytes(content))


def test_a_jpeg_without_an_end() -> None:
    """A tile whose JPEG stream just stops is damage, where libjpeg would fill with grey."""
    content = bytearray(write_dng(noisy((40, 64), 14), 14, compression="ljpeg"))
    at = content.rindex(b"\xff\xd9")
    content[at - 400 : at + 2] = bytes(402)
    with pytest.raises(DamagedSource, match="no end"):
        decoded(bytes(content))


def test_circular_directories() -> None:
    """A directory that is its own successor, or its own child, ends."""
    content = bytearray(write_dng(noisy((40, 64), 16), 16))
    first = struct.unpack_from("<I", content, 4)[0]
    entries = struct.unpack_from("<H", content, first)[0]
    struct.pack_into("<I", content, first + 2 + 12 * entries, first)
    assert decoded(bytes(content)).shape == (40, 64)
    inner = bytearray(write_dng(noisy((40, 64), 16), 16, preview=True))
    at = inner.index(struct.pack("<HH", 330, 13)[:2])
    struct.pack_into("<HHII", inner, at, 330, 4, 1, struct.unpack_from("<I", inner, 4)[0])
    with pytest.raises(RushesError):
        decoded(bytes(inner))


@pytest.mark.parametrize("name", LAYOUTS)
def test_flipped_bytes(name: str) -> None:
    """Random bytes in headers and data give a picture or an error of the contract, and
    never more memory than a few pictures."""
    content = generated(name)
    rng = np.random.default_rng(sum(name.encode()))
    outcomes = {"picture": 0, "error": 0}
    tracemalloc.start()
    try:
        for _ in range(400):
            damaged = bytearray(content)
            for _ in range(int(rng.integers(1, 5))):
                reach = 900 if rng.random() < 0.7 else len(damaged)
                damaged[int(rng.integers(0, min(reach, len(damaged))))] = int(rng.integers(0, 256))
            if rng.random() < 0.2:
                del damaged[int(rng.integers(0, len(damaged))) :]
            try:
                decoded(bytes(damaged))
                outcomes["picture"] += 1
            except (DamagedSource, UnsupportedMedia, LimitExceeded):
                outcomes["error"] += 1
        assert tracemalloc.get_traced_memory()[1] < 16 * MOST
    finally:
        tracemalloc.stop()
    assert min(outcomes.values()) > 0


def test_real_file_cut_at_many_points(shared_data: Path) -> None:
    """A real camera's frame, cut anywhere, is damage."""
    content = (shared_data / "raw/magiclantern_canon_kissx4_14bit_bayer_rggb.dng").read_bytes()
    for length in (0, 7, 8, 9, 100, 500, 1535, 1536, 100_000, len(content) // 2, 3_906_000):
        with pytest.raises((DamagedSource, UnsupportedMedia)):
            decoded(content[:length])
    lossy = (shared_data / "raw/canon6d_linear_lossy.dng").read_bytes()
    for length in range(10, len(lossy), 20_011):
        with pytest.raises((DamagedSource, UnsupportedMedia)):
            decoded(lossy[:length])


@pytest.mark.parametrize("tile", [(4096, 16384), (16, 65520)])
def test_tiles_far_larger_than_their_picture(tile: tuple[int, int]) -> None:
    """Tiles that pad a picture many times over are refused: a small file could decode for days."""
    content = bytearray(write_dng(noisy((4000, 4), 16), 16, compression="ljpeg", tile=(16, 16)))
    for tag, value in zip((323, 322), tile, strict=True):
        kind = struct.unpack_from("<H", content, content.index(struct.pack("<H", tag)) + 2)[0]
        at = content.index(struct.pack("<HHI", tag, kind, 1))
        struct.pack_into("<HHII", content, at, tag, 4, 1, value)
    with pytest.raises(DamagedSource, match="tiles of"):
        decoded(bytes(content))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_floating_point_samples_that_are_no_numbers(value: float) -> None:
    """One NaN or infinity in a floating-point picture is damage: it would spread in a filter."""
    picture = (noisy((40, 64), 16) / 65535).astype(np.float32)
    picture[7, 9] = value
    with pytest.raises(DamagedSource, match="no numbers"):
        decoded(write_dng(picture, 32, compression="deflate", tile=(16, 32)))


@pytest.mark.parametrize(
    "tags",
    [
        {50713: (SHORT, (3, 2)), 50714: (DOUBLE, (-1e300,) * 6)},
        {50714: (DOUBLE, -1e300)},
        {50714: (DOUBLE, 4095 - 1e-12)},
    ],
)
def test_levels_past_any_sample(tags: dict[int, Any]) -> None:
    """Levels that turn every sample into infinity are damage and no warning."""
    with pytest.raises(DamagedSource, match=r"no sample can have|not above black"):
        decoded(write_dng(noisy((40, 64), 12), 12, tags=tags))


@pytest.mark.parametrize("order", ["little", "big"])
def test_a_first_directory_that_is_nowhere(order: Any) -> None:
    """A frame whose header points to no directory, as a copy that broke off has it, is damage."""
    content = {"little": b"II*\0", "big": b"MM\0*"}[order] + bytes(4096)
    with pytest.raises(DamagedSource, match="without a directory"):
        read_frame(content, 0, 1 << 20, Buffers())
