"""Samples that no camera should write: NaN, infinities, the largest halves, subnormals."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from functions.colour.chain.build import Chain, build_chain
from functions.colour.chain.measure import measured
from functions.contract.amf import Cdl
from tests.colour import truth

Floats = npt.NDArray[np.float32]
ODD = (np.nan, np.inf, -np.inf)
ENDS = (65504.0, -65504.0, 1e30, -1e30, 1e-45, -1e-45, 6e-8, 2.0**-24, 0.0, -0.0, -1.0, 0.18)
GRADE = Cdl(slope=(1.1, 1.0, 0.9), offset=(0.01, 0.0, -0.01), power=(1.0, 1.1, 1.0),
            saturation=1.2)  # fmt: skip
WAYS: list[dict[str, Any]] = [
    *({"output": name, "aces": aces, "tier": tier}
      for aces, name in truth.VIEWS for tier in ("exact", "view")),
    *({"output": name} for name in ("acescg", "acescct", "acescc", "arri-logc4", "linear-rec709")),
    {"output": "p3dci", "aces": "1.3"}, {"output": "rec2100-hlg", "aces": "2"},
    {"output": "rec709", "looks": (GRADE,)}, {"output": "aces", "looks": (GRADE,)},
]  # fmt: skip


def every(values: tuple[float, ...]) -> Floats:
    """(N, 3): all triples of values."""
    axes = np.meshgrid(*[np.array(values, np.float32)] * 3, indexing="ij")
    return np.stack([axis.ravel() for axis in axes], -1)


def over(chain: Chain, rgb: Floats, dtype: Any = np.float32) -> Any:
    """(N, 3) by way of planes of a type."""
    planes = np.ascontiguousarray(rgb.T[:, None, :])
    out = chain.apply(planes, np.empty(planes.shape, dtype))
    return out[:, 0, :].T


def named(way: dict[str, Any]) -> str:
    return "-".join(str(value) if key != "looks" else "graded" for key, value in way.items())


@pytest.mark.parametrize("way", WAYS, ids=named)
@pytest.mark.parametrize("source", ["aces", "arri-logc3", "acescc"])
def test_no_sample_ends_a_picture(source: str, way: dict[str, Any]) -> None:
    """Numbers that a source may hold give numbers; any others NaN at worst, never an infinity."""
    chain = build_chain(source, None, **way)
    rgb = every((*ODD, *ENDS))
    # In float32 a grade in log of 65504 beside nothing overflows, here and in the library.
    most = 65504 if source == "aces" and "looks" not in way else 2.0
    held = ((rgb >= -1) & (rgb <= most)).all(1)
    kinds = [np.float16] if chain.scene_linear else [np.float16, np.uint16]
    for kind in kinds:
        made = over(chain, rgb, kind)
        assert np.isfinite(made[held].astype(np.float64)).all()
        assert not np.isinf(made.astype(np.float64)).any()
        back = over(chain, rgb[::-1].copy(), kind)[::-1]
        assert np.array_equal(made, back, equal_nan=True)


@pytest.mark.parametrize("way", WAYS, ids=named)
def test_one_bad_sample_leaves_the_others_alone(way: dict[str, Any]) -> None:
    """NaN and infinities change no pixel but their own."""
    chain = build_chain("aces", None, **way)
    rgb = np.random.default_rng(1).uniform(0, 2, (200, 3)).astype(np.float32)
    clean = over(chain, rgb)
    dirty = rgb.copy()
    dirty[::7, 1] = np.resize(np.array(ODD, np.float32), len(dirty[::7]))
    made = over(chain, dirty)
    others = np.arange(200) % 7 != 0
    assert np.array_equal(made[others], clean[others])


@pytest.mark.parametrize(("aces", "output"), truth.VIEWS)
def test_ends_of_halves_are_rendered_as_the_library_does(aces: str, output: str) -> None:
    """The largest, the smallest and negative light of halves keep the budget of tier exact."""
    chain = build_chain("aces", None, output, "exact", aces=aces)
    rgb = every(tuple(one for one in ENDS if abs(one) < 1e5))
    render = truth.to_view("ACES2065-1", aces, output)
    far = truth.codes_10bit(over(chain, rgb), render(rgb))
    assert truth.settled(far, render, rgb, 0.5).max() <= 0.5


@pytest.mark.parametrize("codes_in", [False, True])
def test_what_is_not_counted_hides_no_error(codes_in: bool) -> None:
    """Half a percent in one channel of the matrix is over the budget, cancelled channels or not."""
    source = "ARRI LogC3 (EI800)" if codes_in else "ACEScg"
    right = truth.to_aces(source)

    def wrong(rgb: Floats) -> Floats:
        made: Floats = right(rgb) * np.array([1, 1.005, 1], np.float32)
        return made

    facts: Any = {"codes_in": codes_in, "scene_linear": True, "tier": "exact"}
    assert measured(right, right, **facts).worst == 0
    bound = measured(wrong, right, **facts)
    assert bound.worst > 2.0 and bound.usual > 2.0


SPACES = {"acescct": "ACEScct", "acescc": "ACEScc", "arri-logc3": "ARRI LogC3 (EI800)",
          "clog3-cgamut": "CanonLog3 CinemaGamut D55"}  # fmt: skip


@pytest.mark.parametrize("output", ["aces", "acescg"])
@pytest.mark.parametrize("space", sorted(SPACES))
def test_graded_light_runs_in_kernels(space: str, output: str) -> None:
    """A grade in log of scene light is within two half steps of the library's, by kernels."""
    grade = msgspec.structs.replace(GRADE, saturation=1.1)
    chain = build_chain("aces", None, output, "exact", looks=(grade,), look_space=space)
    assert chain.before is None and chain.bound is not None and chain.bound.worst <= 2.0
    cdl = truth.ocio.CDLTransform(
        list(grade.slope), list(grade.offset), list(grade.power), grade.saturation
    )
    cdl.setStyle(truth.ocio.CDL_NO_CLAMP)
    way = truth.ocio.ColorSpaceTransform
    end = {"aces": "ACES2065-1", "acescg": "ACEScg"}[output]
    log = SPACES[space]
    wanted = truth.of_transforms(way("ACES2065-1", log), cdl, way(log, end))
    rng = np.random.default_rng(3)
    light = rng.uniform(0.02, 1, (4000, 3)) * np.exp2(rng.uniform(-8, 5, (4000, 1)))
    rgb = light.astype(np.float32)
    assert truth.half_units(over(chain, rgb), wanted(rgb)) <= 2.0


def test_another_grade_is_seen() -> None:
    """The comparison can fail: a slope two percent off is over the budget."""
    chain = build_chain("arri-logc3", None, "rec709", "exact", aces="2", looks=(GRADE,))
    display, name = truth.VIEWS["2", "rec709"]

    def wanted(slope: float) -> Any:
        cdl = truth.ocio.CDLTransform(
            [slope, *GRADE.slope[1:]], list(GRADE.offset), list(GRADE.power), GRADE.saturation
        )
        cdl.setStyle(truth.ocio.CDL_NO_CLAMP)
        way = truth.ocio.ColorSpaceTransform
        return truth.of_transforms(
            way("ARRI LogC3 (EI800)", "ACEScct"), cdl, way("ACEScct", "ACES2065-1"),
            truth.ocio.DisplayViewTransform("ACES2065-1", display, name),
        )  # fmt: skip

    codes = truth.cube_codes(4000)
    made = over(chain, codes)
    assert truth.codes_10bit(made, wanted(1.1)(codes)).max() <= 0.5
    assert truth.codes_10bit(made, wanted(1.122)(codes)).max() > 5.0
