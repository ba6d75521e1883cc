"""Movies with documents of cameras in them, for tests, by the formats' own descriptions."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from tests.media.edited_movies import box, boxes
from tests.media.movies import movie
from tests.media.undecoded_files import mxf

NAMESPACE = "urn:schemas-professionalDisc:nonRealTimeMeta:ver.2.20"
RATE = Fraction(24)


def sony_xml(
    *, model: str = "ILCE-7SM3", items: dict[str, str] | None = None, more: str = ""
) -> str:
    """A clip's NonRealTimeMeta, as cameras of XAVC write it."""
    said = {
        "CaptureGammaEquation": "s-log3-cine",
        "CaptureColorPrimaries": "s-gamut3-cine",
        "CodingEquations": "rec709",
        **(items or {}),
    }
    rows = "".join(f'<Item name="{name}" value="{value}"/>' for name, value in said.items())
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<NonRealTimeMeta xmlns="{NAMESPACE}" lastUpdate="2024-01-15T10:31:00+02:00">
  <TargetMaterial umidRef="060A2B340101010501010D4313000000"/>
  <Duration value="6"/>
  <LtcChangeTable tcFps="24" halfStep="false">
    <LtcChange frameCount="0" value="07123810" status="increment"/>
  </LtcChangeTable>
  <CreationDate value="2024-01-15T10:30:00+02:00"/>
  <VideoFormat>
    <VideoFrame videoCodec="AVC_3840_2160_HP@L51" captureFps="23.98p" formatFps="23.98p"/>
    <VideoLayout pixel="3840" numOfVerticalLine="2160" aspectRatio="16:9"/>
  </VideoFormat>
  <Device manufacturer="Sony" modelName="{model}" serialNo="4012345"/>
  <!-- <Device manufacturer="Nobody"/> -->
  <Lens modelName="FE 24-70mm F2.8 GM &amp; II"/>
  <AcquisitionRecord><Group name="CameraUnitMetadataSet">{rows}</Group></AcquisitionRecord>
  <RelevantFiles><RelatedTo file="Look_A.cube" rel="LUT"/></RelevantFiles>
  {more}
</NonRealTimeMeta>
"""


def rtmd(lens: dict[int, bytes], camera: dict[int, bytes]) -> bytes:
    """A frame's packet: a header of 28 bytes, then a set each of the lens and of the camera."""
    head = struct.pack(">H", 28) + bytes(11) + bytes([10, 38, 12, 0, 7])
    made = head.ljust(28, b"\0")
    for unit, items in ((1, lens), (2, camera)):
        body = b"".join(struct.pack(">HH", tag, len(v)) + v for tag, v in items.items())
        key = bytes.fromhex("060e2b34025301010c020101") + bytes([unit, 1, 0, 0])
        made += key + b"\x83" + len(body).to_bytes(3, "big") + body
    return made


def iris(number: float) -> bytes:
    """RDD 18: 65536 less an eighth of its logarithm to base 2."""
    import math

    return struct.pack(">H", round((1 - math.log2(number) / 8) * 65536))


def decimal(digits: int, power: int) -> bytes:
    """Twelve bits of digits and four of a power of ten."""
    return struct.pack(">H", (power & 15) << 12 | digits)


def with_documents(xml: str | None, packets: Sequence[bytes] = (), frames: int = 6) -> bytes:
    """A QuickTime movie, XML in a `meta` box at its top, and a track of RTMD."""
    content = movie(frames, rate=RATE, codec="mjpeg", pixel_format="yuvj420p")
    made = b""
    for kind, body in boxes(content):
        if kind == b"moov" and packets:
            made += box(b"mdat", b"".join(packets))
            body += _track(packets, len(made) - sum(map(len, packets)))
        made += box(kind, body)
    if xml is not None:
        handler = box(b"hdlr", bytes(8) + b"nrtm" + bytes(13))
        made += box(b"meta", bytes(4) + handler + box(b"xml ", bytes(4) + xml.encode()))
    return made


def _track(packets: Sequence[bytes], at: int) -> bytes:
    count, matrix = len(packets), struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    ticks = count * 1000  # the movie's own time is in thousandths
    header = struct.pack(">I2IIII", 1, 0, 0, 9, 0, ticks // 24) + bytes(16) + matrix + bytes(8)
    media = box(b"mdhd", struct.pack(">I2III4x", 0, 0, 0, 24, count))
    handler = box(b"hdlr", bytes(8) + b"meta" + bytes(13))
    entry = box(b"rtmd", bytes(6) + struct.pack(">H", 1))
    sizes = struct.pack(f">3I{count}I", 0, 0, count, *map(len, packets))
    table = (
        box(b"stsd", struct.pack(">II", 0, 1) + entry)
        + box(b"stts", struct.pack(">4I", 0, 1, count, 1))
        + box(b"stsc", struct.pack(">5I", 0, 1, 1, count, 1))
        + box(b"stsz", sizes)
        + box(b"stco", struct.pack(">3I", 0, 1, at))
    )
    here = box(b"dref", struct.pack(">II", 0, 1) + box(b"url ", struct.pack(">I", 1)))
    info = box(b"nmhd", bytes(4)) + box(b"dinf", here) + box(b"stbl", table)
    return box(b"trak", box(b"tkhd", header) + box(b"mdia", media + handler + box(b"minf", info)))


def with_header(content: bytes, more: bytes) -> bytes:
    """An MXF with more in its header metadata; what stands behind moves, and is found there."""
    key = bytes.fromhex("060e2b34 0205 0101 0d010201 01")
    first = content.index(bytes.fromhex("060e2b34 0253 0101 0d010101 01015100"))
    at = first + 20 + int.from_bytes(content[first + 17 : first + 20], "big")
    room = -(len(more) + 20) % 512
    more += bytes.fromhex("060e2b34 0101 0102 03010210 01000000 83") + room.to_bytes(3, "big")
    more += bytes(room)
    made = bytearray(content[:at] + more + content[at:])

    def move(place: int) -> None:
        (value,) = struct.unpack_from(">Q", made, place)
        struct.pack_into(">Q", made, place, value + len(more) if value else 0)

    place = made.find(key)
    while place >= 0:
        value, kind = place + 20, made[place + 13]
        if kind in (2, 3, 4):
            for field in (8, 16, 24):  # this partition, the one before, the footer
                move(value + field)
            if place == 0:
                move(value + 32)  # HeaderByteCount
        elif kind == 0x11:  # random index pack
            for entry in range(value, len(made) - 4, 12):
                move(entry + 4)
        place = made.find(key, place + 16)
    return bytes(made)


def arri_mxf(documents: dict[str, dict[str, Any]]) -> bytes:
    """ARRIRAW in MXF with sets of a document and its schema, of tags of the file's own."""
    from tests.media.undecoded_files import ARRIRAW

    sets = b""
    for number, (schema, document) in enumerate(documents.items()):
        address = f"https://www.arri.com/schema/json/camera/{schema}/v1-0-0".encode("utf-16-be")
        body = b""
        for tag, value in (
            (0x3C0A, bytes([number + 1]) * 16),
            (0x807A, "application/json".encode("utf-16-be")),
            (0x807B, json.dumps(document).encode()),
            (0x807C, address),
        ):
            body += struct.pack(">HH", tag, len(value)) + value
        key = bytes.fromhex("060e2b34 0253 0101 0e170101 01000000")
        sets += key + b"\x83" + len(body).to_bytes(3, "big") + body
    return with_header(mxf(ARRIRAW, "ARRI", "ALEXA 35"), sets)
