"""Attributes of EXR files by name, type and value, and the ST 2065-4 policy."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from functions.contract.timecode import Timecode
from functions.media.write.exr import (
    ACES_CHROMATICITIES,
    ACES_WHITE,
    Compression,
    ExrHeader,
    encode_exr,
)
from tests.media.exr_readers import attributes, by_oiio, by_openexr

PLANES = np.linspace(0, 1, 3 * 20 * 30).astype(np.float16).reshape(3, 20, 30)
ACES = ExrHeader(chromaticities=ACES_CHROMATICITIES, adopted_neutral=ACES_WHITE)

# SMPTE ST 2065-4:2013, the attributes that every container has, with their one value.
REQUIRED = {
    "acesImageContainerFlag": ("int", struct.pack("<i", 1)),
    "channels": (
        "chlist",
        b"".join(name + struct.pack("<5i", 1, 0, 1, 1, 0)[:16] for name in (b"B\0", b"G\0", b"R\0"))
        + b"\0",
    ),
    "chromaticities": (
        "chromaticities",
        struct.pack("<8f", 0.7347, 0.2653, 0, 1, 0.0001, -0.077, 0.32168, 0.33767),
    ),
    "compression": ("compression", b"\0"),
    "dataWindow": ("box2i", struct.pack("<4i", 0, 0, 29, 19)),
    "displayWindow": ("box2i", struct.pack("<4i", 0, 0, 29, 19)),
    "lineOrder": ("lineOrder", b"\0"),
    "pixelAspectRatio": ("float", struct.pack("<f", 1)),
    "screenWindowCenter": ("v2f", bytes(8)),
    "screenWindowWidth": ("float", struct.pack("<f", 1)),
}

# Field, its value, attribute, type in the file, value that OpenEXR reads.
OPTIONAL: list[tuple[str, Any, str, str, Any]] = [
    ("adopted_neutral", (0.25, 0.5), "adoptedNeutral", "v2f", (0.25, 0.5)),
    ("pixel_aspect", 2.0, "pixelAspectRatio", "float", 2.0),
    (
        "frames_per_second",
        Fraction(24000, 1001),
        "framesPerSecond",
        "rational",
        Fraction(24000, 1001),
    ),
    ("capture_rate", Fraction(48), "captureRate", "rational", Fraction(48)),
    ("captured", "2024:06:21 12:00:00", "capDate", "string", "2024:06:21 12:00:00"),
    ("utc_offset", 3600.0, "utcOffset", "float", 3600.0),
    ("reel", "A001C001", "reelName", "string", "A001C001"),
    ("image_counter", 1001, "imageCounter", "int", 1001),
    ("owner", "Zoë", "owner", "string", "Zoë"),
    ("comments", "two\nlines", "comments", "string", "two\nlines"),
    ("uuid", "1b4e28ba", "uuid", "string", "1b4e28ba"),
    ("original_image", True, "originalImageFlag", "int", 1),
    ("camera_make", "Rushes", "cameraMake", "string", "Rushes"),
    ("camera_model", "Demo", "cameraModel", "string", "Demo"),
    ("camera_serial", "0001", "cameraSerialNumber", "string", "0001"),
    ("camera_firmware", "1.0", "cameraFirmwareVersion", "string", "1.0"),
    ("camera_label", "A", "cameraLabel", "string", "A"),
    ("white_kelvin", 5600.0, "cameraCCTSetting", "float", 5600.0),
    ("iso", 800.0, "isoSpeed", "float", 800.0),
    ("exposure_seconds", 0.03125, "expTime", "float", 0.03125),
    ("aperture", 2.75, "aperture", "float", 2.75),
    ("lens_make", "Rushes", "lensMake", "string", "Rushes"),
    ("lens_model", "35mm", "lensModel", "string", "35mm"),
    ("lens_serial", "7", "lensSerialNumber", "string", "7"),
    ("focal_length_mm", 35.0, "focalLength", "float", 35.0),
    ("focal_length_mm", 35.0, "nominalFocalLength", "float", 35.0),
    ("focus_metres", 1.5, "focus", "float", 1.5),
    ("storage_serial", "SSD9", "storageMediaSerialNumber", "string", "SSD9"),
]


def test_required_attributes() -> None:
    """An uncompressed ACES file has ST 2065-4's attributes with its types and values, and the name
    of its colour space for readers that go by names."""
    found = attributes(encode_exr(PLANES, msgspec.structs.replace(ACES, adopted_neutral=None)))
    assert found == REQUIRED | {"colorInteropID": ("string", b"lin_ap0_scene")}


def test_magic_and_version() -> None:
    """The file starts with OpenEXR's number and version 2 without a flag, as ST 2065-4 wants."""
    data = encode_exr(PLANES, ACES)
    assert struct.unpack_from("<II", data) == (20000630, 2)


@pytest.mark.parametrize(("field", "value", "name", "kind", "read"), OPTIONAL)
def test_optional_attribute(
    field: str, value: Any, name: str, kind: str, read: Any, tmp_path: Path
) -> None:
    """A field becomes the standard's attribute of the standard's type, and nothing more."""
    data = encode_exr(PLANES, msgspec.structs.replace(ACES, **{field: value}))
    header, _ = by_openexr(data)
    assert attributes(data)[name][0] == kind
    if kind == "v2f":
        assert tuple(header[name]) == read
    else:
        assert header[name] == read
    by_oiio(data, tmp_path)


def test_every_field_is_tested() -> None:
    """A new field of the header needs its line in the table."""
    apart = {"chromaticities", "data_window", "display_window", "time_code"}
    named = {field for field, *_ in OPTIONAL}
    assert {f.name for f in msgspec.structs.fields(ExrHeader)} == named | apart


def test_nothing_beyond_what_is_said() -> None:
    """A bare header writes the attributes that OpenEXR itself demands, and no others."""
    bare = set(REQUIRED) - {"acesImageContainerFlag", "chromaticities"}
    assert set(attributes(encode_exr(PLANES, ExrHeader()))) == bare


@pytest.mark.parametrize(
    ("compression", "header", "channels", "container"),
    [
        ("none", ACES, 3, True),
        ("none", ACES, 4, True),
        ("none", ACES, 1, False),
        ("zips", ACES, 3, False),
        ("zip", ACES, 3, False),
        ("piz", ACES, 3, False),
        ("dwab", ACES, 3, False),
        ("none", ExrHeader(), 3, False),
        (
            "none",
            ExrHeader(chromaticities=(0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)),
            3,
            False,
        ),
    ],
)
def test_container_flag(
    compression: Compression, header: ExrHeader, channels: int, container: bool
) -> None:
    """Only uncompressed RGB or RGBA in AP0 claims to be an ACES image container."""
    planes = np.zeros((channels, 5, 5), np.float16)
    found, _ = by_openexr(encode_exr(planes, header, compression))
    assert found.get("acesImageContainerFlag") == (1 if container else None)
    assert ("chromaticities" in found) == (header.chromaticities is not None)


@pytest.mark.parametrize("compression", ["zips", "zip", "piz", "dwaa", "dwab"])
def test_compression_keeps_attributes(compression: Compression) -> None:
    """A compressed file has the same attributes but for compression and container flag."""
    header = msgspec.structs.replace(ACES, reel="A001", time_code=Timecode(7, Fraction(24)))
    plain = attributes(encode_exr(PLANES, header))
    packed = attributes(encode_exr(PLANES, header, compression))
    assert {n for n in plain if plain[n] != packed.get(n)} == {
        "acesImageContainerFlag",
        "compression",
    }
    assert set(packed) < set(plain)


@pytest.mark.parametrize(
    ("label", "rate", "digits", "drop", "phase"),
    [
        ("01:02:03:04", Fraction(24), (1, 2, 3, 4), False, False),
        ("23:59:59:23", Fraction(24000, 1001), (23, 59, 59, 23), False, False),
        ("10:20:30;28", Fraction(30000, 1001), (10, 20, 30, 28), True, False),
        ("00:00:00:00", Fraction(25), (0, 0, 0, 0), False, False),
        ("01:00:00:48", Fraction(50), (1, 0, 0, 24), False, False),
        ("01:00:00:49", Fraction(50), (1, 0, 0, 24), False, True),
        ("09:08:07;59", Fraction(60000, 1001), (9, 8, 7, 29), True, True),
    ],
)
def test_timecode(
    label: str,
    rate: Fraction,
    digits: tuple[int, int, int, int],
    drop: bool,
    phase: bool,
    tmp_path: Path,
) -> None:
    """Timecode keeps digits and drop flag; above 39 a second it counts pairs and a phase."""
    header = msgspec.structs.replace(ACES, time_code=Timecode.parse(label, rate))
    data = encode_exr(PLANES, header)
    found, _ = by_openexr(data)
    code = found["timeCode"]
    assert (code.hours, code.minutes, code.seconds, code.frame) == digits
    assert (bool(code.dropFrame), bool(code.fieldPhase)) == (drop, phase)
    assert found["timecodeRate"] == -(-rate.numerator // rate.denominator)
    spec, _ = by_oiio(data, tmp_path)
    assert spec.getattribute("smpte:TimeCode") is not None


def test_timecode_past_the_digits() -> None:
    """At 100 and more a second the digits have no room, so nothing is claimed."""
    header = msgspec.structs.replace(ACES, time_code=Timecode(119, Fraction(120)))
    assert "timeCode" not in attributes(encode_exr(PLANES, header))


def test_broken_text() -> None:
    """Text that no encoding has, from a damaged camera file, is still written as UTF-8."""
    header = msgspec.structs.replace(ACES, reel="A\udcff1")
    assert attributes(encode_exr(PLANES, header))["reelName"] == ("string", b"A?1")


def test_order_of_attributes() -> None:
    """Attributes stand in alphabetical order, whatever the order of fields."""
    header = msgspec.structs.replace(ACES, reel="A001", aperture=2.8, iso=800.0)
    names = list(attributes(encode_exr(PLANES, header)))
    assert names == sorted(names)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image_counter", 2**31),
        ("iso", 1e300),
        ("frames_per_second", Fraction(2**40)),
        ("adopted_neutral", (1e300, 0.0)),
    ],
)
def test_no_room(field: str, value: Any) -> None:
    """A number that its type cannot hold is left out, not bent and not an error."""
    plain = attributes(encode_exr(PLANES, ExrHeader()))
    assert attributes(encode_exr(PLANES, ExrHeader(**{field: value}))) == plain


@pytest.mark.parametrize("aspect", [0.0, -1.0, 1e300, float("nan")])
def test_impossible_aspect(aspect: float) -> None:
    """Every file must state a pixel aspect, so an impossible one is a ValueError."""
    with pytest.raises(ValueError, match="aspect"):
        encode_exr(PLANES, ExrHeader(pixel_aspect=aspect))


@pytest.mark.parametrize("compression", ["none", "zips", "zip", "piz"])
@pytest.mark.parametrize("header", [ACES, ExrHeader()])
def test_colour_claims_agree(compression: Compression, header: ExrHeader) -> None:
    """OpenEXR's own check finds no contradiction, and knows the primaries as ACES2065-1's."""
    import OpenEXR

    found, _ = by_openexr(encode_exr(PLANES, header, compression))
    assert OpenEXR.checkColorMetadata(found) == OpenEXR.OK
    if header is ACES:
        named = OpenEXR.chromaticitiesToColorInteropID(found["chromaticities"])
        assert named == "lin_ap0_scene"
