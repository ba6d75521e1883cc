"""Decoded pictures of every kind as one array, R, G, B."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.errors import UnsupportedMedia
from functions.contract.picture import Picture

Planes = npt.NDArray[Any]
Buffer = Callable[[tuple[int, ...], Any], Planes]

# Luma coefficients of red and blue (ITU-R BT.601-7, BT.709-6, BT.2020-2, SMPTE 240M).
_LUMA = {
    "bt709": (0.2126, 0.0722),
    "smpte170m": (0.299, 0.114),
    "bt470bg": (0.299, 0.114),
    "smpte240m": (0.212, 0.087),
    "bt2020nc": (0.2627, 0.0593),
    "fcc": (0.30, 0.11),
}


def unpacked(picture: Picture, buffer: Buffer) -> Planes:
    """(3, h, w) float16 or float32; integers as 0.0 to 1.0, video levels with their overshoot.

    buffer : gives an array of a shape and dtype that may be used again from frame to frame

    Raises UnsupportedMedia for a Y'CbCr matrix that is no fixed one.
    """
    planes = picture.planes
    height, width = planes[0].shape
    if picture.model == "rgb" and picture.bits == 0:
        image = buffer((3, height, width), planes[0].dtype)
        for number, plane in enumerate(planes):
            image[number] = plane
        return image
    image = buffer((3, height, width), np.float32)
    low, high = _levels(picture.bits, full=picture.full)
    if picture.model == "rgb":
        for number, plane in enumerate(planes):
            _scaled(plane, low, high - low, image[number])
        return image
    middle = float(1 << (picture.bits - 1))
    reach = float(2**picture.bits - 1) if picture.full else float(224 << (picture.bits - 8))
    red, blue = luma(picture.matrix, picture.number)
    luminance = image[1]
    _scaled(planes[0], low, high - low, luminance)
    for place, plane in ((2, planes[1]), (0, planes[2])):
        _scaled(_widened(plane, picture.step, height, width), middle, reach, image[place])
    # BT.709-6, item 3.3: R' = Y' + 2 (1 - Kr) C'r, B' = Y' + 2 (1 - Kb) C'b.
    image[0] *= np.float32(2 * (1 - red))
    image[2] *= np.float32(2 * (1 - blue))
    green = 1 - red - blue
    down_red = image[0] * np.float32(red / green)
    down_red += image[2] * np.float32(blue / green)
    image[0] += luminance
    image[2] += luminance
    luminance -= down_red
    return image


def luma(matrix: str | None, number: int) -> tuple[float, float]:
    """Coefficients of red and blue in luma. Raises UnsupportedMedia for any other matrix."""
    if matrix not in _LUMA:
        known = ", ".join(sorted(_LUMA))
        raise UnsupportedMedia(
            f"frame {number}: Y'CbCr by the matrix {matrix} is not read: {known} are"
        )
    return _LUMA[matrix]


def _widened(plane: Planes, step: tuple[int, int], height: int, width: int) -> Planes:
    """Chroma at every luma sample, linear between its own.

    Across, chroma stands on every second luma sample (BT.709, and left siting of MPEG-2,
    H.264 and H.265); down, between two lines.
    """
    across, down = step
    if across == 2:
        right = np.empty_like(plane)
        right[:, :-1], right[:, -1:] = plane[:, 1:], plane[:, -1:]
        wide = np.empty((plane.shape[0], 2 * plane.shape[1]), np.float32)
        wide[:, 0::2] = plane
        np.add(plane, right, out=wide[:, 1::2], dtype=np.float32)
        wide[:, 1::2] *= np.float32(0.5)
        plane = wide[:, :width]
    elif across != 1:
        plane = np.repeat(plane, across, axis=1)[:, :width]
    if down == 2:
        above, below = np.vstack((plane[:1], plane[:-1])), np.vstack((plane[1:], plane[-1:]))
        high = np.empty((2 * plane.shape[0], plane.shape[1]), np.float32)
        here = plane.astype(np.float32) * np.float32(0.75)
        high[0::2] = here + above * np.float32(0.25)
        high[1::2] = here + below * np.float32(0.25)
        plane = high[:height]
    elif down != 1:
        plane = np.repeat(plane, down, axis=0)[:height]
    return plane


def _scaled(plane: Planes, low: float, reach: float, out: Planes) -> None:
    np.subtract(plane, np.float32(low), out=out, dtype=np.float32)
    out *= np.float32(1.0 / reach)


def _levels(bits: int, *, full: bool) -> tuple[float, float]:
    """Code values of 0.0 and 1.0 (BT.709-6, item 4.6)."""
    if full:
        return 0.0, float(2**bits - 1)
    return float(16 << (bits - 8)), float(235 << (bits - 8))
