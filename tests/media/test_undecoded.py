"""Clips that an SDK alone decodes: their headers are read, and their pictures refused by name."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import rushes
from functions.contract.clip import Clip
from functions.contract.errors import RushesError, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.media import open_clip
from tests.inspect.unit import codes, inspected
from tests.media.memory_store import ROOT, MemoryStore
from tests.media.undecoded_files import ARRIRAW, SONY, braw, mxf, r3d

FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "A.R3D": (r3d, "RED R3D"),
    "A.mxf": (lambda: mxf(ARRIRAW), "ARRIRAW in MXF"),
    "B.mxf": (lambda: mxf(SONY, "Sony", "VENICE"), r"Sony RAW \(X-OCN\) in MXF"),
    "A.braw": (braw, r"Blackmagic RAW \(BRAW\)"),
}


def opened(name: str, content: bytes) -> Clip:
    return open_clip(ROOT + name, MemoryStore({name: content}), Limits())


@pytest.mark.parametrize("name", FILES)
def test_pictures_are_refused_with_what_decodes_them(name: str) -> None:
    """Headers open, frames and pictures name the format and the plug-in that would do it."""
    make, title = FILES[name]
    clip = opened(name, make())
    for ask in (clip.frames, clip.pictures):
        with pytest.raises(UnsupportedMedia, match=f"{title} is decoded by its maker's SDK"):
            ask(FrameRange(0, 1))
    report, _ = inspected(MemoryStore({name: make()}), ROOT + name)
    assert codes(report) == {"unsupported-codec"} and report["start"] == "10:38:12:07"


def test_facts_of_an_r3d() -> None:
    """Size, rate, timecode, frames and camera of the first block; ExifTool reads the same."""
    facts = opened("A003.R3D", r3d()).facts
    assert (facts.container, facts.codec, facts.width, facts.height) == (
        "r3d", "redcode", 8192, 4320,
    )  # fmt: skip
    assert (facts.frames_claimed, facts.rate) == (3, Fraction(24000, 1001))
    camera = facts.camera
    assert (camera.model, camera.serial, camera.reel) == ("MONSTRO 8K VV", "102-AB3-C4D", "003")
    assert (camera.lens, camera.focal_length_mm, camera.focus_metres) == (
        "Cooke S7/i 40mm", 40.0, 2.5,
    )  # fmt: skip
    assert (camera.iso, camera.aperture, camera.white_kelvin) == (800, 2.8, 5600.0)
    assert (camera.clip, camera.card, camera.sensor_rate) == ("A003_C001_0625R2", "CARD-77", "48")
    assert camera.captured == "2019-06-25T14:22:33"
    # Blocks that do not lead to the end count nothing.
    assert opened("A003.R3D", r3d()[:-4096] + b"\1" * 4096).facts.frames_claimed is None


@pytest.mark.parametrize("sample", ["", "raw_bad/Red.r3d"])
def test_exiftool_reads_the_same_r3d(
    sample: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """ExifTool's words for the same places, of our own file and of a camera's first block."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    path = tmp_path / "A003.R3D"
    folder: Path = request.getfixturevalue("shared_data") if sample else tmp_path
    path.write_bytes((folder / sample).read_bytes() if sample else r3d())
    done = subprocess.run(
        ["exiftool", "-j", "-n", path], capture_output=True, check=True, timeout=60
    )
    (told,) = json.loads(done.stdout)
    facts = opened("A003.R3D", path.read_bytes()).facts
    camera = facts.camera
    assert (told["ImageWidth"], told["ImageHeight"]) == (facts.width, facts.height)
    assert told["FrameRate"] == pytest.approx(float(facts.rate or 0), abs=1e-3)
    assert told["StartTimecode"] == str(facts.start)
    assert told["FNumber"] == pytest.approx(camera.aperture)
    assert (told["ISO"], told["ColorTemperature"]) == (camera.iso, camera.white_kelvin)
    assert told["FocalLength"] == camera.focal_length_mm
    assert (told["Model"], told["SerialNumber"]) == (camera.model, camera.serial)
    assert int(told["ReelNumber"]) == int(camera.reel or 0)
    assert (told["FocusDistance"] if told["FocusDistance"] > 0 else None) == camera.focus_metres
    assert told["OriginalFileName"].rpartition(".")[0] == camera.clip


@pytest.mark.parametrize(
    ("labels", "company", "product", "codec"),
    [
        (ARRIRAW, "ARRI", "Mini LF", "arriraw (12 bit)"),
        ((ARRIRAW[0][:-4] + "0300", ARRIRAW[1]), "ARRI", "ALEXA 35", "arriraw (13 bit)"),
        ((ARRIRAW[0][:-6] + "020100", ARRIRAW[1]), "ARRI", "Mini LF", "arriraw hde (12 bit)"),
        (SONY, "Sony", "VENICE", "sony raw"),
        (("00" * 16, SONY[1]), "Sony", "VENICE", "sony raw"),
    ],
)
def test_facts_of_an_mxf(labels: tuple[str, str], company: str, product: str, codec: str) -> None:
    """Codec by the label of the coding, else of the container; camera by the identification."""
    facts = opened("A.mxf", mxf(labels, company, product)).facts
    assert (facts.codec, facts.width, facts.height, facts.rate) == (codec, 64, 48, 24)
    assert (str(facts.start), facts.frames_claimed) == ("10:38:12:07", 6)
    assert (facts.camera.make, facts.camera.model) == (company, product)


def test_mediainfo_finds_the_same_in_an_mxf(tmp_path: Path) -> None:
    """MediaInfo names Sony's format and ARRIRAW's label, and has size, rate and timecode."""
    if shutil.which("mediainfo") is None:
        pytest.skip("mediainfo is not installed")
    path = tmp_path / "A.mxf"
    for labels, key, word in (
        (ARRIRAW, "CodecID", "0D01030102220100-0401020102010100"),
        (SONY, "Format", "Sony RAW SQ"),
    ):
        path.write_bytes(mxf(labels))
        done = subprocess.run(
            ["mediainfo", "--Output=JSON", path], capture_output=True, check=True, timeout=60
        )
        tracks = json.loads(done.stdout)["media"]["track"]
        picture = next(each for each in tracks if each["@type"] == "Video")
        assert picture[key] == word
        assert (picture["Width"], picture["Height"]) == ("64", "48")
        assert float(picture["FrameRate"]) == 24
        assert "10:38:12:07" in [each.get("TimeCode_FirstFrame") for each in tracks]


def test_facts_of_a_braw() -> None:
    """Size of the sample entry, rate and frames of the tables, timecode of its track."""
    facts = opened("A.braw", braw()).facts
    assert (facts.codec, facts.width, facts.height) == ("braw (brhq)", 64, 48)
    assert (facts.frames_claimed, facts.rate) == (10, Fraction(24000, 1001))
    assert facts.camera.make == "Blackmagic Design"


@pytest.mark.parametrize("cut", [9, 50, 0x60, 300])
def test_an_r3d_that_is_cut_short(cut: int) -> None:
    """A first block that ends after the file says nothing: the format is refused by its name."""
    with pytest.raises(UnsupportedMedia, match="RED R3D is not a format that we read"):
        opened("A003.R3D", r3d()[:cut])


def test_operations_refuse_and_pull_plans(tmp_path: Path) -> None:
    """debayer, plate and trim end with a sentence; a turnover is matched by reel and timecode."""
    card = tmp_path / "card"
    card.mkdir()
    (card / "A003_C001_0625R2.R3D").write_bytes(r3d(24))
    fields: dict[str, Any] = {"input": str(card / "A003_C001_0625R2.R3D")}
    for operation in (rushes.debayer, rushes.plate, rushes.transcode):
        with pytest.raises(UnsupportedMedia, match="RED R3D is decoded by its maker's SDK"):
            operation(**fields, output=str(tmp_path / "out"))
    with pytest.raises(RushesError, match="many frames each"):
        rushes.trim(**fields, output=str(tmp_path / "out"))
    edl = tmp_path / "cut.edl"
    edl.write_text(
        "TITLE: CUT\nFCM: NON-DROP FRAME\n\n001  003      V     C        10:38:12:08 10:38:12:10 "
        "01:00:00:00 01:00:00:02\n* FROM CLIP NAME: A003_C001_0625R2\n"
    )
    receipt = rushes.pull(input=str(edl), media=[str(card)], output=str(tmp_path / "job"))
    assert receipt.report is not None
    (event,) = receipt.report["pulled"]
    assert (event["clip"], event["frames"]) == ("A003_C001_0625R2", "1-2")
