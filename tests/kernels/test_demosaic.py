"""`kernels.demosaic` against its plain twins and against an independent library."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernels
from tests import naive

PATTERNS = tuple(naive.RED)
METHODS = ("draft", "fast", "best")
# Odd, even, smaller than any filter's reach, one vector and a bit, more than two tiles.
SHAPES = ((2, 2), (2, 3), (3, 2), (5, 4), (17, 9), (24, 33), (31, 64), (3, 2101), (26, 2055))


def picture(shape: tuple[int, ...], seed: int = 0) -> np.ndarray[Any, Any]:
    """Smooth shapes with edges and noise, partly below zero and above one."""
    rng = np.random.default_rng(seed)
    y, x = np.indices(shape)
    smooth = 0.5 + 0.6 * np.sin(x / 3.1) * np.cos(y / 4.7) + 0.3 * (x > shape[1] // 2)
    return (smooth + rng.normal(0, 0.05, shape)).astype(np.float32)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("shape", SHAPES)
def test_equals_its_twin(shape: tuple[int, int], pattern: str, method: str) -> None:
    """Every method gives what its float64 twin gives, at every phase, size and border."""
    cfa = picture(shape)
    made = kernels.demosaic(cfa, pattern, method)
    twin = naive.METHODS[method](cfa, pattern)
    np.testing.assert_allclose(made, twin, rtol=0, atol=3e-5 if method == "best" else 1e-6)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("shape", SHAPES)
def test_coded_light_equals_its_twin(shape: tuple[int, int], pattern: str) -> None:
    """Coded numbers are worked on as they are, as the twin without a curve does."""
    cfa = picture(shape)
    made = kernels.demosaic(cfa, pattern, "best", "coded")
    np.testing.assert_allclose(made, naive.best(cfa, pattern, "coded"), rtol=0, atol=3e-5)


@pytest.mark.parametrize("method", ["draft", "fast"])
def test_light_is_for_best_alone(method: str) -> None:
    """The filters are the same sums in every light."""
    cfa = picture((20, 31))
    both = [kernels.demosaic(cfa, "RGGB", method, light) for light in ("linear", "coded")]
    assert both[0].tobytes() == both[1].tobytes()


@pytest.mark.parametrize("method", METHODS)
def test_uint16_is_read_as_its_numbers(method: str) -> None:
    """A uint16 picture gives what the same numbers give as float32."""
    cfa = np.random.default_rng(1).integers(0, 65536, (21, 47)).astype(np.uint16)
    one = kernels.demosaic(cfa, "GRBG", method)
    assert np.array_equal(one, kernels.demosaic(cfa.astype(np.float32), "GRBG", method))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_uniform_coloured_patch_is_exact_to_the_border(pattern: str, method: str) -> None:
    """A flat colour comes back as that colour in every pixel, border and corners included."""
    colour = np.array([0.7, 0.25, 0.4], np.float32)
    cfa = np.full((13, 19), colour[1], np.float32)
    row, column = naive.RED[pattern]
    cfa[row::2, column::2] = colour[0]
    cfa[1 - row :: 2, 1 - column :: 2] = colour[2]
    made = kernels.demosaic(cfa, pattern, method)
    np.testing.assert_allclose(made, np.broadcast_to(colour, made.shape), rtol=2e-6)


@pytest.mark.parametrize("level", [-0.05, 0.0, 1e-6, 0.003, 0.18, 1.0, 12.5])
def test_a_constant_mosaic_is_a_constant_picture(level: float) -> None:
    """Below black, at it, in the shadows and above white, far within a half's last place."""
    cfa = np.full((30, 70), level, np.float32)
    cfa[:, :20] = 1.0
    made = kernels.demosaic(cfa, "GRBG")[:, 32:]
    np.testing.assert_allclose(made, level, rtol=2e-6, atol=1e-9)


@pytest.mark.parametrize(("level", "sigma"), [(0.01, 0.01), (0.01, 0.02), (0.03, 0.02)])
def test_noise_darkens_no_shadow(level: float, sigma: float) -> None:
    """A dark surface keeps its mean and its hue in noise as large as its light."""
    cfa = np.full((400, 600), level, np.float32)
    cfa[:, :60] = 0.9
    cfa += np.random.default_rng(4).normal(0, sigma, cfa.shape).astype(np.float32)
    mean = kernels.demosaic(cfa, "RGGB")[:, 100:].mean((0, 1))
    assert mean == pytest.approx(cfa[:, 100:].mean(), rel=0.05)


@pytest.mark.parametrize("method", METHODS)
def test_scale_does_not_change_the_picture(method: str) -> None:
    """The same light on another scale gives the same result: nothing is tied to a level."""
    cfa = picture((40, 60)) + 1
    one = kernels.demosaic(cfa, "RGGB", method)
    for factor in (1 / 255, 3.7, 1024):
        scaled = kernels.demosaic((cfa * factor).astype(np.float32), "RGGB", method)
        assert np.allclose(scaled, one * factor, rtol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_known_samples_stay(method: str) -> None:
    """A site keeps the sample that it measured, to the bit."""
    cfa = picture((11, 14))
    made = kernels.demosaic(cfa, "BGGR", method)
    assert np.array_equal(made[0::2, 0::2, 2], cfa[0::2, 0::2])
    assert np.array_equal(made[0::2, 1::2, 1], cfa[0::2, 1::2])
    assert np.array_equal(made[1::2, 0::2, 1], cfa[1::2, 0::2])
    assert np.array_equal(made[1::2, 1::2, 0], cfa[1::2, 1::2])


@pytest.mark.parametrize("method", METHODS)
def test_nan_stays_near(method: str) -> None:
    """A NaN sample shows at its own place and spoils nothing farther than the method's reach."""
    cfa = picture((60, 64))
    clean = kernels.demosaic(cfa, "RGGB", method)
    cfa[30, 30] = np.nan
    made = kernels.demosaic(cfa, "RGGB", method)
    assert np.isnan(made[30, 30]).any()
    far = np.ones(cfa.shape, bool)
    far[18:43, 18:43] = False
    assert np.array_equal(made[far], clean[far])


@pytest.mark.parametrize("method", METHODS)
def test_bands_in_threads_make_the_same_bytes(method: str) -> None:
    """Bands of any height, worked on at once, make the bytes of one call."""
    cfa = picture((67, 2100), seed=3)
    whole = kernels.demosaic(cfa, "GBRG", method)
    parts = np.zeros_like(whole)
    cuts = [0, 1, 14, 15, 40, 67]
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda band: kernels.demosaic(cfa, "GBRG", method, out=parts, rows=band),
                pairwise(cuts),
            )
        )
    assert whole.tobytes() == parts.tobytes()


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(2, 40),
    width=st.integers(2, 70),
    pattern=st.sampled_from(PATTERNS),
    method=st.sampled_from(METHODS),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_picture_equals_its_twin(
    height: int, width: int, pattern: str, method: str, seed: int
) -> None:
    """Pictures of any size and noise agree with the twin in nearly every pixel, and in mean."""
    cfa = np.random.default_rng(seed).normal(0.3, 0.4, (height, width)).astype(np.float32)
    error = np.abs(kernels.demosaic(cfa, pattern, method) - naive.METHODS[method](cfa, pattern))
    # `best` divides energies: where all of them all but vanish float32 may tip the balance.
    assert np.quantile(error, 0.99) < 1e-4 and error.mean() < 1e-4


@pytest.mark.parametrize("pattern", PATTERNS)
def test_fast_is_malvar_as_colour_demosaicing_has_it(pattern: str) -> None:
    """Away from the border, `fast` and `draft` are colour-demosaicing's Malvar and bilinear."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import colour_demosaicing as cd

        cfa = picture((41, 50))
        malvar = cd.demosaicing_CFA_Bayer_Malvar2004(cfa, pattern)
        bilinear = cd.demosaicing_CFA_Bayer_bilinear(cfa, pattern)
    inner = (slice(4, -4), slice(4, -4))
    np.testing.assert_allclose(
        kernels.demosaic(cfa, pattern, "fast")[inner], malvar[inner], atol=1e-6
    )
    np.testing.assert_allclose(
        kernels.demosaic(cfa, pattern, "draft")[inner], bilinear[inner], atol=1e-6
    )


def test_lighthouse(shared_data: Path) -> None:
    """The published Malvar and bilinear results of the Lighthouse picture come back."""
    import OpenEXR

    folder = shared_data / "truth" / "lighthouse"
    if not folder.is_dir():
        pytest.skip("no Lighthouse set")

    def read(name: str) -> Any:
        with OpenEXR.File(str(folder / name)) as file:
            channels = file.channels()
            return np.array(next(iter(channels.values())).pixels, np.float32)

    cfa = read("Lighthouse_CFA_RGGB.exr")
    cfa = np.ascontiguousarray(cfa if cfa.ndim == 2 else cfa[..., 0])
    for method, name in (("fast", "Malvar2004"), ("draft", "Bilinear")):
        theirs = read(f"Lighthouse_{name}_RGGB.exr")
        ours = kernels.demosaic(cfa, "RGGB", method)
        assert np.abs(ours - theirs)[8:-8, 8:-8].max() < 2e-3


BAD: list[tuple[Any, ...]] = [
    (np.zeros((4, 4), np.float64), "RGGB", "fast"),
    (np.zeros((4, 4, 1), np.float32), "RGGB", "fast"),
    (np.zeros((1, 4), np.float32), "RGGB", "fast"),
    (np.zeros((4, 8), np.float32)[:, ::2], "RGGB", "fast"),
    (np.zeros((4, 4), ">u2"), "RGGB", "fast"),
    (np.zeros((4, 4), np.float32), "RGBG", "fast"),
    (np.zeros((4, 4), np.float32), "RGGB", "finest"),
    (np.zeros((4, 4), np.float32), "RGGB", "best", "gamma"),
    (np.zeros((4, 4), np.float32), "RGGB", "fast", "linear", np.zeros((4, 4, 3), np.float64)),
    (np.zeros((4, 4), np.float32), "RGGB", "fast", "linear", np.zeros((3, 4, 4), np.float32)),
]


@pytest.mark.parametrize("arguments", BAD)
def test_what_the_loops_cannot_read_is_refused(arguments: tuple[Any, ...]) -> None:
    """A wrong dtype, shape, layout, pattern, method or target is a ValueError."""
    with pytest.raises(ValueError, match=r".+"):
        kernels.demosaic(*arguments)
