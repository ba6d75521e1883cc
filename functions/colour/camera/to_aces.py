"""Camera RGB to ACES2065-1, by the DNG specification's own chapter.

The steps are those of chapter 6, "Mapping Camera Color Space to CIE XYZ Space": the two
calibrations are interpolated in reciprocal colour temperature for the light of the scene,
and give either a forward matrix (white-balanced camera RGB to XYZ under D50) or a colour
matrix (XYZ to camera RGB), whose inverse is adapted from the scene's white. Both end at
the ACES white with linear Bradford, the adaptation that the specification names.

References
----------
Digital Negative (DNG) Specification 1.7.1.0, Adobe, 2023, chapter 6.
SMPTE ST 2065-1:2021, Academy Color Encoding Specification.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import msgspec
import numpy as np

from functions.colour.camera.calibrations import (
    calibration_white,
    checked,
    forward_matrix,
    individual,
    weights,
    xyz_to_camera,
)
from functions.colour.camera.chromatic import (
    ACES_WHITE,
    BT709,
    D50,
    D65,
    XYZ_TO_AP0,
    Array,
    Xy,
    bradford,
    inverse,
    product,
    rgb_to_xyz,
    xy_of,
    xyz_of,
)
from functions.colour.camera.overrides import AS_RECORDED, CameraOverrides
from functions.colour.camera.spectral import spectral_transform
from functions.colour.camera.temperature import (
    correlated_kelvin,
    light_source_name,
    planckian_white,
    white_of,
)
from functions.contract.camera import Calibration, CameraRecord, Matrix
from functions.contract.clip import Layout
from functions.contract.errors import DamagedSource, UnsupportedMedia

_WIDEST_GAIN = 256.0
_IDENTITY: Array = np.eye(3)


class Development(msgspec.Struct, frozen=True):
    """What turns levelled camera RGB (1.0 = sensor white) into ACES2065-1.

    gains : white balance of R, G, B. The smallest is 1: then the channel that clips first
        on a neutral clips at exactly 1.0, and 1.0 is the brightest neutral in which no
        channel is clipped, whatever the light.
    matrix : white-balanced camera RGB to ACES2065-1. (1, 1, 1) becomes 2**baseline
        exposure in all three; a maker's own matrix is taken as it is.
    exposure : that factor, 2**baseline exposure
    method : one sentence that says how the matrix was found
    white : CIE xy of the scene's light, None where nothing says it
    assumed : what the file did not say and was assumed, by name
    """

    gains: tuple[float, float, float]
    matrix: Matrix
    exposure: float
    method: str
    white: Xy | None
    assumed: Mapping[str, str]


def camera_to_aces(
    camera: CameraRecord, layout: Layout = "cfa", overrides: CameraOverrides = AS_RECORDED
) -> Development:
    """White balance and matrix of a camera under the light that it recorded.

    Parameters
    ----------
    camera : of the clip or of one frame; the answer is kept for the next equal one
    layout : "mono" has no colour: gains and matrix are neutral
    overrides : in place of what was recorded

    Raises
    ------
    DamagedSource: a matrix or white balance that is not finite, singular, or leads to no
        white that a light could have.
    UnsupportedMedia: another white is asked of a camera that says no colours under known lights,
        or a spectral transform of one that has none, by its name or its white balance.
    """
    # What differs from frame to frame has no say in colour: 3 ms of each frame of a clip.
    return _camera_to_aces(camera.of_colour(), layout, overrides)


@lru_cache(maxsize=64)
def _camera_to_aces(
    camera: CameraRecord, layout: Layout, overrides: CameraOverrides
) -> Development:
    if not np.isfinite(camera.baseline_exposure) or abs(camera.baseline_exposure) > 32:
        raise DamagedSource(f"baseline exposure of {camera.baseline_exposure} stops")
    exposure = float(2.0 ** (camera.baseline_exposure + overrides.exposure))
    if overrides.kelvin is not None:
        camera = _relit(camera, layout, overrides)
    assumed = {each.name: each.detail for each in camera.assumed}
    white: Xy | None = None
    if overrides.idt == "spectral":
        neutral, white, matrix, method = _by_spectra(camera, layout, assumed)
    elif layout == "mono":
        neutral, matrix = np.ones(3), _IDENTITY
        method = "monochrome sensor: grey as it is"
    elif camera.matrix_to_aces is not None:
        neutral = _recorded_neutral(camera, assumed)
        matrix = checked(camera.matrix_to_aces, "the camera's matrix to ACES2065-1")
        method = (camera.matrix_source or "the file's own matrix") + " to ACES2065-1"
    elif camera.calibrations:
        neutral, white = _scene(camera, assumed)
        matrix, method = _by_calibrations(camera, neutral, white)
        unplaced = [c for c in camera.calibrations if calibration_white(c) is None]
        if unplaced and len(camera.calibrations) > 1:
            name = light_source_name(unplaced[0].illuminant)
            counts = (
                "others count" if unplaced == [*camera.calibrations[2:]] else "first one counts"
            )
            assumed["calibration"] = f"a calibration's light is unknown ({name}): the {counts}"
    else:
        neutral = _recorded_neutral(camera, assumed)
        matrix = product(XYZ_TO_AP0, bradford(D65, ACES_WHITE), rgb_to_xyz(BT709, D65))
        method = "white-balanced camera RGB taken as linear BT.709, Bradford to the ACES white"
        assumed["camera_matrix"] = (
            "the file has no colour matrix: camera RGB is taken as linear BT.709, so hues "
            "are only roughly right"
        )
    gains = neutral.max() / neutral
    if overrides.exposure:
        method += f"; exposure {overrides.exposure:+g} stops, as asked"
    if overrides.kelvin is not None:
        method += f"; white balance {overrides.kelvin:g} K, tint {overrides.tint:+g}, as asked"
    return Development(
        gains=(float(gains[0]), float(gains[1]), float(gains[2])),
        matrix=_as_matrix(matrix * exposure),
        exposure=exposure,
        method=method,
        white=white,
        assumed=MappingProxyType(assumed),
    )


def _relit(camera: CameraRecord, layout: Layout, overrides: CameraOverrides) -> CameraRecord:
    """The record as if the scene's light had been another."""
    # Where a maker's own matrix counts, it is for the light that was recorded.
    if layout == "mono" or camera.matrix_to_aces is not None or not camera.calibrations:
        raise UnsupportedMedia(
            f"{camera.title or 'the camera'} says no colours under known lights: there is no other "
            "white to balance it for",
            field="white",
        )
    white = white_of(overrides.kelvin or 0.0, overrides.tint)
    return msgspec.structs.replace(camera, as_shot_neutral=None, as_shot_white_xy=white)


def _recorded_neutral(camera: CameraRecord, assumed: dict[str, str]) -> Array:
    """The as-shot neutral of a camera without matrices, else equal gains."""
    if camera.as_shot_neutral is not None:
        return _checked_neutral(np.array(camera.as_shot_neutral))
    assumed["white_balance"] = "the file has none: camera RGB is taken as balanced"
    return np.ones(3)


def _scene(camera: CameraRecord, assumed: dict[str, str]) -> tuple[Array, Xy]:
    """Camera RGB of the scene's white, and its chromaticity."""
    if camera.as_shot_neutral is not None:
        neutral = _checked_neutral(np.array(camera.as_shot_neutral))
        return neutral, _white_of_neutral(camera, neutral)
    if camera.as_shot_white_xy is not None:
        white = camera.as_shot_white_xy
        if not all(np.isfinite(white)) or min(white) <= 0 or sum(white) >= 1:
            raise DamagedSource(f"as-shot white of x {white[0]}, y {white[1]} is no light")
    elif camera.white_kelvin is not None and 1000 <= camera.white_kelvin <= 100_000:
        white = planckian_white(camera.white_kelvin)
        assumed["white_balance"] = f"the camera's setting of {camera.white_kelvin:.0f} K, no tint"
    else:
        white, said = _likeliest_white(camera.calibrations)
        assumed["white_balance"] = f"the file has none: {said}"
    return _checked_neutral(product(xyz_to_camera(camera, white), xyz_of(white))), white


def _likeliest_white(calibrations: tuple[Calibration, ...]) -> tuple[Xy, str]:
    white = calibration_white(calibrations[0])
    if 21 in [c.illuminant for c in calibrations] or white is None:
        return D65, "D65"
    name = light_source_name(calibrations[0].illuminant)
    return white, f"the first calibration illuminant, {name}"


def _white_of_neutral(camera: CameraRecord, neutral: Array) -> Xy:
    """The chromaticity whose own matrices give `neutral`, by fixed-point iteration.

    Starts at D50. As in Adobe's description, a pair that does not settle is averaged.
    """
    white = before = D50
    for _ in range(30):
        xyz = product(inverse(xyz_to_camera(camera, white)), neutral)
        if not np.isfinite(xyz).all() or xyz.sum() <= 0:
            break
        before, white = white, xy_of(xyz)
        if min(white) <= 0 or sum(white) >= 1:
            break
        if abs(white[0] - before[0]) + abs(white[1] - before[1]) < 1e-9:
            return white
    else:
        return (white[0] + before[0]) / 2, (white[1] + before[1]) / 2
    shown = ", ".join(f"{value:.4g}" for value in neutral)
    raise DamagedSource(f"white balance {shown} under these colour matrices is no light")


def _by_calibrations(camera: CameraRecord, neutral: Array, white: Xy) -> tuple[Array, str]:
    to_camera = xyz_to_camera(camera, white)
    forward, own = forward_matrix(camera, white), individual(camera, white)
    used = weights(camera.calibrations, white)
    names = " and ".join(
        f"{weight:.0%} {light_source_name(one.illuminant)}" for weight, one in used
    )
    light = f"{correlated_kelvin(white):.0f} K"
    if forward is not None:
        # FM * D * inverse(AB * CC), where D divides by the reference neutral; white
        # balance has divided by the camera neutral already.
        reference = _reference(own, neutral)
        to_d50 = product(forward / reference, inverse(own)) * neutral
        matrix = product(XYZ_TO_AP0, bradford(D50, ACES_WHITE), to_d50)
        kind = "forward matrix"
    else:
        to_white = inverse(to_camera) * neutral
        to_white /= to_white[1].sum()
        matrix = product(XYZ_TO_AP0, bradford(white, ACES_WHITE), to_white)
        kind = "inverse of the colour matrix"
    which = names if len(used) > 1 else light_source_name(used[0][1].illuminant)
    method = f"DNG {kind} of {which} for a light of {light}, Bradford to the ACES white"
    return matrix, method


def _by_spectra(
    camera: CameraRecord, layout: Layout, assumed: dict[str, str]
) -> tuple[Array, Xy | None, Array, str]:
    """Neutral, white, matrix and method by the camera's measured spectral sensitivities."""
    white: Xy | None = None
    if layout == "mono":
        raise UnsupportedMedia("a monochrome sensor has no spectral transform", field="idt")
    if camera.calibrations:
        neutral, white = _scene(camera, assumed)
        own = individual(camera, white)
    elif camera.as_shot_neutral is not None:
        neutral = _recorded_neutral(camera, assumed)
        own = np.diag(camera.analog_balance or (1.0, 1.0, 1.0))
    else:
        raise UnsupportedMedia(
            "the file has no white balance, by which the light of a spectral transform is found",
            field="idt",
        )
    reference = _reference(own, neutral)
    recorded = camera.as_shot_neutral is not None
    found = spectral_transform(camera, reference if recorded else None, white)
    assumed.update(found.assumed)
    # As for a forward matrix: curves are of the reference camera.
    matrix = product(found.matrix / reference, inverse(own)) * neutral
    return neutral, white, matrix, found.method


def _reference(own: Array, neutral: Array) -> Array:
    """The neutral as the reference camera has it."""
    reference = product(inverse(own), neutral)
    if not np.isfinite(reference).all() or reference.min() <= 0:
        raise DamagedSource("camera calibration turns the white balance negative")
    return reference


def _checked_neutral(neutral: Array) -> Array:
    """Camera RGB of white, the largest value 1."""
    shown = ", ".join(f"{value:.4g}" for value in neutral)
    if neutral.shape != (3,) or not np.isfinite(neutral).all() or neutral.min() <= 0:
        raise DamagedSource(f"white balance {shown} is not three positive numbers")
    if neutral.max() > _WIDEST_GAIN * neutral.min():
        raise DamagedSource(f"white balance {shown} is further from neutral than any light")
    balanced: Array = neutral / neutral.max()
    return balanced


def _as_matrix(array: Array) -> Matrix:
    one, two, three = ((float(a), float(b), float(c)) for a, b, c in array)
    return one, two, three
