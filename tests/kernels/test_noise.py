"""`kernels.noise`: what `best` finds out about a mosaic before it works on it."""

from __future__ import annotations

import numpy as np
import pytest

from kernels.noise import level_of_noise, level_of_white
from tests import naive

ONES = np.ones(4)


def scene(sigma: float, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Slopes and a few edges, four levels of the 2x2 cell apart, with noise."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((300, 500))
    light = 0.2 + x / 2000 + y / 3000 + 0.3 * (np.hypot(x - 250, y - 150) < 90)
    light *= np.array([[1.0, 0.8], [0.8, 0.5]])[y % 2, x % 2]
    return (light + rng.normal(0, sigma, light.shape)).astype(np.float32)


@pytest.mark.parametrize("sigma", [0.002, 0.01, 0.03])
def test_noise_is_found_whatever_the_scene(sigma: float) -> None:
    """Slopes, edges and colours do not count; the noise that was added comes back, a fifth off."""
    assert level_of_noise(scene(sigma), ONES) == pytest.approx(sigma, rel=0.25)


def test_clipped_light_is_not_quiet() -> None:
    """A blown sky and crushed shadows have no noise, and do not hide that of the rest."""
    cfa = scene(0.01)
    cfa[:120] += 2.0
    cfa[200:, 250:] -= 2.0
    assert level_of_noise(np.clip(cfa, 0, 1), ONES) == pytest.approx(0.01, rel=0.25)


def test_a_clean_scene_has_none() -> None:
    """Without noise the answer is far below what any picture shows."""
    assert level_of_noise(scene(0.0), ONES) < 1e-4


def test_a_site_counts_with_its_own_scale() -> None:
    """Levels and gains of each site are those of the samples that the kernel makes of it."""
    scales = np.array([2.0, 0.5, 1.5, 3.0])
    scaled = scene(0.01) * scales.reshape(2, 2)[np.indices((300, 500))[0] % 2, np.arange(500) % 2]
    found = level_of_noise(scene(0.01), scales)
    assert found == pytest.approx(level_of_noise(scaled.astype(np.float32), ONES), rel=1e-4)


@pytest.mark.parametrize("shape", [(2, 2), (2, 19), (2, 20), (31, 33), (300, 500), (2000, 33)])
def test_equals_its_twin(shape: tuple[int, int]) -> None:
    """Any size gives what the plain loops of the twin give."""
    cfa = np.random.default_rng(5).normal(0.4, 0.1, shape).astype(np.float32)
    assert level_of_noise(cfa, ONES) == pytest.approx(naive.noise(cfa), rel=1e-5)


def test_broken_samples_say_nothing() -> None:
    """Hot, dead, missing and absurd samples change neither white nor noise by much."""
    cfa = scene(0.01)
    clean = level_of_white(cfa), level_of_noise(cfa, ONES)
    cfa[10, 20], cfa[100, 7], cfa[250, 300] = 1e6, -1.0, np.nan
    cfa[0, 5], cfa[9, 8] = np.inf, 3e38
    assert level_of_white(cfa) == pytest.approx(clean[0], rel=0.05)
    assert level_of_noise(cfa, ONES) == pytest.approx(clean[1], rel=0.1)


def test_white_of_a_picture_without_light() -> None:
    """Darkness, noise below black and missing samples have a white to count by."""
    for value in (0.0, -3.0, np.nan):
        assert level_of_white(np.full((6, 9), value, np.float32)) == 1.0
