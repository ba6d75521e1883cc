"""What an EXR header says, as one frozen value, and its bytes.

Attribute names and types: the OpenEXR standard attributes, which hold those of
SMPTE ST 2065-4. Attributes come out in alphabetical order, so that equal headers are
equal bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import msgspec

from functions.contract.timecode import Timecode, bcd

Compression = Literal["none", "zips", "zip", "piz", "dwaa", "dwab"]
Depth = Literal["half", "float"]
Box = tuple[int, int, int, int]
Chromaticities = tuple[float, float, float, float, float, float, float, float]

ACES_CHROMATICITIES: Chromaticities = (
    0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767,
)  # fmt: skip
"""x, y of red, green, blue and white of ACES2065-1 (SMPTE ST 2065-1, table 1)."""
ACES_WHITE = (0.32168, 0.33767)
AP1_CHROMATICITIES: Chromaticities = (
    0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767,
)  # fmt: skip
"""The same of ACEScg (S-2014-004)."""
# Names of the Color Interop Forum (ASWF), for readers that go by names.
_INTEROP_IDS = {ACES_CHROMATICITIES: "lin_ap0_scene", AP1_CHROMATICITIES: "lin_ap1_scene"}

# The byte of the compression attribute, and lines in one block.
CODES: dict[Compression, tuple[int, int]] = {
    "none": (0, 1),
    "zips": (2, 1),
    "zip": (3, 16),
    "piz": (4, 32),
    "dwaa": (8, 32),
    "dwab": (9, 256),
}
CHANNELS: dict[int, tuple[str, ...]] = {1: ("Y",), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}

_MAGIC = 20000630
_VERSION = 2  # single part, scan lines, names of at most 31 bytes: what ST 2065-4 allows
_TYPES = {"half": 1, "float": 2}


class ExrHeader(msgspec.Struct, frozen=True, kw_only=True):
    """Attributes of one EXR file; what is None, or has no room in its type, is left out.

    chromaticities, adopted_neutral : what RGB means; None claims nothing
    data_window, display_window : (x, y) of the first and of the last pixel, inclusive;
        None is the picture from (0, 0), and the data window
    time_code : written as SMPTE ST 12-1 digits and flags, with `timecodeRate`; left out
        above 80 labels a second, which the digits cannot hold
    frames_per_second, capture_rate : of playback, and of the camera
    captured : `YYYY:MM:DD hh:mm:ss` local to the camera
    exposure_seconds, aperture (f-number), focal_length_mm, focus_metres, white_kelvin,
    iso, ... : as the camera wrote them

    The container flag of ST 2065-4 is no field: `encode_exr` sets it when the file is one.
    """

    chromaticities: Chromaticities | None = None
    adopted_neutral: tuple[float, float] | None = None
    data_window: Box | None = None
    display_window: Box | None = None
    pixel_aspect: float = 1.0
    time_code: Timecode | None = None
    frames_per_second: Fraction | None = None
    capture_rate: Fraction | None = None
    captured: str | None = None
    utc_offset: float | None = None
    reel: str | None = None
    image_counter: int | None = None
    owner: str | None = None
    comments: str | None = None
    uuid: str | None = None
    original_image: bool | None = None
    camera_make: str | None = None
    camera_model: str | None = None
    camera_serial: str | None = None
    camera_firmware: str | None = None
    camera_label: str | None = None
    white_kelvin: float | None = None
    iso: float | None = None
    exposure_seconds: float | None = None
    aperture: float | None = None
    lens_make: str | None = None
    lens_model: str | None = None
    lens_serial: str | None = None
    focal_length_mm: float | None = None
    focus_metres: float | None = None
    storage_serial: str | None = None


# Field, attribute, type. Two names for one fact where OpenEXR and ST 2065-4 differ.
_PLAIN: tuple[tuple[str, str, str], ...] = (
    ("captured", "capDate", "string"),
    ("utc_offset", "utcOffset", "float"),
    ("reel", "reelName", "string"),
    ("image_counter", "imageCounter", "int"),
    ("owner", "owner", "string"),
    ("comments", "comments", "string"),
    ("uuid", "uuid", "string"),
    ("original_image", "originalImageFlag", "int"),
    ("camera_make", "cameraMake", "string"),
    ("camera_model", "cameraModel", "string"),
    ("camera_serial", "cameraSerialNumber", "string"),
    ("camera_firmware", "cameraFirmwareVersion", "string"),
    ("camera_label", "cameraLabel", "string"),
    ("white_kelvin", "cameraCCTSetting", "float"),
    ("iso", "isoSpeed", "float"),
    ("exposure_seconds", "expTime", "float"),
    ("aperture", "aperture", "float"),
    ("lens_make", "lensMake", "string"),
    ("lens_model", "lensModel", "string"),
    ("lens_serial", "lensSerialNumber", "string"),
    ("focal_length_mm", "focalLength", "float"),
    ("focal_length_mm", "nominalFocalLength", "float"),
    ("focus_metres", "focus", "float"),
    ("storage_serial", "storageMediaSerialNumber", "string"),
    ("frames_per_second", "framesPerSecond", "rational"),
    ("capture_rate", "captureRate", "rational"),
    ("adopted_neutral", "adoptedNeutral", "v2f"),
)


def header_bytes(
    header: ExrHeader,
    width: int,
    height: int,
    channels: int,
    compression: Compression,
    depth: Depth = "half",
) -> bytes:
    """Magic number, version and every attribute, up to the offset table.

    Raises ValueError for windows that do not fit the picture, and an impossible aspect.
    """
    if not 1e-3 < header.pixel_aspect < 1e3:
        raise ValueError(f"pixel aspect {header.pixel_aspect} is no pixel's")
    data = header.data_window or (0, 0, width - 1, height - 1)
    if (data[2] - data[0] + 1, data[3] - data[1] + 1) != (width, height):
        raise ValueError(f"data window {data} does not hold a picture of {width}x{height}")
    display = header.display_window or data
    if display[2] < display[0] or display[3] < display[1]:
        raise ValueError(f"display window {display} is empty")
    attributes = sorted(_attributes(header, data, display, channels, compression, depth))
    parts = [struct.pack("<II", _MAGIC, _VERSION)]
    for name, kind, value in attributes:
        parts.append(b"%s\0%s\0%s" % (name.encode(), kind.encode(), struct.pack("<i", len(value))))
        parts.append(value)
    parts.append(b"\0")
    return b"".join(parts)


def is_aces_container(
    header: ExrHeader, channels: int, compression: Compression, depth: Depth = "half"
) -> bool:
    """Whether the file is an ACES image container: ST 2065-4 wants AP0 RGB halves, uncompressed."""
    plain = compression == "none" and depth == "half"
    return header.chromaticities == ACES_CHROMATICITIES and channels >= 3 and plain


def _attributes(
    header: ExrHeader, data: Box, display: Box, channels: int, compression: Compression,
    depth: Depth,
) -> Iterator[tuple[str, str, bytes]]:  # fmt: skip
    yield "channels", "chlist", _channel_list(channels, depth)
    yield "compression", "compression", bytes([CODES[compression][0]])
    yield "dataWindow", "box2i", struct.pack("<4i", *data)
    yield "displayWindow", "box2i", struct.pack("<4i", *display)
    yield "lineOrder", "lineOrder", b"\0"
    yield "screenWindowCenter", "v2f", struct.pack("<2f", 0.0, 0.0)
    yield "screenWindowWidth", "float", struct.pack("<f", 1.0)
    if is_aces_container(header, channels, compression, depth):
        yield "acesImageContainerFlag", "int", struct.pack("<i", 1)
    if header.chromaticities is not None:
        yield "chromaticities", "chromaticities", struct.pack("<8f", *header.chromaticities)
        if header.chromaticities in _INTEROP_IDS:
            yield "colorInteropID", "string", _INTEROP_IDS[header.chromaticities].encode()
    if header.time_code is not None and header.time_code.nominal <= 80:
        yield "timeCode", "timecode", struct.pack("<II", time_and_flags(header.time_code), 0)
        yield "timecodeRate", "int", struct.pack("<i", header.time_code.nominal)
    yield "pixelAspectRatio", "float", struct.pack("<f", header.pixel_aspect)
    for field, name, kind in _PLAIN:
        value = getattr(header, field)
        if value is not None and (packed := _packed(kind, value)) is not None:
            yield name, kind, packed


def _channel_list(channels: int, depth: Depth) -> bytes:
    one = struct.pack("<iBxxxii", _TYPES[depth], 0, 1, 1)
    return b"".join(n.encode() + b"\0" + one for n in sorted(CHANNELS[channels])) + b"\0"


def _packed(kind: str, value: object) -> bytes | None:
    """The value's bytes; None if it has no room, as numbers of a damaged file may."""
    try:
        if isinstance(value, str):
            return value.encode(errors="replace")
        if isinstance(value, Fraction):
            near = value.limit_denominator(1_000_000)
            return struct.pack("<iI", near.numerator, near.denominator)
        if isinstance(value, tuple):
            return struct.pack("<2f", *value)
        assert isinstance(value, int | float)
        return struct.pack("<i", int(value)) if kind == "int" else struct.pack("<f", value)
    except (struct.error, OverflowError):
        return None


def time_and_flags(timecode: Timecode) -> int:
    """The 32 bits that OpenEXR and ST 2065-4 store (SMPTE ST 12-1, 60-field packing).

    At 40 labels a second and above, frames count in pairs and the field mark (bit 15)
    says which of the two.
    """
    hours, minutes, seconds, frames = bcd(timecode)
    word = _bcd(frames) | _bcd(seconds) << 8 | _bcd(minutes) << 16 | _bcd(hours) << 24
    if timecode.drop:
        word |= 1 << 6
    if timecode.nominal >= 40 and int(str(timecode)[9:]) % 2:
        word |= 1 << 15
    return word


def _bcd(number: int) -> int:
    return number // 10 << 4 | number % 10
