"""Half conversion against NumPy, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

import kernels


def interesting() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Every half, the float32 midway to its neighbour, and both sides of that."""
    halves = np.arange(65536, dtype=np.uint16).view(np.float16)
    finite = np.sort(halves[np.isfinite(halves)].astype(np.float32))
    middle = (finite[:-1].astype(np.float64) + finite[1:]) / 2
    middle32 = middle.astype(np.float32)
    edges = np.array([65519.99, 65520, 65520.01, 3e38, np.inf, 1e-8, 1e-45, 0.0], np.float32)
    all_of_them = [finite, middle32, np.nextafter(middle32, np.float32(np.inf))]
    all_of_them += [np.nextafter(middle32, np.float32(-np.inf)), edges, -edges]
    return np.concatenate(all_of_them)


def test_every_rounding_is_numpys() -> None:
    """All halves, all ties and their neighbours, subnormals and overflow round as NumPy rounds."""
    values = interesting()
    with np.errstate(over="ignore"):
        expected = values.astype(np.float16)
    assert np.array_equal(kernels.to_half(values).view(np.uint16), expected.view(np.uint16))


def test_random_bit_patterns() -> None:
    """Two million random float32 bit patterns agree; NaN gives NaN."""
    bits = np.random.default_rng(0).integers(0, 2**32, 2_000_003, dtype=np.uint32)
    values = bits.view(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        expected = values.astype(np.float16)
    made = kernels.to_half(values)
    number = ~np.isnan(values)
    assert np.array_equal(made[number].view(np.uint16), expected[number].view(np.uint16))
    assert np.isnan(made[~number]).all()


@pytest.mark.parametrize("count", [0, 1, 7, 15, 16, 17, 31, 100])
def test_every_length(count: int) -> None:
    """Short and odd lengths are converted whole and nothing behind them is touched."""
    values = np.linspace(-2, 3, count, dtype=np.float32)
    room = np.full(count + 20, 7, np.float16)
    kernels.to_half(values, room[:count])
    assert np.array_equal(room[:count], values.astype(np.float16))
    assert (room[count:] == 7).all()


def test_saturate() -> None:
    """With `saturate` no infinity comes out; NaN still does."""
    values = np.array([1e6, -1e6, np.inf, -np.inf, 65519, np.nan, 0.5], np.float32)
    made = kernels.to_half(values, saturate=True)
    assert made[:5].tolist() == [65504, -65504, 65504, -65504, 65504]
    assert np.isnan(made[5]) and made[6] == 0.5


def test_only_float32_is_taken() -> None:
    """Another dtype or layout is a ValueError."""
    with pytest.raises(ValueError, match="float32"):
        kernels.to_half(np.zeros(4))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="contiguous"):
        kernels.to_half(np.zeros((4, 4), np.float32).T[::2])
