"""Whether a coded picture can be one, from its first bytes: nothing is decoded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from functions.media.remux_boxes import kinds_in
from functions.media.remux_track import Track

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
    for _, entry in kinds_in(stsd.body[8:]) if stsd else ():
        for kind, body in kinds_in(entry[78:]):
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
