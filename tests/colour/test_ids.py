"""Transform ids that no config lists: against colour-science, the configs and published codes."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from functions.colour.aces_ids.extra import output_of
from functions.colour.aces_ids.transforms import known_id, known_ids, resolve_id
from functions.colour.aces_ids.unsupported import PREFIX, advice_on
from functions.colour.aces_ids.write import input_id
from functions.colour.camera.spaces import NAMES, own_space
from functions.colour.chain.build import build_chain
from functions.contract.errors import InvalidRequest
from tests.colour import truth

colour: Any = pytest.importorskip("colour")
Array = npt.NDArray[Any]
# The names of a release, as the Academy's repositories have them.
SONY = [
    f"{curve}_SGamut{light}_{bits}i"
    for curve, lights in (("SLog1", ("",)), ("SLog2", ("_Daylight", "_Tungsten")))
    for light in lights
    for bits in (10, 12)
]
D60 = [
    *(f"P3-D60_{n}nit_in_P3-D65_ST2084" for n in (108, 500, 1000, 2000, 4000)),
    *(f"P3-D60_{n}nit_in_Rec2100-D65_ST2084" for n in (500, 1000, 2000, 4000)),
    *(f"Rec2100-D60_{n}nit_in_Rec2100-D65_ST2084" for n in (500, 1000, 2000, 4000)),
    "P3-D60_1000nit_in_P3-D65_sRGB-Piecewise", "P3-D60_1000nit_in_Rec2100-D65_HLG",
    "P3-D60_100nit_in_P3-D65_Gamma2pt2", "P3-D60_100nit_in_P3-D65_sRGB-Piecewise",
    "P3-D60_48nit_in_P3-D65_Gamma2pt6", "P3-D60_48nit_in_XYZ-E_Gamma2pt6",
    "P3-D60_300nit_in_XYZ-E_ST2084", "Rec709-D60_100nit_in_P3-D65_ST2084",
    "Rec709-D60_100nit_in_P3-D65_sRGB-Piecewise", "Rec709-D60_100nit_in_Rec2100-D65_ST2084",
    "Rec709-D60_100nit_in_Rec709-D65_BT1886", "Rec709-D60_100nit_in_Rec709-D65_Gamma2pt2",
    "Rec709-D60_100nit_in_Rec709-D65_sRGB-Piecewise", "Rec709-D60_48nit_in_P3-D65_Gamma2pt6",
]  # fmt: skip
D65 = ["P3-D65_100nit_in_P3-D65_Gamma2pt2", "P3-D65_300nit_in_XYZ-E_ST2084"]


def run(short: str, rgb: npt.ArrayLike) -> Array:
    """(N, 3) through what an id stands for, by the library."""
    return truth.of_transforms(*resolve_id(PREFIX + short).transforms)(rgb)


def test_every_id_of_the_releases_is_known_or_told_what_to_do() -> None:
    """Sony's, Canon's and ACESproxy's ids, and all outputs of ACES 2, have transforms."""
    names = [f"v1.5:IDT.Sony.{one}.a1.v1" for one in SONY]
    names += [f"v2.0:CSC.Sony.{one}_to_ACES.a2.v1" for one in SONY]
    names += [f"v2.0:{way}Output.Academy.{one}.a2.v1" for one in D60 + D65 for way in ("", "Inv")]
    for bits, (old, new) in itertools.product((10, 12), (("v1.5:ACEScsc", "a1.0.3"),
                                                         ("v2.0:CSC", "a2.v1"))):  # fmt: skip
        names += [f"{old}.Academy.ACES_to_ACESproxy{bits}i.{new}",
                  f"{old}.Academy.ACESproxy{bits}i_to_ACES.{new}"]  # fmt: skip
    names += [f"v1.5:IDT.Canon.CanonLog{n}_{gamut}_D55.a1.v2" for n in (2, 3)
              for gamut in ("BT2020", "CinemaGamut")]  # fmt: skip
    for log in ("CLog2", "CLog3"):
        names += [f"v2.0:CSC.Canon.ACES_to_{log}_BT2020.a1.v1",
                  f"v2.0:CSC.Canon.{log}_BT2020_to_ACES.a1.v1"]  # fmt: skip
    names.append("v2.0:CSC.Blackmagic.ACES_to_BMDFilm_WideGamut_Gen5.a2.v1")
    assert [name for name in names if not known_id(PREFIX + name)] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("v1.5:IDT.ARRI.Alexa-v3-logC-EI2000.a1.v2", "table"),
        ("v1.5:IDT.ARRI.Alexa-v2-logC-EI800-CCT5600.a1.v1", "SUP 3"),
        ("v1.5:IDT.ARRI.Alexa-v3-raw-EI800-CCT5600-ND1pt3.a1.v2", "ARRIRAW"),
        ("v1.5:IDT.Canon.CanonLog3_CinemaGamut_Tng.a1.v2", "daylight"),
        ("v1.5:ODT.Academy.DCDM.a1.0.3", "p3d65"),
    ],
)
def test_what_to_do_about_a_real_id_without_a_transform(name: str, words: str) -> None:
    """A real id that nothing here can run is refused with what helps; a made-up one is unknown."""
    assert words in advice_on(PREFIX + name)
    with pytest.raises(InvalidRequest, match=f"is real.*{words}"):
        resolve_id(PREFIX + name)
    made_up = re.sub(r"(EI|Log|DCDM)", r"\1_x", name)
    assert not advice_on(PREFIX + made_up) and not advice_on(name)
    with pytest.raises(InvalidRequest, match="is not known; "):
        resolve_id(PREFIX + made_up)


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("curve", ["SLog1", "SLog2"])
def test_sony_curves_are_colour_sciences(curve: str, bits: int) -> None:
    """S-Log and S-Log2 decode to the light that colour-science's formulas give, codes and all."""
    light = "_Daylight" if curve == "SLog2" else ""
    codes = np.linspace(0.0, 1.0, 300)
    made = run(f"v1.5:IDT.Sony.{curve}_SGamut{light}_{bits}i.a1.v1",
               np.repeat(codes[:, None], 3, 1))  # fmt: skip
    decode = {"SLog1": colour.models.log_decoding_SLog, "SLog2": colour.models.log_decoding_SLog2}
    wanted = decode[curve](codes, bit_depth=bits, in_normalised_code_value=True)
    # Neutrals stay neutral under Sony's matrices.
    assert np.abs(made - wanted[:, None]).max(-1).max() < 2e-5 * max(1.0, float(wanted.max()))


def test_sony_matrices_keep_white_and_stand_near_their_gamut() -> None:
    """Rows sum to 1; Sony's matrix of S-Log is within 0.012 of colour-science's, by CAT02."""
    for name in (one for one in NAMES if "sgamut" in one):
        matrix = np.array(own_space(name)[0][-1].getMatrix()).reshape(4, 4)[:3, :3]
        assert np.abs(matrix.sum(1) - 1).max() < 6e-6
    spaces = colour.RGB_COLOURSPACES
    wanted = colour.matrix_RGB_to_RGB(spaces["S-Gamut"], spaces["ACES2065-1"], "CAT02")
    made = np.array(own_space("slog1-sgamut")[0][-1].getMatrix()).reshape(4, 4)[:3, :3]
    assert np.abs(made - wanted).max() < 0.012


@pytest.mark.parametrize("log", [2, 3])
def test_canon_log_in_bt2020(log: int) -> None:
    """Canon Log 2 and 3 in BT.2020, by colour-science's curve, primaries and CAT02."""
    codes = np.random.default_rng(log).uniform(0.15, 0.8, (300, 3))
    made = run(f"v2.0:CSC.Canon.CLog{log}_BT2020_to_ACES.a1.v1", codes)
    decode = getattr(colour.models, f"log_decoding_CanonLog{log}")
    light = decode(codes, in_normalised_code_value=True)
    spaces = colour.RGB_COLOURSPACES
    matrix = colour.matrix_RGB_to_RGB(spaces["ITU-R BT.2020"], spaces["ACES2065-1"], "CAT02")
    wanted = light @ matrix.T
    assert np.abs(made / wanted - 1).max() < 2e-3
    back = run(f"v2.0:CSC.Canon.ACES_to_CLog{log}_BT2020.a1.v1", made)
    assert np.abs(back - codes).max() < 2e-4


@pytest.mark.parametrize("bits", [10, 12])
def test_acesproxy(bits: int) -> None:
    """Every legal code of ACESproxy is the light of S-2013-001's formula, there and back."""
    low, middle, high, stop = {10: (64, 425, 940, 50), 12: (256, 1700, 3760, 200)}[bits]
    codes = np.arange(low, high + 1)
    wanted = 2.0 ** ((codes - middle) / stop - 2.5)
    neutral = np.repeat(codes[:, None] / (2**bits - 1), 3, 1)
    for short in (f"v2.0:CSC.Academy.ACESproxy{bits}i_to_ACES.a2.v1",
                  f"v1.5:ACEScsc.Academy.ACESproxy{bits}i_to_ACES.a1.0.3"):  # fmt: skip
        made = run(short, neutral)
        assert np.abs(made / wanted[:, None] - 1).max() < 2e-5
    back = run(f"v2.0:CSC.Academy.ACES_to_ACESproxy{bits}i.a2.v1", made)
    assert np.abs(back * (2**bits - 1) - codes[:, None]).max() < 0.02
    ours = colour.models.log_decoding_ACESproxy(codes, bit_depth=bits, in_int=True)
    assert np.abs(ours / wanted - 1).max() < 1e-6


def test_outputs_that_are_put_together_are_the_configs_own() -> None:
    """Of outputs that the config has too, the one that is put together is the same."""
    rng = np.random.default_rng(2)
    light = (rng.uniform(-0.05, 1, (400, 3)) * np.exp2(rng.uniform(-8, 6, (400, 1)))).astype("f4")
    compared = 0
    for text in known_ids():
        made = output_of(text.removeprefix(PREFIX))
        if made is None or made[3]:
            continue
        compared += 1
        one, other = (truth.of_transforms(*steps)(light)
                      for steps in (made[1], resolve_id(text).transforms))  # fmt: skip
        assert np.abs(one - other).max() < 2e-5, text
    assert compared >= 20


@pytest.mark.parametrize("name", D60)
def test_white_of_d60_outputs(name: str) -> None:
    """Neutral ACES on a D65 display has the chromaticity of the ACES white, by colour-science."""
    shown = run(f"v2.0:Output.Academy.{name}.a2.v1", [[0.18, 0.18, 0.18]])[0].astype(float)
    place = name.split("_in_")[1]
    if "BT1886" in place:
        light = shown**2.4
    elif "sRGB" in place:
        light = colour.models.eotf_sRGB(shown)
    elif "Gamma" in place:
        light = shown ** (2.2 if "2pt2" in place else 2.6)
    elif "HLG" in place:
        light = colour.models.eotf_BT2100_HLG(shown)
    else:
        light = colour.models.eotf_ST2084(shown)
    spaces = {"Rec709-D65": "ITU-R BT.709", "P3-D65": "P3-D65", "Rec2100-D65": "ITU-R BT.2020"}
    space = next((spaces[one] for one in spaces if place.startswith(one)), None)
    matrix = np.eye(3) if space is None else colour.RGB_COLOURSPACES[space].matrix_RGB_to_XYZ
    xy = colour.XYZ_to_xy(matrix @ light)
    assert np.abs(xy - [0.32168, 0.33767]).max() < 1e-3


@pytest.mark.parametrize("name", sorted(NAMES))
def test_chains_of_own_spaces_keep_the_budget(name: str) -> None:
    """Each of these spaces is a source within two half steps, there and back, by its own id where
    the Academy gave it one: video of other primaries has none."""
    chain = build_chain(name, None, "aces", "exact")
    assert chain.bound is not None and chain.bound.worst <= 2.0 and chain.before is None
    rng = np.random.default_rng(1)
    codes = rng.uniform(0.1, 0.9, (500, 3)).astype(np.float32)
    known = input_id(name)
    if known is None:
        assert name in ("bt2020", "bt601-525", "bt601-625")
        transforms = own_space(name)[0]
    else:
        assert known_id(known)
        transforms = resolve_id(known).transforms
    wanted = truth.of_transforms(*transforms)(codes)
    made = chain.apply(np.ascontiguousarray(codes[None]))[0]
    assert truth.half_units(made, wanted) <= 2.0
