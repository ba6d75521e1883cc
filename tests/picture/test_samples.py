"""Decoded samples to R'G'B', against colour-science and against positions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import kernels
from functions.contract.errors import UnsupportedMedia
from functions.contract.picture import Picture
from functions.picture.frames.samples import WEIGHTS, unpacked
from tests.colour.reference import colour

Planes = npt.NDArray[Any]


def rgb_of(picture: Picture) -> Planes:
    """(3, h, w) float32 R'G'B'."""
    image, steps = unpacked(picture, lambda _, shape, dtype: np.empty(shape, dtype))
    out = np.empty(image.shape, np.float32)
    return kernels.apply_steps(image, steps, out)


@pytest.mark.parametrize("matrix", sorted(WEIGHTS))
@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("full", [False, True])
def test_codes_become_what_colour_science_makes(matrix: str, bits: int, full: bool) -> None:
    """4:4:4 codes of every matrix, depth and range, over- and undershoot too."""
    rng = np.random.default_rng(bits)
    codes = rng.integers(0, 2**bits, (3, 20, 31)).astype(np.uint8 if bits == 8 else np.uint16)
    made = rgb_of(Picture(0, (codes[0], codes[1], codes[2]), "yuv", bits, full, matrix))
    truth = colour.YCbCr_to_RGB(
        codes.transpose(1, 2, 0),
        K=np.array(WEIGHTS[matrix]),
        in_bits=bits,
        in_legal=not full,
        in_int=True,
        out_bits=bits,
        out_legal=False,
        out_int=False,
    )
    assert np.abs(made.transpose(1, 2, 0) - truth).max() < 2e-6


@pytest.mark.parametrize(("across", "down"), [(2, 1), (2, 2), (4, 1), (1, 2)])
@pytest.mark.parametrize("size", [(24, 32), (23, 31)])
def test_chroma_comes_to_lumas_places(across: int, down: int, size: tuple[int, int]) -> None:
    """A plane of chroma is interpolated to where luma is: on its column, between its rows."""
    height, width = size
    rows, columns = -(-height // down), -(-width // across)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    # Luma coordinates of the chroma samples, centres of pixels at whole numbers.
    luma_x, luma_y = x * across, (y + 0.5) * down - 0.5
    plane = (300 + 8 * luma_x + 4 * luma_y).astype(np.uint16)
    middle = np.full((height, width), 502, np.uint16)
    flat = np.full_like(plane, 512)
    picture = Picture(0, (middle, flat, plane), "yuv", 10, False, "bt709", (across, down))
    red = rgb_of(picture)[0]
    at_y, at_x = np.mgrid[0:height, 0:width]
    code = 300 + 8 * at_x + 4 * at_y
    wanted = (502 - 64) / 876 + 2 * (1 - 0.2126) * (code - 512) / 896
    inner = (slice(3 * down, height - 3 * down), slice(3 * across, width - 3 * across))
    assert np.abs(red - wanted)[inner].max() < 1e-3


def test_there_and_back() -> None:
    """A smooth picture through our Y'CbCr and back is within two codes of 10 bits."""
    y, x = np.mgrid[0:64, 0:96] / 96
    image = np.stack([0.2 + 0.5 * x, 0.7 - 0.4 * y, 0.3 + 0.3 * x * y]).astype(np.float32)
    one, two, three = kernels.to_yuv(image, "420")
    made = rgb_of(Picture(0, (one, two, three), "yuv", 10, False, "bt709", (2, 2)))
    assert np.abs(made - image)[:, 4:-4, 4:-4].max() < 2 / 1023


@pytest.mark.parametrize(
    ("dtype", "bits", "full"),
    [(np.uint8, 8, True), (np.uint16, 16, True), (np.uint16, 12, True), (np.uint16, 10, False)],
)
def test_integers_of_rgb(dtype: Any, bits: int, full: bool) -> None:
    """R'G'B' codes are 0 to 1 over their range, video levels by black and white."""
    codes = np.arange(3 * 16, dtype=dtype).reshape(3, 4, 4) * (5 if bits == 8 else 21)
    made = rgb_of(Picture(0, (codes[0], codes[1], codes[2]), "rgb", bits, full))
    low, high = (0, 2**bits - 1) if full else (64, 940)
    wanted = (codes.astype(np.float64) - low) / (high - low)
    assert np.abs(made - wanted).max() < 1e-6


def test_a_matrix_that_is_none_is_named() -> None:
    """YCgCo is unsupported media that names the frame."""
    plane = np.zeros((4, 4), np.uint8)
    picture = Picture(7, (plane, plane, plane), "yuv", 8, True, "ycgco")
    with pytest.raises(UnsupportedMedia, match=r"frame 7.*ycgco"):
        rgb_of(picture)
