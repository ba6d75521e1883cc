"""The polynomials under the curves, alone: their stated error."""

from __future__ import annotations

import numpy as np

import kernels
from kernels.colour.steps import Step

# Families of `kernels.loops.colour.curves` with numbers that leave only the logarithm or the power.
LOG2 = Step("log_encode", (-1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0))
EXP2 = Step("log_decode", (-1e9, 1.0, 0.0, 1.0, 0.0, 0.0))


def test_log2() -> None:
    """log2 errs by at most 1.5e-7 of max(1, |log2 x|), and in proportion beside 1."""
    rng = np.random.default_rng(0)
    wide, near = 2.0 ** rng.uniform(-100, 100, 300_000), rng.uniform(0.5, 2, 600_000)
    for values, least in ((wide, 1.0), (near, 1.0), (near, 1e-30)):
        x = values.astype(np.float32).reshape(3, 1, -1)
        wanted = np.log2(x.astype(np.float64))
        error = np.abs(kernels.apply_steps(x, [LOG2]) - wanted) / np.maximum(least, np.abs(wanted))
        assert error.max() < (1.5e-7 if least == 1.0 else 3e-7)


def test_exp2() -> None:
    """exp2 errs by at most 1.5e-7 in proportion, over the whole range of float32."""
    y = np.random.default_rng(1).uniform(-125, 127, 900_000).astype(np.float32).reshape(3, 1, -1)
    made = kernels.apply_steps(y, [EXP2]).astype(np.float64)
    assert np.abs(made / 2.0 ** y.astype(np.float64) - 1).max() < 1.5e-7
