"""What the header of a JPEG 2000 says and OpenImageIO leaves out: colour, alpha, shape of pixels;
and which hold no picture in RGB, Y'CC or grey.

Reference: ISO/IEC 15444-1 (ITU-T T.800), A.5.1 (sizes of components) and annex I.5.3: `colr`, whose
method 5 has the code points of ITU-T H.273, `cdef` and `res `.
"""

from __future__ import annotations

import struct
from fractions import Fraction

import msgspec

from functions.contract.errors import DamagedSource
from functions.media.containers.boxes import boxes_in

HEAD = 1 << 16
_CODESTREAM = b"\xff\x4f\xff\x51"
_JP2 = b"\0\0\0\x0cjP  "
_READ = (16, 17, 18)  # sRGB, grey, and sYCC, which OpenImageIO makes RGB of
_SPACES = {
    0: "bilevel", 1: "Y'CbCr", 3: "Y'CbCr", 4: "Y'CbCr", 9: "PhotoYCC", 11: "CMY", 12: "CMYK",
    13: "YCCK", 14: "CIE L*a*b*", 15: "bilevel", 19: "CIE Jab", 20: "e-sRGB", 21: "ROMM RGB",
    24: "e-sYCC",
}  # fmt: skip
_ENUMERATED, _CODES = 1, 5
_PROFILES = (2, 3)
_OPACITY = 1
_WIDEST = 1000  # of a pixel over its height
Codes = tuple[int, int, int, int]


class Jpeg2000Header(msgspec.Struct, frozen=True):
    """other : what it holds that is not read; None for what is
    codes : primaries, transfer, matrix and range (H.273), where it says its colour so
    unsaid : it says nothing of its colour, as a bare codestream (of a DCP, say) does not
    straight : colours are not multiplied by alpha
    aspect : width of a pixel over its height; None where it says none
    """

    other: str | None = None
    codes: Codes | None = None
    unsaid: bool = False
    straight: bool = False
    aspect: Fraction | None = None


def read_jpeg2000_header(head: bytes) -> Jpeg2000Header:
    """Of a file that starts so; of another format nothing is said.

    Raises DamagedSource for resolutions that cannot be.
    """
    start = head.find(_CODESTREAM)
    # Samples of any other still may happen to hold these four bytes.
    if start < 0 or not head.startswith((_CODESTREAM, _JP2)):
        return Jpeg2000Header()
    count = int.from_bytes(head[start + 40 : start + 42], "big")
    depths = head[start + 42 : start + 42 + 3 * count : 3]
    other = "signed samples" if any(depth & 0x80 for depth in depths) else None
    if len({depth & 0x7F for depth in depths}) > 1:
        other = "components of several depths"
    inner = next((body for kind, body in boxes_in(head[:start]) if kind == b"jp2h"), b"")
    boxes = dict(reversed(boxes_in(inner)))  # of several the first counts
    colour = boxes.get(b"colr", b"")
    codes = None
    method = colour[0] if colour else None
    if method == _ENUMERATED and len(colour) >= 7:
        space = int.from_bytes(colour[3:7], "big")
        if space not in _READ:
            other = _SPACES.get(space, f"the colour space {space}")
    elif method == _CODES and len(colour) >= 10:
        codes = (*struct.unpack_from(">3H", colour, 3), colour[9] >> 7)
        if codes[2] or not codes[3]:
            other = f"matrix {codes[2]} and range {codes[3]} (H.273)"
    elif method is not None and method not in _PROFILES:
        other = f"a colour specification of method {method}"
    return Jpeg2000Header(
        other, codes, method is None, _straight(boxes.get(b"cdef", b"")), _aspect(boxes)
    )


def _straight(channels: bytes) -> bool:
    """I.5.3.6: whether a channel is the opacity of colours that are not multiplied by it."""
    entries = channels[2 : 2 + (len(channels) - 2) // 6 * 6]
    return any(kind == _OPACITY for _, kind, _ in struct.iter_unpack(">3H", entries))


def _aspect(boxes: dict[bytes, bytes]) -> Fraction | None:
    """I.5.3.7: rows and columns in a metre, each a ratio and a power of ten; to be shown by the
    display's, else as they were taken."""
    grids = dict(boxes_in(boxes.get(b"res ", b"")))
    for name in (b"resd", b"resc"):
        grid = grids.get(name, b"")
        if len(grid) >= 10:
            down, down_by, across, across_by, down_power, across_power = struct.unpack_from(
                ">4H2b", grid
            )
            if all((down, down_by, across, across_by)):
                tens = Fraction(10) ** (down_power - across_power)
                aspect: Fraction = Fraction(down, down_by) / Fraction(across, across_by) * tens
                if not 1 / _WIDEST <= aspect <= _WIDEST:
                    raise DamagedSource("it has resolutions that make no shape of a pixel")
                return aspect
    return None
