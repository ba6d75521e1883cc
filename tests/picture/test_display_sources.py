"""Looks on clips that were finished for a display: the rendering is undone, and done once."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.colour.mastering import mastering_volume
from functions.contract.picture import ColourTags
from functions.sidecars.amf.read import read_amf
from tests.picture.decided import REC709, VIEW, by_library, half_steps, log_picture
from tests.picture.fakes import FakeWork, Studio, decoded

LIGHT = bytes.fromhex("03db007b")
PQ = ColourTags(primaries="bt2020", transfer="smpte2084", matrix="bt2020nc")


def cdl(slope: str) -> bytes:
    """A correction with that slope alone."""
    return (
        f'<ColorCorrection id="shot"><SOPNode><Slope>{slope}</Slope><Offset>0 0 0</Offset>'
        "<Power>1 1 1</Power></SOPNode><SatNode><Saturation>1</Saturation></SatNode>"
        "</ColorCorrection>"
    ).encode()


def undone() -> Any:
    """Rec.709 as it is shown, back to ACES2065-1, asked of OpenColorIO directly."""
    ocio = import_module("PyOpenColorIO")
    return ocio.DisplayViewTransform("ACES2065-1", *VIEW, direction=ocio.TRANSFORM_DIR_INVERSE)


@pytest.mark.parametrize(
    ("source", "tags", "output"),
    [
        (None, REC709, "rec709"),
        ("srgb", None, "srgb"),
        ("srgb-p3d65", None, "display-p3"),
        ("p3d65", None, "p3d65"),
        ("rec2100-hlg", None, "rec2100-hlg"),
    ],
)
@pytest.mark.parametrize("aces", ["2", "1.3"])
def test_a_look_that_changes_nothing_leaves_a_finished_picture_as_it_is(
    studio: Studio, source: str | None, tags: ColourTags | None, output: str, aces: str
) -> None:
    """Greys of every level come back as they were, to half a code of 10 bits."""
    grey = np.broadcast_to(np.arange(64, 940, dtype=np.uint16), (3, 2, 876))
    clip = decoded(np.ascontiguousarray(grey), bits=10, tags=tags or ColourTags())
    work = FakeWork({"a.cc": cdl("1 1 1")})
    spec: dict[str, Any] = {"looks": ("a.cc",), "samples": "float", "source": source, "aces": aces}
    made = studio.first(clip, work, output=output, **spec)
    off = np.abs(made - grey / np.float32(1023)).max() * 1023
    # ACES 1 renders blacks and greys of a surround a little coloured; ACES 2 does not.
    assert off < (0.5 if aces == "2" else 1.5)
    assert "undone" in work.assumed["source_rendering"]


def test_a_look_works_on_the_scene_behind_a_finished_picture(studio: Studio) -> None:
    """Rec.709 to the scene, the CDL in ACEScct, and rendered once, as OpenColorIO makes it."""
    ocio = import_module("PyOpenColorIO")
    codes = log_picture()
    work = FakeWork({"a.cc": cdl("1.1 1 0.9")})
    clip = decoded(codes, bits=10, tags=REC709)
    made = studio.first(clip, work, looks=("a.cc",), output="rec709", samples="float")
    grade = ocio.CDLTransform([1.1, 1.0, 0.9], [0.0] * 3, [1.0] * 3, 1.0)
    grade.setStyle(ocio.CDL_NO_CLAMP)
    truth = by_library(
        codes / np.float32(1023),
        undone(),
        ocio.ColorSpaceTransform("ACES2065-1", "ACEScct"), grade,
        ocio.ColorSpaceTransform("ACEScct", "ACES2065-1"),
        ocio.DisplayViewTransform("ACES2065-1", *VIEW),
    )  # fmt: skip
    assert np.abs(made - truth).max() * 1023 < 0.5
    assert made.mean() > 0.8 * (codes / 1023).mean()  # rendered twice it is nearly black


@pytest.mark.parametrize("given", ["looks", "amf"])
def test_a_plate_of_a_finished_picture_is_the_scene_where_a_look_waits(
    studio: Studio, given: str
) -> None:
    """ACES pixels are the rendering's inverse, and the AMF beside says so."""
    codes = log_picture()
    work = FakeWork({"a.cc": cdl("1.1 1 0.9")})
    clip = decoded(codes, bits=10, tags=REC709)
    spec: dict[str, Any] = {"looks": ("a.cc",), "through": "input"}
    if given == "amf":  # the AMF that a plate's viewing movie is made by
        with studio.open(decoded(codes, bits=10, tags=ColourTags(gamut="AP0", transfer="linear")),
                         work, **spec) as pictures:  # fmt: skip
            work = FakeWork({"a.amf": pictures.plan.amf_after})
        spec = {"amf": "a.amf"}
    made = studio.first(clip, work, **spec)
    truth = by_library(codes / np.float32(1023), undone())
    # Half floats end at 65504; the inverse is steep at the top of the display.
    inside = truth < 16
    assert half_steps(np.where(inside, made, 0), np.where(inside, truth, 0)) <= 2
    with studio.open(clip, work, **spec) as pictures:
        steps = read_amf(pictures.plan.amf_after).steps
    assert [step.applied for step in steps] == [True, False]
    (part,) = steps[0].parts
    assert part.part == "inverseOutputTransform"
    assert str(part.transform_id).endswith(
        "InvOutput.Academy.Rec709-D65_100nit_in_Rec709-D65_BT1886.a2.v1"
    )


def test_an_amf_that_renders_does_not_render_twice(studio: Studio, shared_data: Path) -> None:
    """An AMF whose output transform waits, without a look, leaves a Rec.709 clip as it is."""
    amf = (shared_data / "amf/valid/03_idt_odt_viewing_pipeline.amf").read_bytes()
    assert b"lookTransform" not in amf
    codes = log_picture()
    clip = decoded(codes, bits=10, tags=REC709)
    work = FakeWork({"a.amf": amf})
    spec: dict[str, Any] = {"amf": "a.amf", "source": "rec709", "samples": "float"}
    made = studio.first(clip, work, output="display", **spec)
    assert np.abs(made - codes / np.float32(1023)).max() * 1023 < 2
    assert "undone" in work.assumed["source_rendering"]


def test_without_a_look_a_finished_picture_is_not_rendered(studio: Studio) -> None:
    """To its own display codes stay; to ACES its light is as shown, and that is told."""
    codes = log_picture()
    clip = decoded(codes, bits=10, tags=REC709)
    work = FakeWork()
    made = studio.first(clip, work, output="rec709", samples="float")
    assert np.abs(made - codes / np.float32(1023)).max() * 1023 < 0.5
    assert "source_rendering" not in work.assumed
    light = studio.first(clip, work, output="aces", samples="float")
    assert light.max() == pytest.approx(1.0, abs=1e-3)
    assert work.assumed["source_rendering"].startswith("kept")


def test_pq_is_taken_as_a_thousand_nits_where_a_look_asks(studio: Studio) -> None:
    """An identity look keeps PQ codes up to 1000 cd/m2, which is told."""
    grey = np.broadcast_to(np.arange(64, 720, dtype=np.uint16), (3, 2, 656))
    clip = decoded(np.ascontiguousarray(grey), bits=10, tags=PQ)
    work = FakeWork({"a.cc": cdl("1 1 1")})
    made = studio.first(clip, work, looks=("a.cc",), output="rec2100-pq", samples="float")
    assert np.abs(made - grey / np.float32(1023)).max() * 1023 < 0.5
    assert "1000 nits" in work.assumed["source_rendering"]


@pytest.mark.parametrize(
    ("output", "aces", "primaries", "peak"),
    [("rec2100-pq", "2", "smpte432", 1000), ("rec2100-pq-4000", "2", "smpte432", 4000),
     ("rec2100-pq-1000-rec2020", "2", "bt2020", 1000), ("rec2100-pq", "1.3", "bt2020", 1000),
     ("p3d65-pq-108", "2", "smpte432", 108)],
)  # fmt: skip
def test_what_is_rendered_is_for_the_display_of_its_view(
    studio: Studio,
    output: str,
    aces: str,
    primaries: str,
    peak: float,
) -> None:
    """The view of the output says primaries and peak."""
    clip = decoded(np.zeros((3, 4, 4), np.float32), tags=ColourTags(gamut="AP0", transfer="linear"))
    with studio.open(clip, output=output, aces=aces, samples="word") as pictures:
        tags = pictures.plan.tags
    assert tags.mastering == mastering_volume(primaries, peak)
    assert tags.content_light is None


@pytest.mark.parametrize("output", ["source", "rec2100-pq"])
def test_a_picture_that_is_not_rendered_keeps_its_source_s_levels(
    studio: Studio,
    output: str,
) -> None:
    """PQ to PQ and samples as they are: what the clip's boxes said goes on; to SDR it does not."""
    said = mastering_volume("bt2020", 2000)
    tags = ColourTags(
        primaries="bt2020",
        transfer="smpte2084",
        matrix="bt2020nc",
        mastering=said,
        content_light=LIGHT,
    )
    clip = decoded(np.zeros((3, 4, 4), np.uint16), bits=10, tags=tags)
    with studio.open(clip, FakeWork(), output=output) as pictures:
        assert (pictures.plan.tags.mastering, pictures.plan.tags.content_light) == (said, LIGHT)
    with studio.open(clip, FakeWork(), output="rec709") as pictures:
        assert pictures.plan.tags.mastering is None
        assert pictures.plan.tags.content_light is None
