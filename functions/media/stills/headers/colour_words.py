"""The bytes of a still's header by which it says its colour: what tells two files of a sequence
apart without a library."""

from __future__ import annotations

import struct
from typing import Any

from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.media.stills.exr_structure import read_exr_parts

_EXR, _PNG, _DPX = b"\x76\x2f\x31\x01", b"\x89PNG\r\n\x1a\n", (b"SDPX", b"XPDS")
_ATTRIBUTES = ("chromaticities", "acesImageContainerFlag", "colorInteropID")
_CHUNKS = (b"cICP", b"iCCP", b"sRGB", b"cHRM", b"gAMA")


def colour_words(head: bytes) -> tuple[Any, ...]:
    """Of a file that starts so: equal for two that say the same. EXR, DPX and PNG have them where
    they are found at once; of another format nothing is said."""
    if head.startswith(_EXR):
        try:
            parts = read_exr_parts(lambda at, length: head[at : at + length], len(head))
        except (DamagedSource, UnsupportedMedia):
            return ()
        return tuple(part.attributes.get(name) for part in parts for name in _ATTRIBUTES)
    if head[:4] in _DPX and len(head) > 802:
        return (head[801], head[802])
    if head.startswith(_PNG):
        return tuple(_chunks(head))
    return ()


def _chunks(head: bytes) -> list[bytes]:
    found, at = [], len(_PNG)
    while at + 8 <= len(head) and head[at + 4 : at + 8] != b"IDAT":
        (length,) = struct.unpack_from(">I", head, at)
        if head[at + 4 : at + 8] in _CHUNKS:
            found.append(head[at + 4 : at + 8 + length])
        at += 12 + length
    return found
