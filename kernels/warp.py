"""A picture sampled at any places, by the cubic of Catmull and Rom over 4x4 pixels.

No compiled loop: gathers of a few rows at a time stay in the cache, and only elementwise operations
in a fixed order shape a value, so that every processor and any split into bands make the same
bytes.

References
----------
E. Catmull, R. Rom, "A class of local interpolating splines", Computer Aided Geometric Design, 1974.
R. G. Keys, "Cubic convolution interpolation for digital image processing", IEEE Trans. ASSP 29,
1981: a = -1/2, exact for parabolas.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Weights = tuple[F32, F32, F32, F32]
Places = tuple[npt.NDArray[np.intp], Weights, Weights]
_MARGIN = 2


def widened(plane: F32) -> F32:
    """A plane that goes on straight past its edges: what `sample` reads, made once for bands."""
    return np.pad(plane, _MARGIN, mode="reflect", reflect_type="odd")


def places(across: F64, down: F64, height: int, width: int) -> Places:
    """Where `sample` reads, and by what weights: the same for all planes of one size.

    across, down : of the same shape, finite: 0 to width - 1 and 0 to height - 1 are pixel centres;
        a place outside takes the picture's edge
    """
    columns, x = _place(across, width)
    rows, y = _place(down, height)
    # The first of 4x4 pixels is one up and one left, in a plane that is wider by its margin.
    corner = (rows + (_MARGIN - 1)) * (width + 2 * _MARGIN) + (columns + (_MARGIN - 1))
    return corner, _weights(x), _weights(y)


def sample(wide: F32, where: Places) -> F32:
    """Values of a plane at places between its pixels.

    wide : (H + 4, W + 4), of `widened`
    where : of `places`, for H and W

    Returns float32 of the shape of the places. Not limited: may overshoot beside an edge.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = widened(np.arange(12, dtype=np.float32).reshape(3, 4))
    >>> there = places(np.array([1.25, 9.0]), np.array([1.0, 1.0]), 3, 4)
    >>> [round(float(v), 4) for v in sample(ramp, there)]
    [5.25, 7.0]
    """
    corner, horizontal, vertical = where
    stride, flat = wide.shape[1], wide.reshape(-1)
    total, line, tap = (np.zeros(corner.shape, np.float32) for _ in range(3))
    for j, weight in enumerate(vertical):
        line[...] = 0
        for i, part in enumerate(horizontal):
            # All are inside: without "clip" NumPy would look, into a buffer of its own.
            flat[j * stride + i :].take(corner, mode="clip", out=tap)
            tap *= part
            line += tap
        line *= weight
        total += line
    return total


def _place(at: F64, size: int) -> tuple[npt.NDArray[np.intp], F32]:
    """The pixel before a place, and how far behind it that is."""
    held = np.clip(at, 0, size - 1)
    before = np.floor(held)
    return before.astype(np.intp), (held - before).astype(np.float32)


def _weights(t: F32) -> Weights:
    half = np.float32(0.5)
    square = t * t
    cube = square * t
    first = (square + square - cube - t) * half
    last = (cube - square) * half
    third = (t + 4 * square - 3 * cube) * half
    return first, 1 - first - third - last, third, last
