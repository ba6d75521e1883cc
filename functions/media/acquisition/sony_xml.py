"""NonRealTimeMeta: what Sony's cameras write of a clip, into the movie and into C0001M01.XML.

References: the documents of XAVC and X-OCN cameras (namespace
urn:schemas-professionalDisc:nonRealTimeMeta, versions 2.00 to 2.20), as MediaInfo 23.04
(File_Xdcam_Clip.cpp), ExifTool 12.57 and others read them. Everything is said by attributes, so
that start tags are looked for in order and the packet is not parsed as XML.
"""

from __future__ import annotations

import html
import math
import re
from fractions import Fraction
from typing import Any

from functions.contract.camera import Grade
from functions.contract.frames import rate_text
from functions.media.acquisition.values import Told, number, printable

MARK = b"<NonRealTimeMeta"
_END = b"</NonRealTimeMeta>"
_LONGEST = 1 << 20
_TAG = re.compile(
    r"<([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*/?>([^<]*)"
)
_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*[\"']([^\"']*)[\"']")
# Elements whose facts the movie's own tables tell, or that say how the document is built.
_PLAIN = frozenset(
    (
        "NonRealTimeMeta", "TargetMaterial", "Duration", "LtcChangeTable", "VideoFormat",
        "VideoRecPort", "VideoLayout", "AudioFormat", "AudioRecPort", "SubStream",
        "AcquisitionRecord", "ChangeTable", "Group", "ExtendedContents", "RelevantFiles",
        "CreationDate", "LastUpdate", "VideoFrame", "Device", "Lens", "LtcChange", "RelatedTo",
        "KlvPacketTable", "KlvPacket", "Item", "RecordingMode", "ColorCorrectionCollection",
        "ColorCorrection", "SOPNode", "SatNode", "SATNode", "Slope", "Offset", "Power",
        "Saturation",
    )
)  # fmt: skip
# Of elements whose attributes are facts: attribute and field.
_ATTRIBUTES = {
    "Device": (("manufacturer", "make"), ("modelName", "model"), ("serialNo", "serial")),
    "Lens": (("modelName", "lens"),),
    "CreationDate": (("value", "captured"),),
}
_COLOURS = {"CaptureGammaEquation": "log", "CaptureColorPrimaries": "gamut"}
_NUMBER = {
    "IrisFNumber": "aperture",
    "IrisTNumber": "t_stop",
    "FocusPositionFromImagePlane": "focus_metres",
    "LensZoomActualFocalLength": "focal_length_mm",
    "ISOSensitivity": "iso",
    "ShutterSpeed_Angle": "shutter_degrees",
    "ShutterSpeed_Time": "shutter_seconds",
    "WhiteBalance": "white_kelvin",
}
_UNSET = ("", "unknown", "4294967295", "0")
# First word of CameraAttributes of cameras whose documents have no Device.
_MODELS = {"MPC-3628": "VENICE", "MPC-3633": "VENICE 2", "MPC-2610": "BURANO"}


def read_sony_xml(content: bytes, source: str) -> Told | None:
    """The first such document in the bytes; None where none stands there.

    source : what it is called in a sentence
    """
    start = content.find(MARK)
    if start < 0:
        return None
    end = content.find(_END, start)
    stop = min(end if end >= 0 else len(content), start + _LONGEST)
    document = _Document(source)
    text = _without_comments(content[start:stop].decode("utf-8", "replace"))
    for tag, attributes, inside in _TAG.findall(text):
        said = {name: printable(html.unescape(value))
                for name, value in _ATTRIBUTE.findall(attributes)}  # fmt: skip
        document.take(tag.rpartition(":")[2], said, inside)
    return document.told()


def _without_comments(text: str) -> str:
    """In one pass: an expression would look for the end of each comment that has none again."""
    first, *rest = text.split("<!--")
    return first + "".join(part.partition("-->")[2] for part in rest)


class _Document:
    def __init__(self, source: str) -> None:
        self._source = source
        self._found: dict[str, Any] = {}
        self._colour: dict[str, str] = {}
        self._cdl: dict[str, list[float]] = {}
        self._unread: dict[str, None] = {}

    def take(self, tag: str, said: dict[str, str], inside: str) -> None:
        """One element. inside : text behind its start."""
        for name, field in _ATTRIBUTES.get(tag, ()):
            self._put(field, said.get(name))
        if tag == "Item":
            self._item(said.get("name", ""), said.get("value", ""))
        elif tag == "VideoFrame":
            self._put("sensor_rate", _rate(said.get("captureFps", "")))
        elif tag == "LtcChange" and said.get("frameCount") == "0":
            self._put("timecode", _label(said.get("value", "")))
        elif tag == "RelatedTo":
            if said.get("rel", "").upper() == "LUT":
                self._put("look", said.get("file"))
            else:
                self._unread[f"a file of {said.get('rel', '?')}"] = None
        elif tag in ("Slope", "Offset", "Power", "Saturation"):
            self._cdl.setdefault(tag, _numbers(inside))
        elif tag not in _PLAIN:
            self._unread[f"{tag} {said['name']}" if said.get("name") else tag] = None

    def _item(self, name: str, value: str) -> None:
        if name in _COLOURS and value:
            self._colour.setdefault(_COLOURS[name], value)
        elif name == "LensAttributes":
            self._put("lens", value)
        elif name in _NUMBER and (found := number(value)) is not None:
            field = _NUMBER[name]
            self._found.setdefault(field, round(found) if field == "iso" else found)
        elif name == "TintCorrection" and _numbers(value):
            self._found.setdefault("tint", _numbers(value)[0])
        elif name == "NeutralDensityFilterWheelSetting" and _density(value) is not None:
            self._found.setdefault("nd_stops", _density(value))
        elif name == "CameraAttributes":
            self._attributes(value)
        elif name and value.lower() not in ("", "unknown"):
            self._unread[name] = None

    def _attributes(self, value: str) -> None:
        """`MPC-3628 0010123 Version3.00`."""
        model, *more = value.split() or [""]
        if model in _MODELS:
            self._put("make", "Sony")
            self._put("model", _MODELS[model])
        else:
            self._unread["CameraAttributes"] = None
            return
        for word in more:
            version = word.lower().startswith("version")
            self._put("firmware" if version else "serial", word[7:] if version else word)

    def _put(self, field: str, value: str | None) -> None:
        if value and value.lower() not in _UNSET:
            self._found.setdefault(field, value)

    def told(self) -> Told:
        """All of it; a CDL that changes nothing is none."""
        parts = [self._cdl.get(name, []) for name in ("Slope", "Offset", "Power", "Saturation")]
        if [len(part) for part in parts] == [3, 3, 3, 1]:
            slope, offset, power, (saturation,) = parts
            grade = Grade(slope=_three(slope), offset=_three(offset), power=_three(power),
                          saturation=saturation)  # fmt: skip
            if grade != Grade(slope=(1, 1, 1), offset=(0, 0, 0), power=(1, 1, 1)):
                self._found["grade"] = grade
        elif self._cdl:
            self._unread["an ASC CDL that is not whole"] = None
        return Told(
            source=self._source, camera=self._found, unread=tuple(self._unread), **self._colour
        )


def _three(values: list[float]) -> tuple[float, float, float]:
    one, two, three = values
    return one, two, three


def _numbers(text: str) -> list[float]:
    try:
        found = [float(word) for word in text.split()]
    except ValueError:
        return []
    return found if all(map(math.isfinite, found)) else []


def _density(value: str) -> float | None:
    """Stops of `1/64`, `Clear`, `OFF`."""
    if value.lower() in ("clear", "off", "1"):
        return 0.0
    part = number(value)
    return -math.log2(part) if part is not None and part < 1 else None


def _rate(value: str) -> str | None:
    """Of two decimals, `23.98p`: nearer ones than those that stand for a thousand of 1001."""
    rate = number(value.rstrip("pi"))
    if rate is None or rate > 100_000:
        return None
    exact = Fraction(round(rate) * 1000, 1001)
    if abs(rate - exact) > 0.006:
        exact = Fraction(rate).limit_denominator(1000)
    return rate_text(exact)


def _label(value: str) -> str | None:
    """`HH:MM:SS:FF` of eight digits FFSSMMHH with flags of drop frame and others (SMPTE ST 12-1),
    or of a label."""
    if re.fullmatch(r"\d\d:\d\d:\d\d[:;.]\d\d", value):
        return value
    if not re.fullmatch(r"[0-9A-Fa-f]{8}", value):
        return None
    frames, seconds, minutes, hours = bytes.fromhex(value)
    drop = ";" if frames & 0x40 else ":"
    parts = (hours & 0x3F, minutes & 0x7F, seconds & 0x7F, frames & 0x3F)
    shown = [f"{part >> 4}{part & 15}" for part in parts]
    return ":".join(shown[:3]) + drop + shown[3] if all(len(s) == 2 for s in shown) else None
