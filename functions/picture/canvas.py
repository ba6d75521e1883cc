"""A geometry on pixels: crop, de-squeeze, scale and landing in one pass, black around it."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import kernels
from functions.sidecars.fdl import Geometry

Planes = npt.NDArray[Any]
Place = tuple[slice, slice]
_HALVES = (np.dtype(np.float16), np.dtype(np.float32))


@dataclass(frozen=True, slots=True)
class Mapping:
    """What becomes of a picture's pixels, in whole output pixels.

    copied : source rows and columns where nothing is filtered, else None
    box : (x, y, width, height) in source pixels that becomes `place`
    place : rows and columns of the output that show the source; the rest is black
    width, height : of the output
    """

    width: int
    height: int
    place: Place
    copied: Place | None
    box: tuple[float, float, float, float]

    @property
    def whole(self) -> bool:
        """Whether the source covers all of the output."""
        rows, columns = self.place
        return (rows.start, rows.stop, columns.start, columns.stop) == (
            0,
            self.height,
            0,
            self.width,
        )


def mapping_of(geometry: Geometry) -> Mapping:
    """The geometry in whole output pixels.

    An output pixel shows the source if its centre lies in the landing; where the landing's
    corner is no whole pixel, the rectangle that is sampled is moved by the fraction, so that
    every position lands where the geometry says.
    """
    landing, crop, scale = geometry.landing, geometry.crop, geometry.scale
    width, height = geometry.output.width, geometry.output.height
    left, right = _covered(landing.x, landing.right, width)
    top, bottom = _covered(landing.y, landing.bottom, height)
    place = (slice(top, bottom), slice(left, right))
    box = (
        crop.x + (left - landing.x) / scale[0],
        crop.y + (top - landing.y) / scale[1],
        (right - left) / scale[0],
        (bottom - top) / scale[1],
    )
    copied: Place | None = None
    if geometry.is_copy:
        x, y = round(box[0]), round(box[1])
        copied = (slice(y, y + bottom - top), slice(x, x + right - left))
    return Mapping(width, height, place, copied, box)


def _covered(start: float, stop: float, size: int) -> tuple[int, int]:
    """First pixel whose centre is inside, and the first after it whose centre is not."""
    first = max(0, math.ceil(start - 0.5 - 1e-9))
    last = min(size, math.ceil(stop - 0.5 - 1e-9))
    return first, max(first + 1, last)


def blacken(out: Planes, mapping: Mapping) -> None:
    """Zero wherever no source is seen. out : (3, h, w)."""
    if mapping.whole:
        return
    rows, columns = mapping.place
    out[:, : rows.start] = 0
    out[:, rows.stop :] = 0
    out[:, rows, : columns.start] = 0
    out[:, rows, columns.stop :] = 0


def resample(image: Planes, mapping: Mapping, out: Planes, filter: str, threads: int = 1) -> None:
    """Fill `out` with what the mapping's box holds.

    image : (3, H, W) float16 or float32
    out : (3, h, w) of `mapping.place`'s size, float16 or float32
    threads : planes are shared between them; the bytes do not depend on it
    """
    if mapping.copied is not None:
        rows, columns = mapping.copied
        out[...] = image[:, rows, columns]
        return
    x, y, width, height = mapping.box
    image, x, y = _with_room(image, x, y, width, height)
    kind: Any = filter

    def plane(number: int) -> None:
        kernels.resize(
            image[number], out.shape[2], out.shape[1], kind, out[number], box=(x, y, width, height)
        )

    if threads > 1:
        with ThreadPoolExecutor(min(3, threads), thread_name_prefix="plane") as pool:
            list(pool.map(plane, range(3)))
    else:
        for number in range(3):
            plane(number)


def _with_room(
    image: Planes, x: float, y: float, width: float, height: float
) -> tuple[Planes, float, float]:
    """The image with edge pixels repeated as far as the box reaches past it.

    It reaches at most half an output pixel past: where a landing begins between two pixels.
    """
    rows, columns = image.shape[1:]
    left, top = max(0, math.ceil(-x)), max(0, math.ceil(-y))
    right = max(0, math.ceil(x + width - columns * (1 + 1e-12)))
    bottom = max(0, math.ceil(y + height - rows * (1 + 1e-12)))
    if not (left or top or right or bottom):
        return image, x, y
    wider = np.pad(image, ((0, 0), (top, bottom), (left, right)), mode="edge")
    return wider, x + left, y + top
