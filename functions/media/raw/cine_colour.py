"""Colour of a Phantom: its own calibration matrix, taken apart, to ACES2065-1.

Reference: Vision Research, "The Cine File Format" (2011), `cmCalib`: camera RGB to the
BT.709 primaries, "a diagonal with the white balance to be applied before interpolation, and
a normalised matrix to be applied after it".
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from functions.contract.camera import Matrix, Triple, matrix_of, product, solve

# Linear BT.709 (D65) to ACES2065-1, Bradford adaptation to the ACES white; rows sum to 1.
REC709_TO_ACES = (
    (0.4396329819, 0.3829886981, 0.1773783199),
    (0.0897764430, 0.8134394286, 0.0967841284),
    (0.0175411704, 0.1115465533, 0.8709122763),
)


def colour_of(
    calibration: Sequence[float], gains: tuple[float, float] | None
) -> tuple[Triple | None, Matrix | None]:
    """As-shot neutral, and white-balanced camera RGB to ACES2065-1; None where not said.

    calibration : nine numbers by rows; all zero, an identity, or none where the camera
        wrote none.
    gains : of red and blue, for pixels that are not white-balanced yet; None where they are
        or where the file does not say.
    """
    matrix = matrix_of(calibration)
    if matrix is not None and all(map(math.isfinite, calibration)):
        neutral = solve(matrix, (1.0, 1.0, 1.0))
        if neutral is not None and not np.allclose(matrix, np.eye(3)) and min(neutral) > 0:
            red, green, blue = neutral
            by_white = ((red, 0.0, 0.0), (0.0, green, 0.0), (0.0, 0.0, blue))
            balanced = product(matrix, by_white)
            return (red / green, 1.0, blue / green), product(REC709_TO_ACES, balanced)
    if gains is None or min(gains) <= 0:
        return None, None
    return (1 / gains[0], 1.0, 1 / gains[1]), None
