"""Decoded pictures of every kind as one array of floats, R, G, B."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.errors import UnsupportedMedia
from functions.contract.picture import Picture

Planes = npt.NDArray[Any]
Buffer = Callable[[tuple[int, ...], Any], Planes]


def unpacked(picture: Picture, buffer: Buffer) -> Planes:
    """(3, h, w) float16 or float32; integers as 0.0 to 1.0, video levels with their overshoot.

    buffer : gives an array of a shape and dtype that may be used again from frame to frame
    """
    if picture.model != "rgb":
        raise UnsupportedMedia(f"frame {picture.number} is {picture.model}")
    planes = picture.planes
    height, width = planes[0].shape
    if picture.bits == 0:
        image = buffer((3, height, width), planes[0].dtype)
        for number, plane in enumerate(planes):
            image[number] = plane
        return image
    image = buffer((3, height, width), np.float32)
    low, high = _levels(picture.bits, full=picture.full)
    for number, plane in enumerate(planes):
        np.subtract(plane, np.float32(low), out=image[number], dtype=np.float32)
        image[number] *= np.float32(1.0 / (high - low))
    return image


def _levels(bits: int, *, full: bool) -> tuple[float, float]:
    """Code values of 0.0 and 1.0 (BT.709-6, item 4.6)."""
    if full:
        return 0.0, float(2**bits - 1)
    return float(16 << (bits - 8)), float(235 << (bits - 8))
