"""A chain to a display as one shaped look-up table, with exact steps where the table is wrong.

Rendering for a display has creases: where a channel leaves the gamut, where a tone curve's toe is
steeper than any grid. No grid that fits a processor's cache follows them, so the table is measured
inside each of its cells when it is made. Of a cell that misses the budget each eighth is measured
again, and those that are not clearly right are marked: their colours take a second table, twice as
fine, and where that is wrong too the exact steps. In photographs these are few.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from kernels.colour.curves import curve_step
from kernels.colour.guarded_lut import guarded_step
from kernels.colour.lut import Domain, lut3d_step
from kernels.colour.steps import Step, apply_steps

Floats = npt.NDArray[np.float32]
SIZE = 65
# Codes of 10 bits that a cell may be off at a few places of it, which is what pictures meet, and
# at many more, which is what anyone may find. The budgets are 2 for nearly all of a picture and 8.
TOLERANCE, PEAK = 1.8, 2.2
# What an eighth of a cell that misses them may be off at a few places, to be right nevertheless.
EIGHTH = 1.5
# Of ACEScct: a little below zero, to 222 times diffuse white.
_LIGHT: Domain = (0.05, 1.0)
# What a step costs, in tenths of a nanosecond a pixel: fixed numbers, so that every machine takes
# the same way and gives the same bytes.
_COSTS = {
    "matrix": 1, "cdl": 9, "log_encode": 5, "log_decode": 3, "two_sided_encode": 6,
    "two_sided_decode": 6, "acescc_encode": 5, "acescc_decode": 4, "apple_encode": 5,
    "apple_decode": 5, "hlg_encode": 8, "hlg_decode": 8, "pq_encode": 25, "pq_decode": 25,
    "lut1d": 22, "lut3d": 30, "glow": 3, "red_modifier": 4, "surround": 4, "stops": 17,
    "bound": 1, "gamma": 9, "rendering2": 220, "gamut_compress": 30,
}  # fmt: skip
_TABLE_COST = 80


def worth_baking(steps: Sequence[Step]) -> bool:
    """Whether a table would be quicker than the steps themselves."""
    return sum(_COSTS.get(step.loop, 100) for step in steps) > _TABLE_COST


def baked(steps: Sequence[Step], linear_in: bool, *, eighth: float = EIGHTH) -> tuple[Step, ...]:
    """Steps of a table that stands for `steps`, a finer one and exact ones inside.

    linear_in : scene-linear light goes in, so that a logarithm goes before the table; camera
        code values are one already
    eighth : 0 where no eighth of a wrong cell is right, nor the finer table
    """
    shaper: tuple[Step, ...] = (curve_step("acescct"),) if linear_in else ()
    inner = (curve_step("acescct", "decode"), *steps) if linear_in else tuple(steps)
    domain = _LIGHT if linear_in else (0.0, 1.0)
    axis = np.linspace(*domain, SIZE)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).astype(np.float32)
    table = _run(inner, grid.reshape(SIZE, SIZE * SIZE, 3)).reshape(grid.shape)
    wrong = _wrong(table, inner, domain, eighth)
    finer = _finer(wrong, inner, domain, eighth) if eighth else inner
    return (*shaper, guarded_step(table, wrong, finer, domain))


def _finer(
    asked: npt.NDArray[np.bool_], steps: tuple[Step, ...], domain: Domain, allowed: float
) -> tuple[Step, ...]:
    """A table twice as fine for the eighths that ask for it, with exact steps where it is wrong.

    Its cells are the coarse one's eighths. Where nobody asks it is neither filled nor measured.
    """
    size = len(asked) + 1
    corners = np.zeros((size,) * 3, bool)
    for red, green, blue in np.ndindex(2, 2, 2):
        corners[red : size - 1 + red, green : size - 1 + green, blue : size - 1 + blue] |= asked
    pitch = (domain[1] - domain[0]) / (size - 1)
    table = np.zeros((size,) * 3 + (4,), np.float32)
    spots = np.ascontiguousarray(np.argwhere(corners) * pitch + domain[0], np.float32)
    table[..., :3][corners] = _run(steps, spots[None])[0]
    cells = np.argwhere(asked)
    right = np.arange(len(cells))
    off_at = _measure(table, steps, domain)
    for offset in _halton(12):
        right = right[off_at(cells[right] + 0.02 + 0.96 * offset) < allowed]
    wrong = asked.copy()
    wrong[tuple(cells[right].T)] = False
    return (guarded_step(table, wrong, steps, domain),)


def _measure(
    table: Floats, steps: Sequence[Step], domain: Domain
) -> Callable[[npt.NDArray[np.float64]], Floats]:
    """How far a table is off at (N, 3) places, counted in its cells, in codes of 10 bits."""
    pitch = (domain[1] - domain[0]) / (len(table) - 1)
    looked_up = lut3d_step(table, domain)

    def off_at(spots: npt.NDArray[np.float64]) -> Floats:
        if not len(spots):
            return np.zeros(0, np.float32)
        inside = np.ascontiguousarray(spots[None] * pitch + domain[0], np.float32)
        exact = _run(steps, inside)
        off: Floats = _furthest(apply_steps(inside, (looked_up,)), exact)[0]
        return off

    return off_at


def _furthest(made: Floats, exact: Floats) -> Floats:
    """(H, W): how far the worst channel is off, in codes of 10 bits.

    Not `max(-1)`, which over three neighbours takes as long as the rendering itself.
    """
    off = np.abs(np.subtract(made, exact, out=made), out=made)
    worst = np.maximum(np.maximum(off[..., 0], off[..., 1]), off[..., 2])
    return np.multiply(worst, np.float32(1023), out=worst)


def _run(steps: Sequence[Step], image: Floats) -> Floats:
    """(H, W, 3) float32 to code values, clipped as an encoder clips."""
    made: Floats = apply_steps(image, steps)
    return np.clip(made, 0, 1, out=made)


def _wrong(
    table: Floats, steps: Sequence[Step], domain: Domain, eighth: float
) -> npt.NDArray[np.bool_]:
    """Eighths of cells where the table misses the budget: twice as fine as its cells."""
    cells = SIZE - 1
    low = np.linspace(*domain, SIZE)[:-1]
    pitch = (domain[1] - domain[0]) / cells
    looked_up = lut3d_step(table, domain)

    off_at = _measure(table, steps, domain)
    worst = np.zeros((cells,) * 3, np.float32)
    for offset in _places():
        axes = [low + pitch * part for part in offset]
        inside = np.stack(np.meshgrid(*axes, indexing="ij"), -1).astype(np.float32)
        inside = inside.reshape(cells, cells * cells, 3)
        exact = _run(steps, inside)
        off = _furthest(apply_steps(inside, (looked_up,)), exact)
        np.maximum(worst, off.reshape(worst.shape), out=worst)
    wrong: npt.NDArray[np.bool_] = worst > TOLERANCE
    # What stands beside a wrong cell, or is not quite right, may be wrong at another place.
    doubtful = ~wrong & (_beside(wrong) | (worst > 0.4 * TOLERANCE))
    places = np.argwhere(doubtful)
    peak = np.zeros(len(places), np.float32)
    for offset in _halton(20):
        np.maximum(peak, off_at(places + offset), out=peak)
    wrong[doubtful] = peak > PEAK
    finer = np.repeat(np.repeat(np.repeat(wrong, 2, 0), 2, 1), 2, 2)
    eighths = np.argwhere(finer)
    right = np.arange(len(eighths))
    for offset in _halton(6):
        right = right[off_at((eighths[right] + 0.04 + 0.92 * offset) / 2) < eighth]
    finer[tuple(eighths[right].T)] = False
    return finer


def _beside(cells: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Cells that share a side with one of these."""
    near = np.zeros_like(cells)
    for axis in range(3):
        here, after = (slice(None),) * axis + (slice(1, None),), (slice(None),) * axis
        before = (*after, slice(None, -1))
        near[here] |= cells[before]
        near[before] |= cells[here]
    return near


def _halton(count: int) -> npt.NDArray[np.float64]:
    """Places of a cell that lie evenly and on no line: a Halton sequence."""
    made = np.zeros((count, 3))
    for axis, base in enumerate((2, 3, 5)):
        for number in range(count):
            part, rest = 1.0, number + 1
            while rest:
                part /= base
                made[number, axis] += part * (rest % base)
                rest //= base
    return made


def _places() -> list[tuple[float, float, float]]:
    """Where cells are measured, as parts of their sides: spread over the tetrahedra of each."""
    corners = [(a, b, c) for a in (0.2, 0.7) for b in (0.3, 0.8) for c in (0.25, 0.75)]
    return [*corners, (0.5, 0.5, 0.5), (0.5, 0.05, 0.95), (0.95, 0.5, 0.05), (0.05, 0.95, 0.5)]
