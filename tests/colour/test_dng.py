"""Camera to ACES2065-1 against colour-science, an exact camera, and the chapter's formulas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.colour.camera.chromatic import rgb_to_xyz
from functions.colour.camera.to_aces import Development, camera_to_aces
from functions.contract.camera import Calibration, CameraRecord, Matrix
from functions.contract.errors import DamagedSource
from tests.colour.reference import (
    ACES_WHITE,
    D50,
    Array,
    LutherCamera,
    adaptation,
    colour,
    xyz,
    xyz_to_ap0,
)

CM_A = ((1.06, -0.44, -0.03), (-0.42, 1.24, 0.20), (-0.04, 0.14, 0.58))
CM_D65 = ((0.96, -0.34, -0.10), (-0.46, 1.28, 0.20), (-0.08, 0.20, 0.60))
FM_A = ((0.6612, 0.1765, 0.1266), (0.2035, 0.8522, -0.0557), (-0.0081, -0.4762, 1.3094))
FM_D65 = ((0.5844, 0.3726, 0.0073), (0.2121, 0.9934, -0.2055), (0.0038, -0.2038, 1.0251))
CC_A = ((1.02, 0.01, 0.0), (0.0, 1.0, 0.0), (0.0, -0.01, 0.97))
CC_D65 = ((0.98, 0.0, 0.01), (0.0, 1.0, 0.0), (0.0, 0.0, 1.04))
COLOUR_ONLY = (
    Calibration(illuminant=17, color_matrix=CM_A),
    Calibration(illuminant=21, color_matrix=CM_D65),
)
WITH_FORWARD = (
    Calibration(illuminant=17, color_matrix=CM_A, forward_matrix=FM_A),
    Calibration(illuminant=21, color_matrix=CM_D65, forward_matrix=FM_D65),
)
WITH_ALL = (
    Calibration(illuminant=17, color_matrix=CM_A, forward_matrix=FM_A, camera_calibration=CC_A),
    Calibration(
        illuminant=21, color_matrix=CM_D65, forward_matrix=FM_D65, camera_calibration=CC_D65
    ),
)
BALANCE = (1.1, 1.0, 0.9)
NAN = math.nan


def matrix_of(array: Array) -> Matrix:
    """Nested tuples of a (3, 3) array."""
    a, b, c = (tuple(float(v) for v in row) for row in array)
    return (a[0], a[1], a[2]), (b[0], b[1], b[2]), (c[0], c[1], c[2])


def mixed(white: tuple[float, float], warm: Any, cold: Any) -> Array:
    """A matrix between illuminant A and D65, in reciprocal temperature, by colour-science."""
    uv = colour.xy_to_UCS_uv(white)
    kelvin, _ = colour.temperature.uv_to_CCT_Robertson1968(uv)
    part = (1 / kelvin - 1 / 6500) / (1 / 2850 - 1 / 6500)
    part = min(max(float(part), 0.0), 1.0)
    between: Array = part * np.array(warm) + (1 - part) * np.array(cold)
    return between


def apply(development: Development, camera_rgb: Array) -> Array:
    """(N, 3) levelled camera RGB to ACES."""
    developed: Array = (camera_rgb * np.array(development.gains)) @ np.array(development.matrix).T
    return developed


@pytest.mark.parametrize("light", ["A", "D50", "D55", "D65", "D75", "FL2"])
def test_exact_camera(light: str) -> None:
    """What a camera with an exact colour matrix saw of 24 surfaces comes out as their ACES."""
    mix = np.array([[0.61, 0.32, -0.04], [-0.31, 1.11, 0.16], [-0.02, 0.09, 0.83]])
    white, patches, seen = LutherCamera(mix).see(light, LutherCamera.patch_names())
    camera = CameraRecord(
        as_shot_neutral=(float(white[0]), float(white[1]), float(white[2])),
        calibrations=(Calibration(illuminant=21, color_matrix=matrix_of(mix)),),
    )
    lamp = np.linalg.solve(mix, white)
    xy = (float(lamp[0] / lamp.sum()), float(lamp[1] / lamp.sum()))
    expected = seen @ (xyz_to_ap0() @ adaptation(xy, ACES_WHITE)).T
    developed = apply(camera_to_aces(camera), patches / white.max())
    np.testing.assert_allclose(developed, expected, atol=1e-7)


@pytest.mark.parametrize(
    "white", [(0.45, 0.41), (0.39, 0.385), (0.34, 0.352), (0.3127, 0.329), (0.28, 0.29)]
)
@pytest.mark.parametrize("balance", [None, BALANCE])
@pytest.mark.parametrize("calibrations", [COLOUR_ONLY, WITH_FORWARD, WITH_ALL])
def test_chapter(
    white: tuple[float, float],
    balance: tuple[float, float, float] | None,
    calibrations: tuple[Calibration, ...],
) -> None:
    """Gains and matrix are the chapter's formulas, written out once more for a known white."""
    own = np.eye(3)
    if calibrations is WITH_ALL:
        own = mixed(white, CC_A, CC_D65)
    own = np.diag(balance or (1, 1, 1)) @ own
    to_camera = own @ mixed(white, CM_A, CM_D65)
    neutral = to_camera @ xyz(white)
    if calibrations is COLOUR_ONLY:
        to_d50 = adaptation(white, D50) @ np.linalg.inv(to_camera)
    else:
        forward = mixed(white, FM_A, FM_D65)
        forward *= (xyz(D50) / forward.sum(axis=1))[:, None]
        to_d50 = forward @ np.diag(1 / (np.linalg.inv(own) @ neutral)) @ np.linalg.inv(own)
    expected = xyz_to_ap0() @ adaptation(D50, ACES_WHITE) @ to_d50 @ np.diag(neutral)
    camera = CameraRecord(
        as_shot_neutral=(float(neutral[0]), float(neutral[1]), float(neutral[2])),
        analog_balance=balance,
        calibrations=calibrations,
    )
    development = camera_to_aces(camera)
    assert development.white == pytest.approx(white, abs=1e-5)
    np.testing.assert_allclose(development.gains, neutral.max() / neutral, rtol=1e-9)
    np.testing.assert_allclose(development.matrix, expected, atol=2e-4)
    assert development.assumed == {}


@given(
    x=st.floats(0.27, 0.5),
    tint=st.floats(-0.02, 0.02),
    stops=st.floats(-4, 4),
    balance=st.tuples(st.floats(0.5, 2), st.just(1.0), st.floats(0.5, 2)),
    calibrations=st.sampled_from(
        [COLOUR_ONLY, WITH_FORWARD, WITH_ALL, COLOUR_ONLY[:1], WITH_ALL[1:]]
    ),
)
@settings(max_examples=150, deadline=None)
def test_neutral_is_neutral(
    x: float,
    tint: float,
    stops: float,
    balance: tuple[float, float, float],
    calibrations: tuple[Calibration, ...],
) -> None:
    """White under the scene's light comes out as equal R, G, B: 2**baseline exposure."""
    y = -3 * x * x + 2.87 * x - 0.275 + tint  # near the daylight locus
    named = CameraRecord(
        as_shot_white_xy=(x, y),
        analog_balance=balance,
        calibrations=calibrations,
        baseline_exposure=stops,
    )
    by_xy = camera_to_aces(named)
    gains = np.array(by_xy.gains)
    assert gains.min() == 1.0
    ends = np.array(by_xy.matrix) @ np.ones(3)
    np.testing.assert_allclose(ends, 2.0**stops, rtol=1e-12)
    neutral = CameraRecord(
        as_shot_neutral=(1 / gains[0], 1 / gains[1], 1 / gains[2]),
        analog_balance=balance,
        calibrations=calibrations,
        baseline_exposure=stops,
    )
    by_neutral = camera_to_aces(neutral)
    assert by_neutral.white == pytest.approx((x, y), abs=1e-5)
    np.testing.assert_allclose(by_neutral.gains, by_xy.gains, rtol=1e-9)
    np.testing.assert_allclose(by_neutral.matrix, by_xy.matrix, rtol=1e-3, atol=1e-3 * 2.0**stops)


def test_outside_the_calibrations() -> None:
    """Beyond both illuminants the nearer calibration counts alone."""
    for white, alone in (((0.27, 0.28), COLOUR_ONLY[1:]), ((0.5, 0.415), COLOUR_ONLY[:1])):
        both = camera_to_aces(CameraRecord(as_shot_white_xy=white, calibrations=COLOUR_ONLY))
        one = camera_to_aces(CameraRecord(as_shot_white_xy=white, calibrations=alone))
        assert both.matrix == one.matrix


def test_order_of_calibrations() -> None:
    """Which calibration a file names first makes no difference."""
    white = (0.36, 0.37)
    forth = camera_to_aces(CameraRecord(as_shot_white_xy=white, calibrations=WITH_ALL))
    back = camera_to_aces(CameraRecord(as_shot_white_xy=white, calibrations=WITH_ALL[::-1]))
    np.testing.assert_allclose(forth.matrix, back.matrix, rtol=1e-13)


@pytest.mark.parametrize("codes", [(17, 255), (255, 17), (0, 0), (17, 0, 21), (17, 17)])
def test_unplaced_illuminant(codes: tuple[int, ...]) -> None:
    """If an illuminant has no temperature, or both have one, the first calibration counts."""
    matrices = (CM_D65, CM_A, FM_A)
    several = tuple(
        Calibration(illuminant=code, color_matrix=matrix)
        for code, matrix in zip(codes, matrices, strict=False)
    )
    white = (0.36, 0.37)
    found = camera_to_aces(CameraRecord(as_shot_white_xy=white, calibrations=several))
    first = camera_to_aces(CameraRecord(as_shot_white_xy=white, calibrations=several[:1]))
    assert found.matrix == first.matrix


def test_the_third_calibration() -> None:
    """A light that is one of three calibrations' own is developed by that one alone, and a third
    whose light nothing tells leaves the other two."""
    mid = Calibration(illuminant=255, white_xy=(0.36, 0.38), color_matrix=FM_D65)

    def developed(*calibrations: Calibration) -> Matrix:
        white = (0.36, 0.38)
        record = CameraRecord(as_shot_white_xy=white, calibrations=calibrations)
        return camera_to_aces(record).matrix

    np.testing.assert_allclose(developed(*COLOUR_ONLY, mid), developed(mid), rtol=1e-12)
    unknown = Calibration(illuminant=255, color_matrix=FM_D65)
    assert developed(*COLOUR_ONLY, unknown) == developed(*COLOUR_ONLY)
    record = CameraRecord(as_shot_white_xy=(0.36, 0.38), calibrations=(*COLOUR_ONLY, unknown))
    assert "others count" in camera_to_aces(record).assumed["calibration"]


def test_no_white_balance() -> None:
    """Without white balance D65, else the first illuminant, is assumed and said."""
    daylight = camera_to_aces(CameraRecord(calibrations=WITH_FORWARD))
    assert daylight.white == (0.3127, 0.3290)
    assert "D65" in daylight.assumed["white_balance"]
    tungsten = camera_to_aces(CameraRecord(calibrations=WITH_FORWARD[:1]))
    assert tungsten.white == (0.44758, 0.40745)
    assert tungsten.assumed["white_balance"].endswith("illuminant, A")


def test_method_sentence() -> None:
    """The method says which matrices counted, how much, the light and the adaptation."""
    two = camera_to_aces(
        CameraRecord(as_shot_white_xy=(0.33243, 0.34744), calibrations=WITH_FORWARD)
    )
    assert two.method == (
        "DNG forward matrix of 86% D65 and 14% A for a light of 5501 K, Bradford to the ACES white"
    )
    odd = (Calibration(illuminant=0, color_matrix=CM_D65),)
    one = camera_to_aces(CameraRecord(as_shot_white_xy=(0.33243, 0.34744), calibrations=odd))
    assert one.method.startswith("DNG inverse of the colour matrix of EXIF light source 0 for")


def test_white_balance_in_kelvin() -> None:
    """A camera's setting in kelvin gives a Planckian white, and is said."""
    development = camera_to_aces(CameraRecord(calibrations=COLOUR_ONLY, white_kelvin=3200))
    assert development.white is not None
    kelvin, _ = colour.temperature.uv_to_CCT_Robertson1968(colour.xy_to_UCS_uv(development.white))
    assert float(kelvin) == pytest.approx(3200, rel=1e-3)
    assert "3200" in development.assumed["white_balance"]


def test_no_matrix() -> None:
    """A camera without matrices is taken as linear BT.709, with a warning, never in silence."""
    development = camera_to_aces(CameraRecord(as_shot_neutral=(0.5, 1.0, 0.8)))
    assert "BT.709" in development.assumed["camera_matrix"]
    assert "white_balance" not in development.assumed
    assert development.gains == pytest.approx((2.0, 1.0, 1.25))
    bt709 = rgb_to_xyz(((0.64, 0.33), (0.3, 0.6), (0.15, 0.06)), (0.3127, 0.329))
    expected = xyz_to_ap0() @ adaptation((0.3127, 0.329), ACES_WHITE) @ bt709
    np.testing.assert_allclose(development.matrix, expected, atol=1e-9)


def test_no_matrix_and_no_white_balance() -> None:
    """A camera that says nothing is balanced as it is, and both guesses are said."""
    development = camera_to_aces(CameraRecord())
    assert set(development.assumed) == {"camera_matrix", "white_balance"}
    assert development.gains == (1.0, 1.0, 1.0)


def test_own_matrix_to_aces() -> None:
    """A maker's own matrix is used as it is, after white balance and with the exposure."""
    camera = CameraRecord(
        matrix_to_aces=FM_D65, as_shot_neutral=(0.5, 1.0, 0.5), baseline_exposure=1.0
    )
    development = camera_to_aces(camera)
    np.testing.assert_allclose(development.matrix, 2 * np.array(FM_D65))
    assert development.gains == (2.0, 1.0, 2.0)


def test_monochrome() -> None:
    """A monochrome sensor has neither balance nor matrix to guess: only exposure."""
    development = camera_to_aces(CameraRecord(baseline_exposure=1.0), "mono")
    assert development.gains == (1.0, 1.0, 1.0)
    np.testing.assert_array_equal(development.matrix, 2 * np.eye(3))
    assert development.assumed == {}


def test_smallest_gain_is_one() -> None:
    """When red is the most sensitive channel, red has gain 1 and green has more."""
    assert camera_to_aces(CameraRecord(as_shot_neutral=(1.6, 0.8, 0.4))).gains == (1.0, 2.0, 4.0)


@pytest.mark.parametrize(
    ("camera", "named"),
    [
        ({"as_shot_neutral": (0.0, 1.0, 1.0)}, "white balance"),
        ({"as_shot_neutral": (-0.5, 1.0, 1.0)}, "white balance"),
        ({"as_shot_neutral": (NAN, 1.0, 1.0)}, "white balance"),
        ({"as_shot_neutral": (math.inf, 1.0, 1.0)}, "white balance"),
        ({"as_shot_neutral": (1e-9, 1.0, 1.0)}, "white balance"),
        ({"as_shot_neutral": (0.02, 0.02, 1.0), "calibrations": COLOUR_ONLY}, "no light"),
        ({"as_shot_white_xy": (0.7, 0.6), "calibrations": COLOUR_ONLY}, "no light"),
        ({"as_shot_white_xy": (NAN, 0.3), "calibrations": COLOUR_ONLY}, "no light"),
        ({"baseline_exposure": NAN}, "exposure"),
        ({"baseline_exposure": 1e6}, "exposure"),
        ({"matrix_to_aces": ((1, 2, 3), (2, 4, 6), (0, 0, 1))}, "singular"),
        ({"matrix_to_aces": ((0, 0, 0), (0, 0, 0), (0, 0, 0))}, "singular"),
        ({"calibrations": (Calibration(illuminant=21, color_matrix=((NAN,) * 3,) * 3),)}, "finite"),
        (
            {"calibrations": (Calibration(illuminant=21, color_matrix=((0.0,) * 3,) * 3),)},
            "singular",
        ),
        (
            {
                "calibrations": (
                    Calibration(
                        illuminant=21, color_matrix=CM_D65, forward_matrix=((1.0,) * 3,) * 3
                    ),
                )
            },
            "forward matrix",
        ),
        ({"calibrations": WITH_FORWARD, "analog_balance": (1.0, 0.0, 1.0)}, "analog balance"),
        (
            {
                "calibrations": (
                    Calibration(
                        illuminant=21, color_matrix=CM_D65, camera_calibration=((0.0,) * 3,) * 3
                    ),
                )
            },
            "camera calibration",
        ),
    ],
)
def test_damaged(camera: dict[str, Any], named: str) -> None:
    """Numbers that no camera could mean are a damaged source, named in the sentence."""
    with pytest.raises(DamagedSource, match=named):
        camera_to_aces(CameraRecord(**camera))


def test_remembered() -> None:
    """The same record a second time costs nothing: the very same value comes back."""
    camera = CameraRecord(as_shot_neutral=(0.5, 1.0, 0.6), calibrations=WITH_ALL)
    again = CameraRecord(as_shot_neutral=(0.5, 1.0, 0.6), calibrations=WITH_ALL)
    assert camera_to_aces(camera) is camera_to_aces(again)
