"""Pictures for video encoders: Y'CbCr planes with filtered chroma."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kernels.colour.steps import KINDS, Picture, Step, arrangement, place_steps, room_for, strides
from kernels.compiled import entry, scratch
from kernels.loops.colour import slots as s
from kernels.video.dither import place_noise
from kernels.video.ycbcr_to_rgb import FIELDS, Field

Words = npt.NDArray[np.uint16]
Planes = tuple[Words, Words, Words]
# Luma weights of red and blue.
MATRICES = {"bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}
SUBSAMPLINGS = {"444": (1, 1), "422": (2, 1), "420": (2, 2)}


def _lanczos2(distance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Weights of a Lanczos filter of two lobes at half the rate, summing to 1."""
    x = distance / 2
    weights = np.where(np.abs(x) < 2, np.sinc(x) * np.sinc(x / 2), 0.0)
    normal: npt.NDArray[np.float64] = weights / weights.sum()
    return normal


def to_yuv(
    image: Picture,
    subsampling: Literal["444", "422", "420"] = "422",
    matrix: Literal["bt709", "bt2020"] = "bt709",
    *,
    bits: int = 10,
    range: Literal["legal", "full"] = "legal",
    siting: Literal["left", "topleft"] = "left",
    field: Field | None = None,
    dither: int | None = None,
    steps: Sequence[Step] = (),
    out: Planes | None = None,
) -> Planes:
    """Turn display-encoded R'G'B' into Y'CbCr code values, chroma filtered and subsampled.

    Parameters
    ----------
    image : (3, H, W) or (H, W, 3) float32, float16 or uint16, as for `kernels.apply_steps`
    subsampling : 444, 422 or 420. Odd sizes round up: a chroma plane has (W + 1) // 2 columns.
    matrix : bt709, or bt2020 (non-constant luminance)
    bits : 8 to 16; 10 is yuv422p10le's, in the low bits
    range : legal (luma 64 to 940 at 10 bits, over- and undershoot kept to 4 to 1019) or full
    siting : left (on even pixels, in 4:2:0 between two rows) or topleft (on even rows too, as
        BT.2020 and BT.2100 4:2:0 want it)
    field : the image is every other line of an interlaced picture, from its top or its bottom one:
        as for `kernels.from_yuv`
    dither : number of the picture: noise of its own is added before code values are rounded
        (`kernels.video.dither`). None adds none.
    steps : colour steps that run first, in the same pass
    out : three uint16 arrays to write to, rows together, optional

    Returns
    -------
    Y' (H, W), Cb, Cr uint16. R'G'B' beyond -8 to 8 is clipped, NaN is black.

    Raises
    ------
    ValueError: another shape, dtype, layout or name.

    References
    ----------
    ITU-R BT.709-6, BT.2020-2 and BT.2100-2: luma, colour differences, quantisation. The chroma
    filters are Lanczos of two lobes at half the rate: 7 taps on a sample, 8 between two.

    Domain/Range: display-encoded 0.0-1.0; code values.

    Examples
    --------
    >>> import numpy as np
    >>> white = np.ones((3, 4, 4), np.float32)
    >>> y, cb, cr = to_yuv(white)
    >>> int(y[0, 0]), int(cb[3, 1]), cr.shape
    (940, 512, (4, 2))
    """
    if subsampling not in SUBSAMPLINGS or matrix not in MATRICES:
        raise ValueError("subsampling is 444, 422 or 420, matrix bt709 or bt2020, "
                         f"not {subsampling!r}, {matrix!r}")  # fmt: skip
    if range not in ("legal", "full") or siting not in ("left", "topleft") or not 8 <= bits <= 16:
        raise ValueError("range is legal or full, siting left or topleft, bits 8 to 16, "
                         f"not {range!r}, {siting!r}, {bits!r}")  # fmt: skip
    if field not in (None, *FIELDS) or (field is not None and siting == "topleft"):
        raise ValueError(f"field is top, bottom or None, and of no topleft siting, not {field!r}")
    layout, height, width = arrangement(image)
    if 0 in image.shape:
        raise ValueError(f"image has no pixels: {image.shape}")
    across, down = SUBSAMPLINGS[subsampling]
    chroma = (height + down - 1) // down, (width + across - 1) // across
    shapes = ((height, width), chroma, chroma)
    planes = tuple(np.empty(shape, np.uint16) for shape in shapes) if out is None else out
    _check(planes, shapes)
    geom = np.zeros(s.STEP + room_for(steps), np.int64)
    geom[s.ROWS], geom[s.PIXELS] = height, width
    geom[s.IN_KIND], geom[s.IN_LAYOUT] = KINDS[image.dtype], layout
    geom[s.IN_ROW], geom[s.IN_PLANE] = strides(image, layout, width)[:2]
    geom[s.Y_AT], geom[s.CB_AT], geom[s.CR_AT] = (plane.ctypes.data for plane in planes)
    geom[s.Y_ROW], geom[s.C_ROW] = planes[0].strides[0], planes[1].strides[0]
    geom[s.ACROSS], geom[s.DOWN] = across, down
    # The bottom field takes other noise than the top one.
    noise, geom[s.NOISE_ROW], column = place_noise(dither, 1 if field == "bottom" else 0)
    geom[s.NOISE_AT] = noise.ctypes.data + 4 * column
    floats = [1.0 / 65535.0, 65535.0, *_numbers(matrix, bits, range, siting, field)]
    params = place_steps(geom, floats, steps)
    rows = 4 + 2 * s.ROWS_KEPT
    room = s.SCRATCH + s.EDGE + rows * (width + 2 * s.EDGE + 2 * s.WIDEST)
    entry("yuv")(
        image.ctypes.data, geom.ctypes.data, params.ctypes.data, 0, scratch(room)
    )  # fmt: skip
    return planes[0], planes[1], planes[2]


def _check(planes: Sequence[npt.NDArray[Any]], shapes: Sequence[tuple[int, int]]) -> None:
    """Three writeable planes of the right shapes."""
    if len(planes) != 3:
        raise ValueError("out is three arrays: Y, Cb, Cr")
    for plane, shape in zip(planes, shapes, strict=True):
        if not isinstance(plane, np.ndarray) or plane.shape != shape or plane.dtype != np.uint16:
            raise ValueError(f"out is uint16 {shapes}, not {getattr(plane, 'shape', type(plane))}")
        if not plane.flags.writeable or (plane.strides[1] != 2 and plane.shape[1] > 1):
            raise ValueError("out must be writeable and the samples of a row stand together")
    if planes[1].strides[0] != planes[2].strides[0]:
        raise ValueError("Cb and Cr must have the same distance from row to row")


def _numbers(matrix: str, bits: int, range: str, siting: str, field: Field | None) -> list[float]:
    """What the loop reads, from LUMA on."""
    red, blue = MATRICES[matrix]
    luma = [red, 1 - red - blue, blue]
    unit, top = float(1 << (bits - 8)), float((1 << bits) - 1)
    if range == "legal":
        scales = [219 * unit, 16 * unit, 224 * unit, 128 * unit]
        # The first and last codes of 8 bits carry timing, not picture.
        limits = [unit, 255 * unit - 1]
    else:
        scales, limits = [top, 0.0, top, 128 * unit], [0.0, top]
    side = _lanczos2(np.arange(-3.0, 4.0))[[3, 4, 6]]
    below = FIELDS[field] if field else 0.5 if siting == "left" else 0.0
    upright = _lanczos2(np.arange(-3.0, 5.0) - below)
    differences = [0.5 / (1 - blue), 0.5 / (1 - red)]
    return [*luma, *differences, *scales, *limits, *side.tolist(), *upright.tolist()]
