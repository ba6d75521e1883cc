"""Documents of cameras inside and beside movies, held to ExifTool and MediaInfo."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

import rushes
from functions.contract.camera import CameraRecord
from functions.contract.operation import Limits
from functions.footage.search import Shelf, read_question
from functions.media.acquisition.rdd18 import read_rtmd
from functions.media.acquisition.sony_xml import read_sony_xml
from functions.media.acquisition.values import Told, merged
from functions.media.open.clips import open_clip
from functions.storage.file import FileStore
from tests.media import acquisition_files as files
from tests.media.undecoded_files import SONY, mxf

STORE = FileStore([Path("/")])
LENS = {
    0x8000: files.iris(2.8),
    0x8001: files.decimal(1530, -3),
    0x8005: files.decimal(50, -3),
    0x8007: b"FE 50mm F1.2 GM",
    0x8008: files.iris(2.9),
    0x800A: struct.pack(">H", 32768),
}
CAMERA = {
    0x8103: struct.pack(">H", 16),
    0x8106: struct.pack(">II", 24000, 1001),
    0x8108: struct.pack(">I", 180 * 60),
    0x8109: struct.pack(">II", 1, 48),
    0x810B: struct.pack(">H", 640),
    0x810E: struct.pack(">H", 5600),
}


def camera_of(path: Path) -> tuple[CameraRecord, tuple[str, ...]]:
    """What the clip's headers say, and its notes."""
    clip = open_clip(path.as_uri(), STORE, Limits())
    try:
        return clip.facts.camera, clip.notes
    finally:
        clip.close()


def test_xml_becomes_the_record() -> None:
    """Camera, lens, time, rate, exposure, colour and look; what is not understood by its name."""
    items = {
        "IrisFNumber": "4.0", "IrisTNumber": "4.2", "FocusPositionFromImagePlane": "1.53m",
        "LensZoomActualFocalLength": "50.00mm", "ISOSensitivity": "800",
        "ShutterSpeed_Angle": "180.00deg", "ShutterSpeed_Time": "1/48s", "WhiteBalance": "5600K",
        "NeutralDensityFilterWheelSetting": "1/64", "TintCorrection": "-3",
        "AutoExposureMode": "exposure fixed by camera", "GammaForLook": "Unknown",
    }  # fmt: skip
    cdl = """<ExtendedContents><cdl:ColorCorrectionCollection><cdl:ColorCorrection id="1">
      <cdl:SOPNode><cdl:Slope>1.1 1 0.9</cdl:Slope><cdl:Offset>0 0 0.01</cdl:Offset>
      <cdl:Power>1 1 1</cdl:Power></cdl:SOPNode><cdl:SATNode><cdl:Saturation>0.9</cdl:Saturation>
      </cdl:SATNode></cdl:ColorCorrection></cdl:ColorCorrectionCollection></ExtendedContents>
      <GyroTable/>"""
    told = read_sony_xml(files.sony_xml(items=items, more=cdl).encode(), "it")
    assert told is not None
    grade = told.camera.pop("grade")
    assert (grade.slope, grade.offset[2], grade.saturation) == ((1.1, 1.0, 0.9), 0.01, 0.9)
    assert told.camera == {
        "make": "Sony", "model": "ILCE-7SM3", "serial": "4012345",
        "lens": "FE 24-70mm F2.8 GM & II", "captured": "2024-01-15T10:30:00+02:00",
        "sensor_rate": "24000/1001", "timecode": "10:38:12:07", "look": "Look_A.cube",
        "aperture": 4.0, "t_stop": 4.2, "focus_metres": 1.53, "focal_length_mm": 50.0, "iso": 800,
        "shutter_degrees": 180.0, "shutter_seconds": 1 / 48, "white_kelvin": 5600.0,
        "nd_stops": 6.0, "tint": -3.0,
    }  # fmt: skip
    assert (told.log, told.gamut) == ("s-log3-cine", "s-gamut3-cine")
    assert told.unread == ("CodingEquations", "AutoExposureMode", "GyroTable")


def test_comments_without_an_end_hide_what_follows_in_one_pass() -> None:
    """A mebibyte of them costs no more than its length; the whole document's words are kept."""
    xml = files.sony_xml().replace("<Lens", "<!--" * 200_000 + "<Lens")
    told = read_sony_xml(xml.encode(), "it")
    assert told is not None
    assert (told.camera["model"], "lens" in told.camera) == ("ILCE-7SM3", False)


def test_cine_cameras_without_a_device_are_named_by_their_attributes() -> None:
    """VENICE writes a code, its serial number and its version into one item."""
    words = {"CameraAttributes": "MPC-3633 0010123 Version3.00"}
    xml = files.sony_xml(items=words).replace("<Device", "<!-- ").replace('4012345"/>', '" -->')
    told = read_sony_xml(xml.encode(), "it")
    assert told is not None
    found = {name: told.camera.get(name) for name in ("make", "model", "serial", "firmware")}
    assert found == {"make": "Sony", "model": "VENICE 2", "serial": "0010123", "firmware": "3.00"}


def test_exiftool_and_mediainfo_read_the_same_xml(tmp_path: Path) -> None:
    """Camera, lens, date and curve by ExifTool, maker and model by MediaInfo."""
    if shutil.which("exiftool") is None or shutil.which("mediainfo") is None:
        pytest.skip("exiftool and mediainfo are not both installed")
    path = tmp_path / "C0001M01.XML"
    path.write_text(files.sony_xml())
    done = subprocess.run(["exiftool", "-j", path], capture_output=True, check=True, timeout=60)
    (tags,) = json.loads(done.stdout)
    words = {name.removeprefix("NonRealTimeMeta"): value for name, value in tags.items()}
    told = read_sony_xml(path.read_bytes(), "it")
    assert told is not None
    camera = told.camera
    assert words["DeviceManufacturer"] == camera["make"]
    assert words["DeviceModelName"] == camera["model"]
    assert str(words["DeviceSerialNo"]) == camera["serial"]
    assert words["LensModelName"] == camera["lens"]
    assert told.log in words["AcquisitionRecordGroupItemValue"]
    done = subprocess.run(
        ["mediainfo", "--Output=JSON", path], capture_output=True, check=True, timeout=60
    )
    general = json.loads(done.stdout)["media"]["track"][0]
    assert general["Encoded_Application"] == f"{camera['make']} {camera['model']}"


def test_xml_inside_a_movie_tells_camera_and_colour(tmp_path: Path) -> None:
    """In a `meta` box: the record, the curve that decides colour, and a note of what is left."""
    path = tmp_path / "C0001.mov"
    path.write_bytes(files.with_documents(files.sony_xml()))
    camera, notes = camera_of(path)
    assert (camera.model, camera.lens, camera.serial) == (
        "ILCE-7SM3", "FE 24-70mm F2.8 GM & II", "4012345",
    )  # fmt: skip
    assert "its NonRealTimeMeta holds what is not read: CodingEquations" in notes
    report = rushes.inspect(input=str(path)).report
    assert report["camera"]["model"] == "ILCE-7SM3"
    plan = rushes.explain("transcode", input=str(path), output=str(tmp_path / "o"))
    assert "s-log3-cine" in plan["assumed"]["source"]


def packets() -> list[bytes]:
    """Of six frames: the focus pulled at the third, the iris at the fifth."""
    focus, closed = {0x8001: files.decimal(900, -3)}, {0x8000: files.iris(4.0)}
    states = [LENS, LENS, LENS | focus, LENS | focus, LENS | focus | closed, LENS | focus | closed]
    return [files.rtmd(lens, CAMERA) for lens in states]


def test_rtmd_becomes_the_record_and_a_table_of_the_lens(tmp_path: Path) -> None:
    """The first frame tells the camera, each frame the lens."""
    path = tmp_path / "C0002.mp4"
    path.write_bytes(files.with_documents(None, packets()))
    camera, notes = camera_of(path)
    assert (camera.iso, camera.white_kelvin, camera.nd_stops) == (640, 5600, 4)
    assert (camera.shutter_degrees, camera.shutter_seconds) == (180, 1 / 48)
    assert (camera.lens, camera.sensor_rate) == ("FE 50mm F1.2 GM", "24000/1001")
    assert "its RTMD track holds what is not read: FocusRingPosition" in notes
    table = rushes.inspect(input=str(path)).report["lens"]
    assert [state["frame"] for state in table] == [0, 2, 4]
    assert [state["focus_metres"] for state in table] == pytest.approx([1.53, 0.9, 0.9])
    assert [state["aperture"] for state in table] == pytest.approx([2.8, 2.8, 4.0], rel=1e-3)
    assert all(state["focal_length_mm"] == pytest.approx(50) for state in table)


def test_exiftool_reads_the_same_rtmd(tmp_path: Path) -> None:
    """F-number, exposure and ISO of each frame."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    path = tmp_path / "C0003.mp4"
    path.write_bytes(files.with_documents(None, packets()))
    done = subprocess.run(
        ["exiftool", "-j", "-n", "-ee", "-G3", path], capture_output=True, check=True, timeout=60
    )
    (tags,) = json.loads(done.stdout)
    told = [read_rtmd(packet, "it").camera for packet in packets()]
    for number, one in enumerate(told, 1):
        assert tags[f"Doc{number}:FNumber"] == pytest.approx(one["aperture"], rel=1e-4)
        assert tags[f"Doc{number}:ExposureTime"] == pytest.approx(one["shutter_seconds"])
        assert tags[f"Doc{number}:ISO"] == one["iso"]


def test_mediainfo_reads_the_same_sets_in_mxf(tmp_path: Path) -> None:
    """X-OCN's first frame: lens, exposure and white as MediaInfo has them."""
    path = tmp_path / "A.mxf"
    sets = files.rtmd(LENS, CAMERA)[28:]
    path.write_bytes(files.with_header(mxf(SONY, "Sony", "VENICE"), sets))
    camera, notes = camera_of(path)
    assert (camera.lens, camera.nd_stops, camera.iso) == ("FE 50mm F1.2 GM", 4, 640)
    assert "its acquisition metadata holds what is not read: FocusRingPosition" in notes
    if shutil.which("mediainfo") is None:
        pytest.skip("mediainfo is not installed")
    done = subprocess.run(
        ["mediainfo", "--Output=JSON", path], capture_output=True, check=True, timeout=60
    )
    other = next(t for t in json.loads(done.stdout)["media"]["track"] if "IrisFNumber" in str(t))
    said: dict[str, Any] = other.get("extra", {}) | other
    for name, field in [
        ("IrisFNumber", "aperture"), ("IrisTNumber", "t_stop"),
        ("FocusPositionFromImagePlane", "focus_metres"),
        ("LensZoomActualFocalLength", "focal_length_mm"), ("ISOSensitivity", "iso"),
        ("WhiteBalance", "white_kelvin"), ("ShutterSpeed_Angle", "shutter_degrees"),
    ]:  # fmt: skip
        value = float(said[f"{name}_FirstFrame"])
        assert value == pytest.approx(getattr(camera, field), rel=1e-3), name


def test_documents_of_arri_in_mxf_become_the_record(tmp_path: Path) -> None:
    """Slate, camera, lens, medium and look, whatever tags the file gives them."""
    path = tmp_path / "A.mxf"
    path.write_bytes(
        files.arri_mxf(
            {
                "slate_info": {"scene": "10A", "take": "19", "director": "N. N.", "reel": ""},
                "camera_device": {"cameraModel": "ARRI ALEXA 35", "cameraSerialNumber": "70253",
                                  "cameraSoftwarePackageName": "5.01.00"},
                "lens_device": {"lensModel": "ARRI SZ65-300 T2.8", "lensSerialNumber": "132674",
                                "lensSqueezeFactor": "2/1"},
                "recording_medium": {"mediumSerialNumber": "37300614"},
                "processing/custom_lut3d_design": {"lut3DID": "llk_rec709"},
            }
        )
    )  # fmt: skip
    camera, notes = camera_of(path)
    assert (camera.scene, camera.take, camera.serial) == ("10A", "19", "70253")
    assert (camera.make, camera.model) == ("ARRI", "ALEXA 35")
    assert (camera.lens, camera.lens_serial, camera.squeeze) == (
        "ARRI SZ65-300 T2.8", "132674", 2.0,
    )  # fmt: skip
    assert (camera.card, camera.look) == ("37300614", "llk_rec709")
    assert "its ARRI JSON holds what is not read: slate_info director" in notes


def test_a_sidecar_is_found_by_inspect_and_index(tmp_path: Path) -> None:
    """C0001M01.XML beside C0001.mov, in any case of letters; another clip's is left alone."""
    card = tmp_path / "card"
    card.mkdir()
    for name in ("C0001.mov", "C0002.mov"):
        (card / name).write_bytes(files.with_documents(None))
    (card / "C0001M01.xml").write_text(files.sony_xml(items={"AutoFocus": "on"}))
    report = rushes.inspect(input=str(card / "C0001.mov"), checksum=False)
    assert report.report["camera"]["model"] == "ILCE-7SM3"
    details = [finding["detail"] for finding in report.report["findings"]]
    assert "C0001M01.xml holds what is not read: CodingEquations, AutoFocus" in details
    assert any(source.uri.endswith("C0001M01.xml") for source in report.inputs)
    assert "model" not in rushes.inspect(input=str(card / "C0002.mov")).report["camera"]
    cdl = """<ExtendedContents><Slope>1.1 1 0.9</Slope><Offset>0 0 0</Offset><Power>1 1 1</Power>
      <Saturation>1</Saturation></ExtendedContents>"""
    (card / "C0002M01.XML").write_text(files.sony_xml(model="ILCE-1", more=cdl))
    rushes.inspect(input=str(card / "C0002.mov"), output=str(tmp_path / "told"))
    assert "1.1 1 0.9" in (tmp_path / "told" / "C0002.camera.cdl").read_text()
    index = tmp_path / "index"
    rushes.index(input=str(card), output=str(index), thumbnails=False)
    assert [c["name"] for c in found(index, camera="ILCE-7SM3")] == ["C0001"]
    (card / "C0001M01.xml").write_text(files.sony_xml(model="ILCE-7M4"))
    rushes.index(input=str(card), output=str(index), thumbnails=False)
    assert [c["name"] for c in found(index, camera="ILCE-7M4")] == ["C0001"]


def found(index: Path, **asked: str) -> list[dict[str, Any]]:
    """Clips of the newest generation."""
    question = read_question({"input": index.as_uri() + "/", **asked})
    return list(Shelf().find(question, STORE)["clips"])


def test_what_contradicts_the_headers_is_told() -> None:
    """Headers count; a maker's name before a model, rounding, and other moments are no quarrel."""
    own = CameraRecord(make="SONY", model="ILCE-7M4", aperture=2.8, captured="2024")
    said = {
        "make": "Sony",
        "model": "Sony ILCE-7M4",
        "aperture": 2.81,
        "captured": "2023",
        "iso": 800,
    }
    record, notes = merged(own, [Told(source="it", camera=said)])
    assert (record.iso, record.captured, notes) == (800, "2024", ())
    record, notes = merged(own, [Told(source="A.XML", camera={"model": "ILCE-7SM3"})])
    assert notes == ("A.XML says model ILCE-7SM3, which is ILCE-7M4 by what counts",)


@pytest.mark.parametrize("cut", range(0, 220, 7))
def test_cut_documents_are_read_as_far_as_they_go(cut: int) -> None:
    """Nothing raises, and nothing is made up."""
    whole = read_rtmd(packets()[0], "it").camera
    part = read_rtmd(packets()[0][:cut], "it").camera
    assert part.items() <= whole.items()
    xml = files.sony_xml().encode()
    told = read_sony_xml(xml[: cut * 8], "it")
    full = read_sony_xml(xml, "it")
    assert full is not None
    assert told is None or told.camera.items() <= full.camera.items()
