"""The matrices of a camera's calibrations for one light.

The letters are the specification's: CM colour matrix, FM forward matrix, CC camera
calibration, AB analog balance.

References
----------
Digital Negative (DNG) Specification 1.7.1.0, Adobe, 2023, chapter 6.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from functions.colour.camera.chromatic import D50, Array, Xy, product, xyz_of
from functions.colour.camera.observer import spectrum_white
from functions.colour.camera.temperature import (
    correlated_kelvin,
    kelvin_and_tint,
    light_source_kelvin,
    light_source_white,
)
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
    """How much each calibration counts for a light; those that count nothing are left out.

    Two are linear in reciprocal colour temperature, and outside their range the nearer one alone
    counts. Three count by the light's distance from theirs in temperature and tint. A calibration
    whose light cannot be placed makes the first one count alone, as for a camera with one.
    """
    lights = [calibration_white(calibration) for calibration in calibrations]
    if len(calibrations) == 3 and None not in lights:
        placed = [light for light in lights if light is not None]
        return [w for w in zip(_of_three(placed, white), calibrations, strict=True) if w[0] > 0]
    pair = [(_mired(calibration), calibration) for calibration in calibrations[:2]]
    (low, cool), (high, warm) = min(pair, key=_first), max(pair, key=_first)
    if min(low, high) <= 0 or low == high:
        return [(1.0, calibrations[0])]
    at = 1e6 / correlated_kelvin(white)
    part = min(max((at - low) / (high - low), 0.0), 1.0)
    return [w for w in ((1.0 - part, cool), (part, warm)) if w[0] > 0]


def calibration_white(calibration: Calibration) -> Xy | None:
    """Chromaticity of a calibration's light; None where nothing tells it."""
    if calibration.spectrum is not None:
        return _white_of_spectrum(calibration.spectrum)
    return calibration.white_xy or light_source_white(calibration.illuminant)


_white_of_spectrum = lru_cache(maxsize=64)(spectrum_white)


def _first(placed: tuple[float, Calibration]) -> float:
    return placed[0]


def _mired(calibration: Calibration) -> float:
    """Reciprocal megakelvin of a calibration's light; 0 where nothing tells it."""
    kelvin = light_source_kelvin(calibration.illuminant)
    if kelvin is None:
        white = calibration_white(calibration)
        kelvin = correlated_kelvin(white) if white is not None else math.inf
    return 1e6 / kelvin


def _of_three(lights: list[Xy], white: Xy) -> list[float]:
    """Weights of three lights as the DNG SDK 1.6 has them, CalculateTripleIlluminantWeights.

    Inverse squared distances in (reciprocal temperature, tint), smoothed, small ones left out.
    """
    at = _place(white)
    near = [1.0 / (math.dist(at, _place(light)) ** 2 + 1e-8) for light in lights]
    parts = [one / sum(near) for one in near]
    smooth = [part * part * (3.0 - 2.0 * part) for part in parts]
    kept = [min(max((part - 0.02) / 0.98, 0.0), 1.0) for part in smooth]
    return [one / sum(kept) for one in kept]


def _place(white: Xy) -> tuple[float, float]:
    kelvin, tint = kelvin_and_tint(white)
    return min(1500.0 / kelvin, 1.0), tint / 200.0


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
