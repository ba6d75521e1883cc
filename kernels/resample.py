"""Separable resize with correct phase, from any rectangle of the source.

Not called `resize`: a module of that name would stand where the function belongs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kernels.compiled import entry, scratch
from kernels.loops.colour import slots as s

Filter = Literal[
    "lanczos3", "lanczos4", "catmull-rom", "mitchell", "cubic", "triangle", "area", "box"
]
Box = tuple[float, float, float, float]
Array = npt.NDArray[np.float64]
# Samples of a source row that a tile spans, about: its columns stay in the first or second cache.
_SPAN = 512


def _lanczos(lobes: int) -> Callable[[Array], Array]:
    return lambda x: np.where(np.abs(x) < lobes, np.sinc(x) * np.sinc(x / lobes), 0.0)


def _triangle(x: Array) -> Array:
    return np.maximum(0.0, 1.0 - np.abs(x))


def _cubic(b: float, c: float) -> Callable[[Array], Array]:
    """Mitchell and Netravali's family."""

    def curve(x: Array) -> Array:
        t = np.abs(x)
        near = ((12 - 9 * b - 6 * c) * t + (-18 + 12 * b + 6 * c)) * t * t + (6 - 2 * b)
        far = ((-b - 6 * c) * t + (6 * b + 30 * c)) * t * t + (-12 * b - 48 * c) * t
        far += 8 * b + 24 * c
        weight: Array = np.where(t < 1, near, np.where(t < 2, far, 0.0)) / 6
        return weight

    return curve


# Half width in source pixels (of the target's, when it is smaller), and the curve.
_FILTERS: dict[str, tuple[float, Callable[[Array], Array] | None]] = {
    "lanczos3": (3.0, _lanczos(3)),
    "lanczos4": (4.0, _lanczos(4)),
    "catmull-rom": (2.0, _cubic(0.0, 0.5)),
    "cubic": (2.0, _cubic(0.0, 0.5)),
    "mitchell": (2.0, _cubic(1 / 3, 1 / 3)),
    "triangle": (1.0, _triangle),
    "area": (0.5, None),
    "box": (0.5, None),
}


def taps(
    source: int, target: int, filter: str, start: float, length: float
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """First source sample and weights of every target sample along one axis.

    Target sample i has its centre at `start + (i + 0.5) * length / target`, sample j of the source
    at j + 0.5. Weights beyond the picture are dropped and the rest brought to a sum of 1.
    """
    scale = length / target
    width, curve = _FILTERS[filter]
    spread = max(scale, 1.0)
    centre = start + (np.arange(target) + 0.5) * scale
    if curve is None:  # exact coverage, also when enlarging
        spread = scale
    reach = width * spread
    first = np.floor(centre - reach + (1e-9 if curve is None else 0.5)).astype(np.int64)
    stop = np.ceil(centre + reach - (1e-9 if curve is None else 0.5)).astype(np.int64)
    count = min(source, max(1, int((stop - first).max())))
    first = np.clip(first, 0, source - count)
    at = first[:, None] + np.arange(count)
    if curve is None:
        low, high = (centre - reach)[:, None], (centre + reach)[:, None]
        weights = np.maximum(0.0, np.minimum(at + 1.0, high) - np.maximum(at, low))
    else:
        weights = curve((at + 0.5 - centre[:, None]) / spread)
    weights /= weights.sum(1, keepdims=True)
    return first.astype(np.int32), weights.astype(np.float32)


def _arrange(image: npt.NDArray[Any]) -> tuple[bool, int, int, int]:
    """Planar or not, height, width, channels."""
    if not isinstance(image, np.ndarray) or image.ndim not in (2, 3) or 0 in image.shape:
        found = getattr(image, "shape", type(image))
        raise ValueError(f"image is (H, W), (C, H, W) or (H, W, C), C up to 4, not {found}")
    if image.dtype not in (np.float32, np.float16) or not image.dtype.isnative:
        raise ValueError(f"image is float32 or float16 in native order, not {image.dtype.str}")
    if image.ndim == 2:
        return True, image.shape[0], image.shape[1], 1
    if image.shape[0] <= 4:
        return True, image.shape[1], image.shape[2], image.shape[0]
    if image.shape[2] <= 4:
        return False, image.shape[0], image.shape[1], image.shape[2]
    raise ValueError(f"image is (H, W), (C, H, W) or (H, W, C), C up to 4, not {image.shape}")


def _together(array: npt.NDArray[Any], channels: int) -> bool:
    """The samples of a row stand together."""
    sizes = (array.itemsize,) if channels == 1 else (channels * array.itemsize, array.itemsize)
    at = array.ndim - len(sizes)
    # An axis of one sample may claim any stride.
    pairs = zip(array.shape[at:], array.strides[at:], sizes, strict=True)
    return all(count == 1 or stride == size for count, stride, size in pairs)


def resize(
    image: npt.NDArray[np.float32] | npt.NDArray[np.float16],
    width: int,
    height: int,
    filter: Filter = "lanczos3",
    out: npt.NDArray[Any] | None = None,
    *,
    box: Box | None = None,
) -> npt.NDArray[Any]:
    """Resample a picture, or a rectangle of it, to another size.

    Parameters
    ----------
    image : (H, W), (C, H, W) or (H, W, C) float32 or float16, C up to 4
        The samples of a row stand together. Planar where both shapes fit.
    width, height : of the answer, in pixels
    filter : lanczos3, lanczos4, catmull-rom (also cubic), mitchell, triangle, area (also box)
        Widened by the scale when the picture gets smaller, so nothing aliases. area weighs every
        source pixel by how much of it the target pixel covers.
    out : of the answer's shape, float32 or float16, rows together, optional
    box : (x, y, width, height) in source pixels, fractions allowed
        What is resampled: the whole picture by default. (0, 0) is the outer corner of the first
        pixel. Pixels around the rectangle still count in the filter where the picture has them.

    Returns
    -------
    `out`, or a new array of the layout and type of `image`. float32 is not clipped (lanczos
    and catmull-rom overshoot at edges); halves past +-65504 saturate. NaN and infinity spread as
    far as the filter reaches.

    Raises
    ------
    ValueError: another shape, dtype or layout, an unknown filter, an empty box or size.

    References
    ----------
    Duchon, "Lanczos Filtering in One and Two Dimensions", Journal of Applied Meteorology 18, 1979,
    doi:10.1175/1520-0450(1979)018<1016:LFIOAT>2.0.CO;2. Mitchell, Netravali, "Reconstruction
    filters in computer graphics", SIGGRAPH 1988, doi:10.1145/54852.378514.

    Domain/Range: scene-linear light; a display encoding darkens fine detail.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((3, 20, 30), 0.18, np.float32)
    >>> small = resize(grey, 15, 10)
    >>> small.shape, round(float(small[0, 0, 0]), 6)
    ((3, 10, 15), 0.18)
    """
    planar, rows, columns, channels = _arrange(image)
    if filter not in _FILTERS:
        raise ValueError(f"filter is one of {', '.join(_FILTERS)}, not {filter!r}")
    if width < 1 or height < 1:
        raise ValueError(f"the answer has at least one pixel, not {width}x{height}")
    x, y, w, h = (0.0, 0.0, float(columns), float(rows)) if box is None else box
    inside = x >= 0 and y >= 0 and x + w <= columns * (1 + 1e-12) and y + h <= rows * (1 + 1e-12)
    if not (inside and w > 0 and h > 0):
        raise ValueError(f"box {box} is not inside {columns}x{rows}")
    shape: tuple[int, ...] = (height, width)
    if image.ndim == 3:
        shape = (channels, *shape) if planar else (*shape, channels)
    target = np.empty(shape, image.dtype) if out is None else out
    if not isinstance(target, np.ndarray) or target.shape != shape:
        raise ValueError(f"out is {shape}, not {getattr(target, 'shape', type(target))}")
    if target.dtype not in (np.float32, np.float16) or not target.flags.writeable:
        raise ValueError(f"out is writeable float32 or float16, not {target.dtype}")
    wide = 1 if planar else channels
    if not _together(image, wide) or not _together(target, wide):
        raise ValueError("the samples of a row must stand together in memory")
    across = taps(columns, width, filter, x, w)
    down = taps(rows, height, filter, y, h)
    planes = [(image, target)]
    if planar and image.ndim == 3:
        planes = [(image[c], target[c]) for c in range(channels)]
    for source, goal in planes:
        _run(source, goal, wide, across, down)
    return target


def _run(
    source: npt.NDArray[Any],
    goal: npt.NDArray[Any],
    channels: int,
    across: tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]],
    down: tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]],
) -> None:
    """One plane, or one interleaved picture."""
    if source.shape[1] * channels < s.WIDEST:
        # The loop reads whole vectors; what is added here has no weight.
        room = [(0, 0)] * source.ndim
        room[1] = (0, s.WIDEST)
        source = np.pad(source, room)
    height, width = goal.shape[:2]
    ratio = max(1.0, source.shape[1] / width)
    tile = max(s.WIDEST, int(_SPAN / (channels * ratio)) & -s.WIDEST)
    edges = np.arange(0, width, tile)
    ends = np.minimum(edges + tile, width) - 1
    span = int((across[0][ends] - across[0][edges]).max() + across[1].shape[1]) * channels
    geom = np.zeros(s.RESIZE, np.int64)
    kinds = {np.dtype(np.float32): s.FLOAT, np.dtype(np.float16): s.HALF}
    geom[s.CHANNELS], geom[s.FROM_SAMPLES] = channels, source.shape[1] * channels
    geom[s.FROM_KIND], geom[s.FROM_ROW] = kinds[source.dtype], source.strides[0]
    geom[s.TO_WIDTH], geom[s.TO_HEIGHT] = width, height
    geom[s.TO_KIND], geom[s.TO_ROW] = kinds[goal.dtype], goal.strides[0]
    geom[s.X_TAPS], geom[s.Y_TAPS] = across[1].shape[1], down[1].shape[1]
    geom[s.X_START], geom[s.X_WEIGHTS] = across[0].ctypes.data, across[1].ctypes.data
    geom[s.Y_START], geom[s.Y_WEIGHTS] = down[0].ctypes.data, down[1].ctypes.data
    geom[s.X_TILE] = tile
    square, made = s.WIDEST * s.WIDEST, tile * channels + s.WIDEST
    geom[s.BLOCK_AT] = 0
    geom[s.COLUMNS_AT] = 4 * square
    geom[s.MADE_AT] = geom[s.COLUMNS_AT] + (span + s.WIDEST) * s.WIDEST + square
    geom[s.LINE_AT] = geom[s.MADE_AT] + made * s.WIDEST
    floats = int(geom[s.LINE_AT]) + (made + 2 * s.WIDEST) * s.WIDEST
    entry("resize")(
        source.ctypes.data, geom.ctypes.data, 0, goal.ctypes.data, scratch(floats)
    )  # fmt: skip
