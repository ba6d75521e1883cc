"""A plate's names, numbers, handles and package; lint, OpenEXR, OIIO and ascmhl agree."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import OpenImageIO
import pytest

import rushes
from functions.contract.errors import DamagedSource, InvalidRequest, OutputConflict
from functions.sidecars.amf.read import read_amf
from functions.sidecars.cdl.read import read_cdls
from functions.sidecars.fdl.read import choose, read_fdl
from tests.deliver.library import REC709, by_ocio
from tests.plate.takes import files, plate, write_take
from tests.seal.reference_tool import ascmhl

BASE = "ABC_010_PL01_v001"


@pytest.fixture
def take(tmp_path: Path) -> Path:
    return write_take(tmp_path)


def frames(root: Path) -> list[str]:
    """Names of the frames, without folder and base."""
    return [p.name.removeprefix(BASE) for p in sorted(root.rglob("*.exr"))]


def frames_of(root: Path) -> list[str]:
    """Names of the frames."""
    return [p.name for p in sorted(root.rglob("*.exr"))]


def test_the_package_holds_everything(take: Path, tmp_path: Path) -> None:
    """Frames in <plate>/<W>x<H>/, AMF, CDL, FDL, event and MHL; the receipt beside."""
    event = {"number": "001", "cdl": {"slope": [1.1, 1.0, 0.9], "saturation": 0.8}}
    receipt = plate(take, tmp_path / "out", frames="104-106", start=1001, event=event)
    assert sorted(files(tmp_path / "out")) == [
        f"{BASE}/24x16/{BASE}.1001.exr",
        f"{BASE}/24x16/{BASE}.1002.exr",
        f"{BASE}/24x16/{BASE}.1003.exr",
        f"{BASE}/{BASE}.amf",
        f"{BASE}/{BASE}.cc",
        f"{BASE}/{BASE}.cdl",
        f"{BASE}/{BASE}.event.json",
        f"{BASE}/{BASE}.fdl",
        f"{BASE}/ascmhl/0001_{BASE}_1970-01-01_000000Z.mhl",
        f"{BASE}/ascmhl/ascmhl_chain.xml",
    ]
    package = tmp_path / "out" / BASE
    assert json.loads((package / f"{BASE}.event.json").read_bytes()) == event
    (cdl,) = read_cdls((package / f"{BASE}.cc").read_bytes(), name="cc").values()
    assert (cdl.slope, cdl.saturation) == ((1.1, 1.0, 0.9), 0.8)
    assert read_cdls((package / f"{BASE}.cdl").read_bytes(), name="cdl")[BASE] == cdl
    amf = read_amf((package / f"{BASE}.amf").read_bytes())
    assert amf.clip is not None
    assert amf.clip.sequence == (f"{BASE}.####.exr", "#", 1001, 1003)
    assert [(s.stage, s.applied) for s in amf.steps] == [("input", True), ("look", False)]
    assert amf.steps[1].cdl is not None
    assert (amf.steps[1].cdl.slope, amf.steps[1].cdl.saturation) == ((1.1, 1.0, 0.9), 0.8)
    layers = choose(read_fdl((package / f"{BASE}.fdl").read_bytes())).layers
    assert (layers.width, layers.height) == (24, 16)
    assert receipt.frames is not None
    assert (receipt.frames.first, receipt.frames.last, receipt.frames.count) == (1001, 1003, 3)
    assert {o.frame for o in receipt.outputs} == {1001, 1002, 1003, None}


def test_pixels_are_those_of_debayer(take: Path, tmp_path: Path) -> None:
    """A plate holds what debayer makes of the same frame, sample for sample."""
    plate(take, tmp_path / "out", frames="104", start=1001)
    rushes.call("debayer", input=str(take), output=str(tmp_path / "d"), frames="104")
    mine = OpenEXR.File(str(next((tmp_path / "out").rglob("*.exr")))).channels()
    other = OpenEXR.File(str(next((tmp_path / "d").rglob("*.exr")))).channels()
    assert np.array_equal(mine["RGB"].pixels, other["RGB"].pixels)


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"frames": "104-105", "start": 1001}, [".1001.exr", ".1002.exr"]),
        ({"frames": "104-105", "numbering": "clip"}, [".000104.exr", ".000105.exr"]),
        # 01:00:00:04 is the first file's label: 3600 seconds of 24 frames, and 4.
        ({"frames": "100-101"}, [".0086404.exr", ".0086405.exr"]),
        ({"frames": "01:00:00:04-01:00:00:05"}, [".0086404.exr", ".0086405.exr"]),
        (
            {"frames": "104-104", "start": 1001, "handles": 1},
            [".1000.exr", ".1001.exr", ".1002.exr"],
        ),
    ],
)
def test_frame_numbers(
    take: Path, tmp_path: Path, fields: dict[str, Any], names: list[str]
) -> None:
    """By a start with handles before it, by source timecode, or by the clip's own numbers."""
    plate(take, tmp_path / "out", **fields)
    assert frames(tmp_path / "out") == names


def test_handles_are_clamped_to_the_media_and_said(take: Path, tmp_path: Path) -> None:
    """Eight asked for: two before and eight after are there, and the receipt says so."""
    receipt = plate(take, tmp_path / "out", frames="102-105", start=1001, handles=8)
    assert frames(tmp_path / "out") == [f".{n:04d}.exr" for n in range(999, 1013)]
    assert receipt.assumed["handles"] == "8 asked for: 2 before and 8 after are there"
    assert receipt.report is not None
    assert receipt.report["handles"] == {"before": 2, "after": 8}
    assert receipt.report["cut"] == {"first": 1001, "last": 1004}


def test_handles_are_clamped_at_both_ends(take: Path, tmp_path: Path) -> None:
    """Asked for a hundred around the last frames and around all: what is there, from the first
    frame of the media to its last."""
    receipt = plate(take, tmp_path / "out", frames="117-118", start=1001, handles=100)
    assert frames(tmp_path / "out") == [f".{n:04d}.exr" for n in range(984, 1004)]
    assert receipt.assumed["handles"] == "100 asked for: 17 before and 1 after are there"
    receipt = plate(take, tmp_path / "all", start=1001, handles=8)
    assert frames(tmp_path / "all") == [f".{n:04d}.exr" for n in range(1001, 1021)]
    assert receipt.assumed["handles"] == "8 asked for: 0 before and 0 after are there"


def test_a_cut_is_never_made_shorter(shared_data: Path, tmp_path: Path) -> None:
    """A header that promises more frames than there are is an error and no shorter plate."""
    clip = shared_data / "raw" / "M19-0333-cut.MLV"
    with pytest.raises(DamagedSource, match="claims 192 frames, 1 is there"):
        plate(clip, tmp_path / "out", frames="0-3", start=1001, handles=2)


def test_a_unit_knows_its_handles_files(take: Path, tmp_path: Path) -> None:
    """A changed file in the handles makes another unit; one outside of them does not."""
    fields: dict[str, Any] = {"frames": "110-111", "start": 1001, "handles": 2}
    unit = plate(take, tmp_path / "out", **fields).unit
    (take / "A001.000119.dng").touch()
    assert plate(take, tmp_path / "out", **fields).status == "reused"
    (take / "A001.000108.dng").touch()
    assert plate(take, tmp_path / "out", **fields).unit != unit


def test_a_folder_called_like_a_plate_is_the_package(take: Path, tmp_path: Path) -> None:
    """The output's own name says shot, plate and version; the receipt stands in the package."""
    output = tmp_path / "XYZ_020_EL03_v012"
    rushes.call("plate", input=str(take), output=str(output), frames="104", proxy=False)
    assert (output / "24x16" / "XYZ_020_EL03_v012.0086408.exr").exists()
    assert len(list((output / ".rushes").glob("*.json"))) == 1


def test_the_clip_names_the_shot_when_nobody_does(take: Path, tmp_path: Path) -> None:
    """Without shot and plate-like folder the clip's name is assumed, and said."""
    receipt = plate(take, tmp_path / "out", shot=None, frames="104", start=1001)
    assert receipt.assumed["shot"] == "A001: the clip's name"
    assert frames_of(tmp_path / "out") == ["A001_PL01_v001.1001.exr"]


@pytest.mark.parametrize(
    ("output", "fields", "said"),
    [
        ("ABC_010_PL01_v001", {"shot": None, "version": 2}, "the output folder is called"),
        ("out", {"shot": "a b"}, "shot"),
        ("out", {"plate": "pl1"}, "plate"),
        ("out", {"frames": "104-110x2"}, "no step"),
        ("out", {"start": 3, "handles": 8}, "begin below 0"),
        ("out", {"date": "monday"}, "2026-01-31"),
        ("out", {"frames": "90-101"}, "not all inside"),
        ("out", {"width": 4096}, "enlarge the picture 170"),
    ],
)
def test_what_cannot_be_is_said(
    take: Path, tmp_path: Path, output: str, fields: dict[str, Any], said: str
) -> None:
    """Wrong names, numbers and framings end in a sentence, and nothing is written."""
    values = {"frames": "104-105", **fields}
    values = {
        key: value for key, value in {"shot": "ABC_010", **values}.items() if value is not None
    }
    with pytest.raises(InvalidRequest, match=said):
        rushes.call("plate", input=str(take), output=str(tmp_path / output), proxy=False, **values)
    assert not files(tmp_path / output) if (tmp_path / output).exists() else True


def test_a_re_pull_is_another_version(take: Path, tmp_path: Path) -> None:
    """Other frames for a version that stands are a conflict; the next version is a package."""
    plate(take, tmp_path / "out", frames="104", start=1001)
    with pytest.raises(OutputConflict):
        plate(take, tmp_path / "out", frames="105", start=1001)
    plate(take, tmp_path / "out", frames="105", start=1001, version=2)
    names = sorted(p.name for p in (tmp_path / "out").iterdir() if p.name[0] != ".")
    assert names == [BASE, BASE.replace("v001", "v002")]


def test_a_killed_plate_ends_in_the_same_bytes(take: Path, tmp_path: Path) -> None:
    """Whatever of a package a killed worker left, starting again gives the same package."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    fields: dict[str, Any] = {"frames": "104-107", "start": 1001, "handles": 1}
    plate(take, whole, **fields)
    for kept in (0, 3, 8):
        shutil.rmtree(broken, ignore_errors=True)
        for name in list(files(whole))[:kept]:
            (broken / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(whole / name, broken / name)
        plate(take, broken, **fields)
        assert files(broken) == files(whole)


def test_a_sealed_again_package_is_still_done(take: Path, tmp_path: Path) -> None:
    """A second generation by `rushes seal` does not make the plate's unit undone."""
    plate(take, tmp_path / "out", frames="104", start=1001)
    rushes.call("seal", input=str(tmp_path / "out" / BASE), date="2026-02-01T00:00:00+00:00")
    assert plate(take, tmp_path / "out", frames="104", start=1001).status == "reused"


def test_explain_tells_names_and_numbers(take: Path, tmp_path: Path) -> None:
    """What would be written is known from headers: first and last frame, handles, canvas."""
    told = rushes.explain(
        "plate",
        input=str(take),
        output=str(tmp_path / "out"),
        shot="ABC_010",
        frames="102-105",
        start=1001,
        handles=8,
    )
    assert told["outputs"]["first"] == f"{BASE}/24x16/{BASE}.0999.exr"
    assert told["outputs"]["last"] == f"{BASE}/24x16/{BASE}.1012.exr"
    assert told["outputs"]["beside"][-2:] == [f"{BASE}/{BASE}.mov", f"{BASE}/ascmhl/"]
    assert told["canvas"] == {"width": 24, "height": 16}
    assert told["notes"] == ["active width 24 is under 3840"]
    assert not (tmp_path / "out").exists()


def test_a_real_raw_clip_passes_every_check(shared_data: Path, tmp_path: Path) -> None:
    """Plates of a camera's own MLV: lint, OpenEXR's header, OpenImageIO and ascmhl agree."""
    clip = shared_data / "raw" / "M19-0333-cut.MLV"
    rushes.call(
        "plate", input=str(clip), output=str(tmp_path), shot="REAL_010", start=1001, proxy=False
    )
    package = tmp_path / "REAL_010_PL01_v001"
    report = rushes.call("lint", input=str(package)).report
    assert report is not None
    assert report["counts"]["error"] == 0
    assert {f["code"] for f in report["findings"]} <= {"narrow", "no-proxy", "no-cdl"}
    ascmhl("verify", package)
    path = sorted(package.rglob("*.exr"))[0]
    header = OpenEXR.File(str(path), header_only=True).header()
    assert header["type"] == OpenEXR.scanlineimage
    assert np.allclose(
        header["chromaticities"], (0.7347, 0.2653, 0, 1, 0.0001, -0.077, 0.32168, 0.33767)
    )
    image = OpenImageIO.ImageBuf(str(path))
    assert str(image.spec().format) == "half"
    assert path.parent.name == f"{image.spec().width}x{image.spec().height}"
    stats = OpenImageIO.ImageBufAlgo.computePixelStats(image)
    assert max(stats.max[:3]) > 0.05
    assert sum(stats.nancount) + sum(stats.infcount) == 0


def test_the_viewing_movie_shows_the_frames_with_the_look(take: Path, tmp_path: Path) -> None:
    """A QuickTime of every frame, tagged Rec.709, from the first frame's timecode on, whose
    pictures are the plate's through the ACES 2 output transform."""
    import av

    receipt = plate(take, tmp_path / "out", frames="104-107", start=1001, handles=1, proxy=True)
    package = tmp_path / "out" / BASE
    with av.open(str(package / f"{BASE}.mov")) as movie:
        stream = movie.streams.video[0]
        shown = [frame.to_ndarray(format="rgb48le") for frame in movie.decode(stream)]
        context = stream.codec_context
        assert (context.name, stream.profile, stream.frames) == ("prores", "LT", 6)
        assert (int(context.color_primaries), int(context.color_trc)) == (1, 1)
        assert any(s.metadata.get("timecode") == "01:00:00:07" for s in movie.streams)
    light = OpenEXR.File(str(package / "24x16" / f"{BASE}.1000.exr")).channels()["RGB"].pixels
    expected = by_ocio(light.astype(np.float32), REC709)
    seen = shown[0].astype(np.float64) / 65535
    # ProRes and 4:2:2 blur noise: the mean of each channel is what is left of a picture.
    assert np.abs(seen.mean((0, 1)) - np.clip(expected, 0, 1).mean((0, 1))).max() < 0.02
    assert f"{BASE}.mov" in {o.uri.rpartition("/")[2] for o in receipt.outputs}
    ascmhl("verify", package)
