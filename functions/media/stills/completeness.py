"""Whether a still file is all there, from its structure alone: no picture is decoded.

Some decoders fill what a cut file lacks with grey and say nothing; and a sequence of ten thousand
frames is looked through by a few small reads each.
"""

from __future__ import annotations

from collections.abc import Callable

from functions.contract.errors import DamagedSource, truncated
from functions.media.containers.tiff import Tiff, past_the_end
from functions.media.stills.dpx_rows import LENGTH, MAGIC, read_dpx_header

ReadRange = Callable[[int, int], bytes]
_BLOCK = 1 << 16
_EOI, _SOS = 0xD9, 0xDA
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PLACES = ((273, 279), (324, 325))  # of strips and tiles: where they begin, their bytes
_DPX_SAMPLES = {50: 3, 51: 4, 52: 4, 100: 2, 101: 3, 102: 3, 103: 4}  # by descriptor
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length


def tells_its_length(container: str) -> bool:
    """Whether the structure of a format tells that a file is whole, without decoding it."""
    return container in ("jpeg", "png", "dpx", "exr")


def cut_short(read: ReadRange, size: int) -> DamagedSource | None:
    """The error of a file that ends too early; None for a whole one, or a kind not known here.

    read, size : `read(start, length)` gives bytes of a file of `size` bytes, fewer at its end.
    """
    head = read(0, 32)
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg(read)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(read, size)
    if head[:4] in MAGIC:
        return _dpx(read, size)
    if head.startswith(b"\x76\x2f\x31\x01"):
        from functions.media.stills.exr_structure import read_exr_parts

        if all(part.whole for part in read_exr_parts(read, size)):
            return None
        return truncated("its chunk table points past the end, or nowhere")
    if head[:4] in _TIFF:
        return _tiff(read, size)
    return None


def _jpeg(read: ReadRange) -> DamagedSource | None:
    """ITU-T T.81, annex B: segments by their lengths, coded data up to a marker, EOI at last."""
    at = 2
    while True:
        segment = read(at, 4)
        if len(segment) < 2:
            return truncated("the JPEG ends without its end marker")
        if segment[0] != 0xFF:
            return DamagedSource("the JPEG holds bytes where a marker belongs")
        code = segment[1]
        if code == _EOI:
            return None
        if code == 0xFF:
            at += 1
        elif code in _ALONE:
            at += 2
        else:
            if len(segment) < 4:
                return truncated("the JPEG ends within a segment")
            at += 2 + int.from_bytes(segment[2:4], "big")
            if code == _SOS:
                at = _after_scan(read, at)


def _after_scan(read: ReadRange, at: int) -> int:
    """Where the marker after coded data stands, or the end of the file."""
    while True:
        block = read(at, _BLOCK)
        place = block.find(b"\xff")
        while 0 <= place < len(block) - 1:
            code = block[place + 1]
            if code and not 0xD0 <= code <= 0xD7 and code != 0xFF:
                return at + place
            place = block.find(b"\xff", place + 1)
        if len(block) < _BLOCK:
            return at + len(block)
        at += _BLOCK - 1  # a marker may lie across two blocks


def _tiff(read: ReadRange, size: int) -> DamagedSource | None:
    """TIFF 6.0: strips and tiles of every directory, those of a DNG's SubIFDs too."""

    def exactly(start: int, length: int) -> bytes:
        got = read(start, length)
        if len(got) != length:
            raise past_the_end(start, length, size)
        return got

    for directory in Tiff(exactly, size).everything():
        for places, lengths in _PLACES:
            starts, counts = directory.ints(places) or (), directory.ints(lengths) or ()
            for start, count in zip(starts, counts, strict=False):
                if start + count > size:
                    return past_the_end(start, count, size)
    return None


def _png(read: ReadRange, size: int) -> DamagedSource | None:
    """ISO/IEC 15948, 5.3: chunks by their lengths up to IEND."""
    at = 8
    while at + 12 <= size:
        head = read(at, 8)
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if name == b"IEND":
            return None
        at += 12 + length
    return truncated("the PNG ends without its last chunk")


def _dpx(read: ReadRange, size: int) -> DamagedSource | None:
    """SMPTE ST 268-1: image offset, sides and the first element's samples, uncompressed."""
    head = read_dpx_header(read(0, LENGTH))
    if head is None:
        return truncated("the DPX header is cut short")
    need = 0
    for each in head.elements:
        if each.encoding:
            return None  # run lengths: only decoding tells
        row = _dpx_row(head.width * _DPX_SAMPLES.get(each.descriptor, 1), each.bits, each.packing)
        need = max(need, each.offset + head.height * row)
    if need > size:
        return truncated(f"the DPX has {size} of {need} bytes")
    return None


def _dpx_row(count: int, bits: int, packing: int) -> int:
    """The fewest bytes that a row may have: some writers do not fill up its last word."""
    if bits == 10 and packing in (1, 2):
        return -(-count // 3) * 4
    if bits == 12 and packing in (1, 2):
        return count * 2
    return -(-count * bits // 8)
