"""A chain to a display as one shaped look-up table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from kernels.curves import curve_step
from kernels.lut import lut3d_step
from kernels.steps import Step, apply_steps

Floats = npt.NDArray[np.float32]
SIZE = 65


def baked(run: Callable[[Floats], Floats], linear_in: bool) -> tuple[Step, ...]:
    """Steps of a table for `run`, a function of (N, 3) float32.

    linear_in : scene-linear light goes in, so that a logarithm goes before the table; camera
        code values are one already
    """
    axis = np.linspace(0, 1, SIZE, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    shaper: tuple[Step, ...] = ()
    if linear_in:
        shaper = (curve_step("acescct"),)
        grid = apply_steps(grid[None], (curve_step("acescct", "decode"),))[0]
    table = np.clip(run(grid), 0, 1).reshape(SIZE, SIZE, SIZE, 3)
    return (*shaper, lut3d_step(table))
