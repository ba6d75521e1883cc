"""What a picture handed to a kernel must be, and the numbers that a compiled entry reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kernels import calls as c
from kernels import compiled

Highlights = Literal["repair", "keep", "clip"]
Rows = tuple[int, int]
Crop = tuple[int, int, int, int]
Numbers = float | Sequence[float] | npt.NDArray[Any]
Planes = npt.NDArray[Any]
_AT_A_TIME = 1 << 15  # pixels whose sums stay in the second-level cache

# Red's place in the 2x2 cell.
PATTERNS = {"RGGB": (0, 0), "GRBG": (0, 1), "GBRG": (1, 0), "BGGR": (1, 1)}
# A channel counts as clipped from CLIPPED of where the sensor clips, not at all below KNEE: up to
# there it is a measurement, and a saturated magenta may well stand at 0.99.
KNEE, CLIPPED = 0.992, 0.999
# `best`: the lift of black without noise, in parts of white. Twice the noise is added, so that
# means on the curve are darker than means of light by no more than a thirtieth. Then how many
# variances of a sample gradients, products of Laplacians and flat parts owe to noise. Set on the
# Kodak and McMaster pictures with 0, 1 and 2 % of noise, flat within a factor of two; checked on
# others (`bench.quality`).
LIFT, GRADIENT_NOISE, PRODUCT_NOISE, FLAT_NOISE = 0.0005, 100.0, 100.0, 100.0


def phase(pattern: str) -> tuple[int, int]:
    """Row and column of red in the 2x2 cell."""
    if pattern not in PATTERNS:
        raise ValueError(f"pattern is one of {', '.join(PATTERNS)}, not {pattern!r}")
    return PATTERNS[pattern]


def check_source(array: npt.NDArray[Any], shape: str, dimensions: int, smallest: int) -> None:
    """Raise ValueError for a picture that the loops cannot read in place."""
    if not isinstance(array, np.ndarray) or array.ndim != dimensions:
        raise ValueError(f"picture is {shape}, not {getattr(array, 'shape', type(array))}")
    if array.dtype not in (np.dtype(np.uint16), np.dtype(np.float32)):
        raise ValueError(f"picture is uint16 or float32 in native order, not {array.dtype.str}")
    if min(array.shape[:2]) < smallest:
        raise ValueError(f"picture is at least {smallest}x{smallest}, not {array.shape[:2]}")
    inner = (array.itemsize,) if dimensions == 2 else (array.itemsize * 3, array.itemsize)
    if array.strides[1:] != inner or array.strides[0] < array.shape[1] * inner[0]:
        raise ValueError("the samples of a row must stand together in memory")


def check_target(
    out: npt.NDArray[Any] | None, shape: tuple[int, ...], dtype: Any, inner: tuple[int, ...]
) -> npt.NDArray[Any]:
    """The array to write to: the caller's, checked, or a new one."""
    if out is None:
        return np.empty(shape, dtype)
    if not isinstance(out, np.ndarray) or out.shape != shape or out.dtype != dtype:
        found = getattr(out, "dtype", ""), getattr(out, "shape", type(out))
        raise ValueError(f"out is {np.dtype(dtype)} {shape}, not {found}")
    if not out.flags.writeable or out.strides[len(shape) - len(inner) :] != inner:
        raise ValueError("out must be writeable and the values of a row stand together")
    if min(out.strides) < 0:
        raise ValueError("out has a negative stride")
    return out


def numbers(name: str, value: Numbers, count: int) -> npt.NDArray[np.float64]:
    """One number for all or one for each."""
    given = np.asarray(value, np.float64)
    if given.shape not in ((), (count,)) or not np.isfinite(given).all():
        raise ValueError(f"{name} is one finite number or {count}, not {value!r}")
    return np.broadcast_to(given, (count,))


def region(height: int, width: int, crop: Crop | None, rows: Rows | None) -> tuple[Crop, Rows]:
    """The crop and the rows of it to write, checked."""
    x, y, w, h = crop if crop is not None else (0, 0, width, height)
    if x < 0 or y < 0 or w < 1 or h < 1 or x + w > width or y + h > height:
        raise ValueError(f"crop {crop} is not inside {width}x{height}")
    start, stop = rows if rows is not None else (0, h)
    if not 0 <= start <= stop <= h:
        raise ValueError(f"rows {rows} are not inside 0-{h}")
    return (int(x), int(y), int(w), int(h)), (int(start), int(stop))


def geometry(
    source: npt.NDArray[Any], crop: Crop, rows: Rows, red: tuple[int, int] = (0, 0)
) -> npt.NDArray[np.int64]:
    """The entry's integers, all but the target's strides."""
    geom = np.zeros(c.GEOMETRY, np.int64)
    geom[c.KIND] = 0 if source.dtype == np.uint16 else 1
    geom[c.STRIDE] = source.strides[0]
    geom[c.HEIGHT], geom[c.WIDTH] = source.shape[:2]
    geom[c.RED_ROW], geom[c.RED_COLUMN] = red
    geom[c.CROP_X], geom[c.CROP_Y], geom[c.CROP_WIDTH] = crop[:3]
    geom[c.ROW_START], geom[c.ROW_STOP] = rows
    geom[c.CHANNELS] = 1 if source.ndim == 2 else source.shape[2]
    return geom


def colour(
    black: npt.NDArray[np.float64],
    white: npt.NDArray[np.float64],
    gains: npt.NDArray[np.float64],
    matrix: npt.ArrayLike,
    channel_gains: npt.NDArray[np.float64],
    highlights: Highlights,
    clip_point: float,
) -> npt.NDArray[np.float32]:
    """The entry's floats."""
    if not (white > black).all():
        raise ValueError(f"white {white} must be above black {black}")
    if not (gains > 0).all():
        raise ValueError(f"gains are positive, not {gains}")
    mix = np.asarray(matrix, np.float64)
    if mix.shape != (3, 3) or not np.isfinite(mix).all():
        raise ValueError("matrix is 3x3 and finite")
    if highlights not in ("repair", "keep", "clip"):
        raise ValueError(f"highlights is repair, keep or clip, not {highlights!r}")
    if not clip_point > 0:
        raise ValueError(f"the clip point is a positive part of white, not {clip_point!r}")
    values = np.zeros(c.COLOUR, np.float32)
    values[c.BLACK : c.BLACK + len(black)] = black
    values[c.SCALE : c.SCALE + len(black)] = gains / (white - black)
    values[c.MATRIX : c.MATRIX + 9] = mix.ravel()
    values[c.KNEE : c.KNEE + 3] = np.inf
    values[c.CEILING] = np.inf
    if highlights == "repair":
        clipped = clip_point * channel_gains
        values[c.KNEE : c.KNEE + 3] = KNEE * clipped
        values[c.SLOPE : c.SLOPE + 3] = 1.0 / ((CLIPPED - KNEE) * clipped)
    elif highlights == "clip":
        # A slope of 0 repairs nothing: what is over the ceiling is cut off, and that is all.
        values[c.KNEE : c.KNEE + 3] = values[c.CEILING] = channel_gains.min()
    return values


def straight(values: npt.NDArray[np.float32]) -> None:
    """Let `best` work on the numbers as they are: coded pictures have a curve of their own."""
    values[c.BACK : c.BACK + 3] = 0.0, 0.0, 1.0
    values[c.ROOT] = 1.0
    values[c.NOISE] = c.TINY


def bent(
    geom: npt.NDArray[np.int64], values: npt.NDArray[np.float32], white: float, noise: float
) -> None:
    """Let `best` work on lightness: see `kernels.loops.demosaic.lightness`.

    noise : its standard deviation in linear light, where `white` is white
    """
    sigma = noise / white
    lift = LIFT + 2 * sigma
    root = float(np.cbrt(lift))
    geom[c.WORK] = c.CURVED_AT
    values[c.UNIT], values[c.LIFT] = 1.0 / white, lift
    values[c.BACK : c.BACK + 3] = white, white * 3 * root, white * 3 * root * root
    values[c.ROOT], values[c.TILT] = root, 1.0
    values[c.NOISE] = c.TINY + GRADIENT_NOISE * sigma * sigma
    values[c.NOISE + 1] = -PRODUCT_NOISE * sigma * sigma / 9
    values[c.NOISE + 2] = FLAT_NOISE / 5 * sigma * sigma / 9


def develop_into(
    name: str,
    floats: int,
    source: npt.NDArray[Any],
    levels: dict[str, npt.NDArray[np.float64]],
    channel_gains: npt.NDArray[np.float64],
    matrix: npt.ArrayLike,
    highlights: Highlights,
    crop: Crop | None,
    rows: Rows | None,
    out: Planes | None,
    red: tuple[int, int] = (0, 0),
    clip_point: float = 1.0,
    noise: float | None = None,
) -> Planes:
    """What all ways from samples to planes share: the window, the target, the call.

    levels : black, white and gains of each CFA site or channel
    out : of floats where they are wanted; else halves
    noise : for `best`, of white-balanced samples whose white is 1
    """
    window, band = region(source.shape[0], source.shape[1], crop, rows)
    kind = np.dtype(np.float16 if out is None or out.dtype != np.float32 else np.float32)
    target = check_target(out, (3, window[3], window[2]), kind, (kind.itemsize,))
    geom = geometry(source, window, band, red)
    geom[c.MODE] = c.PLANAR_HALF
    geom[c.OUT_PLANE], geom[c.OUT_ROW] = target.strides[:2]
    values = colour(
        **levels, matrix=matrix, channel_gains=channel_gains, highlights=highlights,
        clip_point=clip_point,
    )  # fmt: skip
    if noise is not None:
        bent(geom, values, 1.0, noise)
    if kind == np.float16:
        run(name, source, geom, values, target, floats)
        return target
    x, y, width = window[:3]
    if name == "linear":
        part = source[y + band[0] : y + band[1], x : x + width].reshape(-1, width, geom[c.CHANNELS])
        balanced = part - values[c.BLACK : c.BLACK + 3]
        balanced *= values[c.SCALE : c.SCALE + 3]
    else:
        balanced = np.empty((band[1] - band[0], width, 3), np.float32)
        geom[c.MODE], geom[c.OUT_ROW] = c.INTERLEAVED_FLOAT, balanced.strides[0]
        # The loop counts rows of the crop: it writes as if the crop's first row were there.
        run(name, source, geom, values, balanced, floats, skipped=band[0] * balanced.strides[0])
    _finish(balanced, np.asarray(matrix, np.float64), values, target[:, band[0] : band[1]])
    return target


def _finish(balanced: Planes, matrix: Planes, values: Planes, target: Planes) -> None:
    """Highlights and matrix of (h, w, 3) white-balanced floats into (3, h, w) floats, with sums in
    float64: what `kernels.loops.demosaic.finish` does on the way to halves, in its formulas."""
    knee, slope = values[c.KNEE : c.KNEE + 3], values[c.SLOPE : c.SLOPE + 3]
    step = max(1, _AT_A_TIME // balanced.shape[1])
    for top in range(0, len(balanced), step):
        pixels = balanced[top : top + step].astype(np.float64)
        bright = (pixels > knee).any(2)
        if bright.any():
            pixels[bright] = _recovered(pixels[bright], knee, slope, values[c.CEILING])
        for row, place in zip(matrix, target[:, top : top + step], strict=True):
            place[...] = row[0] * pixels[..., 0] + row[1] * pixels[..., 1] + row[2] * pixels[..., 2]


def _recovered(pixels: Planes, knee: Planes, slope: Planes, ceiling: float) -> Planes:
    """(n, 3) pixels with what is clipped raised, or cut off."""
    share = np.zeros_like(pixels)
    np.multiply(pixels - knee, slope, out=share, where=slope > 0)
    share = share.clip(0, 1)
    raised = pixels + share * (pixels.max(1, keepdims=True) - pixels)  # each, as a bound
    lift = np.minimum(raised[:, (1, 0, 0)], raised[:, (2, 2, 1)]) - pixels
    lifted: Planes = np.minimum(ceiling, pixels + share * np.maximum(lift, 0))
    return lifted


def run(
    name: str,
    source: npt.NDArray[Any],
    geom: npt.NDArray[np.int64],
    values: npt.NDArray[np.float32],
    out: npt.NDArray[Any],
    floats: int,
    skipped: int = 0,
) -> None:
    """Call the entry; the interpreter lock is free while it runs.

    skipped : bytes of the target that lie before `out`, and are not written
    """
    loop = compiled.entry(name)
    loop(
        source.ctypes.data, geom.ctypes.data, values.ctypes.data, out.ctypes.data - skipped,
        compiled.scratch(floats),
    )  # fmt: skip
