"""JPEG XL tiles of a DNG: the header's depth held against the tags, then libjxl's samples.

libjxl gives whole numbers in the depth of the codestream, and Adobe's DNG SDK takes them stretched
to 16 bits: where the tags say another depth than the stream, WhiteLevel tells which is meant.

Reference: Adobe, Digital Negative Specification 1.7.1.0 (2023), "Compression"; ISO/IEC 18181-1:2024
annex D (image header), and 18181-2:2024 (file format).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.media.dng.layout import RawImage, Segment
from functions.media.stills.headers.jxl_header import Bits, Image, codestream, read_image

_HEAD = 64  # bytes that hold the beginning of any header


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


def read_depth(data: Any) -> Image:
    """The beginning of a stream's header.

    Raises DamagedSource for no JPEG XL, UnsupportedMedia for a turned or animated one.
    """
    head = bytes(codestream(data)[:_HEAD])
    if not head:
        raise DamagedSource("a JPEG XL tile without a codestream")
    try:
        image = read_image(Bits(head))
    except ValueError:
        raise DamagedSource("a JPEG XL tile does not start as JPEG XL does") from None
    except IndexError:
        raise DamagedSource("a JPEG XL tile ends inside its header") from None
    if image.turned or image.preview or image.moves:
        raise UnsupportedMedia("a JPEG XL tile that is turned, animated or has a preview")
    return image
