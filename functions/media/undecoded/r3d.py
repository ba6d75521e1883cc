"""RED R3D: size, rate, timecode and camera of its first block.

Reference: ExifTool 12.57, Red.pm (P. Harvey): blocks of a size (u32) and a kind, big-endian; in the
first one of RED2 records of a picture and a directory of tags, whose highest four bits say their
type; of RED1 the directory stands in the second block.
"""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from typing import BinaryIO

from functions.contract.camera import CameraRecord
from functions.contract.clip import ClipFacts
from functions.contract.errors import DamagedSource, InvalidRequest, truncated
from functions.contract.frames import rate_text
from functions.contract.timecode import Timecode, exact_rate
from functions.media.acquisition.values import text_of

_LARGEST = 1 << 20  # bytes of a block with a directory
_RECORDS, _RECORD = 0x44, 0x18
_SECOND = 0x22  # where the directory of the second block begins
_BOUNDARY = 0x1000  # at which blocks of RED2 begin
_MOST_BLOCKS = 1 << 20
_FRAME = b"REDV"
_FORMS = {1: "s", 2: "f", 4: "H", 6: "i", 8: "I"}
Value = str | float | int


def read_r3d(stream: BinaryIO, size: int, name: str) -> ClipFacts:
    """Facts of one file of a clip, `undecodable` the name of its format.

    Raises DamagedSource for headers that are cut short or cannot be.
    """
    first = _block(stream, 0, size)
    if first[4:8] == b"RED1":
        width, height, top, bottom = _numbers(first, 0x36, ">H2xH2xHH")
        rate = Fraction(top, bottom) if top and bottom else None
        tags = _directory(_block(stream, len(first), size), _SECOND)
        told = text_of(first[0x43:0x63])
    else:
        width, height = _numbers(first, 0x4C, ">II")
        below, high, low = _numbers(first, 0x56, ">HHH")
        rate = Fraction(high << 16 | low, below) if below and high << 16 | low else None
        tags = _directory(first, _RECORDS + first[0x40] * _RECORD)
        told = None
    if not (0 < width <= 1 << 16 and 0 < height <= 1 << 16):
        raise DamagedSource(f"an R3D header says {width}x{height}")
    rate = exact_rate(rate) if rate and rate < 100_000 else None
    start = _start(tags.get(0x1001), rate)
    return ClipFacts(
        container="r3d",
        codec="redcode",
        layout=None,
        width=width,
        height=height,
        name=name,
        frames_claimed=_frames(stream, len(first), size, aligned=first[4:8] == b"RED2"),
        rate=rate,
        start=start,
        camera=_record(tags, told, rate, start),
        undecodable="RED R3D",
    )


def _block(stream: BinaryIO, at: int, size: int) -> bytes:
    stream.seek(at)
    head = stream.read(8)
    length = int.from_bytes(head[:4], "big")
    if len(head) < 8 or at + length > size:
        raise truncated("a block of the R3D header ends after the file")
    if not 0x68 <= length <= _LARGEST:
        raise DamagedSource(f"a block of {length} bytes in an R3D header")
    return head + stream.read(length - 8)


def _numbers(block: bytes, at: int, form: str) -> tuple[int, ...]:
    return struct.unpack_from(form, block, at)  # `_block` has read so many


def _directory(block: bytes, at: int) -> dict[int, Value]:
    """Values by tag, the first of each; what stands there otherwise than described is left out."""
    found: dict[int, Value] = {}
    length = int.from_bytes(block[at : at + 2], "big")
    at, end = at + 2, min(at + 2 + length, len(block))
    while at + 4 <= end:
        size, tag = struct.unpack_from(">HH", block, at)
        if size < 4 or at + size > end:
            break
        form, value = _FORMS.get(tag >> 12), block[at + 4 : at + size]
        if form == "s" and (text := text_of(value)):
            found.setdefault(tag, text)
        elif form not in (None, "s") and len(value) >= struct.calcsize(form):
            (number,) = struct.unpack_from(f">{form}", value)
            if math.isfinite(number):
                found.setdefault(tag, number)
        at += size
    return found


def _start(label: Value | None, rate: Fraction | None) -> Timecode | None:
    try:
        return Timecode.parse(label, rate) if isinstance(label, str) and rate else None
    except InvalidRequest:
        return None


def _frames(stream: BinaryIO, at: int, size: int, *, aligned: bool) -> int | None:
    """Blocks of pictures; None where the blocks do not lead to the file's end."""
    count = 0
    for _ in range(_MOST_BLOCKS):
        if aligned:
            at = -(-at // _BOUNDARY) * _BOUNDARY
        if at >= size:
            return count or None
        stream.seek(at)
        head = stream.read(8)
        length = int.from_bytes(head[:4], "big")
        if len(head) < 8 or not head[4:].startswith((b"RE", b"RD")) or not 8 <= length <= size - at:
            return None
        count += head[4:] == _FRAME
        at += length
    return None


def _record(
    tags: dict[int, Value], told: str | None, rate: Fraction | None, start: Timecode | None
) -> CameraRecord:
    def text(tag: int) -> str | None:
        value = tags.get(tag)
        return value if isinstance(value, str) else None

    def number(tag: int) -> float | None:
        value = tags.get(tag)
        return float(value) if isinstance(value, (int, float)) and value > 0 else None

    iso, aperture, focus, sensor = number(0x403B), number(0x406A), number(0x606C), number(0x2066)
    clip = text(0x1056) or told
    lens = [word for word in (text(0x106E), text(0x1070)) if word]
    return CameraRecord(
        make="RED",
        model=text(0x1071),
        camera_id=text(0x1019),
        serial=text(0x1006),
        firmware=text(0x1025),
        lens=" ".join(lens) or None,
        aperture=aperture / 10 if aperture else None,
        focal_length_mm=number(0x406B),
        focus_metres=focus / 1000 if focus else None,
        iso=round(iso) if iso else None,
        white_kelvin=number(0x200D),
        reel=text(0x101A),
        clip=clip.rsplit(".", 1)[0] if clip else None,
        card=text(0x1032),
        take=text(0x101B),
        timecode=str(start) if start else None,
        rate=rate_text(rate) if rate else None,
        sensor_rate=_sensor(sensor),
        captured=_captured(text(0x1023), text(0x1024)),
    )


def _sensor(value: float | None) -> str | None:
    if value is None or value > 100_000:
        return None
    return rate_text(exact_rate(Fraction(value).limit_denominator(1001)))


def _captured(day: str | None, time: str | None) -> str | None:
    if not (day and time and len(day) == 8 and len(time) == 6 and (day + time).isdecimal()):
        return None
    return f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}"
