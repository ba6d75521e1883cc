"""Log and display curves against float64 twins, colour-science and OpenColorIO."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import kernels
from kernels.colour.curves import CURVES, logc3_numbers
from tests import naive_colour

# Cut points of every curve, on both sides of the encoding.
CUTS = (0.010591, 0.1496582, 0.01125, 0.1673609, -0.01, -0.0180570, 0.01, 0.181, 0.005, 0.1338836)
CUTS += (0.00262409, 0.02740668, 0.0078125, 0.155251141552511, 2**-15, -0.30136986, 1.46799621)
CUTS += (-0.05641088, 0.2085483, 1 / 12, 0.5, -0.0126, 0.0126, 0.097465473, 0.15277891)
NAMES = sorted(CURVES)
SUBNORMAL = 1e-3


def grid(direction: str) -> npt.NDArray[np.float32]:
    """Negatives, values above 1, and the neighbours of every cut point; (3, 1, n)."""
    cuts = np.array(CUTS, np.float32)
    near = [cuts, np.nextafter(cuts, np.float32(9)), np.nextafter(cuts, np.float32(-9))]
    top = 1.25 if direction == "decode" else 1.5
    values = [*near, np.linspace(-0.25, top, 20_000)]
    if direction == "encode":
        values += [2.0 ** np.linspace(-18, 15, 5000), -(2.0 ** np.linspace(-18, 2, 2000))]
    flat = np.concatenate(values).astype(np.float32)
    return np.resize(flat, (3, 1, len(flat) // 3 + 1))


def half_units(made: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Difference counted in the spacing of halves at that size (of 1e-3 below it)."""
    size = np.clip(np.abs(wanted), SUBNORMAL, 60_000).astype(np.float16)
    units: npt.NDArray[np.float64] = np.abs(made - wanted) / np.spacing(size).astype(np.float64)
    return units


@pytest.mark.parametrize("direction", ["encode", "decode"])
@pytest.mark.parametrize("name", NAMES)
def test_curve_is_its_formula(name: str, direction: str) -> None:
    """Each curve is its published formula to a tenth of half's spacing, at every cut and beyond."""
    values = grid(direction)
    made = kernels.apply_curve(values, name, direction)  # type: ignore[arg-type]
    wanted = naive_colour.curve(name, direction, values)
    assert made.dtype == np.float32
    fits = np.abs(wanted) < 65504
    assert fits.mean() > 0.8
    assert half_units(made, wanted)[fits].max() < 0.1


@pytest.mark.parametrize("name", NAMES)
def test_code_values_are_within_a_tenth_of_16_bits(name: str) -> None:
    """Encoding scene values from 0 to 1 errs by less than a tenth of a 16-bit code value."""
    values = np.linspace(0, 1, 60_000, dtype=np.float32).reshape(3, 10, 2000)
    error = kernels.apply_curve(values, name) - naive_colour.curve(name, "encode", values)
    assert np.abs(error).max() < 0.1 / 65535


@pytest.mark.parametrize("name", NAMES)
def test_round_trip(name: str) -> None:
    """Decoding what was encoded gives the scene value back, negatives included."""
    low = 0.0 if name in ("acescc",) else -0.01
    values = np.linspace(low, 1.0, 3000, dtype=np.float32).reshape(3, 1, 1000)
    back = kernels.apply_curve(kernels.apply_curve(values, name), name, "decode")
    assert np.allclose(back, values, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("name", NAMES)
def test_no_number_stays_no_number(name: str) -> None:
    """NaN comes out as NaN, and nothing beside it is touched."""
    values = np.full((3, 1, 40), 0.18, np.float32)
    values[1, 0, 7] = np.nan
    for direction in ("encode", "decode"):
        made = kernels.apply_curve(values, name, direction)  # type: ignore[arg-type]
        assert np.isnan(made[1, 0, 7]) and np.isnan(made).sum() == 1


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"pq", "acescc"}))
def test_infinity_goes_on(name: str) -> None:
    """+infinity is encoded and decoded as infinity."""
    values = np.full((3, 1, 1), np.inf, np.float32)
    for direction in ("encode", "decode"):
        assert np.isposinf(kernels.apply_curve(values, name, direction)).all()  # type: ignore[arg-type]


def _colour_functions() -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        colour = pytest.importorskip("colour")
    t = colour.models.rgb.transfer_functions
    return {
        "acescc": (t.log_encoding_ACEScc, t.log_decoding_ACEScc),
        "acescct": (t.log_encoding_ACEScct, t.log_decoding_ACEScct),
        "applelog": (t.log_encoding_AppleLogProfile, t.log_decoding_AppleLogProfile),
        "bmdfilm5": (t.oetf_BlackmagicFilmGeneration5, t.oetf_inverse_BlackmagicFilmGeneration5),
        "clog3": (t.log_encoding_CanonLog3, t.log_decoding_CanonLog3),
        "davinci": (t.oetf_DaVinciIntermediate, t.oetf_inverse_DaVinciIntermediate),
        "hlg": (t.oetf_BT2100_HLG, t.oetf_inverse_BT2100_HLG),
        "log3g10": (t.log_encoding_Log3G10, t.log_decoding_Log3G10),
        "logc3": (t.log_encoding_ARRILogC3, t.log_decoding_ARRILogC3),
        "logc4": (t.log_encoding_ARRILogC4, t.log_decoding_ARRILogC4),
        "pq": (t.eotf_inverse_ST2084, t.eotf_ST2084),
        "slog3": (t.log_encoding_SLog3, t.log_decoding_SLog3),
        "vlog": (t.log_encoding_VLog, t.log_decoding_VLog),
    }


@pytest.mark.parametrize("name", NAMES)
def test_curve_is_that_of_colour_science(name: str) -> None:
    """colour-science computes the same curve, both ways, over 0-1, negatives and highlights."""
    encode, decode = _colour_functions()[name]
    low = 0.0 if name in ("pq", "hlg", "acescc") else -0.05
    scene = np.linspace(low, 1.0 if name in ("pq", "hlg") else 8.0, 9000)
    scene = scene.astype(np.float32).reshape(3, 30, 100)
    code = np.linspace(low, 1.0, 9000, dtype=np.float32).reshape(3, 30, 100)
    scale = 10_000.0 if name == "pq" else 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = encode(scene.astype(np.float64) * scale), decode(code.astype(np.float64)) / scale
    made = kernels.apply_curve(scene, name), kernels.apply_curve(code, name, "decode")
    assert half_units(made[0], wanted[0]).max() < 0.1
    assert half_units(made[1], wanted[1]).max() < 0.1


@pytest.mark.parametrize("ei", [160, 200, 250, 320, 400, 500, 640, 800, 1000, 1280, 1600])
def test_logc3_of_every_exposure_index(ei: int) -> None:
    """The formula gives ARRI's printed table for every exposure index of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arri = pytest.importorskip("colour.models.rgb.transfer_functions.arri")
    table = arri.DATA_ALEXA_LOG_C_CURVE_CONVERSION["SUP 3.x"]["Linear Scene Exposure Factor"][ei]
    cut, a, b, c, d, e, f = table[:7]
    assert np.allclose(logc3_numbers(ei), (a, b, c, d, e, f, cut), rtol=2e-5, atol=2e-6)


def test_exposure_index_reaches_the_loop() -> None:
    """LogC3 at EI 400 is not LogC3 at EI 800, and both decode what they encoded."""
    white = np.ones((3, 1, 1), np.float32)
    both = [kernels.apply_curve(white, "logc3", ei=ei) for ei in (400, 800)]
    assert abs(both[0] - both[1]).max() > 1e-3
    back = kernels.apply_curve(both[0], "logc3", "decode", ei=400)
    assert np.allclose(back, 1.0, rtol=1e-5)


def test_chain_is_curve_then_matrix() -> None:
    """The fused pass has the bytes of the two passes after each other, rounded to half once."""
    rng = np.random.default_rng(1)
    code = rng.uniform(-0.1, 1.1, (3, 9, 37)).astype(np.float32)
    mix = rng.uniform(-1, 2, (3, 3))
    apart = kernels.apply_matrix(kernels.apply_curve(code, "logc4", "decode"), mix)
    made = kernels.apply_chain(code, "logc4", mix)
    assert made.dtype == np.float16
    assert np.array_equal(made, kernels.to_half(apart, saturate=True))


def test_chain_is_that_of_opencolorio() -> None:
    """OpenColorIO's own LogC3 and matrix agree to one unit of half."""
    ocio = pytest.importorskip("PyOpenColorIO")
    a, b, c, d, _, _, cut = logc3_numbers(800)
    mix = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.05, 0.15, 0.8]])
    whole = np.eye(4)
    whole[:3, :3] = mix
    log = ocio.LogCameraTransform(
        linSideBreak=[cut] * 3, base=10, logSideSlope=[c] * 3, logSideOffset=[d] * 3,
        linSideSlope=[a] * 3, linSideOffset=[b] * 3, direction=ocio.TRANSFORM_DIR_INVERSE,
    )  # fmt: skip
    group = ocio.GroupTransform([log, ocio.MatrixTransform(whole.ravel().tolist())])
    processor = ocio.Config.CreateRaw().getProcessor(group).getDefaultCPUProcessor()
    code = np.random.default_rng(2).uniform(0, 1, (20, 50, 3)).astype(np.float32)
    theirs = code.copy()
    processor.applyRGB(theirs)
    made = kernels.apply_chain(code, "logc3", mix).transpose(1, 2, 0).astype(np.float64)
    assert half_units(made, theirs).max() <= 1.0


def test_wrong_names_are_refused() -> None:
    """An unknown curve, direction or exposure index is a ValueError that says so."""
    grey = np.zeros((3, 1, 1), np.float32)
    with pytest.raises(ValueError, match="curve is one of"):
        kernels.apply_curve(grey, "logc9")
    with pytest.raises(ValueError, match="direction"):
        kernels.apply_curve(grey, "logc3", "sideways")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="exposure index"):
        kernels.apply_curve(grey, "logc3", ei=6400)
