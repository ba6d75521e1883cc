"""Fixed functions and tables by stops, against OpenColorIO's own renderers and float64."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from kernels.colour.fixed import (
    bound_step,
    gamma_step,
    gamut_compress_step,
    glow_step,
    red_modifier_step,
    surround_step,
)
from kernels.colour.steps import Step, apply_steps
from kernels.colour.stops import stop_places, stops_step

ocio: Any = import_module("PyOpenColorIO")
AP1 = (0.27222871678091454, 0.67408176581114831, 0.053689517407937051)
BT2020 = (0.2627, 0.6780, 0.0593)


def light() -> np.ndarray[Any, np.dtype[np.float32]]:
    """(N, 3): the unit cube, far above and below it, greys, single channels, borders of hue."""
    rng = np.random.default_rng(0)
    far = rng.uniform(-1, 1, (20000, 3)) * np.exp2(rng.uniform(-12, 8, (20000, 1)))
    greys = np.repeat(rng.uniform(0, 2, (500, 1)), 3, 1)
    lone = np.concatenate([np.eye(3) * size for size in (1e-6, 0.1, 1.0, 65504.0)])
    return np.concatenate([rng.uniform(0, 1, (20000, 3)), far, greys, lone, [[0, 0, 0]]]).astype(
        np.float32
    )


def library(style: str, *params: float, inverse: bool = False) -> Any:
    transform = ocio.FixedFunctionTransform(getattr(ocio, f"FIXED_FUNCTION_{style}"), list(params))
    if inverse:
        transform.setDirection(ocio.TRANSFORM_DIR_INVERSE)
    depth = ocio.BIT_DEPTH_F32
    return (
        ocio.Config.CreateRaw()
        .getProcessor(transform)
        .getOptimizedCPUProcessor(depth, depth, ocio.OPTIMIZATION_LOSSLESS)
    )


CASES: dict[str, tuple[Step, Callable[[], Any]]] = {
    "glow": (glow_step(), lambda: library("ACES_GLOW_10")),
    "red modifier": (red_modifier_step(), lambda: library("ACES_RED_MOD_10")),
    "dark to dim": (surround_step(-0.0189, AP1), lambda: library("ACES_DARK_TO_DIM_10")),
    "gamut compression": (
        gamut_compress_step(),
        lambda: library("ACES_GAMUT_COMP_13", 1.147, 1.264, 1.312, 0.815, 0.803, 0.88, 1.2),
    ),
    "HLG": (
        surround_step(0.2, BT2020, 1e-4, unsigned=True),
        lambda: library("REC2100_SURROUND", 1.2),
    ),
    "HLG back": (
        surround_step(0.2, BT2020, 1e-4 ** (1 / 1.2), unsigned=True),
        lambda: library("REC2100_SURROUND", 1 / 1.2, inverse=True),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_as_the_library(name: str) -> None:
    """A fixed function agrees with the library's within float arithmetic, any sign and size."""
    step, processor = CASES[name]
    wanted = light()
    processor().applyRGB(wanted.reshape(-1, 1, 3))
    made = apply_steps(light()[None], [step])[0]
    size = np.maximum(np.abs(wanted).max(-1, keepdims=True), 1e-6)
    assert (np.abs(made.astype(np.float64) - wanted) / size).max() < 1e-5


def test_bound_and_gamma() -> None:
    """Channels are held, then raised; NaN is the least."""
    rgb = np.array([[-1.0, 0.25, 3.0], [np.nan, 0.5, np.inf]], np.float32)
    held = apply_steps(rgb[None], [bound_step(0.1, 2.0)])[0]
    assert np.array_equal(held, np.array([[0.1, 0.25, 2.0], [0.1, 0.5, 2.0]], np.float32))
    raised = apply_steps(rgb[None], [gamma_step((0.5, 2.0, 1.0))])[0]
    assert np.allclose(raised, [[0, 0.0625, 1], [0, 0.25, 1]], atol=1e-7)
    one_way = apply_steps(rgb[None], [bound_step(0.0, np.inf)])[0]
    assert np.allclose(one_way[0], [0, 0.25, 3])


@pytest.mark.parametrize("per_stop", [8, 64, 512])
def test_stops(per_stop: int) -> None:
    """A table by stops is straight lines between the places it is asked for."""
    places = stop_places(-20, 16, per_stop)
    table = np.cbrt(places)
    step = stops_step(table, -20, per_stop)
    rng = np.random.default_rng(per_stop)
    values = np.concatenate([np.exp2(rng.uniform(-22, 17, 20000)), places[::3], -places[:9]])
    rgb = np.repeat(values.astype(np.float32)[:, None], 3, 1)
    wanted = np.interp(rgb[:, 0].astype(np.float64), places, table)
    made = apply_steps(rgb[None], [step])[0]
    assert (made == made[:, :1]).all()
    assert np.allclose(made[:, 0], wanted, rtol=3e-7)
    ends = np.array([[np.nan, 0.0, np.inf]], np.float32)
    assert np.allclose(apply_steps(ends[None], [step])[0], [[table[0], table[0], table[-1]]])


def test_refused() -> None:
    """Numbers that make no step are refused."""
    with pytest.raises(ValueError, match="at most"):
        bound_step(1.0, 0.0)
    with pytest.raises(ValueError, match="above 0"):
        gamma_step(0.0)
    with pytest.raises(ValueError, match="above 1"):
        gamut_compress_step(limits=(0.9, 1.2, 1.2))
    with pytest.raises(ValueError, match="multiple"):
        stops_step(np.zeros(9), -2, 5)
    with pytest.raises(ValueError, match="finite"):
        stops_step(np.full(9, np.nan), -2, 4)
