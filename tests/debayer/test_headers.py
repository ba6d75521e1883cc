"""EXR headers of developed frames."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec
import numpy as np
import pytest

from functions.contract.camera import CameraRecord
from functions.contract.clip import ClipFacts, RawFrame
from functions.contract.timecode import Timecode
from functions.media.write.exr import ACES_CHROMATICITIES, ACES_WHITE, ExrHeader
from functions.picture.frames.exr_headers import exr_header

CAMERA = CameraRecord(
    make="Rushes",
    model="Demo Camera",
    serial="0001",
    software="Converter 9",
    firmware="1.0",
    lens="Prime 35mm",
    iso=800,
    shutter_seconds=1 / 48,
    aperture=2.8,
    focal_length_mm=35.0,
    white_kelvin=5600.0,
    reel="A001C001",
    captured="2024:06:21 12:00:00",
    pixel_aspect=2.0,
)
FACTS = ClipFacts(
    container="dng",
    codec="rawvideo",
    layout="cfa",
    width=8,
    height=6,
    name="A001",
    rate=Fraction(24000, 1001),
    start=Timecode(0, Fraction(24000, 1001)),
)


def header(camera: CameraRecord = CAMERA, space: str = "aces", **frame: Any) -> ExrHeader:
    """The header of frame 1001 of a small clip."""
    raw = RawFrame(
        number=1001,
        layout="cfa",
        pixels=np.zeros((8, 10), np.uint16),
        pattern="RGGB",
        black=(0.0, 0.0, 0.0, 0.0),
        white=4095.0,
        crop=(1, 1, 8, 6),
        camera=camera,
        **frame,
    )
    assert space in ("aces", "camera")
    return exr_header(FACTS, raw, 1001, "aces" if space == "aces" else "camera", "none")


def test_everything_said() -> None:
    """Every fact that clip, camera and frame state is in the header, under its own field."""
    timecode = Timecode.parse("01:02:03:04", Fraction(24000, 1001))
    assert header(timecode=timecode) == ExrHeader(
        chromaticities=ACES_CHROMATICITIES,
        adopted_neutral=ACES_WHITE,
        pixel_aspect=2.0,
        time_code=timecode,
        frames_per_second=Fraction(24000, 1001),
        captured="2024:06:21 12:00:00",
        reel="A001C001",
        image_counter=1001,
        camera_make="Rushes",
        camera_model="Demo Camera",
        camera_serial="0001",
        camera_firmware="1.0",
        lens_model="Prime 35mm",
        iso=800.0,
        exposure_seconds=1 / 48,
        aperture=2.8,
        focal_length_mm=35.0,
        white_kelvin=5600.0,
    )


def test_nothing_said() -> None:
    """A silent camera gives no attribute, nor does the clip's start stand in for timecode."""
    assert header(CameraRecord()) == ExrHeader(
        chromaticities=ACES_CHROMATICITIES,
        adopted_neutral=ACES_WHITE,
        frames_per_second=Fraction(24000, 1001),
        image_counter=1001,
    )


def test_camera_space() -> None:
    """Camera RGB has no primaries to claim, and no neutral."""
    camera = header(space="camera")
    assert camera.chromaticities is None
    assert camera.adopted_neutral is None
    assert camera.reel == "A001C001"


@pytest.mark.parametrize(
    "field", ["aperture", "focal_length_mm", "shutter_seconds", "white_kelvin", "iso"]
)
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_zero_is_unknown(field: str, value: float) -> None:
    """A zero or impossible setting, as cameras write for a lens without contacts, is left out."""
    camera = msgspec.structs.replace(CAMERA, **{field: value})
    names = {"focal_length_mm": "focal_length_mm", "shutter_seconds": "exposure_seconds"}
    assert getattr(header(camera), names.get(field, field)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024:06:21 12:00:00", "2024:06:21 12:00:00"),
        ("2024-06-21T12:00:00.250+02:00", "2024:06:21 12:00:00"),
        ("21 June 2024", None),
        ("", None),
    ],
)
def test_capture_date(text: str, expected: str | None) -> None:
    """EXIF and ISO 8601 dates become OpenEXR's form; any other is left out."""
    assert header(msgspec.structs.replace(CAMERA, captured=text)).captured == expected


def test_text_is_cleaned() -> None:
    """Padding and control characters of camera strings do not reach the file."""
    assert header(msgspec.structs.replace(CAMERA, make=" Rushes\0\x07 ")).camera_make == "Rushes"
    assert header(msgspec.structs.replace(CAMERA, make="\0\0")).camera_make is None


@pytest.mark.parametrize("aspect", [0.0, 1e300, float("nan")])
def test_impossible_aspect(aspect: float) -> None:
    """A pixel aspect that no pixel has is written as square."""
    assert header(msgspec.structs.replace(CAMERA, pixel_aspect=aspect)).pixel_aspect == 1.0
