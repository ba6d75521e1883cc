"""ACES 2 by kernels beside a twin of the Academy's own definition, not of OpenColorIO."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.colour.chain.build import build_chain
from tests.colour import aces2, truth
from tests.colour.aces1 import BT709, to_xyz
from tests.colour.test_aces1 import light

P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290))
BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), (0.3127, 0.3290))

# Luminance of 18 % grey, in cd/m2, by peak.
GREY = {100.0: 10.0, 500.0: 13.193, 1000.0: 14.512, 4000.0: 16.824}


@cache
def rendering(peak: float) -> aces2.Rendering:
    """Rec.709 at 100 cd/m2, P3 above."""
    return aces2.Rendering(BT709 if peak == 100 else P3, peak)


def shown(rgb: Any, peak: float) -> Any:
    """Code values: BT.1886 in Rec.709, or PQ in BT.2020."""
    made = rendering(peak)(rgb.astype(np.float64))
    if peak == 100:
        return made ** (1 / 2.4)
    wide = (made @ to_xyz(P3).T @ np.linalg.inv(to_xyz(BT2020)).T).clip(0, None)
    power = (wide / 100) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def by_kernels(rgb: Any, output: str) -> Any:
    chain = build_chain("aces", None, output, "exact", aces="2")
    assert chain.before is None
    return chain.apply(np.ascontiguousarray(rgb[None]))[0].clip(0, 1)


@pytest.mark.parametrize(("output", "peak"), [("rec709", 100.0), ("rec2100-pq", 1000.0)])
def test_light_of_all_kinds_is_the_academys(output: str, peak: float) -> None:
    """Every hue, twenty stops, outside of every gamut: half a 10-bit code for 99 in a hundred.

    The rest are full blues of HDR at their edge and channels at the foot of BT.1886: there the
    twin has its tables at whole degrees, and OpenColorIO and the release at the gamut's corners.
    """
    rgb = light(20000)
    far = np.abs(by_kernels(rgb, output) - shown(rgb, peak)).max(1) * 1023
    assert np.quantile(far, 0.9) <= 0.05 and np.quantile(far, 0.99) <= 0.5
    assert far.max() <= 20


@pytest.mark.parametrize(("output", "peak"), [("rec709", 100.0), ("rec2100-pq", 1000.0)])
def test_pictures_are_the_academys(shared_data: Path, output: str, peak: float) -> None:
    """Photographs as scene light come out within half a 10-bit code of the definition."""
    rgb = truth.picture_light(shared_data)
    far = np.abs(by_kernels(rgb, output) - shown(rgb, peak)).max(1) * 1023
    assert far.max() <= 0.5


@pytest.mark.parametrize("peak", [100.0, 500.0, 1000.0, 4000.0])
def test_tone_scale(peak: float) -> None:
    """Neutrals have the tone scale's luminance; grey is where the definition puts it."""
    tones = aces2.ToneScale(peak)
    assert float(tones(np.array([0.18]))[0]) == pytest.approx(GREY[peak], rel=1e-4)
    output = "rec709" if peak == 100 else f"rec2100-pq-{peak:.0f}"
    scene = 0.18 * np.exp2(np.linspace(-8, 9, 200))
    made = by_kernels(np.repeat(scene[:, None], 3, 1).astype(np.float32), output)
    wanted = tones(scene).clip(0, peak) / 100
    if peak == 100:
        codes = wanted ** (1 / 2.4)
    else:
        power = (wanted / 100) ** 0.1593017578125
        codes = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    assert np.abs(made - codes[:, None]).max() * 1023 <= 0.3
