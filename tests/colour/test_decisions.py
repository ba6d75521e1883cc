"""AMF steps through the chain, against the same transforms put together by hand in OpenColorIO."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.colour.chain.build import build_chain, known_id
from functions.contract.amf import Amf, Cdl, ColourStep, Info, Pipeline, Reference, WorkingSpace
from functions.contract.errors import InvalidRequest, SourceNotFound
from functions.sidecars.amf.read import read_amf
from tests.colour import truth

URN = "urn:ampas:aces:transformId:"
LOGC3 = Reference(transform_id=f"{URN}v2.0:CSC.Arri.LogC3_to_ACES.a2.v1")
CCT = WorkingSpace(
    into=Reference(transform_id=f"{URN}v2.0:CSC.Academy.ACES_to_ACEScct.a2.v1"),
    back=Reference(transform_id=f"{URN}v2.0:CSC.Academy.ACEScct_to_ACES.a2.v1"),
)
REC709 = Reference(
    transform_id=f"{URN}v2.0:Output.Academy.Rec709-D65_100nit_in_Rec709-D65_BT1886.a2.v1"
)
GRADE = Cdl(slope=(1.1, 1.0, 0.9), offset=(0.01, 0.0, -0.02), power=(1.1, 1.0, 0.95),
            saturation=1.2)  # fmt: skip


def pipeline(*steps: ColourStep, version: str = "2.0.0") -> Pipeline:
    return Pipeline(info=Info(), system_version=version, steps=steps)


def step(stage: Any, reference: Reference | None = None, **more: Any) -> ColourStep:
    return ColourStep(stage=stage, reference=reference, **more)


def over(chain: Any, rgb: Any) -> Any:
    return chain.apply(np.ascontiguousarray(rgb[None]))[0]


def graded() -> Any:
    """GRADE in OpenColorIO."""
    made = truth.ocio.CDLTransform(list(GRADE.slope), list(GRADE.offset), list(GRADE.power),
                                   GRADE.saturation)  # fmt: skip
    made.setStyle(truth.ocio.CDL_NO_CLAMP)
    return made


def space(source: str, target: str) -> Any:
    return truth.ocio.ColorSpaceTransform(source, target)


def view() -> Any:
    display, name = truth.VIEWS["2", "rec709"]
    return truth.ocio.DisplayViewTransform("ACES2065-1", display, name)


@pytest.mark.parametrize("tier", ["exact", "view"])
def test_input_grade_output(tier: Any) -> None:
    """A log clip through input, CDL in ACEScct and output is what the library makes of them."""
    amf = pipeline(
        step("input", LOGC3), step("look", cdl=GRADE, working=CCT), step("output", REC709)
    )
    chain = build_chain("arri-logc3", amf, "amf", tier)
    wanted = truth.of_transforms(
        space("ARRI LogC3 (EI800)", "ACES2065-1"), space("ACES2065-1", "ACEScct"), graded(),
        space("ACEScct", "ACES2065-1"), view(),
    )  # fmt: skip
    codes = truth.cube_codes(6000)
    far = truth.codes_10bit(over(chain, codes), wanted(codes))
    assert far.max() <= (0.5 if tier == "exact" else 8.0)
    assert [line.state for line in chain.lines] == ["now", "now", "now"]
    assert "slope 1.1 1 0.9" in chain.lines[1].text and "in ACEScct" in chain.lines[1].text
    assert chain.output == "rec709" and chain.encoding.transfer == "bt709"


@pytest.mark.parametrize("through", ["input", "working", "looks"])
def test_how_far_looks_go(through: Any) -> None:
    """For ACES2065-1 the looks behind the wanted place, and the output, are left."""
    amf = Pipeline(
        info=Info(),
        system_version="2.0.0",
        working_location=2,
        steps=(
            step("input", LOGC3),
            step("look", cdl=GRADE, working=CCT),
            step("look", cdl=Cdl(slope=(2.0, 2.0, 2.0))),
            step("output", REC709),
        ),
    )
    chain = build_chain("arri-logc3", amf, "aces", "exact", through=through)
    done = {"input": 1, "working": 2, "looks": 3}[through]
    assert [line.state for line in chain.lines] == ["now"] * done + ["left"] * (4 - done)
    hand = [space("ARRI LogC3 (EI800)", "ACES2065-1")]
    if done > 1:
        hand += [space("ACES2065-1", "ACEScct"), graded(), space("ACEScct", "ACES2065-1")]
    if done > 2:
        hand.append(truth.ocio.CDLTransform([2.0] * 3, [0.0] * 3, [1.0] * 3, 1.0))
    codes = truth.cube_codes(4000)
    wanted = truth.of_transforms(*hand)(codes)
    held = np.abs(wanted).max(-1) < 60000
    assert truth.half_units(over(chain, codes)[held], wanted[held]) <= 2.0


def test_applied_steps_are_not_run_again() -> None:
    """Steps that the AMF says are in the pixels are told, and not run."""
    amf = pipeline(
        step("input", LOGC3, applied=True),
        step("look", cdl=GRADE, working=CCT, applied=True),
        step("output", REC709),
    )
    chain = build_chain("aces", amf, "aces", "exact")
    assert chain.steps == () and chain.bound is None
    assert [line.state for line in chain.lines] == ["already", "already", "left"]
    light = np.random.default_rng(0).uniform(0, 2, (500, 3)).astype(np.float32)
    assert np.array_equal(over(chain, light), light)
    shown = over(build_chain("aces", amf, "rec709", "exact"), light)
    assert truth.codes_10bit(shown, truth.of_transforms(view())(light)).max() <= 0.5


def test_raw_is_developed_already() -> None:
    """Raw pictures come as ACES2065-1: the AMF's input transform is in what made them."""
    amf = pipeline(step("input", LOGC3), step("output", REC709))
    chain = build_chain("aces", amf, "aces", "exact")
    assert [line.state for line in chain.lines] == ["already", "left"] and not chain.steps


def test_another_output_than_the_amf_has() -> None:
    """The request's output is made, and the AMF's own is left."""
    amf = pipeline(step("input", LOGC3), step("output", REC709))
    chain = build_chain("arri-logc3", amf, "rec2100-pq", "exact")
    assert [line.state for line in chain.lines] == ["now", "now", "left"]
    assert chain.encoding.transfer == "smpte2084" and chain.encoding.peak == 1000
    codes = truth.cube_codes(2000)
    wanted = truth.to_view("ARRI LogC3 (EI800)", "2", "rec2100-pq")(codes)
    assert truth.codes_10bit(over(chain, codes), wanted).max() <= 0.5


def test_version_comes_from_the_amf() -> None:
    """Outputs by name are those of the AMF's ACES; without one the assumption is told."""
    old = pipeline(step("input", LOGC3), version="1.3.0")
    codes = truth.cube_codes(1000)
    for amf, aces in ((old, "1.3"), (pipeline(step("input", LOGC3)), "2"), (None, "2")):
        chain = build_chain("arri-logc3", amf, "rec709", "exact")
        wanted = truth.to_view("ARRI LogC3 (EI800)", aces, "rec709")(codes)
        assert truth.codes_10bit(over(chain, codes), wanted).max() <= 0.5
        assert dict(chain.assumed) == ({} if amf else {"aces": "2"})


def test_pairs_and_inverses() -> None:
    """RRT with ODT is one output, and their inverses lead back to scene-linear light."""
    odt = f"{URN}v1.5:ODT.Academy.Rec709_100nits_dim.a1.0.3"
    pair = (
        Reference(transform_id=f"{URN}v1.5:RRT.a1.0.3", part="referenceRenderingTransform"),
        Reference(transform_id=odt, part="outputDeviceTransform"),
    )
    back = (
        Reference(transform_id=odt.replace("ODT", "InvODT"), part="inverseOutputDeviceTransform"),
        Reference(transform_id=f"{URN}v1.5:InvRRT.a1.0.3",
                  part="inverseReferenceRenderingTransform"),
    )  # fmt: skip
    light = np.random.default_rng(0).uniform(0.05, 0.8, (500, 3)).astype(np.float32)
    out = build_chain("aces", pipeline(step("output", parts=pair), version="1.3.0"), "amf")
    into = build_chain("", pipeline(step("input", parts=back), version="1.3.0"), "aces")
    wanted = truth.to_view("ACES2065-1", "1.3", "rec709")(light)
    assert truth.codes_10bit(over(out, light), wanted).max() <= 0.5
    assert np.median(np.abs(over(into, over(out, light)) - light)) < 2e-3


def test_gamut_compression() -> None:
    """The look that ACES ids name is the library's own gamut compression."""
    names = ("v2.0:Look.Academy.ReferenceGamutCompress.a2.v1",
             "v1.5:LMT.Academy.ReferenceGamutCompress.a1.v1.0",
             "v1.5:LMT.Academy.GamutCompress.a1.3.0")  # fmt: skip
    rng = np.random.default_rng(2)
    light = (rng.uniform(-0.3, 1, (3000, 3)) * np.exp2(rng.uniform(-6, 6, (3000, 1)))).astype(
        np.float32
    )
    style = "ACES-LMT - ACES 1.3 Reference Gamut Compression"
    wanted = truth.of_transforms(truth.ocio.BuiltinTransform(style))(light)
    for name in names:
        version = "2.0.0" if name.startswith("v2") else "1.3.0"
        amf = pipeline(step("look", Reference(transform_id=URN + name)), version=version)
        made = over(build_chain("aces", amf, "aces"), light)
        assert truth.half_units(made, wanted) <= 2.0


def test_cdl_without_a_way_in() -> None:
    """A working space with only the way back is entered by its inverse."""
    one_way = WorkingSpace(back=CCT.back)
    light = np.random.default_rng(0).uniform(0.01, 4, (500, 3)).astype(np.float32)
    made = [
        over(build_chain("aces", pipeline(step("look", cdl=GRADE, working=way)), "aces"), light)
        for way in (one_way, CCT)
    ]
    assert np.allclose(made[0], made[1], rtol=1e-5)


def test_transform_ids() -> None:
    """Ids of both ACES, Canon's and DJI's numbered either way, and other spellings of RED."""
    known = ("v2.0:CSC.Canon.CLog2_CGamut_to_ACES.a1.v1",
             "v2.0:CSC.Canon.CLog2_CGamut_to_ACES.a2.v1",
             "v2.0:CSC.DJI.DLog_DGamut_to_ACES.a1.v1", "v2.0:CSC.DJI.DLog_DGamut_to_ACES.a2.v1",
             "v2.0:CSC.RED.Log3G10_RWG_to_ACES.a2.v1", "v1.5:IDT.ARRI.Alexa-v3-logC-EI400.a1.v2",
             "v1.5:IDT.Sony.SLog3_SGamut3Cine.a1.v1", "v1.5:ACEScsc.Academy.ACEScct_to_ACES.a1.0.3",
             "v2.0:Output.Academy.P3-D65_48nit_in_XYZ-E_Gamma2pt6.a2.v1")  # fmt: skip
    assert all(known_id(URN + name) for name in known)
    assert not known_id(f"{URN}v1.5:IDT.Acme.Camera.a1.v1")


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        (Reference(transform_id=f"{URN}v2.0:CSC.Arri.LogC5_to_ACES.a2.v1"), "near it: .*LogC4"),
        (Reference(transform_id=f"{URN}v1.5:RRT.a1.0.3"), "half of an output transform"),
        (Reference(transform_id=CCT.into.transform_id if CCT.into else ""), "does not lead into"),
        (
            Reference(transform_id=f"{URN}v1.5:IDT.ARRI.Alexa-v3-logC-EI3200.a1.v2"),
            "EI3200.* is real",
        ),
        (Reference(uuid="urn:uuid:8ee3c8d4-0000-4000-8000-000000000000"), "uuid"),
    ],
)
def test_wrong_inputs(reference: Reference, sentence: str) -> None:
    """An input transform that can not be had is an error that says why, and what is near."""
    with pytest.raises(InvalidRequest, match=sentence):
        build_chain("arri-logc3", pipeline(step("input", reference)), "aces")


def test_missing_look_file() -> None:
    """A look file that nobody gave is not found; one that is only left is not asked for."""
    amf = pipeline(step("look", Reference(file="gone.clf")))
    with pytest.raises(SourceNotFound, match="gone"):
        build_chain("aces", amf, "aces")
    assert build_chain("aces", amf, "aces", through="input").lines[0].state == "left"


def test_rendered_pictures_stay() -> None:
    """Display pictures are converted, not rendered again; they make no scene-linear light."""
    amf = pipeline(step("input", LOGC3, applied=True), step("output", REC709, applied=True))
    codes = truth.cube_codes(1000)
    codes = np.clip(codes, 0, 1)
    for given in (amf, None):
        same = build_chain("rec709", given, "rec709", "exact")
        assert truth.codes_10bit(over(same, codes), codes).max() <= 0.5
    with pytest.raises(InvalidRequest, match="was applied"):
        build_chain("rec709", amf, "aces")


def test_source_output_changes_nothing() -> None:
    """Output "source" has no step, and says what is left."""
    amf = pipeline(step("input", LOGC3), step("output", REC709))
    chain = build_chain("arri-logc3", amf, "source")
    assert not chain.steps and [line.state for line in chain.lines] == ["left", "left"]


def amf_files() -> list[Path]:
    root = Path(__file__).resolve().parents[3] / "shared" / "data" / "amf"
    return sorted([*root.glob("valid/*.amf"), *root.glob("generated_aces*/*.amf")])


@pytest.mark.parametrize("file", amf_files(), ids=[one.stem for one in amf_files()])
def test_shared_files(file: Path) -> None:
    """Every valid AMF of the shared set becomes a chain to Rec.709, or a sentence with the id."""
    beside = {one.name: one.read_bytes() for one in file.parent.iterdir() if one.suffix != ".amf"}
    amf: Amf = read_amf(file.read_bytes())
    source = "aces" if amf.steps and amf.steps[0].applied else "arri-logc3"
    if any(one.applied for one in amf.steps if one.stage == "output"):
        source = "rec709"
    try:
        chain = build_chain(source, amf.pipeline, "rec709", "exact", files=beside)
    except InvalidRequest as problem:
        told = str(problem)
        assert "is not known; " in told or "is real, but" in told
        return
    assert len(chain.lines) >= len(amf.steps)
    assert chain.bound is None or chain.bound.worst <= 0.5
