"""ACES 2 output transform, against OpenColorIO's own renderer, for every display of its configs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from functions.colour.ocio.aces2_numbers import rendering_step
from kernels.colour.aces2_rendering import rendering2_step
from kernels.colour.steps import apply_steps

ocio: Any = import_module("PyOpenColorIO")
REC709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
P3 = (0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329)
REC2020 = (0.708, 0.292, 0.17, 0.797, 0.131, 0.046, 0.3127, 0.329)
DISPLAYS = [(100.0, *REC709), (100.0, *P3), (225.0, *P3), (500.0, *P3), (1000.0, *P3),
            (1000.0, *REC2020), (4000.0, *REC2020), (4000.0, *REC709)]  # fmt: skip


def light() -> np.ndarray[Any, np.dtype[np.float32]]:
    """(N, 3) ACES2065-1 inside AP1, as the transform's own clamp leaves it: every hue and size."""
    rng = np.random.default_rng(0)
    inside = np.concatenate([
        rng.uniform(0, 1, (8000, 3)),
        rng.uniform(0, 1, (8000, 3)) ** 3 * np.exp2(rng.uniform(-12, 8, (8000, 1))),
        np.repeat(np.exp2(rng.uniform(-16, 10, (500, 1))), 3, 1),
        np.eye(3), 1 - np.eye(3), np.full((1, 3), 1024.0), np.zeros((1, 3)),
    ])  # fmt: skip
    convert = ocio.Config.CreateRaw().getProcessor(ocio.BuiltinTransform("ACEScg_to_ACES2065-1"))
    made = inside.astype(np.float32)
    convert.getDefaultCPUProcessor().applyRGB(made.reshape(-1, 1, 3))
    return made


@pytest.mark.parametrize("params", DISPLAYS, ids=[f"{one[0]:g} {one[1]}" for one in DISPLAYS])
def test_as_the_library(params: tuple[float, ...]) -> None:
    """Channels agree within 2e-5 of the pixel's largest: what float32 makes of the model.

    Where two cusps stand a tenth of a degree apart, the hue's own rounding is seen: one in ten
    thousand is off by more there.
    """
    step = rendering_step(params)
    assert step is not None
    style = ocio.FIXED_FUNCTION_ACES_OUTPUT_TRANSFORM_20
    transform = ocio.FixedFunctionTransform(style, list(params))
    depth = ocio.BIT_DEPTH_F32
    processor = ocio.Config.CreateRaw().getProcessor(transform)
    wanted = light()
    processor.getOptimizedCPUProcessor(depth, depth, ocio.OPTIMIZATION_LOSSLESS).applyRGB(
        wanted.reshape(-1, 1, 3)
    )
    made = apply_steps(light()[None], [step])[0]
    size = np.maximum(np.abs(wanted).max(-1, keepdims=True), 1e-3)
    off = (np.abs(made.astype(np.float64) - wanted) / size).max(-1)
    assert np.quantile(off, 0.9999) < 2e-5 and off.max() < 5e-4


def test_any_float() -> None:
    """What no camera gives ends in numbers, not in NaN, and black stays black."""
    step = rendering_step(DISPLAYS[0])
    assert step is not None
    odd = np.array([[0, 0, 0], [-1, -1, -1], [-5, 3, 0.1], [65504, -65504, 1], [1e-30, 0, 0]])
    made = apply_steps(odd[None].astype(np.float32), [step])[0]
    assert np.isfinite(made).all() and not made[0].any() and not made[1].any()


def test_refused() -> None:
    """Tables of another shape are refused; a display without numbers has no step."""
    numbers, reach = [0.0] * 67, np.ones(361)
    hues = np.arange(-1.0, 362.0)
    with pytest.raises(ValueError, match="361 reaches"):
        rendering2_step(numbers, np.ones(360), hues, np.ones((363, 3)))
    with pytest.raises(ValueError, match="their hues"):
        rendering2_step(numbers, reach, hues[:300], np.ones((300, 3)))
    with pytest.raises(ValueError, match="thirty-second"):
        rendering2_step(numbers, reach, np.linspace(-1, 361, 20000), np.ones((20000, 3)))
