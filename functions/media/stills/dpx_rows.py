"""DPX whose samples are whole bytes and whose rows end inside a 32-bit word, padded or not; and
DPX that hold no picture in RGB or grey.

SMPTE ST 268-1 starts every line on a word of 32 bits; many writers do not, and no field says so
reliably. How long the file is tells: where it has room for padded rows, they are padded.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

MAGIC = (b"SDPX", b"XPDS")
LENGTH = 2048
"""Bytes of a header."""
_MOST = 8  # elements
_SAMPLES = {50: 3, 51: 4, 6: 1}  # RGB, RGBA, luma
_ABGR = 52
_OTHERS = {
    1: "red alone",
    2: "green alone",
    3: "blue alone",
    4: "alpha alone",
    7: "chroma alone",
    8: "depth",
    9: "composite video",
    100: "Y'CbCr 4:2:2",
    101: "Y'CbCr 4:2:2 with alpha",
    102: "Y'CbCr 4:4:4",
    103: "Y'CbCr 4:4:4 with alpha",
}
_METHOD_B = 2
_LOG, _FILM = (1, 3), (95, 685)  # log film counts from 95 to 685 by what its curve is
_MOST_BITS = 16
_INTERLACE = 1928
_UNSAID = (0, 0xFFFFFFFF)
_LONGEST = 1 << 16  # bytes behind a row


class Element(NamedTuple):
    """What describes one element of a picture."""

    descriptor: int
    bits: int
    packing: int
    encoding: int
    offset: int
    behind: int


class DpxHeader(NamedTuple):
    """Sides of the picture, and its elements. order : of bytes, as `struct` has it"""

    order: str
    width: int
    height: int
    elements: tuple[Element, ...]


def read_dpx_header(head: bytes) -> DpxHeader | None:
    """Of a file that starts so, offsets from its start, bytes behind a row 0 where they are unsaid;
    None for one that is no DPX, or ends in its header."""
    if head[:4] not in MAGIC or len(head) < LENGTH:
        return None
    order = ">" if head[:4] == b"SDPX" else "<"
    (offset,) = struct.unpack_from(f"{order}I", head, 4)
    _, count, width, height = struct.unpack_from(f"{order}HHII", head, 768)
    elements = []
    for at in range(800, 800 + 72 * min(count, _MOST), 72):
        descriptor, bits, packing, encoding, place, behind = struct.unpack_from(
            f"{order}B2xBHHII", head, at
        )
        start, behind = offset if place in _UNSAID else place, 0 if behind in _UNSAID else behind
        elements.append(Element(descriptor, bits, packing, encoding, start, behind))
    return DpxHeader(order, width, height, tuple(elements))


def no_picture(head: bytes) -> str | None:
    """What a DPX with this start holds that is no picture in RGB or grey; None for one that is.

    Libraries hand these out as if they were: chroma in the wrong order, one colour as grey.
    """
    if head[:4] not in MAGIC or len(head) < 808:
        return None
    if head[780:784] in (b"\0\0\0\1", b"\1\0\0\0"):
        return "signed samples"
    if head[806:808] in (b"\0\1", b"\1\0"):
        return "samples in run lengths"
    descriptor = head[800]
    if descriptor == _ABGR and head[803] == 10 and any(head[804:806]):
        return "alpha, blue, green and red in 10 filled bits"  # some rows lose their last sample
    if descriptor in _SAMPLES or descriptor == _ABGR:
        return None
    return _OTHERS.get(descriptor, f"an image descriptor of {descriptor}")


def notes(head: bytes) -> tuple[str, ...]:
    """What the header of a DPX with this start says and is not done, a sentence each."""
    read = read_dpx_header(head)
    if read is None:
        return ()
    said = []
    low, high, key = (struct.unpack_from(f"{read.order}I", head, at)[0] for at in (784, 792, 660))
    top = (1 << min(head[803], 32)) - 1
    # 0 at the top and all ones are "undefined".
    codes = 0 if low in _UNSAID else low, top if high in _UNSAID else high
    log = head[801] in _LOG and codes == _FILM
    if head[803] <= _MOST_BITS and codes != (0, top) and not log:
        said.append(f"reference codes {codes[0]} and {codes[1]} are not used: 0 and {top} are")
    if key not in _UNSAID:
        said.append(f"an encryption key ({key}) stands in its header: samples are taken as plain")
    if head[_INTERLACE] == 1:
        said.append("its header says that it is of two fields: it is read as a frame")
    return tuple(said)


def whole_byte_rows(content: bytes) -> npt.NDArray[Any] | None:
    """(H, W, channels) uint8 or uint16 of such a file; None for any other.

    content : a whole file, of any format.
    """
    head = read_dpx_header(content[:LENGTH])
    if head is None or len(head.elements) != 1:
        return None
    order, width, height, ((descriptor, bits, packing, encoding, start, behind),) = head
    samples = _SAMPLES.get(descriptor)
    filled = bits == 12 and packing in (1, 2)  # a sample in 16 bits, at their top or their foot
    if not (bits in (8, 16) or filled) or encoding or samples is None:
        return None
    row = width * samples * (1 if bits == 8 else 2)
    padded = -(-row // 4) * 4 + behind
    whole = row % 4 == 0 and not behind
    if whole or behind > _LONGEST or len(content) - start < padded * height:
        return None
    lines = np.frombuffer(content, np.uint8, padded * height, start).reshape(height, padded)
    kind = "u1" if bits == 8 else f"{order}u2"
    values = np.ascontiguousarray(lines[:, :row]).view(kind)
    if bits == 8:
        return values.reshape(height, width, samples)
    words = values.astype(np.uint16).reshape(height, width, samples)
    return words << np.uint16(4) if filled and packing == _METHOD_B else words
