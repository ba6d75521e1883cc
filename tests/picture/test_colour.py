"""Colour decisions on decoded clips, against OpenColorIO asked for the same chain directly."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from functions.colour.transform_ids import known_id
from functions.contract.amf import Author, Cdl, ColourStep, Reference, WorkingSpace
from functions.contract.errors import (
    InvalidRequest,
    LimitExceeded,
    RushesError,
    UnsupportedMedia,
)
from functions.contract.picture import ColourTags
from functions.contract.store import Stat
from functions.picture import Framing, Wish
from functions.picture.sources import decision_sources
from functions.sidecars.amf_read import check_amf, read_amf
from tests.media.memory_store import ROOT
from tests.picture.fakes import FakeWork, Planes, Studio, decoded

LOGC3 = ColourTags(log="LogC3", gamut="ARRI Wide Gamut 3", primaries="bt709", transfer="bt709")
LOGC3_ID = "urn:ampas:aces:transformId:v2.0:CSC.Arri.LogC3_to_ACES.a2.v1"
AP1 = WorkingSpace(
    into=Reference(
        transform_id="urn:ampas:aces:transformId:v2.0:CSC.Academy.ACES_to_ACEScg.a2.v1",
        part="toCdlWorkingSpace",
    ),
    back=Reference(
        transform_id="urn:ampas:aces:transformId:v2.0:CSC.Academy.ACEScg_to_ACES.a2.v1",
        part="fromCdlWorkingSpace",
    ),
)
LOGC4 = ColourTags(log="LogC4")
REC709 = ColourTags(primaries="bt709", transfer="bt709", matrix="bt709")
ACES = ColourTags(gamut="AP0", transfer="linear")
BUILT_IN = "studio-config-v5.0.0_aces-v2.1_ocio-v2.6"
VIEW = ("Rec.1886 Rec.709 - Display", "ACES 2.0 - SDR 100 nits (Rec.709)")


def log_picture(bits: int = 10, height: int = 60, width: int = 90) -> npt.NDArray[np.uint16]:
    """(3, h, w) code values like a picture's: ramps of every hue, noise, both ends."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    planes = np.stack([x, 0.6 * x + 0.4 * y, 0.3 + 0.5 * y]) * 0.75 + 0.08
    planes += rng.normal(0, 0.02, planes.shape)
    planes[:, :3, :3], planes[:, -3:, -3:] = 0.0, 1.0
    codes: npt.NDArray[np.uint16] = (planes.clip(0, 1) * (2**bits - 1)).round().astype(np.uint16)
    return codes


def by_library(image: Planes, *transforms: Any) -> npt.NDArray[np.float32]:
    """(3, h, w) float32 through transforms of the built-in config, by the library alone."""
    ocio = import_module("PyOpenColorIO")
    config = ocio.Config.CreateFromBuiltinConfig(BUILT_IN)
    group = ocio.GroupTransform(list(transforms))
    cpu = config.getProcessor(group).getOptimizedCPUProcessor(
        ocio.BIT_DEPTH_F32, ocio.BIT_DEPTH_F32, ocio.OPTIMIZATION_LOSSLESS
    )
    rgb = np.ascontiguousarray(image.astype(np.float32).transpose(1, 2, 0))
    cpu.applyRGB(rgb)
    return rgb.transpose(2, 0, 1)


def space(source: str, target: str) -> Any:
    """From one colour space of the config to another."""
    return import_module("PyOpenColorIO").ColorSpaceTransform(source, target)


def shown() -> Any:
    """ACES2065-1 to Rec.709."""
    return import_module("PyOpenColorIO").DisplayViewTransform("ACES2065-1", *VIEW)


def hero_grade() -> tuple[Any, ...]:
    """The CDL of the shared file 06, in ACEScct."""
    ocio = import_module("PyOpenColorIO")
    cdl = ocio.CDLTransform([1.25, 1.0, 0.85], [0.0] * 3, [1.0] * 3, 1.12)
    cdl.setStyle(ocio.CDL_NO_CLAMP)
    return space("ACES2065-1", "ACEScct"), cdl, space("ACEScct", "ACES2065-1")


def shared_amf(shared_data: Path, name: str, log: str = "Arri.LogC3_to_ACES.a2.v1") -> bytes:
    """A shared AMF with its input transform made one of ours."""
    (path,) = (shared_data / "amf/valid").glob(f"{name}_*.amf")
    text = path.read_text().replace("CSC.Canon.CLog3_CGamut_to_ACES.a1.v1", f"CSC.{log}")
    return text.encode()


def half_steps(made: Planes, truth: npt.NDArray[np.float32]) -> float:
    """Largest distance in steps between neighbouring half floats."""
    return float((np.abs(made.astype(np.float64) - truth) / np.spacing(
        np.abs(truth).clip(2**-14).astype(np.float16)
    )).max())  # fmt: skip


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
    wish: dict[str, Any] = {
        "framing": framing,
        "filter": "area",
        "output": "rec709",
        "samples": "float",
    }
    made = studio.first(clip, **wish)
    assert np.abs(made - wanted).max() * 1023 < 0.5
    code = np.full((3, 1, 1), greys.mean(), np.float32)
    wanted = by_library(code, space("ARRI LogC3 (EI800)", "ACES2065-1"), shown())
    made = studio.first(clip, tier="view", **wish)
    assert np.abs(made - wanted).max() * 1023 < 2


def test_padding_is_black_after_colour(studio: Studio) -> None:
    """Around a padded picture a display output is code 0, whatever its colour steps make of 0."""
    clip = decoded(np.full((3, 40, 40), 0.4, np.float32), tags=LOGC3)
    wish: dict[str, Any] = {"framing": Framing(width=64, height=32), "output": "rec709"}
    made = studio.first(clip, **wish)
    assert made[:, :, :16].max() == 0
    assert made[:, :, 20:44].min() > 0.1
    word = studio.first(clip, samples="word", **wish)
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


@pytest.mark.parametrize(("wish", "tags", "field", "words"), CONFLICTS)
def test_decisions_that_contradict_are_one_clear_sentence(
    studio: Studio,
    shared_data: Path,
    wish: dict[str, Any],
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
        studio.open(decoded(log_picture(), bits=10, tags=tags), work, **wish)
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
        wish = {"frames": frames, "amf": "grade.amf", "framing": Framing(width=50, height=50)}
        with studio.open(clip, work, **wish) as pictures:
            made.append((pictures.plan.amf_after, pictures.plan.fdl_after))
            assert len(pictures.resolve()) == (2 if frames == "0-1" else 1)
    assert made[0] == made[1]


CONFIG = """ocio_profile_version: 2.1
search_path: luts
strictparsing: true
roles: {default: raw, scene_linear: aces, aces_interchange: aces}
file_rules:
  - !<Rule> {name: Default, colorspace: default}
displays:
  show:
    - !<View> {name: film, colorspace: print}
colorspaces:
  - !<ColorSpace> {name: raw, isdata: true}
  - !<ColorSpace> {name: aces}
  - !<ColorSpace>
    name: print
    from_scene_reference: !<FileTransform> {src: print.cube, interpolation: tetrahedral}
  - !<ColorSpace>
    name: twice
    to_scene_reference: !<MatrixTransform> {matrix: [2,0,0,0, 0,2,0,0, 0,0,2,0, 0,0,0,1]}
"""


def test_a_studios_own_config_with_its_files(studio: Studio) -> None:
    """Spaces and views of an .ocio config count before ours, its tables lie beside it."""
    cube = "LUT_3D_SIZE 2\n" + "\n".join(
        f"{1 - r} {g} {b}" for b in (0, 1) for g in (0, 1) for r in (0, 1)
    )
    work = FakeWork({"show.ocio": CONFIG.encode(), "luts/print.cube": cube.encode()})
    image = np.random.default_rng(2).random((3, 8, 9), np.float32) * 0.4
    clip = decoded(image, tags=ColourTags())
    wish: dict[str, Any] = {"config": "show.ocio", "source": "twice", "output": "show/film"}
    made = studio.first(clip, work, samples="float", **wish)
    wanted = np.stack([1 - 2 * image[0], 2 * image[1], 2 * image[2]])
    assert np.abs(made - wanted).max() < 1e-5
    with studio.open(clip, work, **wish) as pictures:
        assert [uri.rpartition("/")[2] for uri in pictures.plan.inputs] == [
            "show.ocio",
            "print.cube",
        ]


def test_a_config_archive_holds_its_own_files(studio: Studio) -> None:
    """An .ocioz gives what its config gives with the files beside it, and is one input."""
    cube = "LUT_3D_SIZE 2\n" + "\n".join(
        f"{1 - r} {g} {b}" for b in (0, 1) for g in (0, 1) for r in (0, 1)
    )
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("config.ocio", CONFIG)
        archive.writestr("luts/print.cube", cube)
    # A table of that name beside the archive is none of its own.
    work = FakeWork({"show.ocioz": held.getvalue(), "luts/print.cube": b"nothing"})
    image = np.random.default_rng(2).random((3, 8, 9), np.float32) * 0.4
    clip = decoded(image, tags=ColourTags())
    wish: dict[str, Any] = {"config": "show.ocioz", "source": "twice", "output": "show/film"}
    made = studio.first(clip, work, samples="float", **wish)
    wanted = np.stack([1 - 2 * image[0], 2 * image[1], 2 * image[2]])
    assert np.abs(made - wanted).max() < 1e-5
    with studio.open(clip, work, **wish) as pictures:
        assert [uri.rpartition("/")[2] for uri in pictures.plan.inputs] == ["show.ocioz"]
    asked = Wish(input=f"{ROOT}A001.mov", config=f"{ROOT}show.ocioz")
    assert [stat.uri for stat in decision_sources(asked, work.store)] == [f"{ROOT}show.ocioz"]


def test_every_shared_amf_can_be_gone_on_with(studio: Studio, shared_data: Path) -> None:
    """Each valid AMF gives pictures and an AMF without errors, or says what has no transform."""
    refused = []
    for folder in ("valid", "generated_aces1"):
        files = {p.name: p.read_bytes() for p in (shared_data / "amf" / folder).glob("*")}
        for name in sorted(n for n in files if n.endswith(".amf")):
            # Nothing of the clip's own: the AMF decides alone.
            clip = decoded(log_picture(10, 4, 6), bits=10, name="A025C003_201215_R2DE")
            work = FakeWork(files)
            try:
                made = studio.first(clip, work, amf=name, source=None)
                with studio.open(clip, work, amf=name) as pictures:
                    assert check_amf(pictures.plan.amf_after).errors == (), name
                assert np.isfinite(made.astype(np.float32)).all(), name
            except (InvalidRequest, UnsupportedMedia) as error:
                assert error.facts["field"] in ("amf", "source"), name
                refused.append(name)
    without = ("EI2000", "EI2560", "EI3200", "Log2_", "Log3_", "SLog1", "SLog2", "proxy12i")
    assert all(any(part in name for part in without) for name in refused if name[0] == "i")
    assert sorted(name for name in refused if name[0] != "i") == [
        # Three of finished pictures, of which no ACES can be made; one of another clip.
        "09_applied_non_applied_sequence.amf",
        "12_primary_with_archived_looks.amf",
        "14_complex_metadata.amf",
        "30_cdl_reference_from_ccc.amf",
    ]


def test_a_finished_picture_is_shown_as_it_is(studio: Studio, shared_data: Path) -> None:
    """Where the AMF says that the output transform is applied, a viewable is the samples."""
    codes = log_picture()
    work = FakeWork({"done.amf": shared_amf(shared_data, "09")})
    clip = decoded(codes, bits=10, tags=ColourTags())
    made = studio.first(clip, work, amf="done.amf", output="display", samples="float")
    assert np.abs(made * 1023 - codes).max() < 0.5
    assert "the AMF's applied output transform" in work.assumed["source"]
    with studio.open(clip, work, amf="done.amf", output="display") as pictures:
        plan = pictures.plan
    assert [line.state for line in plan.colour].count("already") == 4
    assert plan.amf_after == work.store.files["s3://camera/done.amf"]


@pytest.mark.parametrize("aces", ["1.3", "2"])
def test_an_amf_of_our_own_is_read_back_as_what_was_done(studio: Studio, aces: str) -> None:
    """Without an AMF the new one names input, look and output of that ACES, all applied."""
    cc = (
        b'<ColorCorrection id="a"><SatNode><Saturation>0.9</Saturation></SatNode></ColorCorrection>'
    )
    codes, work = log_picture(), FakeWork({"shot.cc": cc})
    clip = decoded(codes, bits=10, tags=LOGC3)
    wish: dict[str, Any] = {"looks": ("shot.cc",), "output": "rec709", "aces": aces}
    made = studio.first(clip, work, samples="float", **wish)
    with studio.open(clip, work, **wish) as pictures:
        after = pictures.plan.amf_after
    amf = read_amf(after, known_id=known_id)
    assert all(step.applied for step in amf.steps)
    assert [step.stage for step in amf.steps] == ["input", "look", "output"]
    # Whoever undoes nothing and does these steps from the codes gets the same picture.
    fresh = after.replace(b'applied="true"', b'applied="false"')
    work = FakeWork({"again.amf": fresh})
    again = studio.first(clip, work, amf="again.amf", output="display", samples="float")
    assert np.abs(again - made).max() * 1023 < 0.5


def test_working_ends_at_the_working_location(studio: Studio) -> None:
    """Through "working": looks before the marker are applied, those after it are left."""
    from functions.sidecars.amf_apply import made_amf
    from functions.sidecars.amf_write import write_amf

    looks = [
        ColourStep(stage="look", description=name, cdl=Cdl(slope=(slope, 1, 1)), working=AP1)
        for name, slope in (("base", 1.5), ("grade", 2.0))
    ]
    made = made_amf(
        [ColourStep(stage="input", reference=Reference(transform_id=LOGC3_ID)), *looks],
        created="2026-01-01T00:00:00Z",
        uuid="urn:uuid:5b3a1f1e-0000-4000-8000-000000000003",
        author=Author(name="A colourist"),
        description="two looks",
    )
    marked = replace(made, pipeline=replace(made.pipeline, working_location=2))
    work = FakeWork({"two.amf": write_amf(marked)})
    codes = log_picture()
    clip = decoded(codes, bits=10, tags=LOGC3)
    wish: dict[str, Any] = {"amf": "two.amf", "through": "working"}
    image = studio.first(clip, work, samples="float", **wish)
    light = by_library(codes / np.float32(1023), space("ARRI LogC3 (EI800)", "ACEScg"))
    light[0] *= 1.5
    assert half_steps(image, by_library(light, space("ACEScg", "ACES2065-1"))) <= 2
    with studio.open(clip, work, **wish) as pictures:
        assert [line.state for line in pictures.plan.colour] == ["now", "now", "left"]
        after = read_amf(pictures.plan.amf_after)
    assert [step.applied for step in after.steps] == [True, True, False]
    assert after.pipeline.working_location == 2


def test_a_sidecar_too_large_is_not_read(studio: Studio) -> None:
    """A gigantic AMF or FDL is over the limit before it is fetched."""
    work = FakeWork({"big": b"x"})
    stat = work.store.stat
    work.store.stat = lambda uri: Stat(uri, 2**40, stat(uri).identity)  # type: ignore[method-assign]
    for field in ("amf", "fdl", "config"):
        with pytest.raises(LimitExceeded):
            studio.open(decoded(log_picture(), bits=10, tags=LOGC3), work, **{field: "big"})
    assert work.store.read_whole == []


@pytest.mark.parametrize("look_space", ["acescct", "acescg", "aces", "linear-rec709"])
def test_an_amf_says_where_its_cdl_works(studio: Studio, look_space: str) -> None:
    """Whatever space a CDL beside the AMF works in, the new AMF is whole and names it."""
    cc = (
        b'<ColorCorrection id="a"><SatNode><Saturation>0.9</Saturation></SatNode></ColorCorrection>'
    )
    clip = decoded(log_picture(), bits=10, tags=LOGC3)
    work = FakeWork({"shot.cc": cc})
    with studio.open(clip, work, looks=("shot.cc",), look_space=look_space) as pictures:
        after = read_amf(pictures.plan.amf_after)
    working = after.steps[1].working
    assert working is not None
    told = working.back.transform_id or working.back.description or ""
    assert look_space.partition("-")[0] in told.lower()
    assert "look_space" not in work.assumed


def test_tags_for_players_are_no_word_against_an_amf(studio: Studio, shared_data: Path) -> None:
    """A log clip that its container calls BT.709 goes through the AMF's input transform."""
    codes = log_picture()
    work = FakeWork({"grade.amf": shared_amf(shared_data, "06")})
    clip = decoded(codes, bits=10, tags=REC709)
    made = studio.first(clip, work, amf="grade.amf", samples="float")
    truth = by_library(codes / np.float32(1023), space("ARRI LogC3 (EI800)", "ACES2065-1"))
    assert half_steps(made, truth) <= 2


@pytest.mark.parametrize(("through", "applied"), [(None, True), ("input", False)])
def test_looks_beside_stand_between_the_amfs_looks_and_its_output(
    studio: Studio, shared_data: Path, through: str | None, applied: bool
) -> None:
    """The new AMF has them in their place, applied as far as was asked; a table ships too."""
    cube = "LUT_3D_SIZE 2\n" + "\n".join(
        f"{r} {0.9 * g} {b}" for b in (0, 1) for g in (0, 1) for r in (0, 1)
    )
    files = {"grade.amf": shared_amf(shared_data, "06"), "show.cube": cube.encode()}
    work = FakeWork(files)
    clip = decoded(log_picture(), bits=10, tags=LOGC3)
    wish: dict[str, Any] = {"amf": "grade.amf", "looks": ("show.cube",), "through": through}
    with studio.open(clip, work, **wish) as pictures:
        plan = pictures.plan
    after = read_amf(plan.amf_after, file_content=dict(plan.files_after).get)
    assert [(s.stage, s.applied) for s in after.steps] == [
        ("input", True), ("look", applied), ("look", applied), ("output", False),
    ]  # fmt: skip
    assert after.steps[2].description == "show.cube, acescct"
    assert plan.files_after == {"show.cube": cube.encode()}
    assert [line.text.split()[0].rstrip(":") for line in plan.colour] == [
        "input", "look", "look", "output",
    ]  # fmt: skip
    states = [line.state for line in plan.colour]
    assert states == ["now", *["now" if applied else "left"] * 2, "left"]
