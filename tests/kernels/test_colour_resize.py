"""Resize against a float64 twin that knows nothing of tiles, lanes or taps."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import kernels
from tests import naive_colour

NAMES = ["lanczos3", "lanczos4", "catmull-rom", "mitchell", "triangle", "area"]
SIZES = [(40, 30, 20, 15), (20, 15, 40, 30), (33, 17, 50, 9), (5, 4, 64, 33), (70, 40, 3, 2)]
SIZES += [(1, 1, 5, 7), (9, 9, 1, 1), (16, 16, 16, 16), (31, 47, 30, 46), (700, 3, 333, 5)]


def picture(height: int, width: int, channels: int = 3) -> npt.NDArray[np.float32]:
    """Noise, interleaved: every misplaced weight shows."""
    rng = np.random.default_rng(width * height)
    return rng.uniform(-0.5, 2.0, (height, width, channels)).astype(np.float32)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_resize_is_its_twin(name: Any, size: tuple[int, int, int, int]) -> None:
    """Every filter, smaller and larger, odd and tiny, planar and interleaved, is the twin."""
    width, height, to_width, to_height = size
    image = picture(height, width)
    wanted = naive_colour.resize(image, to_width, to_height, name)
    planar = np.ascontiguousarray(image.transpose(2, 0, 1))
    made = kernels.resize(planar, to_width, to_height, name)
    assert np.allclose(made.transpose(1, 2, 0), wanted, rtol=0, atol=3e-6)
    if height > 4:
        made = kernels.resize(image, to_width, to_height, name)
        assert np.allclose(made, wanted, rtol=0, atol=3e-6)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_layouts_agree(channels: int) -> None:
    """Interleaved and planar pictures of up to four channels have the same bytes."""
    image = picture(37, 61, channels)
    planar = np.ascontiguousarray(image.transpose(2, 0, 1))
    made = kernels.resize(image, 45, 81)
    assert np.array_equal(made.transpose(2, 0, 1), kernels.resize(planar, 45, 81))
    if channels == 1:
        assert np.array_equal(kernels.resize(image[..., 0], 45, 81), made[..., 0])


@pytest.mark.parametrize("name", NAMES)
def test_box(name: Any) -> None:
    """A rectangle with fractions is resampled in one pass, seeing the pixels around it."""
    image, box = picture(30, 50), (7.25, 3.5, 33.3, 20.1)
    made = kernels.resize(image, 24, 41, name, box=box)
    assert np.allclose(made, naive_colour.resize(image, 24, 41, name, box), rtol=0, atol=3e-6)


def test_whole_box_is_a_crop() -> None:
    """A rectangle of whole pixels at its own size is a plain crop."""
    image = picture(30, 50)
    made = kernels.resize(image, 20, 10, box=(5, 7, 20, 10))
    assert np.allclose(made, image[7:17, 5:25], atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_flat_stays_flat_to_the_border(name: Any) -> None:
    """A flat field stays flat at every size, to the last pixel."""
    flat = np.full((3, 23, 29), 0.18, np.float32)
    for width, height in ((11, 7), (64, 90), (29, 23)):
        assert np.allclose(kernels.resize(flat, width, height, name), 0.18, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_phase(name: Any) -> None:
    """A straight ramp stays in place: pixel centres, not corners, are matched."""
    ramp = np.broadcast_to(np.arange(64, dtype=np.float32) + 0.5, (64, 64)).copy()
    half = kernels.resize(ramp, 32, 64, name)
    assert np.allclose(half[:, 8:-8], (np.arange(32) * 2 + 1)[8:-8], atol=1e-3)


@pytest.mark.parametrize("layout", ["planar", "interleaved"])
def test_halves(layout: str) -> None:
    """Halves in and out are the float picture's answer, rounded once."""
    image = picture(40, 70).astype(np.float16)
    if layout == "planar":
        image = np.ascontiguousarray(image.transpose(2, 0, 1))
    wanted = kernels.resize(image.astype(np.float32), 51, 23)
    made = kernels.resize(image, 51, 23)
    assert made.dtype == np.float16
    assert np.array_equal(made, wanted.astype(np.float16))
    out = np.empty(made.shape, np.float32)
    assert np.array_equal(kernels.resize(image, 51, 23, out=out), wanted)


def test_rows_apart() -> None:
    """Rows with room between them are read and written in place, and the room is left alone."""
    wide, room = picture(40, 60), np.full((50, 40, 3), 7, np.float32)
    kernels.resize(wide[3:33, 5:45], 31, 37, out=room[2:39, 4:35])
    wanted = kernels.resize(np.ascontiguousarray(wide[3:33, 5:45]), 31, 37)
    assert np.array_equal(room[2:39, 4:35], wanted)
    room[2:39, 4:35] = 7
    assert (room == 7).all()


def test_wrong_pictures_are_refused() -> None:
    """Another shape, type, filter, size, box or target is a ValueError."""
    image = picture(9, 9)
    with pytest.raises(ValueError, match="float32 or float16"):
        kernels.resize(image.astype(np.float64), 3, 3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="C up to 4"):
        kernels.resize(np.zeros((9, 9, 5), np.float32), 3, 3)
    with pytest.raises(ValueError, match="filter"):
        kernels.resize(image, 3, 3, "sharp")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least one"):
        kernels.resize(image, 0, 3)
    with pytest.raises(ValueError, match="inside"):
        kernels.resize(image, 3, 3, box=(4, 4, 6, 2))
    with pytest.raises(ValueError, match="out is"):
        kernels.resize(image, 3, 3, out=np.zeros((3, 4, 3), np.float32))
    with pytest.raises(ValueError, match="stand together"):
        kernels.resize(image[:, ::2], 3, 3)
