"""Contact sheets: layout, letters, PNG bytes, and pictures of the right colour and side."""

from __future__ import annotations

import io
import zlib
from fractions import Fraction

import av
import numpy as np
import pytest

from functions.contract.camera import CameraRecord
from functions.contract.clip import RawFrame
from functions.media.preview.contact_sheet import Cell, cell_size, pick, png, sheet
from functions.media.preview.thumbnails import (
    ACES_TO_709,
    exposure_of,
    movie_thumbnail,
    raw_thumbnail,
    raw_view,
)

TO_ACES = tuple(tuple(float(v) for v in row) for row in np.linalg.inv(np.array(ACES_TO_709)))


def test_a_png_reads_back_by_another_decoder() -> None:
    """FFmpeg reads the same pixels that went in."""
    picture = np.random.default_rng(0).integers(0, 256, (31, 45, 3), np.uint8)
    content = png(picture)
    with av.open(io.BytesIO(content)) as container:
        assert np.array_equal(next(container.decode(video=0)).to_ndarray(format="rgb24"), picture)
    assert content == png(picture.copy())


def test_chunks_of_a_png_hold_no_text() -> None:
    """Header, rendering intent, pixels, end: nothing that could hold a clock or a path."""
    content, at, kinds = png(np.zeros((2, 2, 3), np.uint8)), 8, []
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        kind = content[at + 4 : at + 8]
        body = content[at + 8 : at + 8 + length]
        assert int.from_bytes(content[at + 8 + length : at + 12 + length], "big") == zlib.crc32(
            kind + body
        )
        kinds.append(kind)
        at += 12 + length
    assert kinds == [b"IHDR", b"sRGB", b"IDAT", b"IEND"]


@pytest.mark.parametrize(
    ("count", "expected"), [(1, (5,)), (3, (5, 6, 7)), (100, (5, 14, 23)), (12, (5, 6, 7))]
)
def test_picks_are_even_and_hold_both_ends(count: int, expected: tuple[int, ...]) -> None:
    """At most twelve, the first and the last among them."""
    got = pick(5, count)
    assert got[: len(expected)] == expected
    assert len(got) == min(count, 12) and got[-1] == 5 + count - 1


@pytest.mark.parametrize("aspect", [0.3, 9 / 16, 1.0, 16 / 9, 2.39, 40.0])
def test_cells_keep_aspect_and_area(aspect: float) -> None:
    """Every picture has about the same area and its own aspect, within bounds."""
    width, height = cell_size(aspect)
    assert width * height == pytest.approx(320 * 180, rel=0.05)
    assert width / height == pytest.approx(min(max(aspect, 0.25), 4), rel=0.03)


@pytest.mark.parametrize("aspect", [9 / 16, 16 / 9])
def test_a_sheet_holds_every_picture(aspect: float) -> None:
    """Each cell's own blue is in the page as often as it has pixels; a missing one is crossed."""
    size = cell_size(aspect)
    blues = [np.full((size[1], size[0], 3), (0, 50, 100 + n), np.uint8) for n in range(11)]
    cells = [Cell(str(n), f"01:00:00:{n:02d}", blue) for n, blue in enumerate(blues)]
    page = sheet([*cells, Cell("11", "01:00:00:11", None)], size)
    for number in range(11):
        assert (page == (0, 50, 100 + number)).all(axis=2).sum() == size[0] * size[1]
    assert (page == (200, 60, 60)).all(axis=2).any()


def coloured(rgb: tuple[int, int, int], kind: str) -> av.VideoFrame:
    """Left half of one colour, right half black."""
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:, :32] = rgb
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    made = frame.reformat(format=kind, dst_colorspace="ITU709", dst_color_range="MPEG")
    made.colorspace, made.color_range = 1, 1
    made.time_base = Fraction(1, 24)
    return made


def test_movies_have_the_right_matrix_and_range() -> None:
    """A known colour through YCbCr in studio range comes back within rounding."""
    small = movie_thumbnail(coloured((200, 60, 30), "yuv444p10le"), 32, 24)
    assert small.shape == (24, 32, 3)
    assert np.abs(small[12, 8].astype(int) - (200, 60, 30)).max() <= 3
    assert small[12, 28].max() <= 2


def raw(pattern: str, rgb: tuple[float, float, float]) -> RawFrame:
    """A flat colour on a CFA, black 64 and white 1064, crop at an odd place."""
    pixels = np.zeros((20, 30), np.uint16)
    for site, letter in enumerate(pattern):
        pixels[site // 2 :: 2, site % 2 :: 2] = 64 + round(1000 * rgb["RGB".index(letter)])
    return RawFrame(
        number=0,
        layout="cfa",
        pixels=pixels,
        pattern=pattern,
        black=(64.0,) * 4,
        white=1064.0,
        crop=(3, 1, 24, 16),
        camera=CameraRecord(),
    )


@pytest.mark.parametrize("pattern", ["RGGB", "BGGR", "GRBG", "GBRG"])
def test_the_view_of_a_flat_colour_is_that_colour(pattern: str) -> None:
    """Levels, gains and phase of an odd crop: a white-balanced grey comes out grey."""
    view = raw_view(raw(pattern, (0.2, 0.4, 0.1)), (2.0, 1.0, 4.0), TO_ACES)
    assert view.shape == (8, 12, 3)
    assert np.allclose(view, 0.4, atol=1e-3)


def test_clipped_stays_neutral() -> None:
    """A clipped patch is white and not magenta."""
    view = raw_view(raw("RGGB", (1.0, 1.0, 1.0)), (2.0, 1.0, 1.5), TO_ACES)
    assert np.allclose(view, 1.0, atol=1e-3)


def test_a_thumbnail_keeps_mean_and_place() -> None:
    """Area averaging: the mean stays, and left stays left."""
    view = np.zeros((50, 70, 3), np.float32)
    view[:, :35] = 0.5
    small = raw_thumbnail(view, 1.0, 14, 10)
    assert small.shape == (10, 14, 3)
    assert small[5, 2].tolist() == [188] * 3 and small[5, 11].max() == 0
    assert exposure_of(view) == pytest.approx(1.5)
