"""Matrices and temperatures against colour-science."""

from __future__ import annotations

import math

import numpy as np
import pytest

from functions.colour.camera.chromatic import BT709, D50, D65, XYZ_TO_AP0, bradford, rgb_to_xyz
from functions.colour.camera.temperature import (
    correlated_kelvin,
    light_source_kelvin,
    light_source_white,
    planckian_white,
)
from tests.colour.reference import ACES_WHITE, adaptation, colour, xyz_to_ap0


def test_xyz_to_ap0() -> None:
    """The matrix to ACES2065-1 is the one that SMPTE prints, to its ten digits."""
    np.testing.assert_allclose(XYZ_TO_AP0, xyz_to_ap0(), atol=1e-9)


def test_bt709() -> None:
    """BT.709's matrix is the one that its primaries and D65 give."""
    space = colour.RGB_COLOURSPACES["ITU-R BT.709"]
    expected = colour.normalised_primary_matrix(space.primaries, D65)
    np.testing.assert_allclose(rgb_to_xyz(BT709, D65), expected, atol=1e-12)


@pytest.mark.parametrize("source", [D50, D65, (0.44758, 0.40745), (0.29903, 0.31488)])
def test_bradford(source: tuple[float, float]) -> None:
    """Adaptation is linear Bradford: colour-science's matrix."""
    np.testing.assert_allclose(
        bradford(source, ACES_WHITE), adaptation(source, ACES_WHITE), atol=1e-12
    )


@pytest.mark.parametrize("kelvin", [1700, 2000, 2850, 3200, 4300, 5003, 6504, 9300, 15_000, 24_000])
@pytest.mark.parametrize("tint", [-0.02, -0.005, 0.0, 0.005, 0.02])
def test_temperature(kelvin: float, tint: float) -> None:
    """Colour temperature on and off the Planckian locus is Robertson's of colour-science."""
    uv = colour.temperature.CCT_to_uv_Robertson1968([kelvin, tint])
    xy = tuple(float(value) for value in colour.UCS_uv_to_xy(uv))
    expected, _ = colour.temperature.uv_to_CCT_Robertson1968(uv)
    assert correlated_kelvin((xy[0], xy[1])) == pytest.approx(float(expected), rel=1e-3)


@pytest.mark.parametrize("kelvin", [1700, 2850, 3200, 4500, 5500, 6500, 10_000, 40_000])
def test_planckian_white(kelvin: float) -> None:
    """A temperature's white has that temperature, and is colour-science's."""
    white = planckian_white(kelvin)
    assert correlated_kelvin(white) == pytest.approx(kelvin, rel=1e-3)
    uv = colour.temperature.CCT_to_uv_Robertson1968([kelvin, 0.0])
    np.testing.assert_allclose(white, colour.UCS_uv_to_xy(uv), atol=1e-4)


def test_temperature_ends() -> None:
    """Past the ends of the table the temperature is the end's, never an error."""
    assert correlated_kelvin((0.2, 0.2)) == math.inf
    assert correlated_kelvin((0.7, 0.29)) == pytest.approx(1e6 / 600)


@pytest.mark.parametrize(
    ("code", "name"), [(17, "A"), (20, "D55"), (21, "D65"), (22, "D75"), (23, "D50")]
)
def test_light_sources(code: int, name: str) -> None:
    """EXIF's CIE light sources have the CIE's chromaticity and about its temperature."""
    expected = colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"][name]
    white, kelvin = light_source_white(code), light_source_kelvin(code)
    assert white is not None
    assert kelvin is not None
    np.testing.assert_allclose(white, expected, atol=1e-4)
    assert correlated_kelvin(white) == pytest.approx(kelvin, rel=0.01)


@pytest.mark.parametrize("code", [0, 255, 7])
def test_no_light_source(code: int) -> None:
    """Unknown and other light sources have no temperature and no white."""
    assert light_source_kelvin(code) is None
    assert light_source_white(code) is None


def test_lamp_without_cie_white() -> None:
    """A light source that the CIE gives no chromaticity takes the Planckian one."""
    white = light_source_white(24)
    assert white is not None
    assert correlated_kelvin(white) == pytest.approx(3200, rel=1e-3)
