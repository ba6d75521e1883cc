"""Configs, AMFs and looks on decoded clips, and the AMFs that are written afterwards."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.colour.aces_ids.transforms import known_id
from functions.contract.amf import Author, Cdl, ColourStep, Reference
from functions.contract.errors import (
    InvalidRequest,
    LimitExceeded,
    UnsupportedMedia,
)
from functions.contract.picture import ColourTags
from functions.contract.store import Stat
from functions.picture import PictureSpec
from functions.picture.plan.sidecar_files import SidecarFiles
from functions.picture.plan.sources import decision_sources
from functions.sidecars.amf.read import check_amf, read_amf
from tests.media.memory_store import ROOT
from tests.picture.decided import (
    AP1,
    LOGC3,
    LOGC3_ID,
    REC709,
    by_library,
    half_steps,
    log_picture,
    shared_amf,
    space,
)
from tests.picture.fakes import FakeWork, Studio, decoded

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
    spec: dict[str, Any] = {"config": "show.ocio", "source": "twice", "output": "show/film"}
    made = studio.first(clip, work, samples="float", **spec)
    wanted = np.stack([1 - 2 * image[0], 2 * image[1], 2 * image[2]])
    assert np.abs(made - wanted).max() < 1e-5
    with studio.open(clip, work, **spec) as pictures:
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
    spec: dict[str, Any] = {"config": "show.ocioz", "source": "twice", "output": "show/film"}
    made = studio.first(clip, work, samples="float", **spec)
    wanted = np.stack([1 - 2 * image[0], 2 * image[1], 2 * image[2]])
    assert np.abs(made - wanted).max() < 1e-5
    with studio.open(clip, work, **spec) as pictures:
        assert [uri.rpartition("/")[2] for uri in pictures.plan.inputs] == ["show.ocioz"]
    asked = PictureSpec(input=f"{ROOT}A001.mov", config=f"{ROOT}show.ocioz")
    assert [stat.uri for stat in decision_sources(asked, SidecarFiles(work.store))] == [
        f"{ROOT}show.ocioz"
    ]


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
    spec: dict[str, Any] = {"looks": ("shot.cc",), "output": "rec709", "aces": aces}
    made = studio.first(clip, work, samples="float", **spec)
    with studio.open(clip, work, **spec) as pictures:
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
    from functions.sidecars.amf.apply import new_amf
    from functions.sidecars.amf.write import write_amf

    looks = [
        ColourStep(stage="look", description=name, cdl=Cdl(slope=(slope, 1, 1)), working=AP1)
        for name, slope in (("base", 1.5), ("grade", 2.0))
    ]
    made = new_amf(
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
    spec: dict[str, Any] = {"amf": "two.amf", "through": "working"}
    image = studio.first(clip, work, samples="float", **spec)
    light = by_library(codes / np.float32(1023), space("ARRI LogC3 (EI800)", "ACEScg"))
    light[0] *= 1.5
    assert half_steps(image, by_library(light, space("ACEScg", "ACES2065-1"))) <= 2
    with studio.open(clip, work, **spec) as pictures:
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


@pytest.mark.parametrize(("last", "told"), [(9999, False), (599, False), (499, True)])
def test_an_amf_of_other_frames_is_told(
    studio: Studio, shared_data: Path, last: int, told: bool
) -> None:
    """clipId's sequence has a first and a last file (AMF 2.0): others may be of another grade."""
    data = shared_amf(shared_data, "10").replace(b'max="9999"', b'max="%d"' % last)
    clip = decoded(log_picture(10, 4, 6), bits=10, name="A025C003_201215_R2DE")
    with studio.open(clip, FakeWork({"a.amf": data}), amf="a.amf", frames="500-700") as pictures:
        notes = [note for note in pictures.plan.notes if "is of frames" in note]
    assert notes == ["AMF: it is of frames 0-499 of the clip, and 500-700 are asked for"] * told


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
    spec: dict[str, Any] = {"amf": "grade.amf", "looks": ("show.cube",), "through": through}
    with studio.open(clip, work, **spec) as pictures:
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
