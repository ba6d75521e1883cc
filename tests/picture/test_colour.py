"""Colour of decoded clips, against OpenColorIO asked for the same chain directly."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.contract.errors import (
    InvalidRequest,
    RushesError,
    UnsupportedMedia,
)
from functions.contract.picture import ColourTags
from functions.picture import Framing
from functions.sidecars.amf.read import read_amf
from tests.picture.decided import (
    ACES,
    LOGC3,
    LOGC4,
    REC709,
    by_library,
    half_steps,
    hero_grade,
    log_picture,
    shared_amf,
    shown,
    space,
)
from tests.picture.fakes import FakeWork, Studio, decoded


def test_a_log_clip_through_an_amf_is_what_the_library_makes(
    studio: Studio, shared_data: Path
) -> None:
    """LogC3 codes through input, CDL in ACEScct and output: within half a code at 10 bit."""
    codes = log_picture()
    work = FakeWork({"grade.amf": shared_amf(shared_data, "06")})
    clip = decoded(codes, bits=10, tags=LOGC3)
    made = studio.first(clip, work, amf="grade.amf", output="display", samples="float")
    truth = by_library(
        codes / np.float32(1023),
        space("ARRI LogC3 (EI800)", "ACES2065-1"), *hero_grade(), shown(),
    )  # fmt: skip
    assert np.abs(made - truth).max() * 1023 < 0.5
    with studio.open(clip, work, amf="grade.amf", output="display") as pictures:
        plan = pictures.plan
    assert [line.state for line in plan.colour] == ["now", "now", "now"]
    assert not plan.scene_linear
    assert (plan.tags.primaries, plan.tags.transfer) == ("bt709", "bt709")
    after = read_amf(plan.amf_after)
    assert [step.applied for step in after.steps] == [True, True, True]
    assert "source" not in work.assumed


def test_scene_linear_output_leaves_looks_to_who_comes_after(
    studio: Studio, shared_data: Path
) -> None:
    """ACES of a log clip is within 2 half steps, its AMF has the input applied and no more."""
    codes = log_picture()
    work = FakeWork({"grade.amf": shared_amf(shared_data, "06")})
    clip = decoded(codes, bits=10, tags=LOGC3)
    made = studio.first(clip, work, amf="grade.amf")
    truth = by_library(codes / np.float32(1023), space("ARRI LogC3 (EI800)", "ACES2065-1"))
    assert made.dtype == np.float16
    assert half_steps(made, truth) <= 2
    with studio.open(clip, work, amf="grade.amf") as pictures:
        plan = pictures.plan
    assert [line.state for line in plan.colour] == ["now", "left", "left"]
    assert [step.applied for step in read_amf(plan.amf_after).steps] == [True, False, False]
    graded = studio.first(clip, work, amf="grade.amf", through="looks", samples="float")
    truth = by_library(
        codes / np.float32(1023), space("ARRI LogC3 (EI800)", "ACES2065-1"), *hero_grade()
    )
    assert half_steps(graded, truth) <= 2


def test_without_an_amf_a_viewable_is_rec709_and_says_so(studio: Studio) -> None:
    """No AMF means camera to ACES with the Rec.709 output, and each default is assumed."""
    codes, work = log_picture(), FakeWork()
    made = studio.first(
        decoded(codes, bits=10, tags=LOGC3), work, output="display", samples="float"
    )
    truth = by_library(codes / np.float32(1023), space("ARRI LogC3 (EI800)", "ACES2065-1"), shown())
    assert np.abs(made - truth).max() * 1023 < 0.5
    assert work.assumed["output_transform"].startswith("rec709")
    assert work.assumed["source"].startswith("ARRI LogC3 (EI800)")


def test_video_levels_are_taken_off_before_colour(studio: Studio) -> None:
    """Samples between 64 and 940 of 10 bits are 0 to 1 for the colour steps."""
    codes = (64 + log_picture().astype(np.float64) / 1023 * 876).round().astype(np.uint16)
    clip = decoded(codes, bits=10, full=False, tags=LOGC3)
    made = studio.first(clip, samples="float")
    truth = by_library(
        (codes - np.float32(64)) / np.float32(876), space("ARRI LogC3 (EI800)", "ACES2065-1")
    )
    assert half_steps(made, truth) <= 2


def test_looks_beside_the_amf_are_applied_in_their_space(studio: Studio) -> None:
    """A .cc without an AMF works in ACEScct, is said as assumed and ends up in the new AMF."""
    ocio = import_module("PyOpenColorIO")
    cc = (
        b'<ColorCorrection id="shot_010"><SOPNode><Slope>1.2 1 0.9</Slope>'
        b"<Offset>0.01 0 0</Offset><Power>1 1 1.1</Power></SOPNode>"
        b"<SatNode><Saturation>0.8</Saturation></SatNode></ColorCorrection>"
    )
    codes, work = log_picture(), FakeWork({"shot.cc": cc})
    clip = decoded(codes, bits=10, tags=LOGC3)
    made = studio.first(clip, work, looks=("shot.cc",), samples="float")
    cdl = ocio.CDLTransform([1.2, 1, 0.9], [0.01, 0, 0], [1, 1, 1.1], 0.8)
    cdl.setStyle(ocio.CDL_NO_CLAMP)
    truth = by_library(
        codes / np.float32(1023), space("ARRI LogC3 (EI800)", "ACEScct"), cdl,
        space("ACEScct", "ACES2065-1"),
    )  # fmt: skip
    assert half_steps(made, truth) <= 2
    assert work.assumed["look_space"] == "acescct"
    with studio.open(clip, work, looks=("shot.cc",)) as pictures:
        plan = pictures.plan
    (named,) = plan.cdls
    assert (named.id, named.cdl.slope, named.beside) == ("shot_010", (1.2, 1.0, 0.9), True)
    after = read_amf(plan.amf_after)
    assert [(s.stage, s.applied) for s in after.steps] == [("input", True), ("look", True)]
    assert after.steps[1].cdl == named.cdl


def test_light_is_filtered_and_not_code_values(studio: Studio) -> None:
    """Exact: a fine checker of two greys becomes the mean light; view: the mean code."""
    greys = np.array([0.2, 0.6], np.float32)
    y, x = np.mgrid[0:64, 0:64]
    checker = np.repeat(greys[(x + y) % 2][None], 3, axis=0)
    clip = decoded(checker, tags=LOGC3)
    framing = Framing(width=16)
    light = by_library(greys[None, None, :].repeat(3, 0), space("ARRI LogC3 (EI800)", "ACES2065-1"))
    wanted = by_library(np.full((3, 1, 1), 1, np.float32) * light.mean(axis=2)[:, :, None], shown())
    spec: dict[str, Any] = {
        "framing": framing,
        "filter": "area",
        "output": "rec709",
        "samples": "float",
    }
    made = studio.first(clip, **spec)
    assert np.abs(made - wanted).max() * 1023 < 0.5
    code = np.full((3, 1, 1), greys.mean(), np.float32)
    wanted = by_library(code, space("ARRI LogC3 (EI800)", "ACES2065-1"), shown())
    made = studio.first(clip, tier="view", **spec)
    assert np.abs(made - wanted).max() * 1023 < 2


def test_padding_is_black_after_colour(studio: Studio) -> None:
    """Around a padded picture a display output is code 0, whatever its colour steps make of 0."""
    clip = decoded(np.full((3, 40, 40), 0.4, np.float32), tags=LOGC3)
    spec: dict[str, Any] = {"framing": Framing(width=64, height=32), "output": "rec709"}
    made = studio.first(clip, **spec)
    assert made[:, :, :16].max() == 0
    assert made[:, :, 20:44].min() > 0.1
    word = studio.first(clip, samples="word", **spec)
    assert word.dtype == np.uint16
    assert np.abs(word / 65535.0 - made).max() < 1e-3


def test_what_was_made_for_a_display_is_not_rendered_again(studio: Studio) -> None:
    """A Rec.709 clip asked for as Rec.709 comes back as it is, to half a code."""
    codes = log_picture()
    made = studio.first(decoded(codes, bits=10, tags=REC709), output="display", samples="float")
    assert np.abs(made * 1023 - codes).max() < 0.5


def test_samples_as_coded(studio: Studio) -> None:
    """Output "source" runs no colour step; the codes come back exactly."""
    codes = log_picture()
    clip = decoded(codes, bits=10, tags=ColourTags())
    made = studio.first(clip, output="source", samples="float")
    assert np.array_equal(np.round(made * 1023).astype(np.uint16), codes)


def test_aces_stays_aces(studio: Studio) -> None:
    """An ACES clip asked for as ACES is bit for bit its samples, and its AMF has no step."""
    image = np.random.default_rng(3).normal(0.5, 1, (3, 20, 33)).astype(np.float16)
    clip = decoded(image, tags=ACES)
    assert studio.first(clip).tobytes() == image.tobytes()
    with studio.open(clip) as pictures:
        assert read_amf(pictures.plan.amf_after).steps == ()


CONFLICTS: list[tuple[dict[str, Any], ColourTags, str, str]] = [
    ({"amf": "09.amf"}, LOGC3, "amf", "output transform was applied"),
    ({"amf": "done.amf"}, LOGC3, "amf", "`source` decides"),
    ({"amf": "06c4.amf"}, LOGC3, "amf", "not for ARRI LogC3"),
    ({"amf": "06.amf"}, ACES, "amf", "not for ACES2065-1"),
    ({"amf": "10.amf"}, LOGC4, "amf", "of clip 'A025C003_201215_R2DE'"),
    ({"amf": "06.amf", "aces": "1.3"}, LOGC3, "aces", "asks for ACES 1.3"),
    ({"amf": "climbs.amf"}, LOGC3, "amf", "climbs out"),
    ({"amf": "unknown.amf"}, LOGC3, "amf", "nothing here knows"),
    ({"amf": "missing.amf"}, LOGC3, "amf", "not beside the AMF"),
    ({"amf": "done.amf", "through": "looks"}, ACES, "amf", "twice is refused"),
    ({"source": "nonsense"}, LOGC3, "source", "not known"),
    ({"output": "nonsense"}, LOGC3, "output", "not known"),
    ({"output": "camera"}, LOGC3, "output", "no camera raw"),
    ({"samples": "word"}, LOGC3, "samples", "scene-linear"),
    ({"looks": ("shot.txt",)}, LOGC3, "looks", "none of .cube"),
    ({"looks": ("bad.cube",)}, LOGC3, "looks", "'bad.cube' can not be used"),
    ({"looks": ("many.ccc",)}, LOGC3, "looks", "holds 2 CDLs"),
    ({"looks": ("shot.cc",), "output": "source"}, LOGC3, "looks", "no colour steps"),
    ({}, ColourTags(), "source", "does not say"),
    ({"config": "bad.ocio"}, LOGC3, "config", "OCIO config"),
]


@pytest.mark.parametrize(("spec", "tags", "field", "words"), CONFLICTS)
def test_decisions_that_contradict_are_one_clear_sentence(
    studio: Studio,
    shared_data: Path,
    spec: dict[str, Any],
    tags: ColourTags,
    field: str,
    words: str,
) -> None:
    """Sidecars that do not fit the clip or each other are refused before a pixel is read."""
    log4 = "Arri.LogC4_to_ACES.a2.v1"
    grade = shared_amf(shared_data, "06").decode()
    tid = "urn:ampas:aces:transformId:v2.0:CSC.Arri.LogC3_to_ACES.a2.v1"
    reference = f"<aces:transformId>{tid}</aces:transformId>"
    ccc = "".join(f'<ColorCorrection id="{n}"/>' for n in ("one", "two"))
    files = {
        "06.amf": grade,
        "06c4.amf": shared_amf(shared_data, "06", log4).decode(),
        "09.amf": shared_amf(shared_data, "09").decode(),
        "10.amf": shared_amf(shared_data, "10").decode(),
        "climbs.amf": grade.replace(reference, "<aces:file>../secret.clf</aces:file>"),
        "unknown.amf": grade.replace("LogC3_to_ACES", "LogC9_to_ACES"),
        "missing.amf": grade.replace(reference, "<aces:file>gone.clf</aces:file>"),
        "done.amf": grade.replace('applied="false"', 'applied="true"', 2),
        "shot.txt": "x",
        "bad.cube": "LUT_3D_SIZE 9\n0 0 0\n",
        "shot.cc": '<ColorCorrection id="a"/>',
        "many.ccc": f"<ColorCorrectionCollection>{ccc}</ColorCorrectionCollection>",
        "bad.ocio": "no config",
    }
    work = FakeWork({name: text.encode() for name, text in files.items()})
    with pytest.raises(RushesError, match=words) as caught:
        studio.open(decoded(log_picture(), bits=10, tags=tags), work, **spec)
    assert isinstance(caught.value, InvalidRequest | UnsupportedMedia)
    assert caught.value.facts["field"] == field


def test_the_requests_own_source_wins(studio: Studio, shared_data: Path) -> None:
    """`source` stands over the clip's tags and the AMF's input transform."""
    codes = log_picture()
    work = FakeWork({"grade.amf": shared_amf(shared_data, "06")})
    clip = decoded(codes, bits=10, tags=REC709)
    made = studio.first(clip, work, amf="grade.amf", source="arri-logc4", samples="float")
    truth = by_library(codes / np.float32(1023), space("ARRI LogC4", "ACES2065-1"))
    assert half_steps(made, truth) <= 2
    with studio.open(clip, work, amf="grade.amf", source="arri-logc4") as pictures:
        first = read_amf(pictures.plan.amf_after).steps[0]
    assert first.applied
    assert first.reference is not None
    assert (first.reference.transform_id or "").endswith("LogC4_to_ACES.a2.v1")


def test_the_same_wish_has_the_same_sidecars(studio: Studio, shared_data: Path) -> None:
    """AMF and FDL afterwards are the clip's: another range of it writes the same bytes."""
    work = FakeWork({"grade.amf": shared_amf(shared_data, "06")})
    clip = decoded(log_picture(), bits=10, tags=LOGC3)
    made = []
    for frames in ("0-1", "2"):
        spec = {"frames": frames, "amf": "grade.amf", "framing": Framing(width=50, height=50)}
        with studio.open(clip, work, **spec) as pictures:
            made.append((pictures.plan.amf_after, pictures.plan.fdl_after))
            assert len(pictures.resolve()) == (2 if frames == "0-1" else 1)
    assert made[0] == made[1]
