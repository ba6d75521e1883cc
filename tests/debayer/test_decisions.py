"""debayer with an AMF, looks and an FDL: what it writes, says and refuses."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lxml import etree

import rushes
from demo.make_clip import make_clip
from functions.sidecars.amf.read import read_amf
from functions.sidecars.fdl.read import check_fdl

CUBE = "LUT_3D_SIZE 2\n" + "\n".join(
    f"{0.9 * r} {g} {b}" for b in (0, 1) for g in (0, 1) for r in (0, 1)
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five small raw frames."""
    folder = tmp_path_factory.mktemp("camera") / "A001"
    make_clip(folder, frames=5, width=320, height=180)
    return folder


@pytest.fixture
def grade(tmp_path: Path, shared_data: Path) -> Path:
    """A shared AMF: a log input transform, one CDL, an output transform."""
    path = tmp_path / "grade.amf"
    shutil.copy(shared_data / "amf/valid/06_cdl_in_acescct.amf", path)
    return path


def files(folder: Path) -> dict[str, bytes]:
    """Every output by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("compression", ["none", "zip"])
def test_parts_and_threads_make_the_same_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clip: Path, grade: Path, compression: str
) -> None:
    """Frames, AMF and FDL are the same bytes from one unit or three, one thread or four."""
    spec: dict[str, Any] = {
        "input": str(clip), "amf": str(grade), "through": "looks", "width": 200, "height": 120,
        "compression": compression,
    }  # fmt: skip
    monkeypatch.setenv("RUSHES_THREADS", "1")
    rushes.debayer(output=str(tmp_path / "one"), **spec)
    monkeypatch.setenv("RUSHES_THREADS", "4")
    for frames in ("0-1", "2", "3-4"):
        rushes.debayer(output=str(tmp_path / "parts"), frames=frames, **spec)
    one = files(tmp_path / "one")
    assert sorted(one) == [
        *(f"A001.{n:06d}.exr" for n in range(5)), "A001.amf", "A001.fdl",
    ]  # fmt: skip
    assert files(tmp_path / "parts") == one


def test_a_table_ships_beside_the_amf_that_names_it(
    tmp_path: Path, clip: Path, shared_data: Path
) -> None:
    """A .cube look is applied, hashed in the new AMF and there for whoever reads it next."""
    cube = tmp_path / "show look.cube"
    cube.write_text(CUBE)
    out = tmp_path / "out"
    receipt = rushes.debayer(input=str(clip), output=str(out), frames="0", looks=[str(cube)])
    made = files(out)
    after = read_amf(made["A001.amf"], file_content=made.get)
    assert [(s.stage, s.applied) for s in after.steps] == [("input", True), ("look", True)]
    assert made["show look.cube"] == cube.read_bytes()
    assert receipt.assumed["look_space"] == "acescct"
    assert {i.uri.rpartition("/")[2]: bool(i.xxh64) for i in receipt.inputs}[cube.name]
    assert receipt.report is not None
    assert "half-float steps" in receipt.report["bound"]
    schema = etree.XMLSchema(etree.parse(str(shared_data / "amf/schema/acesMetadataFile.xsd")))
    schema.assertValid(etree.fromstring(made["A001.amf"]))
    plain = rushes.debayer(input=str(clip), output=str(tmp_path / "plain"), frames="0")
    assert plain.report is None
    assert len(plain.outputs) == 1
    assert plain.unit != receipt.unit


def test_files_that_an_amf_names_are_inputs_and_ship(
    tmp_path: Path, clip: Path, shared_data: Path
) -> None:
    """CLF looks beside an AMF are read, part of the unit, and go with the new AMF."""
    side = tmp_path / "side"
    shutil.copytree(shared_data / "amf/valid", side)
    spec = {"input": str(clip), "frames": "0", "amf": str(side / "07_lut_based_look.amf")}
    receipt = rushes.debayer(output=str(tmp_path / "out"), **spec)
    made = files(tmp_path / "out")
    (name,) = [n for n in made if n.endswith("clf")]
    assert made[name] == (side / name).read_bytes()
    assert name in {i.uri.rpartition("/")[2] for i in receipt.inputs}
    assert rushes.debayer(output=str(tmp_path / "out"), **spec).status == "reused"
    (side / name).write_text((side / name).read_text() + "\n")
    with pytest.raises(rushes.InvalidRequest, match="not the one that was meant"):
        rushes.debayer(output=str(tmp_path / "out"), **spec)


def test_a_changed_look_is_another_unit(tmp_path: Path, clip: Path) -> None:
    """The unit counts what look files hold, not their names alone."""
    cube = tmp_path / "look.cube"
    units = []
    for text in (CUBE, CUBE + "\n# newer\n"):
        cube.write_text(text)
        spec: dict[str, Any] = {"input": str(clip), "output": str(tmp_path / "out")}
        units.append(rushes.explain("debayer", looks=[str(cube)], **spec)["unit"])
    assert units[0] != units[1]


def test_explain_tells_geometry_and_steps_before_a_pixel_is_read(
    tmp_path: Path, clip: Path, grade: Path
) -> None:
    """Numbers, the drawing, steps with their state, output names; nothing is written."""
    told = rushes.explain(
        "debayer", input=str(clip), output=str(tmp_path / "out"), amf=str(grade), height=90
    )
    decisions = told["decisions"]
    assert told["canvas"] == decisions["canvas"] == {"width": 160, "height": 90}
    assert decisions["framing"]["scale"] == [0.5, 0.5]
    assert "output 160x90" in decisions["framing"]["drawing"]
    assert [step["state"] for step in decisions["steps"]] == ["now", "left", "left"]
    assert told["sidecars"] == ["A001.amf", "A001.fdl"]
    assert told["assumed"]["fdl"].startswith("none given")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("09_applied_non_applied_sequence.amf", "twice is refused"),
        ("10_clip_specific_metadata.amf", "of clip 'A025C003_201215_R2DE'"),
    ],
)
def test_an_amf_that_is_not_for_these_pixels_is_refused(
    tmp_path: Path, clip: Path, shared_data: Path, name: str, words: str
) -> None:
    """Steps that raw cannot have in it, and another clip's AMF, end in one sentence."""
    with pytest.raises(rushes.InvalidRequest, match=words) as caught:
        rushes.debayer(
            input=str(clip), output=str(tmp_path), amf=str(shared_data / "amf/valid" / name)
        )
    assert caught.value.facts["field"] == "amf"


def test_every_invalid_amf_is_refused_before_a_frame(
    tmp_path: Path, clip: Path, shared_data: Path
) -> None:
    """Each file of the shared invalid set stops debayer with a sentence about the AMF."""
    wrong = sorted((shared_data / "amf/invalid").glob("*.amf"))
    assert len(wrong) > 8
    for path in wrong:
        with pytest.raises(rushes.InvalidRequest) as caught:
            rushes.debayer(input=str(clip), output=str(tmp_path / "out"), amf=str(path))
        assert caught.value.facts["field"] == "amf", path.name
    assert not list((tmp_path / "out").glob("*.exr"))


def test_an_fdl_of_another_size_is_refused(tmp_path: Path, clip: Path, shared_data: Path) -> None:
    """A canvas that is not the clip's size is an error that names both."""
    fdl = shared_data / "fdl/Original_Source_Files/B_4448x3096_1x_FramingChart.fdl"
    with pytest.raises(rushes.InvalidRequest, match=r"320x180.*4448x3096"):
        rushes.debayer(input=str(clip), output=str(tmp_path / "out"), fdl=str(fdl))


def test_an_anamorphic_framing_is_desqueezed(tmp_path: Path, clip: Path) -> None:
    """A 2x canvas made 400 wide is twice as wide as high for its pixels, and says 1.0 after."""
    import OpenEXR

    fdl = tmp_path / "scope.fdl"
    fdl.write_text(SCOPE)
    rushes.debayer(
        input=str(clip), output=str(tmp_path / "out"), frames="0", fdl=str(fdl), width=400
    )
    with OpenEXR.File(str(tmp_path / "out/A001.000000.exr")) as file:
        assert file.parts[0].header["pixelAspectRatio"] == 1.0
        assert file.channels()["RGB"].pixels.shape == (144, 512, 3)
    assert check_fdl((tmp_path / "out/A001.fdl").read_bytes()) == ()


SCOPE = """{"uuid": "00000000-0000-4000-8000-000000000001", "version": {"major": 2, "minor": 0},
"fdl_creator": "test", "default_framing_intent": "1",
"framing_intents": [{"id": "1", "label": "scope", "aspect_ratio": {"width": 4, "height": 1}}],
"contexts": [{"label": "camera", "context_creator": "test", "canvases": [{"id": "1",
"label": "open gate", "source_canvas_id": "1", "dimensions": {"width": 320, "height": 180},
"anamorphic_squeeze": 2.0, "framing_decisions": [{"id": "1-1", "label": "scope",
"framing_intent_id": "1", "dimensions": {"width": 250.0, "height": 140.0},
"anchor_point": {"x": 35.0, "y": 20.0}}]}]}]}"""


def test_camera_space_with_a_framing_keeps_the_samples(tmp_path: Path, clip: Path) -> None:
    """A cut-out layer of camera RGB is the very part of the whole frame."""
    import OpenEXR

    fdl = tmp_path / "scope.fdl"
    fdl.write_text(SCOPE)
    spec = {"input": str(clip), "frames": "1", "space": "camera"}
    rushes.debayer(output=str(tmp_path / "whole"), **spec)
    rushes.debayer(output=str(tmp_path / "part"), fdl=str(fdl), **spec)
    pixels = []
    for name in ("whole", "part"):
        with OpenEXR.File(str(tmp_path / name / "A001.000001.exr")) as file:
            pixels.append(np.array(file.channels()["RGB"].pixels))
    assert pixels[1].shape == (140, 250, 3)
    assert np.array_equal(pixels[0][20:160, 35:285], pixels[1])
