"""A geometry on pixels: crop, de-squeeze, scale and landing in one pass, black around it."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

import kernels
from functions.sidecars.fdl.values import Geometry

Planes = npt.NDArray[Any]
Place = tuple[slice, slice]
Box = tuple[float, float, float, float]


class Mapping(msgspec.Struct, frozen=True):
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
    box: Box

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
    every position lands where the geometry says. At the output's own edge a gap of less than a
    pixel, left by a canvas of whole pixels, shows the edge of the picture and no black line.
    """
    landing, crop, scale = geometry.landing, geometry.crop, geometry.scale
    width, height = geometry.output.width, geometry.output.height
    left, right = _covered(landing.x, landing.right, width)
    top, bottom = _covered(landing.y, landing.bottom, height)
    place = (slice(top, bottom), slice(left, right))
    x, wide = _sampled(crop.x, crop.width, landing.x, landing.width, left, right, scale[0])
    y, high = _sampled(crop.y, crop.height, landing.y, landing.height, top, bottom, scale[1])
    box = (x, y, wide, high)
    copied: Place | None = None
    if geometry.is_copy:
        x, y = round(box[0]), round(box[1])
        copied = (slice(y, y + bottom - top), slice(x, x + right - left))
    return Mapping(width, height, place, copied, box)


def _sampled(
    crop: float, length: float, landing: float, size: float, first: int, last: int, scale: float
) -> tuple[float, float]:
    """Start and length of the source that becomes whole output pixels, exact where it may be."""
    if first == landing and last == landing + size:
        return crop, length
    return crop + (first - landing) / scale, (last - first) / scale


def _covered(start: float, stop: float, size: int) -> tuple[int, int]:
    """First pixel whose centre is inside, and the first after it whose centre is not."""
    first = 0 if start < 1 - 1e-9 else math.ceil(start - 0.5 - 1e-9)
    last = size if stop > size - 1 + 1e-9 else math.ceil(stop - 0.5 - 1e-9)
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


def resample(
    image: Planes,
    mapping: Mapping,
    out: Planes,
    filter: str,
    threads: int = 1,
    *,
    fields: bool = False,
) -> None:
    """Fill `out` with what the mapping's box holds.

    image : (n, H, W) float16 or float32, colours and perhaps alpha
    out : (n, h, w) of `mapping.place`'s size, float16 or float32
    threads : planes are shared between them; the bytes do not depend on it
    fields : the picture is two fields of two moments, each is scaled by itself: a line of the
        output is made of lines of its own field alone
    """
    if mapping.copied is not None:
        rows, columns = mapping.copied
        out[...] = image[:, rows, columns]
        return
    parts = (
        _field_parts(image, mapping, out)
        if fields and image.shape[1] > 1  # one line is no two fields
        else [(image, mapping.box, out)]
    )
    roomy = [(*_with_room(source, box), target) for source, box, target in parts]
    kind: Any = filter

    def plane(number: int) -> None:
        for source, box, target in roomy:
            goal = target[number]
            kernels.resize(source[number], goal.shape[1], goal.shape[0], kind, goal, box=box)

    if threads > 1:
        with ThreadPoolExecutor(min(3, threads), thread_name_prefix="plane") as pool:
            list(pool.map(plane, range(len(out))))
    else:
        for number in range(len(out)):
            plane(number)


def _field_parts(image: Planes, mapping: Mapping, out: Planes) -> list[tuple[Planes, Box, Planes]]:
    """Lines of either field of the source, the box in them, and the lines that they become.

    Line n of field f lies at 2 n + f of the picture, before and after.
    """
    x, y, width, height = mapping.box
    scale = height / out.shape[1]
    parts = []
    for field in (0, 1):
        first = (field - mapping.place[0].start) % 2
        target = out[:, first::2]
        if not target.shape[1]:
            continue
        # The middle of the first line made, in lines of the field, less half a step.
        middle = (y + (first + 0.5) * scale - field - 0.5) / 2 + 0.5
        box = (x, middle - scale / 2, width, scale * target.shape[1])
        parts.append((image[:, field::2], box, target))
    return parts


def _with_room(image: Planes, box: Box) -> tuple[Planes, Box]:
    """The image with edge pixels repeated as far as the box reaches past it.

    It reaches at most an output pixel past: where a landing begins between two pixels.
    """
    x, y, width, height = box
    rows, columns = image.shape[1:]
    left, top = max(0, math.ceil(-x)), max(0, math.ceil(-y))
    right = max(0, math.ceil(x + width - columns * (1 + 1e-12)))
    bottom = max(0, math.ceil(y + height - rows * (1 + 1e-12)))
    if not (left or top or right or bottom):
        return image, box
    wider = np.pad(image, ((0, 0), (top, bottom), (left, right)), mode="edge")
    return wider, (x + left, y + top, width, height)
