"""Colour steps in one trip through the cache: any list of matrix, curve, CDL and look-up tables."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kernels.compiled import entry, scratch
from kernels.loops.colour import slots as s
from kernels.loops.colour.guarded_lut_slots import SIDE

Picture = npt.NDArray[np.float32] | npt.NDArray[np.float16] | npt.NDArray[np.uint16]
KINDS = {np.dtype(np.float32): s.FLOAT, np.dtype(np.float16): s.HALF, np.dtype(np.uint16): s.WORD}


@dataclass(frozen=True)
class Step:
    """One colour operation as its compiled loop reads it; made by the functions of this package."""

    loop: str
    floats: tuple[float, ...]
    table: npt.NDArray[np.float32] | None = None
    size: int = 0
    flag: int = 0
    other: int = 0
    inside: tuple[Step, ...] = ()


def apply_steps(
    image: Picture, steps: Sequence[Step], out: npt.NDArray[Any] | None = None
) -> npt.NDArray[Any]:
    """Run a picture through steps in order, float32 between them.

    Parameters
    ----------
    image : (3, H, W) or (H, W, 3) float32, float16 or uint16
        The samples of a row stand together; rows may be apart. Planar where both shapes fit.
        uint16 means 0.0 to 1.0 over its full range.
    steps : from `curve_step`, `matrix_step`, `cdl_step`, `lut1d_step`, `lut3d_step`
    out : (3, H, W) or (H, W, 3) of those types, optional
        Its layout and type are what the answer is turned into; it may be `image` itself.

    Returns
    -------
    `out`, or a new array of the layout and type of `image`. float32 is not clipped; halves past
    +-65504 saturate and NaN stays NaN; uint16 is clipped to 0.0-1.0 and rounded to nearest.

    Raises
    ------
    ValueError: another shape, dtype or layout.

    Domain/Range: every float; what a step does with its limits stands with the step.

    Examples
    --------
    >>> import numpy as np
    >>> from kernels.colour.curves import curve_step
    >>> grey = np.full((3, 2, 2), 0.18, np.float32)
    >>> there_and_back = [curve_step("logc3"), curve_step("logc3", "decode")]
    >>> round(float(apply_steps(grey, there_and_back)[0, 0, 0]), 6)
    0.18
    """
    geom = np.zeros(s.STEP + room_for(steps), np.int64)
    layout, height, width = arrangement(image)
    target = np.empty(image.shape, image.dtype) if out is None else out
    to = _target_layout(target, layout, height, width)
    if target.dtype not in KINDS or not target.flags.writeable:
        raise ValueError(f"out is writeable float32, float16 or uint16, not {target.dtype}")
    source = strides(image, layout, width)
    goal = strides(target, to, width)
    geom[s.ROWS], geom[s.PIXELS] = height, width
    if source[2] and goal[2]:
        geom[s.ROWS], geom[s.PIXELS] = 1, height * width
    geom[s.IN_KIND], geom[s.IN_LAYOUT] = KINDS[image.dtype], layout
    geom[s.OUT_KIND], geom[s.OUT_LAYOUT] = KINDS[target.dtype], to
    geom[s.IN_ROW], geom[s.IN_PLANE] = source[:2]
    geom[s.OUT_ROW], geom[s.OUT_PLANE] = goal[:2]
    params = place_steps(geom, [1.0 / 65535.0, 65535.0], steps)
    if image.size:
        entry("pixels")(
            image.ctypes.data, geom.ctypes.data, params.ctypes.data, target.ctypes.data,
            scratch(s.SCRATCH),
        )  # fmt: skip
    return target


def room_for(steps: Sequence[Step]) -> int:
    """Numbers that `place_steps` writes for steps and those inside them."""
    return sum(s.STEP_SIZE + room_for(step.inside) for step in steps)


def place_steps(
    geom: npt.NDArray[np.int64], floats: list[float], steps: Sequence[Step]
) -> npt.NDArray[np.float32]:
    """Write the steps behind the entry's own numbers; returns the floats of all.

    Steps inside others stand behind all that are not; what they say of places is counted from
    the one that they are inside of, which is all that its entry knows.
    """
    geom[s.STEPS] = len(steps)
    _place(geom, s.STEP, steps, 0, floats, 0)
    return np.array(floats, np.float32)


def _place(
    geom: npt.NDArray[np.int64], start: int, steps: Sequence[Step], base: int,
    floats: list[float], depth: int,
) -> int:  # fmt: skip
    """Write steps from `start` on, then what is inside them; returns where free numbers begin.

    base : where the floats of the step begin that they are inside of; depth : in how many
    """
    free = start + s.STEP_SIZE * len(steps)
    for number, step in enumerate(steps):
        at, begin = start + number * s.STEP_SIZE, len(floats)
        place = geom[at : at + s.STEP_SIZE]
        place[s.CODE] = address(step.loop)
        place[s.AT] = begin - base
        place[s.TABLE] = 0 if step.table is None else step.table.ctypes.data
        place[s.SIZE], place[s.FLAG], place[s.OTHER] = step.size, step.flag, step.other
        floats += step.floats
        if step.inside:
            place[s.SIZE], place[s.FLAG] = free - at, len(step.inside)
            place[s.OTHER] = _side(depth).ctypes.data
            free = _place(geom, free, step.inside, begin, floats, depth + 1)
    return free


_LOCAL = threading.local()


def _side(depth: int) -> npt.NDArray[np.float32]:
    """This thread's room for what steps inside others work on; each depth has its own."""
    rooms: list[npt.NDArray[np.float32]] = _LOCAL.__dict__.setdefault("rooms", [])
    while len(rooms) <= depth:
        rooms.append(np.zeros(SIDE, np.float32))
    return rooms[depth]


def address(loop: str) -> int:
    """Where the machine code of an entry stands."""
    found = ctypes.cast(entry(loop), ctypes.c_void_p).value  # type: ignore[arg-type]
    return found or 0


def arrangement(image: npt.NDArray[Any]) -> tuple[int, int, int]:
    """Layout, height and width of a picture of three channels."""
    if not isinstance(image, np.ndarray) or image.ndim != 3:
        found = getattr(image, "shape", type(image))
        raise ValueError(f"image is (3, height, width) or (height, width, 3), not {found}")
    if image.dtype not in KINDS:
        raise ValueError(f"image is float32, float16 or uint16, not {image.dtype}")
    if image.shape[0] == 3:
        return s.PLANAR, image.shape[1], image.shape[2]
    if image.shape[2] == 3:
        return s.INTERLEAVED, image.shape[0], image.shape[1]
    raise ValueError(f"image is (3, height, width) or (height, width, 3), not {image.shape}")


def _target_layout(target: npt.NDArray[Any], layout: int, height: int, width: int) -> int:
    shapes = {s.PLANAR: (3, height, width), s.INTERLEAVED: (height, width, 3)}
    for candidate in (layout, 1 - layout):
        if isinstance(target, np.ndarray) and target.shape == shapes[candidate]:
            return candidate
    found = getattr(target, "shape", type(target))
    raise ValueError(f"out is {shapes[0]} or {shapes[1]}, not {found}")


def strides(array: npt.NDArray[Any], layout: int, width: int) -> tuple[int, int, bool]:
    """Bytes from row to row and from plane to plane, and whether rows follow without a gap."""
    size = array.itemsize
    if layout == s.PLANAR:
        plane, row, sample = array.strides
        if (sample != size and width > 1) or not array.dtype.isnative:
            raise ValueError("the samples of a row must stand together in memory, in native order")
        return row, plane, row == width * size
    row, pixel, sample = array.strides
    if sample != size or (pixel != 3 * size and width > 1) or not array.dtype.isnative:
        raise ValueError("the samples of a row must stand together in memory, in native order")
    return row, 0, row == 3 * width * size
