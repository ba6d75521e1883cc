"""ACES 1.3 by kernels beside a twin of the Academy's own definition, not of OpenColorIO."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.colour.chain.build import build_chain
from kernels.colour.fixed import glow_step, red_modifier_step
from kernels.colour.steps import apply_steps
from tests.colour import aces1, truth


def light(count: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Scene light of every hue, many stops, neutrals, and what lies outside of every gamut."""
    rng = np.random.default_rng(9)
    wide = rng.uniform(0, 1, (count, 3)) * np.exp2(rng.uniform(-9, 7, (count, 1)))
    neutral = np.repeat(0.18 * np.exp2(np.linspace(-10, 10, 200))[:, None], 3, 1)
    lone = np.concatenate([np.eye(3) * size for size in (0.01, 0.18, 1.0, 30.0)])
    return np.concatenate([wide, neutral, lone, -0.2 * lone + 0.1]).astype(np.float32)


def far_from(made: Any, wanted: Any) -> Any:
    """Distance in 10-bit codes, worst channel."""
    return np.abs(made.clip(0, 1) - wanted).max(1) * 1023


def test_light_of_all_kinds_is_the_academys() -> None:
    """By kernels alone: a fifth of a 10-bit code, and a whole one in dark reds.

    There OpenColorIO, whom the budget is about, measures saturation after the glow.
    """
    chain = build_chain("aces", None, "rec709", "exact", aces="1.3")
    assert chain.before is None
    rgb = light(20000)
    made = chain.apply(np.ascontiguousarray(rgb[None]))[0]
    assert far_from(made, aces1.rec709(rgb.astype(np.float64), anew=True)).max() <= 0.2
    assert far_from(made, aces1.rec709(rgb.astype(np.float64))).max() <= 1.0


def test_pictures_are_the_academys(shared_data: Path) -> None:
    """Photographs as scene light: within a code, and half of one but for one pixel in fifty."""
    chain = build_chain("aces", None, "rec709", "exact", aces="1.3")
    rgb = truth.picture_light(shared_data)
    made = chain.apply(np.ascontiguousarray(rgb[None]))[0]
    far = far_from(made, aces1.rec709(rgb.astype(np.float64)))
    assert far.max() <= 1.0 and np.quantile(far, 0.98) <= 0.5
    assert far_from(made, aces1.rec709(rgb.astype(np.float64), anew=True)).max() <= 0.2


def test_sweeteners_are_the_academys() -> None:
    """Glow and red modifier as kernels are the definition's, to float32."""
    rgb = light(5000)
    rgb = rgb[(rgb >= 0).all(1)]
    made = apply_steps(np.ascontiguousarray(rgb[None]), (glow_step(), red_modifier_step()))[0]
    wanted = aces1.sweetened(rgb.astype(np.float64), anew=True)
    size = np.maximum(np.abs(wanted).max(1, keepdims=True), 1e-3)
    assert (np.abs(made - wanted) / size).max() < 3e-6


@pytest.mark.parametrize(("stops", "nits"), [(-6.5, 0.02), (0, 4.8), (6.5, 48.0)])
def test_the_tone_scale_passes_through_its_points(stops: float, nits: float) -> None:
    """The twin's cinema curve has the published luminance at black, grey and white."""
    made = aces1.cinema_curve(aces1.rendering_curve(np.array([0.18 * 2.0**stops])))
    assert made[0] == pytest.approx(nits, rel=1e-4)
