"""A table with exact steps where it is wrong, against the table and the steps apart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from kernels.colour.cdl import cdl_step
from kernels.colour.curves import curve_step
from kernels.colour.guarded_lut import guarded_step
from kernels.colour.lut import lut1d_step, lut3d_step
from kernels.colour.matrix import matrix_step
from kernels.colour.steps import Step, apply_steps
from kernels.video.rgb_to_ycbcr import to_yuv

EXACT: list[Step] = [
    curve_step("logc3", "decode"),
    matrix_step([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.0, 0.1, 0.9]]),
    lut1d_step(np.linspace(0, 1, 64) ** 0.5, (0.0, 40.0)),
    cdl_step(power=1.1, saturation=0.9),
]


def table(size: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(size).uniform(0, 1, (size, size, size, 3)).astype(np.float32)


def picture(height: int, width: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    rng = np.random.default_rng(height * width)
    return rng.uniform(-0.2, 1.2, (3, height, width)).astype(np.float32)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (3, 17), (2, 512), (5, 1301)])
def test_each_pixel_takes_its_way(share: float, shape: tuple[int, int]) -> None:
    """Marked eighths, and what lies beside the table, are exact; the others are the table's."""
    size, domain = 9, (-0.05, 1.1)
    wrong = np.random.default_rng(1).uniform(0, 1, (2 * size - 2,) * 3) < share
    image = picture(*shape)
    made = apply_steps(image, [guarded_step(table(size), wrong, EXACT, domain)])
    place = (image - domain[0]) / (domain[1] - domain[0]) * (size - 1)
    half = np.clip(np.floor(2 * place), 0, 2 * size - 3).astype(int)
    outside = ((place < 0) | (place > size - 1)).any(0)
    takes = wrong[half[0], half[1], half[2]] | outside
    plain = apply_steps(image, [lut3d_step(table(size), domain)])
    exact = apply_steps(image, EXACT)
    # A pixel on the border of two eighths may be counted to either, as float32 has it.
    edge = (np.abs(2 * place - np.round(2 * place)) < 2e-4).any(0)
    right = (made == np.where(takes, exact, plain)).all(0)
    assert right[~edge].all()
    either = ((made == exact) | (made == plain)).all(0)
    assert either.all()


@pytest.mark.parametrize("shape", [(1, 1), (2, 513), (3, 1301)])
def test_one_inside_another(shape: tuple[int, int]) -> None:
    """Marked eighths take the finer table, whose marked cells, and what is beside it, are exact."""
    rng, image = np.random.default_rng(4), picture(*shape)
    coarse_wrong, fine_wrong = rng.random((16,) * 3) < 0.6, rng.random((16,) * 3) < 0.4
    before = matrix_step(0.9 * np.eye(3), [0.05] * 3)
    finer = guarded_step(table(17), fine_wrong, EXACT)
    made = apply_steps(image, [before, guarded_step(table(9), coarse_wrong, [finer])])
    light = apply_steps(image, [before])
    half = np.clip(np.floor(16 * light), 0, 15).astype(int)
    outside = ((light < 0) | (light > 1)).any(0)
    fine = coarse_wrong[half[0], half[1], half[2]] | outside
    exact = fine & (fine_wrong[half[0], half[1], half[2]] | outside)
    ways = [apply_steps(light, [step]) for step in (lut3d_step(table(9)), lut3d_step(table(17)))]
    wanted = np.where(exact, apply_steps(light, EXACT), np.where(fine, ways[1], ways[0]))
    edge = (np.abs(16 * light - np.round(16 * light)) < 2e-4).any(0)
    assert (made == wanted).all(0)[~edge].all()


def test_between_other_steps() -> None:
    """A guarded step stands anywhere in a list, twice too, and in the encoder's pass."""
    wrong = np.random.default_rng(2).uniform(0, 1, (16, 16, 16)) < 0.3
    guarded = guarded_step(table(9), wrong, EXACT)
    before, after = matrix_step(0.9 * np.eye(3)), matrix_step(0.5 * np.eye(3), [0.1] * 3)
    image = picture(4, 700)
    steps = [before, guarded, after, guarded, after]
    apart = image
    for step in steps:
        apart = apply_steps(apart, [step])
    assert np.array_equal(apply_steps(image, steps), apart)
    for one, other in zip(to_yuv(image, steps=steps), to_yuv(apart), strict=True):
        assert np.array_equal(one, other)


def test_threads_keep_apart() -> None:
    """Threads that run the same step at once do not meet in its room for copies."""
    wrong = np.random.default_rng(3).uniform(0, 1, (16, 16, 16)) < 0.5
    steps = [guarded_step(table(9), wrong, EXACT)]
    images = [picture(40, 601 + number) for number in range(12)]
    alone = [apply_steps(image, steps) for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda image: apply_steps(image, steps), images))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_refused() -> None:
    """Cells of another shape, and guarded steps beside others or too deep inside, are refused."""
    with pytest.raises(ValueError, match="two places between"):
        guarded_step(table(9), np.zeros((9, 9, 9), bool), EXACT)
    inner = guarded_step(table(9), np.zeros((16, 16, 16), bool), EXACT)
    deeper = guarded_step(table(9), np.zeros((8, 8, 8), bool), [inner])
    for exact in ([], [inner, matrix_step(np.eye(3))], [deeper]):
        with pytest.raises(ValueError, match="exact steps are at least one"):
            guarded_step(table(9), np.zeros((16, 16, 16), bool), exact)
