"""Decoded video as a picture: Y'CbCr planes to R'G'B', chroma at every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kernels.colour.steps import KINDS, Step, place_steps, room_for, strides
from kernels.compiled import entry, scratch
from kernels.loops.colour import slots as s
from kernels.loops.video import ycbcr_slots as f

Plane = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
# Luma weights of red and blue, by FFmpeg's names: ITU-R BT.709-6, BT.2020-2, BT.601-7, SMPTE
# ST 240, and the FCC's of 1953.
MATRICES = {
    "bt709": (0.2126, 0.0722),
    "bt2020": (0.2627, 0.0593),
    "bt2020nc": (0.2627, 0.0593),
    "smpte170m": (0.299, 0.114),
    "bt470bg": (0.299, 0.114),
    "smpte240m": (0.212, 0.087),
    "fcc": (0.30, 0.11),
}
STEPS = ((1, 1), (2, 1), (2, 2))
Siting = Literal["left", "center", "topleft"]
Field = Literal["top", "bottom"]
# Lines of a field from its first line of luma down to its first line of 4:2:0 chroma.
FIELDS: dict[str, float] = {"top": 0.25, "bottom": 0.75}
# A picture's rows are shared between the entries' own numbers: the widest it may be.
_WIDEST = 1 << 17


def from_yuv(
    planes: tuple[Plane, Plane, Plane],
    bits: int,
    full: bool,
    matrix: str,
    step: tuple[int, int],
    steps: Sequence[Step] = (),
    out: npt.NDArray[Any] | None = None,
    *,
    siting: Siting = "left",
    field: Field | None = None,
    rows: tuple[int, int] | None = None,
) -> npt.NDArray[Any]:
    """Turn Y'CbCr code values into R'G'B', and run colour steps in the same pass.

    Parameters
    ----------
    planes : Y' (H, W), Cb, Cr uint8 or uint16, the samples of a row together
        Chroma has (W + step - 1) // step columns, and rows likewise.
    bits : 8 to 16, in the low bits
    full : whether codes use their full range; else video levels
    matrix : a name of `MATRICES`
    step : luma samples per chroma sample, across and down: (1, 1), (2, 1) or (2, 2)
    steps : colour steps, as for `kernels.apply_steps`
    out : (3, H, W) or (H, W, 3) float32, float16 or uint16, optional
    siting : where 4:2:0 and 4:2:2 chroma stands: left (even pixels, between two rows), topleft
        (even rows too) or center (between pixels and rows)
    field : the planes are every other line of an interlaced picture, from its top or its bottom
        one: 4:2:0 chroma then stands a quarter or three quarters of a field's line further down
    rows : first row and the one after the last, where only these are made; `out` holds them alone

    Returns
    -------
    `out`, or a new (3, H, W) float32. Over- and undershoot is kept in floats; halves stay finite,
    uint16 is clipped to 0.0-1.0.

    Raises
    ------
    ValueError: another shape, dtype, layout or name.

    References
    ----------
    ITU-R BT.709-6, BT.2020-2, BT.601-7: luma, colour differences, quantisation. Chroma goes up by
    the cubic of four taps that passes through its samples: R. G. Keys, "Cubic convolution
    interpolation for digital image processing", IEEE Trans. ASSP 29 (1981),
    doi:10.1109/TASSP.1981.1163711, a = -1/2. Chroma of fields: ITU-T H.262, 6.1.1.8; H.264, 6.2.

    Domain/Range: code values; display-encoded 0.0-1.0.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((2, 4), 502, np.uint16), *np.full((2, 2, 2), 512, np.uint16)
    >>> np.round(from_yuv(grey, 10, False, "bt709", (2, 1))[:, 0, 0], 4).tolist()
    [0.5, 0.5, 0.5]
    """
    height, width, size = _source(planes, bits, step)
    if matrix not in MATRICES:
        raise ValueError(f"matrix is one of {', '.join(MATRICES)}, not {matrix!r}")
    if siting not in ("left", "center", "topleft"):
        raise ValueError(f"siting is left, center or topleft, not {siting!r}")
    if field not in (None, *FIELDS) or (field is not None and siting == "topleft"):
        raise ValueError(f"field is top, bottom or None, and of no topleft siting, not {field!r}")
    start, stop = rows if rows is not None else (0, height)
    if not 0 <= start <= stop <= height:
        raise ValueError(f"rows {rows} are not inside 0-{height}")
    target = np.empty((3, stop - start, width), np.float32) if out is None else out
    layout = _layout(target, stop - start, width)
    geom = np.zeros(s.STEP + room_for(steps), np.int64)
    geom[s.ROWS], geom[s.PIXELS] = stop, width
    geom[f.BYTES] = size
    geom[f.LINES], geom[f.COLUMNS] = planes[1].shape
    geom[s.Y_AT], geom[s.CB_AT], geom[s.CR_AT] = (plane.ctypes.data for plane in planes)
    geom[s.Y_ROW], geom[s.C_ROW] = planes[0].strides[0], planes[1].strides[0]
    geom[s.ACROSS], geom[s.DOWN] = step
    geom[s.OUT_KIND], geom[s.OUT_LAYOUT] = KINDS[target.dtype], layout
    geom[s.OUT_ROW], geom[s.OUT_PLANE] = strides(target, layout, width)[:2]
    geom[f.EARLY] = {"topleft": 0, "left": 1, "center": 3}[siting] + 4 * start
    floats = [1.0 / 65535.0, 65535.0, *_numbers(matrix, bits, full, siting, field)]
    params = place_steps(geom, floats, steps)
    if target.size:
        room = s.SCRATCH + s.EDGE + f.ROWS * (width + 2 * s.EDGE + 2 * s.WIDEST) + s.EDGE
        entry("from_yuv")(
            0, geom.ctypes.data, params.ctypes.data, target.ctypes.data, scratch(room)
        )
    return target


def cubic(part: float) -> list[float]:
    """Weights of the samples before, at, after and behind a place between two of them."""
    t = part
    return [
        -0.5 * t**3 + t**2 - 0.5 * t,
        1.5 * t**3 - 2.5 * t**2 + 1,
        -1.5 * t**3 + 2 * t**2 + 0.5 * t,
        0.5 * t**3 - 0.5 * t**2,
    ]


def _numbers(
    matrix: str, bits: int, full: bool, siting: Siting, field: Field | None
) -> list[float]:
    """What the loop reads, from Y_SCALE on."""
    unit, top = float(1 << (bits - 8)), float((1 << bits) - 1)
    luma, black, chroma = (top, 0.0, top) if full else (219 * unit, 16 * unit, 224 * unit)
    red, blue = MATRICES[matrix]
    green = 1 - red - blue
    to_red, to_blue = 2 * (1 - red), 2 * (1 - blue)
    mix = [to_red, -to_blue * blue / green, -to_red * red / green, to_blue]
    between = [*cubic(0.75), *cubic(0.25)]
    beside = [*cubic(0.0), *cubic(0.5)]
    across = between if siting == "center" else beside
    # An even row lies that much before the sample that follows it, an odd one after.
    below = 0.25 if field is None else FIELDS[field] / 2
    down = beside if siting == "topleft" else [*cubic(1 - below), *cubic(0.5 - below)]
    return [1 / luma, black, 1 / chroma, 128 * unit, *mix, *across, *down]


def _source(planes: Sequence[npt.NDArray[Any]], bits: int, step: tuple[int, int]) -> Any:
    """Height, width and bytes of a sample, checked."""
    if len(planes) != 3 or tuple(step) not in STEPS:
        raise ValueError(f"planes are Y, Cb, Cr, and step is one of {STEPS}, not {step}")
    if not 8 <= bits <= 16:
        raise ValueError(f"bits are 8 to 16, not {bits}")
    luma = planes[0]
    if getattr(luma, "ndim", 0) != 2 or luma.shape[1] > _WIDEST:
        raise ValueError(f"Y is (height, width), not {getattr(luma, 'shape', type(luma))}")
    height, width = luma.shape
    chroma = (height + step[1] - 1) // step[1], (width + step[0] - 1) // step[0]
    size = luma.itemsize
    for plane, shape in zip(planes, (luma.shape, chroma, chroma), strict=True):
        wanted = np.uint8 if size == 1 else np.uint16
        if plane.dtype != wanted or not plane.dtype.isnative or plane.shape != shape:
            raise ValueError(f"a plane is {plane.dtype} {plane.shape}, not {wanted} {shape}")
        if (plane.shape[1] > 1 and plane.strides[1] != size) or plane.strides[0] < 0:
            raise ValueError("the samples of a row must stand together in memory")
    if size == 1 and bits != 8:
        raise ValueError(f"bytes hold 8 bits, not {bits}")
    if planes[1].strides[0] != planes[2].strides[0] and planes[1].shape[0] > 1:
        raise ValueError("Cb and Cr must have the same distance from row to row")
    return height, width, size


def _layout(target: npt.NDArray[Any], height: int, width: int) -> int:
    shape = getattr(target, "shape", None)
    if target.dtype not in KINDS or not target.flags.writeable:
        raise ValueError(f"out is writeable float32, float16 or uint16, not {target.dtype}")
    if shape == (3, height, width):
        return s.PLANAR
    if shape == (height, width, 3):
        return s.INTERLEAVED
    raise ValueError(f"out is (3, {height}, {width}) or ({height}, {width}, 3), not {shape}")
