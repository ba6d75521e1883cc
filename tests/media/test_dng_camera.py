"""A DNG's camera facts come as they were written."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import pytest
import tifffile

from functions.contract.camera import CameraRecord
from functions.media.containers.tiff import read_bytes
from functions.media.dng.file import Dng, read_dng
from tests.media.dngs import (
    ASCII,
    BYTE,
    LONG,
    RATIONAL,
    SHORT,
    SRATIONAL,
    noisy,
    timecode_bytes,
    write_dng,
)

PICTURE = noisy((8, 10), 12)
FIRST = (0.8, -0.1, -0.05, -0.4, 1.2, 0.2, -0.05, 0.15, 0.6)
SECOND = (0.7, -0.2, -0.06, -0.5, 1.3, 0.25, -0.1, 0.2, 0.65)


def read(tags: dict[int, Any], order: str = "<") -> Dng:
    content = write_dng(PICTURE, 12, order=order, tags=tags)
    return read_dng(read_bytes(content), len(content), 1 << 20)


def ratios(values: tuple[float, ...]) -> tuple[int, ...]:
    return tuple(n for v in values for n in (round(v * 10000), 10000))


def rows(v: tuple[float, ...]) -> tuple[tuple[float, ...], ...]:
    return v[:3], v[3:6], v[6:]


@pytest.mark.parametrize("order", ["<", ">"])
def test_facts(order: str) -> None:
    """Names, exposure, white balance and reel of a frame."""
    tags = {
        271: (ASCII, "Rushes"),
        272: (ASCII, "One"),
        50708: (ASCII, "Rushes One"),
        50735: (ASCII, "0042"),
        51081: (ASCII, "A001R2EC"),
        274: (SHORT, 6),
        34855: (SHORT, 800),
        33434: (RATIONAL, (1, 48)),
        33437: (RATIONAL, (28, 10)),
        37386: (RATIONAL, (35, 1)),
        42036: (ASCII, "35 mm T2"),
        36867: (ASCII, "2024:05:06 07:08:09"),
        50728: (RATIONAL, (1, 2, 1, 1, 2, 3)),
        50729: (RATIONAL, (3127, 10000, 3290, 10000)),
        50727: (RATIONAL, (2, 1, 1, 1, 3, 2)),
        50730: (SRATIONAL, (-5, 10)),
    }
    camera = read(tags, order).camera
    assert camera == CameraRecord(
        make="Rushes",
        model="One",
        unique_model="Rushes One",
        serial="0042",
        reel="A001R2EC",
        software=camera.software,
        lens="35 mm T2",
        iso=800,
        shutter_seconds=1 / 48,
        aperture=2.8,
        focal_length_mm=35.0,
        as_shot_neutral=(0.5, 1.0, 2 / 3),
        as_shot_white_xy=(0.3127, 0.329),
        analog_balance=(2.0, 1.0, 1.5),
        baseline_exposure=-0.5,
        captured="2024-05-06T07:08:09",
        orientation=6,
        cfa="RGGB",
        bits=12,
        black=(0, 0, 0, 0),
        white=(4095.0,),
    )


def test_two_illuminants() -> None:
    """Both calibrations with their matrices, the camera's own under equal signatures."""
    tags = {
        50721: (SRATIONAL, ratios(FIRST)),
        50722: (SRATIONAL, ratios(SECOND)),
        50964: (SRATIONAL, ratios(SECOND)),
        50965: (SRATIONAL, ratios(FIRST)),
        50723: (SRATIONAL, ratios((1.01, 0, 0, 0, 1, 0, 0, 0, 0.99))),
        50778: (SHORT, 17),
        50779: (SHORT, 21),
    }
    first, second = read(tags).camera.calibrations
    assert (first.illuminant, second.illuminant) == (17, 21)
    assert first.color_matrix == second.forward_matrix == rows(FIRST)
    assert second.color_matrix == first.forward_matrix == rows(SECOND)
    assert first.camera_calibration == ((1.01, 0, 0), (0, 1, 0), (0, 0, 0.99))
    assert second.camera_calibration is None


@pytest.mark.parametrize(
    ("camera", "profile", "used"),
    [("com.adobe", "com.adobe", True), ("com.adobe", None, False), ("a", "b", False)],
)
def test_calibration_signatures(camera: str, profile: str | None, used: bool) -> None:
    """A camera's own calibration counts only where the signatures match."""
    tags: dict[int, Any] = {
        50721: (SRATIONAL, ratios(FIRST)),
        50723: (SRATIONAL, ratios(SECOND)),
        50931: (ASCII, camera),
    }
    if profile:
        tags[50932] = (ASCII, profile)
    (only,) = read(tags).camera.calibrations
    assert (only.camera_calibration is not None) is used


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        ((24, 1), Fraction(24)),
        ((23976, 1000), Fraction(24000, 1001)),
        ((2997, 100), Fraction(30000, 1001)),
        ((60000, 1001), Fraction(60000, 1001)),
        ((25000, 1000), Fraction(25)),
        ((33, 2), Fraction(33, 2)),
    ],
)
def test_frame_rate(written: tuple[int, int], exact: Fraction) -> None:
    """FrameRate is the exact rate that its digits stand for."""
    assert read({51044: (SRATIONAL, written)}).rate == exact


@pytest.mark.parametrize(
    ("digits", "rate", "label"),
    [
        ((1, 2, 3, 4, False), (24, 1), "01:02:03:04"),
        ((10, 59, 59, 29, True), (30000, 1001), "10:59:59;29"),
        ((23, 0, 0, 0, False), (25, 1), "23:00:00:00"),
        ((0, 0, 1, 12, False), (48, 1), "00:00:01:24"),
    ],
)
def test_timecode(
    digits: tuple[int, int, int, int, bool], rate: tuple[int, int], label: str
) -> None:
    """TimeCodes are a label at the frame rate, drop frame flag and all."""
    dng = read({51043: (BYTE, tuple(timecode_bytes(*digits))), 51044: (SRATIONAL, rate)})
    assert str(dng.timecode) == dng.camera.timecode == label


@pytest.mark.parametrize("blob", [b"\x2f" * 8, b"\x69" * 8, b"\0\0"])
def test_no_timecode(blob: bytes) -> None:
    """Digits that are no label are no timecode."""
    assert read({51043: (BYTE, tuple(blob)), 51044: (SRATIONAL, (24, 1))}).timecode is None


def test_no_rate_no_timecode() -> None:
    """A label without a frame rate counts nothing."""
    assert read({51043: (BYTE, tuple(timecode_bytes(1, 0, 0, 0, False)))}).timecode is None


def test_senseless_facts_are_left_out() -> None:
    """Facts of a wrong type or value are left out, and the picture's facts stay."""
    tags = {
        50728: (RATIONAL, (0, 1, 1, 1, 1, 1)),
        50727: (RATIONAL, (1, 0, 1, 1, 1, 1)),
        50730: (SRATIONAL, (1000, 1)),
        274: (SHORT, 99),
        34855: (ASCII, "many"),
        36867: (ASCII, "0000:00:00 00:00:00"),
        50721: (SRATIONAL, (1, 1, 2, 1)),
        50708: (LONG, 7),
    }
    camera = read(tags).camera
    assert camera == CameraRecord(
        software=camera.software, cfa="RGGB", bits=12, black=(0,) * 4, white=(4095.0,),
        assumed=camera.assumed,
    )  # fmt: skip


def test_tifffile_agrees_on_the_place_of_tags() -> None:
    """What tifffile reads from the generated file is what the test wrote."""
    content = write_dng(PICTURE, 12, tags={50714: (SHORT, (1, 2, 3, 4)), 50713: (SHORT, (2, 2))})
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        assert file.pages[0].tags[50714].value == (1, 2, 3, 4)
        assert file.pages[0].tags[258].value == 12


@pytest.mark.parametrize(
    ("tag", "value", "name"),
    [
        (50964, (SRATIONAL, (1, 1, 0, 1, 0, 1, 0, 1)), "ForwardMatrix1"),
        (50723, (SRATIONAL, (0, 1) * 9), "CameraCalibration1"),
        (50727, (RATIONAL, (1, 1, 0, 1, 1, 1)), "AnalogBalance"),
        (50728, (RATIONAL, (1, 2, 1, 1)), "AsShotNeutral"),
        (50730, (SRATIONAL, (99, 1)), "BaselineExposure"),
    ],
)
def test_colour_that_makes_no_sense_is_told(tag: int, value: Any, name: str) -> None:
    """A matrix cut short or all zero, a gain of zero, an exposure beyond reason: by name."""
    (told,) = read({tag: value}, "<").camera.assumed
    assert (told.name, told.detail) == ("colour_tags", f"left out, for it makes no sense: {name}")
