"""Acquisition metadata sets of video cameras, as RTMD tracks of MP4 hold them for each frame.

References: SMPTE RDD 18:2012 and EBU Tech 3349, Acquisition Technical Metadata Set (keys, tags,
units); RTMD as ExifTool 12.57 (Sony.pm, Process_rtmd) and MediaInfo 23.04 (File_Mxf.cpp) read it: a
header whose first two bytes say its length, then sets with keys of 16 bytes.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import takewhile
from typing import Any, TypeVar

from functions.contract.camera import Grade
from functions.contract.frames import rate_text
from functions.contract.timecode import exact_rate
from functions.media.acquisition.values import Told, text_of
from functions.media.containers.klv import local_items, triplets

SETS = bytes.fromhex("060e2b34025301010c020101")
"""What keys of the sets begin with: local ones, of tags and lengths of two bytes."""
T = TypeVar("T")
_KEY = 16
_FURTHEST = 1e5  # metres: what lies behind is infinity, for which there is no number
# Names of tags that say nothing of the record's fields.
_NAMES = {
    0x8002: "FocusPositionFromFrontLensVertex", 0x8003: "MacroSetting",
    0x8004: "LensZoom35mmStillCameraEquivalent", 0x8006: "OpticalExtenderMagnification",
    0x8009: "IrisRingPosition", 0x800A: "FocusRingPosition", 0x800B: "ZoomRingPosition",
    0x321A: "CodingEquations", 0x8100: "AutoExposureMode", 0x8101: "AutoFocusSensingAreaSetting",
    0x8102: "ColorCorrectionFilterWheelSetting", 0x8104: "ImageSensorDimensionEffectiveWidth",
    0x8105: "ImageSensorDimensionEffectiveHeight", 0x8107: "ImageSensorReadoutMode",
    0x810A: "CameraMasterGainAdjustment", 0x810C: "ElectricalExtenderMagnification",
    0x810D: "AutoWhiteBalanceMode", 0x810F: "CameraMasterBlackLevel", 0x8110: "CameraKneePoint",
    0x8111: "CameraKneeSlope", 0x8112: "CameraLuminanceDynamicRange",
    0x8113: "CameraSettingFileURI", 0x8114: "CameraAttributes",
    0x8115: "ExposureIndexofPhotoMeter", 0x8116: "GammaForCDL", 0x8118: "ColorMatrix",
}  # fmt: skip
# Curves and gamuts by the ends of Sony's labels, as several programs that read RTMD name them.
_COLOURS = {
    bytes.fromhex("0401010101020000"): "rec709", bytes.fromhex("04010101010b0000"): "HLG",
    bytes.fromhex("0e06040101010508"): "S-Log2", bytes.fromhex("0e06040101010604"): "S-Log3",
    bytes.fromhex("0e06040101010605"): "S-Log3-Cine",
    bytes.fromhex("0401010103030000"): "rec709", bytes.fromhex("0401010103040000"): "rec2020",
    bytes.fromhex("0e06040101030103"): "S-Gamut", bytes.fromhex("0e06040101030104"): "S-Gamut3",
    bytes.fromhex("0e06040101030105"): "S-Gamut3.Cine",
}  # fmt: skip


def read_rtmd(packet: bytes, source: str) -> Told:
    """What one frame's packet says. source : what it is called in a sentence"""
    return read_sets(packet[int.from_bytes(packet[:2], "big") :], source)


def read_sets(data: bytes, source: str) -> Told:
    """What sets one behind another say, the first of each tag; the first that is cut ends them."""
    found: dict[str, Any] = {}
    colour: dict[str, str] = {}
    unread: dict[str, None] = {}
    for tag, value in _items(data):
        if tag in (0x3210, 0x3219) and len(value) == _KEY:
            said = _COLOURS.get(value[8:])
            if said is None:
                unread["CaptureGammaEquation" if tag == 0x3210 else "ColorPrimaries"] = None
            else:
                colour.setdefault("log" if tag == 0x3210 else "gamut", said)
        elif tag in _FIELDS:
            field, read = _FIELDS[tag]
            number = read(value)
            if number is not None:
                found.setdefault(field, number)
        else:
            unread[_NAMES.get(tag, f"tag {tag:04X}")] = None
    return Told(source=source, camera=found, unread=tuple(unread), **colour)


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    for klv in takewhile(lambda klv: klv.key[:4] == SETS[:4], triplets(data)):
        stop = min(klv.end, len(data)) if klv.key.startswith(SETS) else klv.value
        for tag, at, size in local_items(data, klv.value, stop):
            if at + size > stop:
                return
            yield tag, data[at : at + size]


def _iris(value: bytes) -> float | None:
    code = int.from_bytes(value, "big")
    return round(2 ** (8 * (1 - code / 65536)), 4) if len(value) == 2 and code else None


def _decimal(value: bytes) -> float | None:
    """Four bits of a power of ten, signed, then twelve of a whole number."""
    if len(value) != 2:
        return None
    code = int.from_bytes(value, "big")
    power = code >> 12
    number = (code & 0xFFF) * 10.0 ** (power - 16 if power > 7 else power)
    return number if 0 < number < _FURTHEST else None


def _whole(value: bytes) -> int | None:
    return int.from_bytes(value, "big") or None if len(value) in (1, 2, 4) else None


def _ratio(value: bytes) -> Fraction | None:
    if len(value) != 8:
        return None
    top, bottom = struct.unpack(">II", value)
    return Fraction(top, bottom) if top and bottom else None


def _grade(value: bytes) -> Grade | None:
    """A count, a size of 2, then half floats: slopes, offsets, powers, saturation."""
    if len(value) != 28 or value[:8] != struct.pack(">II", 10, 2):
        return None
    numbers = struct.unpack(">10e", value[8:])
    if not all(map(math.isfinite, numbers)):
        return None
    grade = Grade(slope=numbers[:3], offset=numbers[3:6], power=numbers[6:9], saturation=numbers[9])
    none = Grade(slope=(1, 1, 1), offset=(0, 0, 0), power=(1, 1, 1))
    return None if grade == none else grade


def _made(read: Callable[[bytes], T | None], make: Callable[[T], Any]) -> Callable[[bytes], Any]:
    """A reader of what `make` makes of what `read` reads; None of none and of zero."""

    def both(value: bytes) -> Any:
        found = read(value)
        return make(found) if found else None

    return both


def _rate(ratio: Fraction) -> str | None:
    return rate_text(exact_rate(ratio)) if ratio < 100_000 else None


_FIELDS: dict[int, tuple[str, Callable[[bytes], Any]]] = {
    0x8000: ("aperture", _iris),
    0x8001: ("focus_metres", _decimal),
    0x8005: ("focal_length_mm", _made(_decimal, lambda metres: round(metres * 1000, 4))),
    0x8007: ("lens", text_of),
    0x8008: ("t_stop", _iris),
    0x8103: ("nd_stops", _made(_whole, math.log2)),
    0x8106: ("sensor_rate", _made(_ratio, _rate)),
    0x8108: ("shutter_degrees", _made(_whole, lambda minutes: minutes / 60)),
    0x8109: ("shutter_seconds", _made(_ratio, float)),
    0x810B: ("iso", _whole),
    0x810E: ("white_kelvin", _whole),
    0x8117: ("grade", _grade),
}
