"""White points, primaries and chromatic adaptation, in float64.

Vectors are (3,), matrices (3, 3) and act on columns: `xyz = matrix @ rgb`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Xy = tuple[float, float]

ACES_WHITE: Xy = (0.32168, 0.33767)
"""SMPTE ST 2065-1, table 1; near D60, and not D60."""
D50: Xy = (0.3457, 0.3585)
D65: Xy = (0.3127, 0.3290)

AP0 = ((0.7347, 0.2653), (0.0, 1.0), (0.0001, -0.0770))
"""Red, green and blue of ACES2065-1 (SMPTE ST 2065-1, table 1)."""
BT709 = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
"""Red, green and blue of ITU-R BT.709-6, item 1.3."""

# Lam's "linear Bradford" cone responses, as the ICC and the DNG specification have them.
BRADFORD: Array = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def xyz_of(xy: Xy) -> Array:
    """CIE XYZ of a chromaticity at Y = 1."""
    x, y = xy
    return np.array([x / y, 1.0, (1.0 - x - y) / y])


def xy_of(xyz: Array) -> Xy:
    """CIE xy chromaticity; the sum of X, Y and Z must not be 0."""
    total = float(xyz.sum())
    return float(xyz[0]) / total, float(xyz[1]) / total


def product(*factors: Array) -> Array:
    """Matrix product of (3, 3) factors, the last of which may be a vector (3,).

    Elementwise, and not by `@`: BLAS picks its kernel by processor, and their last bits
    differ, but the same frame has to be the same bytes everywhere.
    """
    result = factors[-1]
    for left in factors[-2::-1]:
        result = (
            np.multiply.outer(left[:, 0], result[0])
            + np.multiply.outer(left[:, 1], result[1])
            + np.multiply.outer(left[:, 2], result[2])
        )
    return result


def inverse(matrix: Array) -> Array:
    """Inverse of a (3, 3) matrix by cofactors; as `product`, without LAPACK."""
    one, two, three = matrix
    columns = np.stack([np.cross(two, three), np.cross(three, one), np.cross(one, two)], axis=1)
    parts = one * columns[:, 0]
    determinant = parts[0] + parts[1] + parts[2]
    inverted: Array = columns / determinant
    return inverted


def rgb_to_xyz(primaries: tuple[Xy, Xy, Xy], white: Xy) -> Array:
    """Matrix of an RGB space whose (1, 1, 1) is `white` at Y = 1.

    References: SMPTE RP 177:1993, 3.3.
    """
    ends = np.array([xyz_of(xy) if xy[1] else [1.0, 0.0, 0.0] for xy in primaries]).T
    return ends * product(inverse(ends), xyz_of(white))


def bradford(source: Xy, target: Xy) -> Array:
    """XYZ under `source` to the corresponding XYZ under `target`; no clamp.

    References: DNG Specification 1.7, chapter 6 ("linear Bradford").
    """
    gains = product(BRADFORD, xyz_of(target)) / product(BRADFORD, xyz_of(source))
    return product(inverse(BRADFORD), gains[:, None] * BRADFORD)


XYZ_TO_AP0: Array = inverse(rgb_to_xyz(AP0, ACES_WHITE))
