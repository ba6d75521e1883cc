"""What a JPEG says in its segments that OpenImageIO leaves out: how deep its samples are, and that
it holds other pictures, or a map to a wider range.

References: ITU-T T.81, annex B (segments); CIPA DC-007 (multi-picture format); ISO 21496-1 and
Adobe, "Gain Map Specification" 1.0, whose base picture is what decoders give.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

_START = b"\xff\xd8\xff"
_NO_FRAME = (0xC4, 0xC8, 0xCC)  # among the codes of frames: tables, and one for extensions
_SCAN = 0xDA
_GAIN_MAPS = (b"http://ns.adobe.com/hdr-gain-map/", b"urn:iso:std:iso:ts:21496:-1")
_SEVERAL = b"MPF\0"


class JpegHeader(msgspec.Struct, frozen=True):
    """other : what it holds that is not read; None for what is
    several : it lists more than one picture
    gain_map : it has a map that makes a picture of wider range
    """

    other: str | None = None
    several: bool = False
    gain_map: bool = False


def read_jpeg_header(head: bytes) -> JpegHeader:
    """Of a file that starts so; of another format nothing is said."""
    other, several, gain_map = None, False, False
    for code, body in _segments(head) if head.startswith(_START) else ():
        if 0xC0 <= code <= 0xCF and code not in _NO_FRAME and body[:1] not in (b"", b"\x08"):
            other = f"samples of {body[0]} bits"
        several = several or body.startswith(_SEVERAL)
        gain_map = gain_map or any(mark in body for mark in _GAIN_MAPS)
    return JpegHeader(other, several, gain_map)


def _segments(head: bytes) -> Iterator[tuple[int, bytes]]:
    at = 2
    while at + 4 <= len(head) and head[at] == 0xFF and head[at + 1] != _SCAN:
        (length,) = struct.unpack_from(">H", head, at + 2)
        yield head[at + 1], head[at + 4 : at + 2 + length]
        at += 2 + length
