"""The matrices of a camera's calibrations for one light.

The letters are the specification's: CM colour matrix, FM forward matrix, CC camera
calibration, AB analog balance.

References
----------
Digital Negative (DNG) Specification 1.7.1.0, Adobe, 2023, chapter 6.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from functions.colour.camera.chromatic import D50, Array, Xy, product, xyz_of
from functions.colour.camera.temperature import correlated_kelvin, light_source_kelvin
from functions.contract.camera import Calibration, CameraRecord, Matrix
from functions.contract.errors import DamagedSource

_IDENTITY: Array = np.eye(3)
_WORST_CONDITION = 1e6  # camera matrices have 2 to 30


def xyz_to_camera(camera: CameraRecord, white: Xy) -> Array:
    """AB * CC * CM for a light."""
    colour = _blend(
        [
            (weight, checked(calibration.color_matrix, "a colour matrix of the file"))
            for weight, calibration in weights(camera.calibrations, white)
        ]
    )
    return checked(product(individual(camera, white), colour), "the product of the file's matrices")


def individual(camera: CameraRecord, white: Xy) -> Array:
    """AB * CC: from the reference camera's RGB to this camera's."""
    balance = np.diag(camera.analog_balance or (1.0, 1.0, 1.0))
    calibration = _blend(
        [
            (weight, np.array(one.camera_calibration or _IDENTITY))
            for weight, one in weights(camera.calibrations, white)
        ]
    )
    return checked(
        product(balance, calibration), "analog balance or camera calibration of the file"
    )


def forward_matrix(camera: CameraRecord, white: Xy) -> Array | None:
    """FM for a light, scaled so that white-balanced (1, 1, 1) is D50 at Y = 1.

    The specification asks writers for that scale; four decimals in a file miss it by a
    little, and a neutral must come out as an exact neutral.
    """
    having = tuple(c for c in camera.calibrations if c.forward_matrix is not None)
    if not having:
        return None
    matrix = _blend(
        [
            (weight, checked(one.forward_matrix, "a forward matrix of the file"))
            for weight, one in weights(having, white)
        ]
    )
    sums = matrix.sum(axis=1)
    if sums.min() <= 0:
        raise DamagedSource("a forward matrix of the file turns white into no colour")
    scaled: Array = (xyz_of(D50) / sums)[:, None] * matrix
    return scaled


def weights(calibrations: tuple[Calibration, ...], white: Xy) -> list[tuple[float, Calibration]]:
    """The two calibrations around a light, linear in reciprocal colour temperature.

    Outside their range the nearer one alone counts. An illuminant that EXIF gives no
    temperature cannot be placed: then the first calibration counts, as for a camera with
    one.
    """
    by_mired: dict[float, Calibration] = {}
    for calibration in calibrations:
        kelvin = light_source_kelvin(calibration.illuminant)
        if kelvin is None:
            return [(1.0, calibrations[0])]
        by_mired.setdefault(1e6 / kelvin, calibration)
    placed = sorted(by_mired.items(), key=lambda one: one[0])
    at = 1e6 / correlated_kelvin(white)
    if at <= placed[0][0]:
        return [(1.0, placed[0][1])]
    for (low, cool), (high, warm) in pairwise(placed):
        if at < high:
            part = (at - low) / (high - low)
            return [(1.0 - part, cool), (part, warm)]
    return [(1.0, placed[-1][1])]


def _blend(parts: list[tuple[float, Array]]) -> Array:
    total = np.zeros((3, 3))
    for weight, matrix in parts:
        total += weight * matrix
    return total


def checked(matrix: Matrix | Array | None, what: str) -> Array:
    """The matrix as an array, if it is finite and can be inverted."""
    array = np.array(matrix, dtype=np.float64)
    if array.shape != (3, 3) or not np.isfinite(array).all():
        raise DamagedSource(f"{what} is not nine finite numbers")
    if np.linalg.cond(array) > _WORST_CONDITION:
        raise DamagedSource(f"{what} is singular")
    return array
