"""VC-5 against a plain twin that knows nothing of the kernel but its codebook."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.video.vc5 import Band, vc5_mosaic, vc5_plane
from kernels.video.vc5_codebook import code_words
from tests.kernels import vc5_twin as twin


def sizes(width: int, height: int) -> list[tuple[int, int]]:
    """(rows, columns) of the three levels, coarsest first."""
    return [(-(-height // n), -(-width // n)) for n in (8, 4, 2)]


def random_bands(rng: Any, width: int, height: int, busy: float) -> tuple[Any, list[Any]]:
    """A low band and nine of levels, of which `busy` are not zero."""
    shapes = sizes(width, height)
    low = rng.integers(0, 65536, shapes[0])
    highs = []
    for shape in shapes:
        for _ in range(3):
            level = rng.integers(-255, 256, shape) // rng.integers(1, 30)
            highs.append(np.where(rng.random(shape) < busy, level, 0))
    return low, highs


def coded_bands(low: Any, highs: list[Any], quantisers: list[int]) -> list[Band]:
    coded = [Band(twin.coded(high), 16, q) for high, q in zip(highs, quantisers, strict=True)]
    return [Band(twin.coded_low(low)), *coded]


def test_the_code_is_whole_and_known() -> None:
    """Code words fill the space of codes, have every magnitude once, and are those published."""
    words = code_words()
    assert sum(1 << (26 - length) for length, *_ in words) == 1 << 26
    assert sorted(m for _, run, m in words if run == 1) == list(range(256))
    assert twin.RUNS == [320, 180, 100, 60, 32, 20, 12, 1]
    published = {(1, 1): 0x2, (1, 2): 0x7, (1, 3): 0x19, (12, 0): 0x69, (32, 0): 0x18A,
                 (1, 226): 0x188A5F7, (1, 116): 0x3114BA2, (0, 0): 0x3114BA3}  # fmt: skip
    found = {symbol: int(text, 2) for text, symbol in twin.WORDS.items()}
    assert {symbol: found[symbol] for symbol in published} == published


@given(
    width=st.integers(17, 70),
    height=st.integers(17, 40),
    seed=st.integers(0, 1 << 20),
    busy=st.sampled_from([0.0, 0.02, 0.3, 1.0]),
    scaled=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
@settings(deadline=None, max_examples=40)
def test_planes_are_the_twins(
    width: int, height: int, seed: int, busy: float, scaled: tuple[bool, bool, bool]
) -> None:
    """Any bands, of odd sizes too, with values that are cut to 16 and 14 bits."""
    rng = np.random.default_rng(seed)
    low, highs = random_bands(rng, width, height, busy)
    quantisers = rng.choice([1, 12, 24, 144, 32767], 9).tolist()
    bands = coded_bands(low, highs, quantisers)
    read = [twin.read_band(bytes(b.data), h.size) for b, h in zip(bands[1:], highs, strict=True)]
    parts = [
        twin.values(levels, q).reshape(high.shape)
        for levels, q, high in zip(read, quantisers, highs, strict=True)
    ]
    signed = low.astype(np.uint16).view(np.int16).astype(np.int64)
    expected = twin.plane_of(signed, parts, width, height, scaled)
    made = vc5_plane(bands, width, height, scaled)
    np.testing.assert_array_equal(made.view(np.int16), expected)


@pytest.mark.parametrize("size", [(24, 24), (64, 40), (88, 32)])
def test_small_details_come_back_as_they_were(size: tuple[int, int]) -> None:
    """What the wavelet makes of a dark, quiet plane is undone to the last bit."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    plane = (20 + 0.9 * x + 0.6 * y).astype(int) + rng.integers(0, 2, y.shape)
    low, highs = twin.bands_of(plane, 1, (False, False, False))
    assert max(abs(high).max() for high in highs) <= 27  # none that companding makes coarser
    made = vc5_plane(coded_bands(low, highs, [1] * 9), *size, (False, False, False))
    np.testing.assert_array_equal(made, plane)


@pytest.mark.parametrize(("pattern", "bits"), [("RGGB", 14), ("RGGB", 12), ("GBRG", 12)])
def test_mosaics_are_the_twins(pattern: Any, bits: int) -> None:
    """Sums and differences go to their sites, also those past either end of the curve."""
    planes = np.random.default_rng(3).integers(0, 4700, (4, 21, 35)).astype(np.uint16)
    made = vc5_mosaic(list(planes), pattern, bits)
    np.testing.assert_array_equal(made, twin.mosaic_of(planes, pattern, bits))


def test_any_changed_length_is_an_error() -> None:
    """A band that is longer, shorter, or holds too few or too many coefficients does not decode."""
    rng = np.random.default_rng(5)
    low, highs = random_bands(rng, 40, 40, 0.2)
    bands = coded_bands(low, highs, [1] * 9)
    vc5_plane(bands, 40, 40, twin.PRESCALE)
    more, fewer = (twin.coded(np.append(highs[4], 0)), twin.coded(highs[4].reshape(-1)[:-1]))
    body = bytes(bands[5].data)
    for wrong in (more, fewer, body[:-4], body + bytes(4), b"", bytes(len(body)), b"\xff" * 64):
        with pytest.raises(ValueError, match="corrupt"):
            vc5_plane([*bands[:5], Band(wrong), *bands[6:]], 40, 40, twin.PRESCALE)
    for wrong in (b"", bytes(bands[0].data)[:-4], bytes(bands[0].data) + bytes(4)):
        with pytest.raises(ValueError, match="low band"):
            vc5_plane([Band(wrong), *bands[1:]], 40, 40, twin.PRESCALE)


def test_noise_for_code_is_an_error_or_a_band() -> None:
    """Random bytes never reach past a band's memory, whatever they say."""
    rng = np.random.default_rng(6)
    low, highs = random_bands(rng, 40, 40, 0.2)
    bands = coded_bands(low, highs, [1] * 9)
    for _ in range(300):
        noise = rng.bytes(4 * int(rng.integers(1, 60)))
        with pytest.raises(ValueError, match="corrupt"):
            vc5_plane([*bands[:9], Band(noise)], 40, 40, twin.PRESCALE)


def test_arguments_that_cannot_be() -> None:
    """Bands, sizes, quantisers, patterns and planes that do not go together are named."""
    plane = np.zeros((20, 20), np.uint16)
    with pytest.raises(ValueError, match="3 bands"):
        vc5_plane([Band(b"")] * 3, 40, 40, twin.PRESCALE)
    with pytest.raises(ValueError, match="16x40"):
        vc5_plane([Band(b"")] * 10, 16, 40, twin.PRESCALE)
    low, highs = twin.bands_of(np.zeros((40, 40)))
    bands = coded_bands(low, highs, [0] * 9)
    with pytest.raises(ValueError, match="quantiser"):
        vc5_plane(bands, 40, 40, twin.PRESCALE)
    for planes, pattern, out in (
        ([plane] * 3, "RGGB", None),
        ([plane] * 4, "BGGR", None),
        ([plane] * 3 + [plane[:-1]], "RGGB", None),
        ([plane.T[::2].T] * 4, "RGGB", None),
        ([plane] * 4, "RGGB", np.zeros((40, 38), np.uint16)),
        ([plane] * 4, "RGGB", np.zeros((80, 40), np.uint16)[::2]),
    ):
        with pytest.raises(ValueError, match=r"plane|out"):
            vc5_mosaic(planes, pattern, 14, out)  # type: ignore[arg-type]
