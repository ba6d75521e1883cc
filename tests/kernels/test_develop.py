"""`kernels.develop` and its linear and monochrome sisters against their twin."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import kernels
from tests import naive

MATRIX = np.array([[1.6, -0.5, -0.1], [-0.2, 1.4, -0.2], [0.05, -0.6, 1.55]])
BLACK = [256.0, 250.5, 260.0, 255.0]
GAINS = [2.1, 1.0, 1.02, 1.6]
METHODS = ("draft", "fast", "best")


def frame(shape: tuple[int, int], seed: int = 0, top: int = 4000) -> np.ndarray[Any, Any]:
    """A smooth raw frame of 12 bits with noise around black, clipped at `top`."""
    rng = np.random.default_rng(seed)
    y, x = np.indices(shape)
    level = 256 + 2500 * (0.5 + 0.5 * np.sin(x / 9 + y / 13)) ** 2 + rng.normal(0, 12, shape)
    return np.clip(level, 0, top).astype(np.uint16)


def close_in_half(made: Any, twin: Any, float_error: float = 3e-5) -> None:
    """Within one rounding to half and the float32 of the loops."""
    assert made.dtype == np.float16
    wide = made.astype(np.float64)
    step = np.maximum(np.abs(twin) * 2.0**-10, 2.0**-24)
    assert np.nanmax(np.abs(wide - twin) - step) <= float_error


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pattern", tuple(naive.RED))
@pytest.mark.parametrize("shape", [(2, 2), (9, 7), (40, 70), (33, 2057)])
def test_equals_its_twin(shape: tuple[int, int], pattern: str, method: str) -> None:
    """Levels, gains, demosaic, matrix and half are those of the float64 twin."""
    cfa = frame(shape)
    made = kernels.develop(
        cfa, pattern, black=BLACK, white=4095, gains=GAINS, matrix=MATRIX, method=method
    )
    close_in_half(made, naive.develop(cfa, pattern, BLACK, 4095, GAINS, MATRIX, method))


@pytest.mark.parametrize("highlights", ["repair", "keep", "clip"])
def test_highlights_equal_their_twin(highlights: Any) -> None:
    """Frames that clip in parts agree with the twin, with the treatment and without."""
    cfa = np.clip(frame((64, 90), top=65535).astype(np.int64) * 2, 0, 4095).astype(np.uint16)
    made = kernels.develop(
        cfa, "GRBG", black=256, white=4095, gains=GAINS, matrix=MATRIX, method="fast",
        highlights=highlights,
    )  # fmt: skip
    twin = naive.develop(cfa, "GRBG", 256, 4095, GAINS, MATRIX, "fast", highlights)
    close_in_half(made, twin, 1e-4)


def exposed(level: float, light: tuple[float, float, float], highlights: Any) -> Any:
    """The middle pixel of a flat surface that reflects `light` after white balance."""
    gains = {"r": 2.0, "g": 1.0, "b": 1.5}
    cfa = np.empty((16, 16), np.float32)
    sensor = [min(level * c / gains[k], 1.0) for c, k in zip(light, "rgb", strict=True)]
    cfa[0::2, 0::2], cfa[1::2, 1::2] = sensor[0], sensor[2]
    cfa[0::2, 1::2] = cfa[1::2, 0::2] = sensor[1]
    made = kernels.develop(
        cfa, "RGGB", black=0, white=1, gains=[2, 1, 1, 1.5], matrix=np.eye(3),
        highlights=highlights,
    )  # fmt: skip
    return made[:, 8, 8].astype(np.float64)


@pytest.mark.parametrize("level", [0.2, 0.89, 0.95, 1.0, 1.2, 1.45, 1.5, 1.7, 1.95, 2.0, 3.0])
def test_a_neutral_surface_stays_neutral_however_it_clips(level: float) -> None:
    """From no clipped channel to all of them, grey comes out without magenta."""
    rgb = exposed(level, (1, 1, 1), "repair")
    assert np.ptp(rgb) <= 0.03 * rgb.max()


def test_all_channels_clipped_is_the_brightest_neutral() -> None:
    """Where every channel clips the result is neutral at the highest gain."""
    assert exposed(10, (1, 1, 1), "repair").tolist() == [2.0, 2.0, 2.0]


def test_keep_leaves_clipped_values_alone() -> None:
    """The treatment can be turned off: clipped values are the gains."""
    assert exposed(10, (1, 1, 1), "keep").tolist() == [2.0, 1.0, 1.5]


@pytest.mark.parametrize("level", [0.96, 0.98, 0.99])
def test_an_unclipped_magenta_keeps_its_colour(level: float) -> None:
    """A green that comes close to white and does not clip is a measurement."""
    light = (1.9, level, 1.4)
    assert exposed(1.0, light, "repair").tolist() == exposed(1.0, light, "keep").tolist()


def test_clip_ends_every_channel_where_the_first_one_clips() -> None:
    """With "clip" a clipped surface is neutral at 1, and what is below stays as it is."""
    assert exposed(10, (1, 1, 1), "clip").tolist() == [1.0, 1.0, 1.0]
    light = (1.9, 0.4, 0.9)
    kept, cut = exposed(1.0, light, "keep"), exposed(1.0, light, "clip")
    assert cut.tolist() == [1.0, kept[1], kept[2]]


def test_the_clip_point_may_lie_above_white() -> None:
    """A sensor that clips at 1.2 of its white is repaired there and nowhere below."""

    def flat(sample: float, clip_point: float) -> Any:
        cfa = np.empty((16, 16), np.float32)
        cfa[0::2, 0::2], cfa[1::2, 1::2] = 0.9, 0.9
        cfa[0::2, 1::2] = cfa[1::2, 0::2] = sample
        made = kernels.develop(
            cfa, "RGGB", black=0, white=1, gains=[2, 1, 1, 1.5], matrix=np.eye(3),
            clip_point=clip_point,
        )  # fmt: skip
        return made[1, 8, 8]

    assert flat(1.2, 1.2) == np.float16(1.35)
    assert flat(1.1, 1.2) == np.float16(1.1)


def test_a_coloured_light_keeps_its_colour() -> None:
    """An orange light whose red and green clip is not bleached: blue is low and vetoes."""
    light = (1.0, 0.6, 0.05)
    assert exposed(2.5, light, "repair").tolist() == exposed(2.5, light, "keep").tolist()


def test_below_the_knee_nothing_changes() -> None:
    """A frame under 0.99 of white has the same bytes with the treatment and without."""
    cfa = frame((30, 600), top=256 + int(0.99 * (4095 - 256)))
    both = [
        kernels.develop(
            cfa, "RGGB", black=256, white=4095, gains=GAINS, matrix=MATRIX, highlights=choice
        )
        for choice in ("repair", "keep")
    ]
    assert both[0].tobytes() == both[1].tobytes()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "crop", [(0, 0, 5, 5), (3, 2, 40, 21), (500, 1, 1700, 30), (2047, 7, 2, 2)]
)
def test_a_crop_has_the_bytes_of_the_whole(crop: tuple[int, int, int, int], method: str) -> None:
    """A crop's border is made from the picture around it, not from a mirror."""
    cfa = frame((40, 2200))
    options: dict[str, Any] = {
        "black": 256, "white": 4095, "gains": GAINS, "matrix": MATRIX, "method": method,
    }  # fmt: skip
    x, y, w, h = crop
    whole = kernels.develop(cfa, "BGGR", **options)[:, y : y + h, x : x + w]
    assert kernels.develop(cfa, "BGGR", crop=crop, **options).tobytes() == whole.tobytes()


def test_bands_in_threads_make_the_same_bytes() -> None:
    """Bands of a crop, worked on at once into a strided target, make the bytes of one call."""
    cfa = frame((61, 700), top=65535)
    options: dict[str, Any] = {
        "black": 256, "white": 2500, "gains": GAINS, "matrix": MATRIX, "crop": (5, 3, 650, 50),
    }  # fmt: skip
    whole = kernels.develop(cfa, "RGGB", **options)
    room = np.zeros((3, 50, 656), np.float16)
    with ThreadPoolExecutor(3) as pool:
        bands = [(0, 7), (7, 30), (30, 50)]
        list(
            pool.map(
                lambda rows: kernels.develop(
                    cfa, "RGGB", rows=rows, out=room[:, :, :650], **options
                ),
                bands,
            )
        )
    assert np.array_equal(room[:, :, :650], whole)
    assert not room[:, :, 650:].any()


def test_noise_below_black_stays_negative() -> None:
    """Samples below black come out negative: clipping them would lift the shadows."""
    cfa = np.full((6, 6), 200, np.uint16)
    made = kernels.develop(cfa, "RGGB", black=256, white=1256, gains=1, matrix=np.eye(3))
    np.testing.assert_allclose(made.astype(float), -0.056, rtol=1e-3)


def test_past_the_largest_half_is_the_largest_half() -> None:
    """What half cannot hold becomes +-65504, and NaN stays NaN."""
    cfa = np.full((4, 40), 1e9, np.float32)
    cfa[:, 20:] *= -1
    options: dict[str, Any] = {"black": 0, "white": 1, "gains": 1, "matrix": np.eye(3)}
    made = kernels.develop(cfa, "RGGB", method="draft", highlights="keep", **options)
    assert made.max() == 65504 and made.min() == -65504
    cfa[:] = np.nan
    assert np.isnan(kernels.develop(cfa, "RGGB", **options)).all()


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (20, 2090)])
def test_linear_rgb_equals_its_twin(shape: tuple[int, int], dtype: Any) -> None:
    """LinearRaw goes through the same levels, highlights, matrix and half."""
    rng = np.random.default_rng(5)
    rgb = rng.integers(0, 4096, (*shape, 3)).astype(dtype)
    black, gains = np.array([256.0, 250, 260]), np.array([2.0, 1.0, 1.5])
    made = kernels.develop_linear(rgb, black=black, white=4095, gains=gains, matrix=MATRIX)
    twin = naive.finish((rgb - black) / (4095 - black) * gains, gains, MATRIX, "repair")
    close_in_half(made, twin)


def test_mono_is_three_equal_planes() -> None:
    """A monochrome frame gives its own value in each plane."""
    samples = frame((9, 31))
    made = kernels.develop_mono(samples, black=256, white=4095)
    close_in_half(made, np.stack([(samples - 256.0) / 3839] * 3))


BAD: list[dict[str, Any]] = [
    {"white": 100},
    {"gains": [1, 1, 1]},
    {"gains": 0},
    {"black": np.nan},
    {"matrix": np.eye(4)},
    {"crop": (0, 0, 9, 4)},
    {"rows": (3, 9)},
    {"highlights": "magenta"},
    {"method": "superb"},
    {"out": np.zeros((3, 8, 8), np.float64)},
    {"out": np.zeros((8, 8, 3), np.float16).transpose(2, 0, 1)},
]


@pytest.mark.parametrize("wrong", BAD)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    """A level, gain, matrix, crop, band, choice or target that makes no sense is a ValueError."""
    options: dict[str, Any] = {"black": 256, "white": 4095, "gains": 1, "matrix": np.eye(3)}
    with pytest.raises(ValueError, match=r".+"):
        kernels.develop(frame((8, 8)), "RGGB", **(options | wrong))


FLOATS: dict[str, Any] = {"black": BLACK, "white": 4095, "gains": GAINS, "matrix": MATRIX}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("highlights", ["repair", "keep", "clip"])
@pytest.mark.parametrize("shape", [(2, 2), (33, 47), (31, 2057)])
def test_floats_equal_the_twin_and_round_to_the_halves(
    shape: tuple[int, int], highlights: Any, method: Any
) -> None:
    """Floats are the float64 twin's numbers to the loops' float32; halves are they, rounded."""
    # `best` measures noise, of which a frame that clips in places shows the twin another.
    times = 1 if method == "best" else 2
    cfa = np.clip(frame(shape, top=65535).astype(np.int64) * times, 0, 4095).astype(np.uint16)
    options = {**FLOATS, "method": method, "highlights": highlights}
    made = kernels.develop(cfa, "GRBG", **options, out=np.empty((3, *shape), np.float32))
    assert made.dtype == np.float32
    twin = naive.develop(cfa, "GRBG", BLACK, 4095, GAINS, MATRIX, method, highlights)
    # The knee of "repair" is as steep as 1 / 0.007: it multiplies what float32 has rounded.
    assert np.abs(made - twin).max() <= (2e-4 if highlights == "repair" else 3e-5)
    half = kernels.develop(cfa, "GRBG", **options)
    near = np.nextafter(half, np.float16(np.inf)) - np.nextafter(half, np.float16(-np.inf))
    assert (np.abs(made - half.astype(np.float32)) <= near.astype(np.float32) / 2).all()
    assert (made.astype(np.float16) == half).mean() > 0.999


@pytest.mark.parametrize("method", METHODS)
def test_floats_of_a_crop_and_of_bands_are_those_of_the_whole(method: Any) -> None:
    """Nothing outside the band is written, and what is written has the whole's bytes."""
    cfa = frame((50, 2100))
    whole = kernels.develop(
        cfa, "RGGB", **FLOATS, method=method, out=np.empty((3, 50, 2100), np.float32)
    )
    crop, out = (5, 3, 2080, 40), np.full((3, 40, 2080), np.float32(-7))
    kernels.develop(cfa, "RGGB", **FLOATS, method=method, crop=crop, rows=(11, 25), out=out)
    assert (out[:, :11] == -7).all()
    assert (out[:, 25:] == -7).all()
    assert out[:, 11:25].tobytes() == whole[:, 14:28, 5:2085].tobytes()


@pytest.mark.parametrize("channels", [1, 3])
def test_floats_of_linear_pictures_are_their_formula(channels: int) -> None:
    """(sample - black) / (white - black) * gain, then the matrix, to the bit of float32."""
    rng = np.random.default_rng(3)
    samples = rng.integers(0, 3000, (20, 31, channels)).astype(np.uint16)
    out = np.full((3, 10, 12), np.float32(-7))
    run: Any = kernels.develop_linear if channels == 3 else kernels.develop_mono
    run(samples if channels == 3 else samples[..., 0], black=100, white=4095, gains=1.5,
        matrix=MATRIX, crop=(4, 5, 12, 10), rows=(2, 9), out=out)  # fmt: skip
    light = (samples[7:14, 4:16].astype(np.float64) - 100) / 3995 * 1.5
    wanted = np.einsum("ij,yxj->iyx", MATRIX, np.broadcast_to(light, (7, 12, 3)))
    assert np.abs(out[:, 2:9] - wanted).max() <= 4e-7
    assert (np.delete(out, np.s_[2:9], axis=1) == -7).all()
