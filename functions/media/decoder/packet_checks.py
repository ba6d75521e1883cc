"""Whether a coded picture can be one, from its bytes: nothing is decoded.

References: ITU-T H.264, 7.4.1 and H.265, 7.4.2 (no three zeros inside a NAL unit); ISO/IEC
15444-1, A.4 and B.10.1 (markers of JPEG 2000, and that none stands in coded data).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

import numpy as np

from functions.media.containers.boxes import boxes_in
from functions.media.containers.tracks import Track

_HEAD = 4096
_PRORES = frozenset(("apco", "apcs", "apcn", "apch", "ap4h", "ap4x", "aprn", "aprh"))
_JPEG = frozenset(("jpeg", "mjpa", "mjpg", "AVDJ", "AVRn", "dmb1"))
_NALS = frozenset(("avc1", "avc3", "hvc1", "hev1", "dvh1", "dvhe", "dva1", "dvav", "h264", "hevc"))
_NOT_IN_NAL = re.compile(rb"(?<!\x00)\x00\x00(?:\x00++[\x02-\xff]|\x02)")
_PADDING = 8  # zeros behind a NAL unit that writers leave
_TAIL = 256  # zeros that are no padding of a JPEG picture without its end mark
_ROOM = 64  # zeros in coded data, beside empty packets

Fault = Callable[[memoryview, int], str | None]
"""`(content, size)` of a coded picture to what is wrong with it, or None."""


def fault_of(codec: str, nal_bytes: int = 4) -> Fault:
    """The check for a codec, by the four letters of QuickTime or FFmpeg's own name.

    nal_bytes : of the length before each NAL unit; 0 where start codes stand between them
    """

    def find(content: memoryview, size: int) -> str | None:
        if len(content) < size:
            return f"truncated: {len(content)} of {size} bytes of the picture are there"
        if not size:
            return "the picture holds no bytes"
        if not any(content[:_HEAD]) and not np.frombuffer(content, np.uint8).any():
            return "the picture is zero all over"
        if codec in _NALS:
            return _nal_fault(bytes(content[:size]), nal_bytes)
        if codec in ("jpeg2000", "mjp2"):
            return _jpeg_2000_fault(bytes(content[:size]))
        wrong = _shape(codec, bytes(content[:_HEAD]), size)
        if wrong is None and (codec in _JPEG or codec == "mjpeg"):
            return _jpeg_fault(content[:size])
        return wrong

    return find


def nal_length_bytes(track: Track) -> int:
    """How many bytes say the length of each NAL unit, from `avcC` or `hvcC`."""
    for _, entry in boxes_in(track.description()):
        for kind, body in boxes_in(entry[78:]):
            if kind in (b"avcC", b"hvcC"):
                return nal_bytes_of("hevc" if kind == b"hvcC" else "h264", body) or 4
    return 4


def nal_bytes_of(codec: str, setup: bytes) -> int:
    """Of a decoder's setup (`avcC`, `hvcC`), as `fault_of` wants it; 0 for start codes."""
    if not setup.startswith(b"\1"):
        return 0
    place = 21 if codec == "hevc" else 4
    return (setup[place] & 3) + 1 if len(setup) > place else 4


def _nal_fault(content: bytes, nal_bytes: int) -> str | None:
    if not nal_bytes:
        found = _NOT_IN_NAL.search(content)
        return "zeros stand where no NAL unit has them" if found else None
    at = 0
    while at + nal_bytes <= len(content):
        length = int.from_bytes(content[at : at + nal_bytes], "big")
        at += nal_bytes
        if not 0 < length <= len(content) - at:
            first = "first" if at == nal_bytes else "next"
            return f"the {first} NAL unit is longer than its packet"
        unit = content[at : at + length]
        whole = unit.rstrip(b"\0")
        if _NOT_IN_NAL.search(whole) or len(unit) - len(whole) > _PADDING:
            return "zeros stand where no NAL unit has them"
        at += length
    return None


def _jpeg_fault(content: memoryview) -> str | None:
    """Some writers leave the end mark out; none leaves zeros in its place."""
    tail = bytes(content[-_TAIL:])
    if len(content) > _TAIL and not any(tail):
        ended = bytes(content).rstrip(b"\0").endswith(b"\xff\xd9")
        return None if ended else "truncated: zeros stand where the JPEG picture goes on"
    return None


def _jpeg_2000_fault(content: bytes) -> str | None:
    start = content.find(b"\xff\x4f\xff\x51")
    if start < 0:
        return "the packet is no JPEG 2000 codestream"
    end = content.rstrip(b"\0")
    if not end.endswith(b"\xff\xd9"):
        return "truncated: the codestream does not end with its mark"
    zeros = _impossible_zeros(content, start)
    at = content.find(b"\xff\x90", start)
    while at >= 0 and content[at : at + 2] == b"\xff\x90":
        length = int.from_bytes(content[at + 6 : at + 10], "big") or len(end) - 2 - at
        data = content.find(b"\xff\x93", at, at + length)
        if data < 0 or at + length > len(end) - 2:
            return "a tile part does not fit into its codestream"
        if zeros and content.find(zeros, data, at + length) >= 0:
            return "zeros stand where coded data has none"
        coded = np.frombuffer(content, np.uint8, at + length - data - 2, data + 2)
        marks = coded[1:][coded[:-1] == 0xFF]
        if np.any((marks > 0x8F) & (marks != 0x91) & (marks != 0x92)):
            return "a marker stands where coded data has none"
        at += length
    return None


def _impossible_zeros(content: bytes, start: int) -> bytes:
    """A run of zeros that is longer than the codestream's empty packets can be; empty where it
    cannot be told.

    An arithmetic coder makes no long run of them, but a packet without data is one zero byte, and a
    black picture is nothing else (B.9, B.10.3).
    """
    size = start + 2
    # Other block coders, and bypass, which writes samples' bits as they are, may write zeros.
    style = content.find(b"\xff\x52", size, size + _HEAD)
    tile = content.find(b"\xff\x90", size)
    other = any(content.find(mark, size, tile) >= 0 for mark in (b"\xff\x50", b"\xff\x53"))
    if style < 0 or other:
        return b""
    try:
        wide, high = struct.unpack_from(">2I", content, size + 22)
        (colours,) = struct.unpack_from(">H", content, size + 38)
        flags, _, layers, _, levels, _, _, code = struct.unpack_from(">2BH5B", content, style + 4)
        steps = content[style + 14 : style + 15 + levels] if flags & 1 else b"\xff" * (levels + 1)
        packets = 0
        for number, step in enumerate(steps):
            shrunk = levels - number
            across, down = wide >> shrunk >> (step & 15), high >> shrunk >> (step >> 4)
            packets += (across + 2) * (down + 2)
    except struct.error:
        return b""
    return b"" if code & 1 else bytes(min(packets * layers * colours + _ROOM, len(content)))


def _shape(codec: str, head: bytes, size: int) -> str | None:
    if codec in _PRORES or codec == "prores":
        if head[4:8] != b"icpf":
            return "the packet is no ProRes frame: its mark icpf is not there"
        if int.from_bytes(head[:4], "big") > size:
            return "truncated: the ProRes frame says that it is longer than its packet"
    elif codec in ("AVdn", "AVdh", "dnxhd") and head[:3] != b"\0\0\2" and head[:2] != b"\0\0":
        return "the packet is no VC-3 frame"
    elif (codec in _JPEG or codec == "mjpeg") and head[:2] != b"\xff\xd8":
        return "the packet is no JPEG picture"
    return None


def look_of(codec: str, head: bytes) -> tuple[tuple[str, int], ...]:
    """What a coded picture says of itself that must be the same in all parts of a movie.

    (name, value) pairs: of ProRes its frame header (RDD 36, 5.1.1), of VC-3 its header prefix
    (ST 2019-1, 7.2); none for what is told by the sample description.
    """
    if (codec in _PRORES or codec == "prores") and len(head) >= 26:
        flags = head[20]
        return (
            ("width", int.from_bytes(head[16:18], "big")),
            ("height", int.from_bytes(head[18:20], "big")),
            ("chroma format", flags >> 6),
            ("interlacing", flags >> 2 & 3),
            ("primaries", head[22]),
            ("transfer", head[23]),
            ("matrix", head[24]),
            ("alpha", head[25] & 15),
        )
    if codec in ("AVdn", "AVdh", "dnxhd") and len(head) >= 44:
        return (
            ("height", int.from_bytes(head[24:26], "big")),
            ("width", int.from_bytes(head[26:28], "big")),
            ("bit depth", head[33] >> 5),
            ("compression id", int.from_bytes(head[40:44], "big")),
        )
    return ()
