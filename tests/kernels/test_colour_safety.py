"""No colour kernel touches memory that is not its own; the examples in the docstrings hold."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import kernels

ROOT = Path(__file__).resolve().parents[2]


def test_nothing_behind_an_array_is_touched() -> None:
    """Pictures, tables and targets that end at a forbidden page are read and written whole."""
    command = [sys.executable, "-m", "tests.kernels.guarded"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (found.returncode, found.stdout.strip()) == (0, "untouched"), found.stderr


@pytest.mark.parametrize(
    "name",
    [
        "colour.cdl",
        "colour.curves",
        "colour.lut",
        "colour.matrix",
        "colour.steps",
        "deflate",
        "resample",
        "video.rgb_to_ycbcr",
    ],
)
def test_examples_hold(name: str) -> None:
    """Every public docstring has an example, and what it shows comes out."""
    found = doctest.testmod(importlib.import_module(f"kernels.{name}"))
    assert found.attempted > 0 and found.failed == 0


def test_threads_do_not_share_scratch() -> None:
    """Four threads at once give what one gives."""
    rng = np.random.default_rng(8)
    images = [rng.uniform(0, 1, (3, 90, 333)).astype(np.float32) for _ in range(4)]
    cube = rng.uniform(0, 1, (9, 9, 9, 3))

    def work(image: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> list[bytes]:
        made = [kernels.apply_lut3d(image, cube, "pq"), kernels.resize(image, 200, 61)]
        return [a.tobytes() for a in (*made, *kernels.to_yuv(image, "420"))]

    alone = [work(image) for image in images]
    together: dict[int, list[bytes]] = {}

    def run(number: int) -> None:
        for _ in range(5):
            together[number] = work(images[number])

    threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[n] for n in range(4)] == alone
