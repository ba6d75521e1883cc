"""A take of ARRIRAW through the operations: facts, frames, plates, dailies, trims, sidecars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
import pytest

import rushes
from tests.media.arri_files import Array, ari, curved

RAW_IDT = "urn:ampas:aces:transformId:v1.5:IDT.ARRI.Alexa-v3-raw-EI800-CCT5600.a1.v2"
AMF = f"""<?xml version="1.0" encoding="UTF-8"?>
<aces:acesMetadataFile xmlns:aces="urn:ampas:aces:amf:v2.0" version="2.0">
  <aces:amfInfo><aces:dateTime><aces:creationDateTime>2024-01-01T00:00:00Z</aces:creationDateTime>
    <aces:modificationDateTime>2024-01-01T00:00:00Z</aces:modificationDateTime></aces:dateTime>
    <aces:uuid>urn:uuid:afe122be-59d3-4360-ad69-33c10108fa7a</aces:uuid></aces:amfInfo>
  <aces:pipeline><aces:pipelineInfo>
    <aces:dateTime><aces:creationDateTime>2024-01-01T00:00:00Z</aces:creationDateTime>
    <aces:modificationDateTime>2024-01-01T00:00:00Z</aces:modificationDateTime></aces:dateTime>
    <aces:uuid>urn:uuid:afe122be-59d3-4360-ad69-33c10108fa7b</aces:uuid><aces:systemVersion><aces:majorVersion>1</aces:majorVersion>
    <aces:minorVersion>3</aces:minorVersion><aces:patchVersion>0</aces:patchVersion>
    </aces:systemVersion></aces:pipelineInfo>
    <aces:inputTransform applied="false"><aces:transformId>{RAW_IDT}</aces:transformId>
    </aces:inputTransform></aces:pipeline>
</aces:acesMetadataFile>
"""
NUMBERS = range(1001, 1005)
SIZE = (96, 128)


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four frames of a grey card, under the header's daylight, that gets brighter."""
    folder = tmp_path_factory.mktemp("camera") / "A003C001_190625_R24Y"
    folder.mkdir()
    for place, number in enumerate(NUMBERS):
        frame = ari(
            curved(grey(584 + 100 * place)),
            timecode=0x10381207 + place,
            iris=4000 + 500 * place,
            line=(1, b"2.39:1", 0, 20, 128, 54),
            squeeze=1.0,
        )
        (folder / f"A003C001_190625_R24Y.{number:07d}.ari").write_bytes(frame)
    return folder


def grey(level: float) -> Array:
    """A mosaic whose balanced light is `level` all over: sites divided by the header's factors."""
    cell = np.array([[1.0, 1 / 1.645], [1 / 1.367, 1.0]])
    return np.round(256 + (level - 256) * np.tile(cell, (SIZE[0] // 2, SIZE[1] // 2)))


def test_mid_grey_comes_out_as_the_academy_says(take: Path, tmp_path: Path) -> None:
    """584 under EI 800 is 0.18 in ACES; timecode, reel and lens stand in each frame's header."""
    receipt = rushes.debayer(input=str(take), output=str(tmp_path), frames="1001-1002")
    files = sorted(tmp_path.glob("*.exr"))
    assert len(files) == 2 and receipt.assumed["curve"].startswith("12-bit codes")
    assert "curve_untold" in receipt.assumed
    with OpenEXR.File(str(files[0]), separate_channels=True) as file:
        channels, header = file.channels(), dict(file.header())
        planes = [channels[name].pixels[8:-8, 8:-8] for name in "RGB"]
    for plane in planes:
        np.testing.assert_allclose(plane, (584 - 256) / 65535 * 0.045 * 800, rtol=3e-3)
    assert header["reelName"] == "A003R24Y" and header["lensModel"] == "Master Anamorphic 40"
    assert header["captureRate"] == (48, 1) or float(header["captureRate"]) == 48.0


def test_inspect_gives_sidecars_that_plate_takes(take: Path, tmp_path: Path) -> None:
    """The lens from frame to frame; framelines as an FDL that cuts a plate, the CDL beside it."""
    out = tmp_path / "report"
    report = rushes.inspect(input=str(take), output=str(out)).report
    assert report is not None and report["start"] == "10:38:12:07"
    assert [state["t_stop"] for state in report["lens"]] == [2.8284, 3.3636, 4.0, 4.7568]
    names = {path.name.partition(".")[2] for path in out.iterdir() if path.is_file()}
    assert names == {"contact.png", "inspect.json", "camera.fdl", "camera.cdl"}
    assert "<Slope>1.1" in (out / f"{report['name']}.camera.cdl").read_text()
    (tmp_path / "A.amf").write_text(AMF)
    plate = rushes.plate(
        input=str(take), output=str(tmp_path / "plate"), frames="1002-1003",
        amf=str(tmp_path / "A.amf"), fdl=str(out / f"{report['name']}.camera.fdl"),
    )  # fmt: skip
    assert "IDT.ARRI.Alexa-v3-raw-EI800" in plate.assumed["input_transform"]
    frame = next(o.uri for o in plate.outputs if o.uri.endswith(".exr"))
    with OpenEXR.File(frame.removeprefix("file://")) as file:
        low, high = file.header()["displayWindow"]
    assert (high[0] - low[0] + 1, high[1] - low[1] + 1) == (128, 54)


def test_dailies_and_trims(take: Path, tmp_path: Path) -> None:
    """transcode makes a movie with the take's timecode, trim copies its files byte by byte."""
    movie = rushes.transcode(input=str(take), output=str(tmp_path / "dailies"))
    assert movie.frames is not None and movie.frames.count == 4
    rushes.trim(input=str(take), output=str(tmp_path / "trim"), frames="1002-1003")
    kept = sorted((tmp_path / "trim").rglob("*.ari"))
    assert [path.read_bytes() for path in kept] == [
        (take / path.name).read_bytes() for path in kept
    ] and len(kept) == 2


def test_a_card_of_takes_is_found(take: Path, tmp_path: Path) -> None:
    """`pull` matches an event's reel and timecode against the take's header."""
    edl = tmp_path / "cut.edl"
    edl.write_text(
        "TITLE: CUT\nFCM: NON-DROP FRAME\n\n001  A003R24Y V     C        10:38:12:08 10:38:12:10 "
        "01:00:00:00 01:00:00:02\n"
    )
    receipt = rushes.pull(
        input=str(edl), media=[str(take.parent)], output=str(tmp_path / "job"), handles=1
    )
    assert receipt.report is not None
    (event,) = receipt.report["pulled"]
    assert (event["clip"], event["frames"]) == ("A003C001_190625_R24Y", "1002-1003")
