"""How far steps are from the library's float processor, in the units of the error budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.colour.chain.values import Bound, Tier

Floats = npt.NDArray[np.float32]
Run = Callable[[Floats], Floats]
Compare = Callable[[npt.NDArray[Any], npt.NDArray[Any]], npt.NDArray[np.float64]]
# Budgets: of `exact` in half units and in 10-bit codes; of `view` at the 99.9th percentile of
# pictures, and anywhere.
HALF_UNITS, EXACT_CODES, VIEW_USUAL, VIEW_WORST = 2.0, 0.5, 2.0, 8.0
# What float32 sums lose where large channels cancel; the library's own result has it too.
_CANCELLED = 2.0**-20
_LARGEST_HALF = 65504.0
# Near float32's end its sums are infinite or not by their order.
_NO_NUMBER = 1e30
_APART = np.array([2.0**-19, 2.0**-18, 2.0**-17], np.float32)


def half_units(made: npt.NDArray[Any], truth: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Distance of (N, 3) in steps between neighbouring halves, for each pixel its worst channel.

    Both are first held within a half's range. What float32 itself loses in a sum of the pixel's
    own channels (2^-20 of the largest) is not counted, nor are pixels to which the library gives
    no numbers: a grade in log of what no camera sees overflows to infinities of either sign.
    """
    top = _LARGEST_HALF
    a = np.clip(np.nan_to_num(np.asarray(made, np.float64), posinf=top, neginf=-top), -top, top)
    b = np.clip(np.nan_to_num(np.asarray(truth, np.float64), posinf=top, neginf=-top), -top, top)
    size = np.maximum(np.abs(b), 2.0**-14)
    spacing = np.exp2(np.floor(np.log2(size)) - 10)
    noise = _CANCELLED * np.abs(b).max(axis=-1, keepdims=True)
    worst: npt.NDArray[np.float64] = (np.maximum(np.abs(a - b) - noise, 0) / spacing).max(-1)
    worst[~(np.abs(truth) < _NO_NUMBER).all(-1)] = 0.0
    return worst


def code_values(made: npt.NDArray[Any], truth: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Distance of (N, 3) in 10-bit code values, clipped as an encoder clips, worst channel."""
    a = np.clip(np.nan_to_num(np.asarray(made, np.float64)), 0, 1)
    b = np.clip(np.nan_to_num(np.asarray(truth, np.float64)), 0, 1)
    worst: npt.NDArray[np.float64] = np.abs(a - b).max(-1) * 1023
    return worst


@lru_cache(maxsize=4)
def samples(codes: bool) -> tuple[Floats, Floats]:
    """(N, 3) over the whole of what may come, and (N, 3) as pictures have it.

    codes : code values of a camera or display; else scene-linear light
    """
    rng = np.random.default_rng(11)
    axis = np.linspace(0, 1, 9)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    wild = rng.uniform(0, 1, (12000, 3))
    wild[::3] = np.roll(wild[::3], 1, 0) * rng.uniform(0, 1, (4000, 1)) ** 2
    past = np.concatenate([rng.uniform(-0.1, 1.3, (1000, 3)), grid])
    neutral = np.repeat(np.linspace(0, 1, 512)[:, None], 3, 1)
    # A picture's pixels: an exposure that wanders, chroma that is mostly small, grain.
    exposure = rng.normal(0.4, 0.13, (6000, 1))
    chroma = rng.normal(0, 1, (6000, 3)) * rng.gamma(1.2, 0.018, (6000, 1))
    like = exposure + chroma
    whole, usual = np.concatenate([wild, past, neutral]), np.concatenate([like, neutral])
    if not codes:
        # The same, read as ACEScct, so that stops are spread evenly and blacks are there.
        whole, usual = _light(whole), _light(usual)
        extremes = [[0, 0, 0], [65504] * 3, [65504, 0, 0], [1e-7] * 3, [-1, 2, 0.5], [1, 1, 1]]
        whole = np.concatenate([whole, extremes])
    return whole.astype(np.float32), usual.astype(np.float32)


def _light(codes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    straight = (codes - 0.0729055341958355) / 10.5402377416545
    made: npt.NDArray[np.float64] = np.where(
        codes > 0.155251141552511, np.exp2(codes * 17.52 - 9.72), straight
    )
    return made


def measured(made: Run, truth: Run, *, codes_in: bool, scene_linear: bool, tier: Tier) -> Bound:
    """The bound of steps over some ten thousand samples.

    made, truth : functions of (N, 3) float32
    """
    whole, usual = samples(codes_in)
    budget = HALF_UNITS if scene_linear else EXACT_CODES if tier == "exact" else VIEW_WORST
    compare = half_units if scene_linear else code_values
    wild, like = (
        _settled(compare(made(rgb), truth(rgb)), rgb, truth, compare, budget)
        for rgb in (whole, usual)
    )
    worst = float(max(wild.max(), like.max()))
    how = f"{len(whole)} samples over the whole cube and past it, {len(usual)} as in pictures"
    return Bound(
        "half" if scene_linear else "code10",
        round(worst, 4),
        round(float(np.quantile(like, 0.999)), 4),
        budget,
        f"{how}, against OpenColorIO's float processor",
    )


def _settled(
    far: npt.NDArray[np.float64], rgb: Floats, truth: Run, compare: Compare, budget: float
) -> npt.NDArray[np.float64]:
    """Distances over the budget, less what the library's own answer moves by.

    Where channels of a saturated colour cancel to nearly nothing and a toe lifts the rest, one
    float32 step of the input changes the answer by whole code values: there is nothing to meet.
    Of light the input is moved by up to 2^-17 of itself, 1/64 of what a half can tell apart:
    between a logarithm and its undoing the library rounds as coarsely as that.
    """
    over = np.flatnonzero(far > budget)
    if not over.size:
        return far
    here, moved = truth(rgb[over]), np.zeros(over.size)
    for near in _neighbours(rgb[over], light=compare is half_units):
        moved = np.maximum(moved, compare(truth(near), here))
    settled = far.copy()
    settled[over] = np.maximum(far[over] - moved, 0)
    return settled


def _neighbours(rgb: Floats, *, light: bool) -> Iterator[Floats]:
    for signs in np.ndindex(2, 2, 2):
        way = 2.0 * np.array(signs, np.float32) - 1
        if light:
            yield from (rgb * (1 + way * apart) for apart in _APART)
        else:
            yield np.nextafter(rgb, way * np.float32(np.inf))


def within(bound: Bound) -> bool:
    """Whether a bound keeps its budget."""
    usual = VIEW_USUAL if bound.budget == VIEW_WORST else bound.budget
    return bound.worst <= bound.budget and bound.usual <= usual
