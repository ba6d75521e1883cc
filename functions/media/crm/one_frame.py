"""One frame of a movie as a file of its own, which LibRaw reads as it reads a still.

LibRaw takes two gibibytes at most, and reads them whole where they are no local file. So it is
given the movie's boxes with the tables of a single sample, that sample and its metadata: a frame
costs its own bytes.
"""

from __future__ import annotations

import struct

from functions.media.containers.boxes import Box, Layout, boxes_in
from functions.media.crm.boxes import ENTRY

_SIDE = 44  # of an empty picture: LibRaw wants planes of 22


def one_frame(layout: Layout, samples: list[tuple[Box, bytes]]) -> bytes:
    """A file of one sample of each of these tracks (`trak` boxes).

    layout : of the movie
    """
    brand = (layout.brand or Box(b"ftyp", b"crx \0\0\0\1crx isom")).bytes()
    kept = [box for box in layout.moov.children or () if box.kind in (b"uuid", b"mvhd")]
    head = b""
    for _ in range(2):  # the first for its length, which offsets do not change
        at, traks = len(brand) + len(head) + 8, []
        for trak, sample in samples:
            traks.append(_single(trak, at, len(sample)))
            at += len(sample)
        head = Box(b"moov", children=[*kept, *traks]).bytes()
    return brand + head + Box(b"mdat", b"".join(sample for _, sample in samples)).bytes()


def without_picture(trak: Box, bits: int, layout: int) -> tuple[Box, bytes]:
    """A track of pictures as one of empty pictures of 44x44, and such a picture: LibRaw tells
    levels and colour of nothing that it has not unpacked.

    layout : of the colour filters, as CMP1 has it
    """
    picture = struct.pack(">HHIHH", 0xFF01, 8, 0, 0, 0)
    for plane in range(4):
        picture += struct.pack(">HHII", 0xFF02, 8, 0, (plane << 4 | 8) << 24)
        picture += struct.pack(">HHII", 0xFF03, 8, 0, 0)
    coding = struct.pack(">4xH2x4I4BI8x", 0x100, *[_SIDE] * 4, min(bits, 14), 4 << 4 | layout, 0, 0,
                         len(picture))  # fmt: skip
    stsd = trak.find(b"mdia", b"minf", b"stbl", b"stsd")
    entry = (
        next((body for kind, body in boxes_in(stsd.body[8:]) if kind == b"CRAW"), b"")
        if stsd
        else b""
    )
    body = Box(b"CRAW", entry[:ENTRY] + Box(b"CMP1", coding).bytes()).bytes()
    other = Box(b"stsd", struct.pack(">II", 0, 1) + body)
    return _with(trak, (b"mdia", b"minf", b"stbl"), [other]), picture


def _single(trak: Box, place: int, size: int) -> Box:
    """A track with one sample."""
    stsd = trak.find(b"mdia", b"minf", b"stbl", b"stsd") or Box(b"stsd")
    tables = {
        b"stts": struct.pack(">4I", 0, 1, 1, 1),
        b"stsc": struct.pack(">5I", 0, 1, 1, 1, 1),
        b"stsz": struct.pack(">3I", 0, size, 1),
        b"co64": struct.pack(">2IQ", 0, 1, place),
    }
    stbl = [stsd, *(Box(kind, body) for kind, body in tables.items())]
    return _with(trak, (b"mdia", b"minf", b"stbl"), stbl)


def _with(box: Box, path: tuple[bytes, ...], children: list[Box]) -> Box:
    """The same box with other children of the one at a path."""
    if not path:
        return Box(box.kind, children=children)
    inner = [
        _with(child, path[1:], children) if child.kind == path[0] else child
        for child in box.children or ()
    ]
    return Box(box.kind, children=inner)
