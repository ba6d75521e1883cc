"""JPEG 2000 stills that hold no picture in RGB, Y'CC or grey.

Reference: ISO/IEC 15444-1, A.5.1 (sizes of components) and I.5.3.3 (colour specification).
"""

from __future__ import annotations

HEAD = 1 << 16
_CODESTREAM = b"\xff\x4f\xff\x51"
_JP2 = b"\0\0\0\x0cjP  "
_READ = (16, 17, 18)  # sRGB, grey, and sYCC, which OpenImageIO makes RGB of
_SPACES = {
    0: "bilevel", 1: "Y'CbCr", 3: "Y'CbCr", 4: "Y'CbCr", 9: "PhotoYCC", 11: "CMY", 12: "CMYK",
    13: "YCCK", 14: "CIE L*a*b*", 15: "bilevel", 19: "CIE Jab", 20: "e-sRGB", 21: "ROMM RGB",
    24: "e-sYCC",
}  # fmt: skip


def no_picture(head: bytes) -> str | None:
    """What a file with this start holds that is not read; None for what is."""
    start = head.find(_CODESTREAM)
    # Samples of any other still may happen to hold these four bytes.
    if start < 0 or not head.startswith((_CODESTREAM, _JP2)):
        return None
    place = head.find(b"colr", 0, start)
    if place >= 0 and head[place + 4] == 1:
        space = int.from_bytes(head[place + 7 : place + 11], "big")
        if space not in _READ:
            return _SPACES.get(space, f"the colour space {space}")
    count = int.from_bytes(head[start + 40 : start + 42], "big")
    depths = head[start + 42 : start + 42 + 3 * count : 3]
    return "signed samples" if any(depth & 0x80 for depth in depths) else None
