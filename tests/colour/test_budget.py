"""The two error budgets, over every built-in camera input and the outputs of both ACES."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.colour.chain.build import Chain, build_chain
from functions.colour.outputs import VIEWS
from tests.colour import truth

WAYS = [(camera, aces, output) for camera in truth.CAMERAS for aces, output in truth.VIEWS]


def over(chain: Chain, rgb: np.ndarray[Any, np.dtype[np.float32]]) -> Any:
    """A chain over (N, 3)."""
    return chain.apply(np.ascontiguousarray(rgb[None]))[0]


@pytest.mark.parametrize("camera", truth.CAMERAS)
def test_camera_to_aces(camera: str) -> None:
    """Every camera space becomes ACES2065-1 within two steps of a half, past its ends too."""
    chain = build_chain(camera, None, "aces", "exact")
    codes = truth.cube_codes(20000)
    wanted = truth.to_aces(truth.CAMERAS[camera])(codes)
    held = np.abs(wanted).max(-1) < 60000
    assert truth.half_units(over(chain, codes)[held], wanted[held]) <= 2.0
    assert chain.scene_linear and chain.before is None
    assert chain.bound is not None and chain.bound.unit == "half" and chain.bound.worst <= 2.0


@pytest.mark.parametrize(("camera", "aces", "output"), WAYS)
def test_exact(camera: str, aces: str, output: str) -> None:
    """Tier exact: half a 10-bit code value over the whole cube, above 1.0 and below 0.0."""
    chain = build_chain(camera, None, output, "exact", aces=aces)
    codes = truth.cube_codes(6000)
    render = truth.to_view(truth.CAMERAS[camera], aces, output)
    far = truth.codes_10bit(over(chain, codes), render(codes))
    assert truth.settled(far, render, codes, 0.5).max() <= 0.5
    assert chain.bound is not None and chain.bound.worst <= 0.5 and not chain.scene_linear


@pytest.mark.parametrize(("camera", "aces", "output"), WAYS)
def test_view(camera: str, aces: str, output: str, shared_data: Path) -> None:
    """Tier view: 2 code values at the 99.9th percentile of photographs, 8 anywhere."""
    chain = build_chain(camera, None, output, "view", aces=aces)
    light = truth.picture_light(shared_data)
    encode = build_chain("aces", None, camera, "exact")
    photographs = np.clip(over(encode, light), 0, 1)
    render = truth.to_view(truth.CAMERAS[camera], aces, output)
    far = truth.codes_10bit(over(chain, photographs), render(photographs))
    assert np.quantile(far, 0.999) <= 2.0
    wild = truth.cube_codes(4000, seed=3)
    assert far.max() <= 8.0
    assert truth.codes_10bit(over(chain, wild), render(wild)).max() <= 8.0
    assert chain.bound is not None and chain.bound.worst <= 8.0 and chain.bound.usual <= 2.0


@pytest.mark.parametrize(("aces", "output"), truth.VIEWS)
def test_exact_from_light(aces: str, output: str, shared_data: Path) -> None:
    """Scene-linear pictures, far above 1.0 and below 0.0 too, are rendered within the budget."""
    chain = build_chain("aces", None, output, "exact", aces=aces)
    rng = np.random.default_rng(4)
    wide = rng.uniform(-1, 1, (6000, 3)) * np.exp2(rng.uniform(-12, 9, (6000, 1)))
    extremes = [[0, 0, 0], [65504, 65504, 65504], [65504, 0, 0], [-1, -1, -1], [1e-6, 0, 5]]
    light = np.concatenate([truth.picture_light(shared_data), wide, extremes]).astype(np.float32)
    render = truth.to_view("ACES2065-1", aces, output)
    far = truth.codes_10bit(over(chain, light), render(light))
    assert truth.settled(far, render, light, 0.5).max() <= 0.5


@pytest.mark.parametrize(
    ("aces", "output"), [(aces, output) for aces, views in VIEWS.items() for output in views]
)
def test_kernels_alone(aces: str, output: str) -> None:
    """Every output of both ACES runs without the library, and its tags say the peak."""
    chain = build_chain("arri-logc3", None, output, "exact", aces=aces)
    assert chain.before is None and chain.encoding.peak is not None
    assert chain.bound is not None and chain.bound.worst <= 0.5 and not chain.by_library


@pytest.mark.parametrize("white", ["", "_D65sim"])
def test_digital_cinema(white: str) -> None:
    """P3-DCI with either white, whose highlights roll off, is rendered within the budget."""
    name = f"urn:ampas:aces:transformId:v1.5:ODT.Academy.P3DCI{white}_48nits.a1.1.0"
    name = name if white else name.replace("a1.1.0", "a1.0.3")
    chain = build_chain("aces", None, name, "exact")
    assert chain.before is None
    rng = np.random.default_rng(8)
    bright = np.exp2(rng.uniform(-16, 12, (20000, 1))) * rng.uniform(0.2, 1, (20000, 3))
    light = np.concatenate([bright, rng.uniform(-1, 1, (4000, 3))]).astype(np.float32)
    view = f"ACES 1.{1 if white else 0} - SDR Cinema (D6{5 if white else 0} sim on DCI)"
    processor = truth.config("1.3").getProcessor(
        "ACES2065-1", "P3-DCI - Display", view, truth.ocio.TRANSFORM_DIR_FORWARD
    )
    render = truth.run(processor)
    far = truth.codes_10bit(over(chain, light), render(light))
    assert truth.settled(far, render, light, 0.5).max() <= 0.5
    assert far.max() > 0


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("urn:ampas:aces:transformId:v1.5:InvODT.Academy.Rec709_100nits_dim.a1.0.3", "first "),
        ("adx16", "first 3 of 4"),
        ("acescct", ""),
    ],
)
def test_what_the_library_runs_is_said(source: str, said: str) -> None:
    """A part without a kernel runs in the library, exactly, and the chain says so in words."""
    chain = build_chain(source, None, "acescg", "exact")
    assert bool(chain.by_library) == bool(said) == (chain.before is not None)
    assert said in chain.by_library
    assert chain.bound is not None and chain.bound.worst <= 2.0


@pytest.mark.parametrize("space", ["acescg", "linear-rec709", "arri-linear-awg4"])
def test_linear_to_linear(space: str) -> None:
    """One scene-linear space becomes another within two steps of a half, any size, any sign."""
    chain = build_chain("aces", None, space, "exact")
    names = {"acescg": "ACEScg", "linear-rec709": "Linear Rec.709 (sRGB)"}
    rng = np.random.default_rng(5)
    light = (rng.normal(0, 1, (8000, 3)) * np.exp2(rng.uniform(-16, 12, (8000, 1)))).astype(
        np.float32
    )
    name = names.get(space, "Linear ARRI Wide Gamut 4")
    wanted = truth.run(truth.config("2").getProcessor("ACES2065-1", name))(light)
    assert truth.half_units(over(chain, light), wanted) <= 2.0


@pytest.mark.parametrize("ei", [200, 400, 800, 1600])
def test_exposure_index(ei: int) -> None:
    """LogC3 of any exposure index is ARRI's curve, by colour-science's own formula."""
    colour = pytest.importorskip("colour")
    chain = build_chain(f"arri-logc3-ei{ei}", None, "arri-linear-awg3", "exact")
    codes = np.repeat(np.linspace(0.1, 0.9, 300)[:, None], 3, 1).astype(np.float32)
    wanted = colour.models.log_decoding_ARRILogC3(
        codes.astype(np.float64), EI=ei, method="Linear Scene Exposure Factor", firmware="SUP 3.x"
    )
    assert np.allclose(over(chain, codes), wanted, rtol=2e-3, atol=2e-5)
