"""Noise of 8-bit outputs: even, of the picture and the place alone, and never a whole code's."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import kernels
from kernels.video.dither import noise_tile
from tests import naive_colour

GOLDEN = 1.32471795724474602596  # x^3 = x + 1


def noise(height: int, width: int, number: int, ahead: int = 0) -> npt.NDArray[np.float64]:
    """The noise of a plane, from the recurrence R2 itself: a tile of 64, moved by the number."""
    y = (np.arange(height)[:, None] + ahead + 29 * number) % 64
    x = (np.arange(width)[None] + 45 * number) % 64
    even = (x / GOLDEN + y / GOLDEN**2) % 1.0
    return (2 * even - 1) * 31 / 64


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (9, 33), (70, 531), (131, 200)])
@pytest.mark.parametrize("subsampling", ["444", "422", "420"])
@pytest.mark.parametrize("number", [0, 7, 1001, -3])
def test_planes_are_their_twin_with_noise(
    subsampling: Any, size: tuple[int, int], number: int
) -> None:
    """Each code is the twin's value plus the recurrence's noise, rounded; ties either way."""
    rng = np.random.default_rng(number + 50)
    rgb = rng.uniform(0, 1, (3, *size)).astype(np.float32)
    made = kernels.to_yuv(rgb, subsampling, bits=8, dither=number)
    exact = naive_colour.yuv(rgb, subsampling, "bt709", 8, False, False)
    for plane, codes, ahead in zip(made, exact, (0, 21, 43), strict=True):
        assert (
            np.abs(plane - codes - noise(codes.shape[0], codes.shape[1], number, ahead)).max()
            < 0.502
        )


def test_a_slow_gradient_has_no_bands() -> None:
    """The mean of 8 pixels by 8 follows a ramp to 1/10 of a code; rounded alone it is 1/2 off."""
    ramp = np.broadcast_to(np.linspace(0.3, 0.31, 1024, dtype=np.float32), (3, 64, 1024))
    ramp = np.ascontiguousarray(ramp)

    def off(**more: int) -> float:
        codes = kernels.to_yuv(ramp, "444", bits=8, **more)[0].astype(float)
        means = codes.reshape(8, 8, 128, 8).mean(axis=(1, 3))
        wanted = (16 + 219 * ramp[0].astype(float)).reshape(8, 8, 128, 8).mean(axis=(1, 3))
        return float(np.abs(means - wanted).max())

    assert off() > 0.45
    assert off(dither=12) < 0.1


def test_whole_codes_stay_whole() -> None:
    """A value within 1/64 of a code is that code: what had 8 bits before keeps them."""
    codes = np.arange(16, 236)
    for miss in (0.0, 0.015, -0.015):
        grey = ((codes - 16 + miss) / 219).astype(np.float32)
        rgb = np.ascontiguousarray(np.broadcast_to(grey, (3, 64, len(codes))))
        y, cb, cr = kernels.to_yuv(rgb, "444", bits=8, dither=5)
        assert np.array_equal(y, np.broadcast_to(codes, y.shape))
        assert set(cb.ravel().tolist()) == set(cr.ravel().tolist()) == {128}


def test_the_noise_is_even() -> None:
    """Of 4096 places each 1/64 of a code value has its share, and neighbours differ."""
    tile = noise_tile()
    counts, _ = np.histogram(tile, 64, (-31 / 64, 31 / 64))
    assert counts.min() >= 58 and counts.max() <= 70
    assert np.abs(np.diff(tile, axis=1)).min() > 0.2


def test_pictures_and_fields_take_their_own() -> None:
    """The same number is the same noise, another is another, and so is the other field."""
    rgb = np.random.default_rng(1).uniform(0, 1, (3, 40, 50)).astype(np.float32)

    def codes(number: int, **more: Any) -> bytes:
        return kernels.to_yuv(rgb, "420", bits=8, dither=number, **more)[0].tobytes()

    assert codes(9) == codes(9)
    assert len({codes(number) for number in range(64)}) == 64
    assert codes(9, field="top") != codes(9, field="bottom")
