"""JPEG XL tiles of a DNG: the header's depth held against the tags, then libjxl's samples.

libjxl gives whole numbers in the depth of the codestream, and Adobe's DNG SDK takes them stretched
to 16 bits: where the tags say another depth than the stream, WhiteLevel tells which is meant.

Reference: Adobe, Digital Negative Specification 1.7.1.0 (2023), "Compression"; ISO/IEC 18181-1:2024
annex D (image header), and 18181-2:2024 (file format).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.media.dng.layout import RawImage, Segment

_HEAD = 64  # bytes that hold the beginning of any header


class Depth(NamedTuple):
    """Bits of a sample, and whether it is a floating-point number."""

    bits: int
    floating: bool


def decode_jpegxl(image: RawImage, part: Segment, data: Any) -> npt.NDArray[Any]:
    """(rows, samples of a row) of one tile: uint8, uint16, float16 or float32.

    Raises DamagedSource for a stream that does not decode or is not of the tile's size and depth,
    UnsupportedMedia for one that is turned, animated or of a depth that nothing tells the range of.
    """
    from imagecodecs import jpegxl_decode

    depth = read_depth(data)
    if depth.floating != image.floating or (depth.bits > 8) != (image.bits > 8):
        kind = "floating-point" if depth.floating else "whole-number"
        raise DamagedSource(
            f"a JPEG XL tile of {kind} samples of {depth.bits} bits in a DNG of {image.bits}"
        )
    # Decoding into an array of the tile's own size keeps a lying header from allocating.
    shape = (part.height, part.width, *((image.samples,) if image.samples > 1 else ()))
    kinds: dict[bool, Any] = {
        True: np.float16 if depth.bits == 16 else np.float32,
        False: np.uint8 if depth.bits <= 8 else np.uint16,
    }
    out = np.empty(shape, kinds[depth.floating])
    try:
        picture: npt.NDArray[Any] = jpegxl_decode(data, numthreads=1, out=out)
    except (RuntimeError, ValueError, TypeError) as error:
        raise DamagedSource(f"a JPEG XL tile does not decode: {error}") from error
    rows = picture.reshape(part.height, part.width * image.samples)
    return rows if depth.floating or depth.bits in (8, 16) else _stretched(image, rows, depth.bits)


def _stretched(image: RawImage, rows: npt.NDArray[Any], bits: int) -> npt.NDArray[Any]:
    """Samples of `bits` as they are where the tags mean them so, else over all of 8 or 16 bits."""
    top, full, largest = (1 << bits) - 1, np.iinfo(rows.dtype).max, (1 << image.bits) - 1
    white = max(image.directory.floats(50717) or (largest,))
    table = image.directory.ints(50712)
    if white <= top if table is None else len(table) <= top + 1:
        return rows
    if table is None and (white > largest or largest == full):
        return np.asarray((rows.astype(np.uint32) * (2 * full) + top) // (2 * top), rows.dtype)
    raise UnsupportedMedia(
        f"a JPEG XL tile of {bits} bits in a DNG of {image.bits} bits, WhiteLevel {white:g}"
    )


class _Bits:
    """Numbers of a codestream's header, lowest bit first."""

    def __init__(self, data: bytes) -> None:
        self._word, self._left = int.from_bytes(data, "little"), 8 * len(data)

    def take(self, count: int) -> int:
        if count > self._left:
            raise DamagedSource("a JPEG XL tile ends inside its header")
        value = self._word & ((1 << count) - 1)
        self._word, self._left = self._word >> count, self._left - count
        return value

    def choice(self, *ways: tuple[int, int]) -> int:
        """Two bits choose of four (least, bits on top of it)."""
        least, bits = ways[self.take(2)]
        return least + self.take(bits)

    def size(self) -> None:
        small = self.take(1)
        side = ((1, 9), (1, 13), (1, 18), (1, 30))
        self.take(5) if small else self.choice(*side)
        if not self.take(3):
            self.take(5) if small else self.choice(*side)


def read_depth(data: Any) -> Depth:
    """Depth of a stream's samples by its header.

    Raises DamagedSource for no JPEG XL, UnsupportedMedia for a turned or animated one.
    """
    head = bytes(data[:_HEAD])
    if head[4:8] == b"JXL ":
        head = _codestream(data)
    if head[:2] != b"\xff\x0a":
        raise DamagedSource("a JPEG XL tile does not start as JPEG XL does")
    bits = _Bits(head[2:])
    bits.size()
    if bits.take(1):  # all is as by default
        return Depth(8, False)
    if bits.take(1):
        turned = bits.take(3)
        if bits.take(1):
            bits.size()
        if turned or bits.take(1) or bits.take(1):
            raise UnsupportedMedia("a JPEG XL tile that is turned, animated or has a preview")
    if not bits.take(1):
        return Depth(bits.choice((8, 0), (10, 0), (12, 0), (1, 6)), False)
    return Depth(bits.choice((32, 0), (16, 0), (24, 0), (1, 6)), True)


def _codestream(data: Any) -> bytes:
    """The beginning of the codestream in a file of boxes."""
    at = 0
    while at + 16 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8])
        start = at + 8
        if size == 1:
            size, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        if kind in (b"jxlc", b"jxlp"):
            start += 4 if kind == b"jxlp" else 0
            return bytes(data[start : start + _HEAD])
        if size < 8:
            break
        at += size
    raise DamagedSource("a JPEG XL tile without a codestream")
