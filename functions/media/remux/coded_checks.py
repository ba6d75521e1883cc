"""Whether a coded picture can be one, from its first bytes: nothing is decoded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from functions.media.containers.boxes import boxes_in
from functions.media.containers.tracks import Track

_HEAD = 4096
_PRORES = frozenset(("apco", "apcs", "apcn", "apch", "ap4h", "ap4x", "aprn", "aprh"))
_JPEG = frozenset(("jpeg", "mjpa", "mjpg", "AVDJ", "AVRn", "dmb1"))
_NALS = frozenset(("avc1", "avc3", "hvc1", "hev1", "dvh1", "dvhe", "dva1", "dvav"))

Fault = Callable[[memoryview, int], str | None]
"""`(content, size)` of a coded picture to what is wrong with it, or None."""


def fault_of(codec: str, nal_bytes: int = 4) -> Fault:
    """The check for a codec, by the four letters of QuickTime or FFmpeg's own name."""

    def find(content: memoryview, size: int) -> str | None:
        if len(content) < size:
            return f"truncated: {len(content)} of {size} bytes of the picture are there"
        if not size:
            return "the picture holds no bytes"
        if not any(content[:_HEAD]) and not np.frombuffer(content, np.uint8).any():
            return "the picture is zero all over"
        head = bytes(content[:_HEAD])
        return _shape(codec, head, size, nal_bytes)

    return find


def nal_length_bytes(track: Track) -> int:
    """How many bytes say the length of each NAL unit, from `avcC` or `hvcC`."""
    stsd = track.box.find(b"mdia", b"minf", b"stbl", b"stsd")
    for _, entry in boxes_in(stsd.body[8:]) if stsd else ():
        for kind, body in boxes_in(entry[78:]):
            if kind == b"avcC" and len(body) > 4:
                return (body[4] & 3) + 1
            if kind == b"hvcC" and len(body) > 21:
                return (body[21] & 3) + 1
    return 4


def _shape(codec: str, head: bytes, size: int, nal_bytes: int) -> str | None:
    if codec in _PRORES or codec == "prores":
        if head[4:8] != b"icpf":
            return "the packet is no ProRes frame: its mark icpf is not there"
        if int.from_bytes(head[:4], "big") > size:
            return "truncated: the ProRes frame says that it is longer than its packet"
    elif codec in ("AVdn", "AVdh", "dnxhd") and head[:3] != b"\0\0\2" and head[:2] != b"\0\0":
        return "the packet is no VC-3 frame"
    elif codec in _JPEG or codec == "mjpeg":
        if head[:2] != b"\xff\xd8":
            return "the packet is no JPEG picture"
    elif codec in _NALS:
        length = int.from_bytes(head[:nal_bytes], "big")
        if not 0 < length <= size - nal_bytes:
            return "the first NAL unit is longer than its packet"
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
