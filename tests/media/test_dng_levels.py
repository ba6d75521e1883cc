"""Black, white, linearisation and curves: what is left to the kernels, and what is not."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

from functions.contract.clip import RawFrame
from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.media.containers.tiff import read_bytes
from functions.media.dng.file import read_dng, read_frame
from functions.media.dng.pixels import Buffers
from tests.media.dngs import LONG, RATIONAL, SHORT, SRATIONAL, UNDEFINED, noisy, write_dng

PIXELS = 1 << 24
PICTURE = noisy((24, 36), 12)


def decoded(tags: dict[int, Any], picture: Any = PICTURE, bits: int = 12) -> RawFrame:
    return read_frame(write_dng(picture, bits, tags=tags), 0, PIXELS, Buffers())


@pytest.mark.parametrize(
    ("repeat", "levels", "sites"),
    [
        (None, (256,), (256, 256, 256, 256)),
        ((1, 1), (256,), (256, 256, 256, 256)),
        ((1, 2), (1, 2), (1, 2, 1, 2)),
        ((2, 1), (1, 2), (1, 1, 2, 2)),
        ((2, 2), (1, 2, 3, 4), (1, 2, 3, 4)),
    ],
)
def test_black_of_four_sites(
    repeat: tuple[int, int] | None, levels: tuple[int, ...], sites: tuple[int, ...]
) -> None:
    """Patterns of up to 2x2 become the black of four CFA sites in reading order."""
    tags: dict[int, Any] = {50714: (SHORT, levels), 50717: (SHORT, 4000)}
    if repeat:
        tags[50713] = (SHORT, repeat)
    frame = decoded(tags)
    assert frame.black == sites
    assert frame.white == 4000
    assert frame.camera.black == sites
    assert frame.camera.white == (4000.0,)
    np.testing.assert_array_equal(frame.pixels, PICTURE)


def test_levels_that_nothing_says_the_place_of() -> None:
    """More levels than the pattern has are refused where they differ, and are one where not."""
    for tag, name in ((50714, "BlackLevel"), (50717, "WhiteLevel")):
        with pytest.raises(UnsupportedMedia, match=f"{name} 4000, 3000, 4000, 4000 for 1 samples"):
            decoded({tag: (SHORT, (4000, 3000, 4000, 4000))})
    assert decoded({50717: (SHORT, (4000,) * 4)}).white == 4000


def test_fractional_black() -> None:
    """A black level may be a ratio."""
    assert decoded({50714: (RATIONAL, (1025, 10))}).black == (102.5,) * 4


def test_large_black_pattern_is_subtracted() -> None:
    """A pattern that four sites cannot say is subtracted here: float32, black 0, white 1."""
    levels = tuple(range(100, 112))
    frame = decoded({50713: (SHORT, (3, 4)), 50714: (SHORT, levels), 50717: (SHORT, 4000)})
    black = np.tile(np.array(levels).reshape(3, 4), (8, 9))
    assert (frame.black, frame.white, frame.pixels.dtype) == ((0,) * 4, 1.0, np.float32)
    np.testing.assert_allclose(frame.pixels, (PICTURE - black) / (4000 - 111), rtol=1e-5, atol=1e-6)


def test_black_deltas_of_rows_and_columns() -> None:
    """Each row's and column's own black is subtracted, and white is scaled by the highest."""
    height, width = PICTURE.shape
    rows, columns = np.arange(height) / 2, np.arange(width) / 4
    pairs_v = tuple(int(n) for v in rows for n in (v * 2, 2))
    pairs_h = tuple(int(n) for v in columns for n in (v * 4, 4))
    frame = decoded(
        {
            50714: (SHORT, 64),
            50715: (SRATIONAL, pairs_h),
            50716: (SRATIONAL, pairs_v),
            50717: (SHORT, 4000),
        }
    )
    highest = 64 + rows.max() + columns.max()
    expected = (PICTURE - 64 - rows[:, None] - columns[None, :]) / (4000 - highest)
    np.testing.assert_allclose(frame.pixels, expected, rtol=1e-5, atol=1e-6)


def test_zero_deltas_change_nothing() -> None:
    """Deltas that are all zero leave the picture as it is stored."""
    frame = decoded({50715: (SRATIONAL, (0, 1) * PICTURE.shape[1])})
    np.testing.assert_array_equal(frame.pixels, PICTURE)


def test_linearisation_table() -> None:
    """Stored numbers go through the table, and numbers past its end take its last value."""
    table = tuple(min(65535, n * n // 256) for n in range(2000))
    frame = decoded({50712: (SHORT, table), 50714: (SHORT, 10), 50717: (LONG, 65535)})
    expected = np.array(table)[np.minimum(PICTURE, 1999)]
    assert PICTURE.max() > 2000
    np.testing.assert_array_equal(frame.pixels, expected)
    assert (frame.black[0], frame.white) == (10, 65535)


def test_white_of_each_colour() -> None:
    """Linear raw with a white of its own for each colour is scaled here."""
    picture = noisy((24, 36, 3), 12)
    frame = decoded({50717: (SHORT, (4000, 3000, 3500))}, picture)
    assert frame.white == 1.0
    np.testing.assert_allclose(frame.pixels, picture / np.array([4000, 3000, 3500]), rtol=1e-6)


def opcodes(*codes: tuple[int, bytes]) -> tuple[int, bytes]:
    parts = [struct.pack(">4I", code, 0x01030000, 0, len(body)) + body for code, body in codes]
    return UNDEFINED, struct.pack(">I", len(parts)) + b"".join(parts)


def area(planes: int, *last: int) -> bytes:
    return struct.pack(f">{8 + len(last)}I", 0, 0, 24, 36, 0, planes, 1, 1, *last)


def test_polynomial_and_table_of_the_second_list() -> None:
    """MapPolynomial and MapTable make a coded picture linear, in their order."""
    picture = noisy((24, 36, 3), 12)
    polynomial = area(3, 2) + struct.pack(">3d", 0.0, 0.25, 0.75)
    table = area(3, 65536) + struct.pack(">65536H", *(65535 - n for n in range(65536)))
    frame = decoded({51009: opcodes((8, polynomial), (7, table))}, picture)
    linear = picture / 4095
    expected = 1 - (0.25 * linear + 0.75 * linear**2)
    np.testing.assert_allclose(frame.pixels, expected, atol=2e-5)
    assert (frame.black, frame.white) == ((0,) * 4, 1.0)


def test_a_curve_over_some_sites_only() -> None:
    """A curve's area and pitch say which pixels it maps: here every second of the second half."""
    body = struct.pack(">9I", 0, 18, 24, 36, 0, 1, 2, 2, 0) + struct.pack(">d", 0.5)
    frame = decoded({51009: opcodes((8, body))})
    expected = PICTURE / np.float32(4095)
    expected[0:24:2, 18:36:2] = 0.5
    np.testing.assert_allclose(frame.pixels, expected, rtol=1e-6)


def test_other_opcodes_are_noted() -> None:
    """Gain maps and lens corrections are left out, and the clip says so."""
    tags = {51009: opcodes((9, b"\0" * 76)), 51022: opcodes((1, b"\0" * 60), (3, b"\0" * 56))}
    content = write_dng(PICTURE, 12, tags=tags)
    assert read_dng(read_bytes(content), len(content), PIXELS).notes == (
        "OpcodeList2 is not applied: GainMap",
        "OpcodeList3 is not applied: FixVignetteRadial, WarpRectilinear",
    )
    np.testing.assert_array_equal(decoded(tags).pixels, PICTURE)


@pytest.mark.parametrize(
    "tags",
    [
        {50717: (SHORT, 100), 50714: (SHORT, 100)},
        {50713: (SHORT, (2, 2)), 50714: (SHORT, (1, 2, 3))},
        {50715: (SRATIONAL, (1, 1, 2, 1))},
        {50714: (RATIONAL, (1, 0))},
        {50829: (LONG, (0, 0, 25, 36))},
        {50829: (LONG, (5, 0, 5, 36))},
        {51009: (UNDEFINED, b"\0\0\0\5\0\0")},
        {51009: opcodes((8, area(3, 99)))},
        {51009: opcodes((7, area(3, 50)))},
    ],
)
def test_levels_that_cannot_be(tags: dict[int, Any]) -> None:
    """White not above black, counts that do not fit and areas outside are damage."""
    with pytest.raises(DamagedSource):
        decoded(tags)


@pytest.mark.parametrize(
    ("origin", "size", "crop"),
    [
        ((3, 1, 2, 1), (20, 1, 10, 1), (3, 2, 20, 10)),
        ((5, 2, 3, 2), (41, 2, 21, 2), (3, 2, 21, 11)),  # halves round up, as the DNG SDK does
        ((9, 4, 0, 1), (36, 1, 24, 1), (2, 0, 34, 24)),  # cut at the active area
        ((99, 1, 0, 1), (5, 1, 5, 1), (0, 0, 36, 24)),  # nothing left: the whole
    ],
)
def test_default_crop(
    origin: tuple[int, ...], size: tuple[int, ...], crop: tuple[int, int, int, int]
) -> None:
    """The default crop's ratios are rounded and kept inside the active area."""
    frame = decoded({50719: (RATIONAL, origin), 50720: (RATIONAL, size)})
    assert frame.crop == crop
    np.testing.assert_array_equal(frame.pixels, PICTURE)


def test_pixel_aspect() -> None:
    """A default scale of 1 by 1/2 means pixels twice as wide as high."""
    assert decoded({50718: (RATIONAL, (1, 1, 1, 2))}).camera.pixel_aspect == 2.0
