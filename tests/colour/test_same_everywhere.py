"""Colour numbers do not depend on the processor: a frame's bytes hang on them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from functions.colour.camera.chromatic import inverse, product

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
from functions.colour.camera.to_aces import camera_to_aces
from functions.contract.camera import Calibration, CameraRecord
warm = ((1.06, -0.44, -0.03), (-0.42, 1.24, 0.20), (-0.04, 0.14, 0.58))
cold = ((0.96, -0.34, -0.10), (-0.46, 1.28, 0.20), (-0.08, 0.20, 0.60))
for step in range(60):
    for forward in (None, cold):
        camera = CameraRecord(
            as_shot_neutral=(0.4 + step / 150, 1.0, 0.8 - step / 151),
            analog_balance=(1.1, 1.0, 0.9),
            calibrations=(
                Calibration(illuminant=17, color_matrix=warm),
                Calibration(illuminant=21, color_matrix=cold, forward_matrix=forward),
            ),
        )
        print(camera_to_aces(camera))
"""


def test_same_on_every_processor() -> None:
    """Gains and matrices have the same last bit whichever kernels BLAS would choose."""
    answers = set()
    for kernels in ("Nehalem", "Haswell", "SkylakeX"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env={**os.environ, "OPENBLAS_CORETYPE": kernels},
            capture_output=True,
            text=True,
            check=True,
        )
        answers.add(done.stdout)
    assert len(answers) == 1
    assert answers.pop().count("Development") == 120


@pytest.mark.parametrize("seed", range(5))
def test_own_algebra(seed: int) -> None:
    """Products and inverses are NumPy's, to rounding."""
    random = np.random.default_rng(seed)
    a, b, c = random.normal(0, 1, (3, 3, 3))
    vector = random.normal(0, 1, 3)
    np.testing.assert_allclose(product(a, b, c), a @ b @ c, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(product(a, b, vector), a @ b @ vector, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(inverse(a), np.linalg.inv(a), rtol=1e-9, atol=1e-9)
