"""Decoded pictures of every kind as one array, and the step that makes R'G'B' of it.

The step runs in one pass with the colour steps that follow. Chroma is interpolated to luma's
places first: samples lie on every second luma column and, in 4:2:0, between two rows (BT.709,
and the left siting of MPEG-2, H.264 and H.265), those of interlaced pictures between two rows of
their own field.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

import kernels
from functions.colour.camera.chromatic import product
from functions.contract.errors import UnsupportedMedia
from functions.contract.picture import Picture, Siting
from kernels.colour.steps import Step

Planes = npt.NDArray[Any]
Buffer = Callable[[str, tuple[int, ...], Any], Planes]
_WORD = 65535.0
# Luma weights of red and blue by FFmpeg's name of the matrix (BT.709-6, BT.601-7, BT.2020-2,
# SMPTE ST 240M, FCC 73.682).
WEIGHTS = {
    "bt709": (0.2126, 0.0722),
    "smpte170m": (0.299, 0.114),
    "bt470bg": (0.299, 0.114),
    "bt2020nc": (0.2627, 0.0593),
    "smpte240m": (0.212, 0.087),
    "fcc": (0.30, 0.11),
}


def unpacked(picture: Picture, buffer: Buffer) -> tuple[Planes, tuple[Step, ...]]:
    """(3, h, w) uint16, float16 or float32 samples, and the steps that make R'G'B' of them.

    Integers become 0.0 to 1.0, video levels with their overshoot.

    buffer : gives an array of a name, shape and dtype that may be used again from frame to
        frame

    Raises UnsupportedMedia for a matrix that is no linear one.
    """
    height, width = picture.planes[0].shape
    shape = (3, height, width)
    if picture.model == "rgb":
        kind = picture.planes[0].dtype if picture.bits == 0 else np.dtype(np.uint16)
        image = buffer("unpacked", shape, kind)
        for number, plane in enumerate(picture.planes):
            image[number] = plane
        if picture.bits == 0:
            return image, ()
        low, high = _levels(picture.bits, full=picture.full)
        if (low, high) == (0.0, _WORD):
            return image, ()
        scale = _WORD / (high - low)
        step = kernels.matrix_step(np.eye(3) * scale, np.full(3, -low / (high - low)))
        return image, (step,)
    if picture.step == (1, 1):
        image = buffer("unpacked", shape, np.uint16)
        for number, plane in enumerate(picture.planes):
            image[number] = plane
        return image, (_to_rgb(picture, _WORD),)
    image = buffer("unpacked", shape, np.float32)
    image[0] = picture.planes[0]
    for number in (1, 2):
        _upsampled(picture, number, image[number], buffer)
    return image, (_to_rgb(picture, 1.0),)


def fits_kernel(picture: Picture) -> bool:
    """Whether `kernels.from_yuv` takes the picture's planes as they are."""
    return (
        picture.model == "yuv"
        and picture.step in ((1, 1), (2, 1), (2, 2))
        and picture.matrix in WEIGHTS
        and picture.bits >= 8
    )


def siting_of(picture: Picture) -> Siting:
    """Where the picture's chroma stands: as the clip says, else as its matrix has it (BT.2020-2,
    table 4: 4:2:0 on even rows)."""
    if picture.step == (2, 1) and picture.siting == "topleft":
        return "left"  # rows have chroma each
    if picture.siting is not None:
        return picture.siting
    return "topleft" if picture.matrix == "bt2020nc" and picture.step == (2, 2) else "left"


def field_siting(picture: Picture) -> Siting:
    """Of one field of a picture, whose chroma stands in its own way between the field's rows."""
    return "center" if picture.siting == "center" else "left"


def has_field_chroma(picture: Picture) -> bool:
    """Whether chroma lines belong to one field each, so that no two of them may be mixed."""
    return picture.interlaced and picture.step == (2, 2) and len(picture.planes[1]) > 1


def fields_of(picture: Picture) -> tuple[tuple[Planes, Planes, Planes], ...]:
    """Planes of the top and of the bottom field, for `kernels.from_yuv`."""
    made = []
    for field in (0, 1):
        one, two, three = (plane[field::2] for plane in picture.planes)
        if len(two) * 2 < len(one):
            # A height that no encoder of fields leaves: the last chroma line is there twice.
            two, three = (np.concatenate([c, c[-1:]]) for c in (two, three))
        made.append((one, two, three))
    return tuple(made)


def _levels(bits: int, *, full: bool) -> tuple[float, float]:
    """Code values of 0.0 and 1.0 (BT.709-6, item 4.6)."""
    if full:
        return 0.0, float(2**bits - 1)
    return float(16 << (bits - 8)), float(235 << (bits - 8))


def _to_rgb(picture: Picture, scale: float) -> Step:
    """Y'CbCr code values, divided by `scale`, to R'G'B'."""
    red, blue = luma(picture.matrix, picture.number)
    green = 1.0 - red - blue
    low, high = _levels(picture.bits, full=picture.full)
    middle = float(1 << (picture.bits - 1))
    span = high if picture.full else float(224 << (picture.bits - 8))
    mix = np.array(
        [
            [1.0, 0.0, 2 * (1 - red)],
            [1.0, -2 * blue * (1 - blue) / green, -2 * red * (1 - red) / green],
            [1.0, 2 * (1 - blue), 0.0],
        ]
    )
    mix /= np.array([high - low, span, span])
    return kernels.matrix_step(mix * scale, -product(mix, np.array([low, middle, middle])))


def luma(matrix: str | None, number: int) -> tuple[float, float]:
    """Weights of red and blue in luma. Raises UnsupportedMedia for any other matrix."""
    if matrix not in WEIGHTS:
        known = ", ".join(sorted(WEIGHTS))
        raise UnsupportedMedia(
            f"frame {number}: Y'CbCr by the matrix {matrix} is not read: {known} are",
            frame=number,
        )
    return WEIGHTS[matrix]


def _upsampled(picture: Picture, number: int, out: Planes, buffer: Buffer) -> None:
    """One chroma plane at luma's places."""
    plane = picture.planes[number]
    across, down = picture.step
    siting = siting_of(picture)
    middle = siting == "center"
    if has_field_chroma(picture):
        # It lies 1/4 or 3/4 of a field's line down, not half way between two.
        for field, top in ((0, 0.125), (1, -0.125)):
            _stretched(plane[field::2], out[field::2], across, buffer, top, middle=middle)
        return
    # On even rows chroma is asked for a quarter of its own line lower than between two.
    top = 0.25 if siting == "topleft" and down == 2 else 0.0
    _stretched(plane, out, across, buffer, top, down, middle=middle)


def _stretched(
    plane: Planes,
    out: Planes,
    across: int,
    buffer: Buffer,
    top: float,
    down: int = 2,
    *,
    middle: bool = False,
) -> None:
    """Chroma to luma's places.

    top : how much lower than between two lines chroma is asked for, in its own lines
    middle : whether its samples stand between luma's columns
    """
    rows, columns = plane.shape
    height, width = out.shape
    # Room around: the last luma samples lie past the last chroma sample, and a field's first above.
    wide = buffer("chroma", (rows + 2, columns + 1), np.float32)
    wide[1:-1, :columns] = plane
    wide[1:-1, columns] = plane[:, -1]
    wide[0], wide[-1] = wide[1], wide[-2]
    # A luma sample at x + 0.5 is at (x + 0.5) / across + shift of chroma, whose sample 0 is at
    # 0.5 and lies on luma sample 0.
    shift = 0.0 if middle else 0.5 - 0.5 / across
    box = (shift, 1 + top, width / across, height / down)
    kernels.resize(wide, width, height, "catmull-rom", out, box=box)
