"""Stored samples of a DNG's raw image: unpack, decompress, undo the predictor, put together.

Reference: Adobe, Digital Negative Specification 1.7.1.0 (2023), chapter 2 (compression,
predictors, bits a sample); TIFF Technical Note 3 (2005) for the floating-point predictor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import kernels
from functions.contract.errors import DamagedSource, UnsupportedMedia, truncated
from functions.media.containers.tiff import Read
from functions.media.dng.jpeg import decode_jpeg
from functions.media.dng.layout import RawImage, Segment, row_bytes, segments

Array = npt.NDArray[Any]

_STRIDES = {1: 0, 2: 1, 34892: 2, 34893: 4, 3: 1, 34894: 2, 34895: 4}
_FLOAT_PREDICTORS = (3, 34894, 34895)


class Buffers:
    """Arrays that one clip's frames are decoded into, again and again."""

    def __init__(self) -> None:
        self._arrays: dict[str, Array] = {}

    def take(self, name: str, shape: tuple[int, ...], kind: npt.DTypeLike) -> Array:
        """An uninitialised C-contiguous array, the same memory each time it fits."""
        array = self._arrays.get(name)
        if array is None or array.shape != shape or array.dtype != np.dtype(kind):
            array = self._arrays[name] = np.empty(shape, kind)
        return array


def decode(image: RawImage, read: Read, size: int, buffers: Buffers) -> Array:
    """The active area as it is stored, before linearisation.

    Returns (H, W), or (H, W, 3) for linear raw: uint16, or float32 for floating-point samples.
    C-contiguous, in memory of `buffers`.

    Raises DamagedSource: truncated, corrupt; UnsupportedMedia: a compression that we do not read.
    """
    if image.compression not in _DECODERS:
        raise UnsupportedMedia(f"DNG with a compression that we do not read: {image.codec}")
    parts = segments(image, size)
    kind = np.float32 if image.floating else np.uint16
    depth = (image.samples,) if image.samples > 1 else ()
    top, left, bottom, right = image.active
    if len(parts) > 1 and image.compression == 1 and parts[0].width == image.width:
        parts = _joined(parts)
    whole = buffers.take("whole", (image.height, image.width, *depth), kind)
    if len(parts) == 1 and _unpacked(image, parts[0], read, whole):
        parts = []
    with np.errstate(all="ignore"):  # hostile floats are looked at below
        for part in parts:
            _place(image, part, read, whole)
    if image.floating and not np.isfinite(whole).all():
        raise DamagedSource("floating-point samples that are no numbers")
    if image.fields != (1, 1):
        whole = _woven(whole, image.fields, buffers)
    if image.active == (0, 0, image.height, image.width):
        return whole
    active = buffers.take("active", (bottom - top, right - left, *depth), kind)
    active[...] = whole[top:bottom, left:right]
    return active


def _woven(whole: Array, fields: tuple[int, int], buffers: Buffers) -> Array:
    """Rows and columns that are stored as fields, one after another, put back between each other.

    The whole stored picture is cut so, and not each tile (chapter 4, RowInterleaveFactor).
    """
    out = buffers.take("woven", whole.shape, whole.dtype)
    down, across = fields
    top = 0
    for row in range(down):
        high, left = len(range(row, whole.shape[0], down)), 0
        for column in range(across):
            wide = len(range(column, whole.shape[1], across))
            out[row::down, column::across] = whole[top : top + high, left : left + wide]
            left += wide
        top += high
    return out


def _place(image: RawImage, part: Segment, read: Read, whole: Array) -> None:
    data: Any = memoryview(read(part.offset, part.count))
    block = _DECODERS[image.compression](image, part, data)
    rows = min(part.height, image.height - part.y)
    columns = min(part.width, image.width - part.x)
    block = block.reshape(block.shape[0], part.width, *whole.shape[2:])
    if block.shape[0] < rows:
        raise truncated(f"{block.shape[0]} of {rows} rows of a strip or tile")
    whole[part.y : part.y + rows, part.x : part.x + columns] = block[:rows, :columns]


def _joined(parts: list[Segment]) -> list[Segment]:
    """Strips that follow one another in the file, as one: a copy each costs more than they."""
    first, total = parts[0], 0
    for part in parts:
        if part.offset != first.offset + total:
            return parts
        total += part.count
    height = sum(part.height for part in parts)
    return [Segment(first.offset, total, 0, 0, first.width, height)]


def _unpacked(image: RawImage, part: Segment, read: Read, whole: Array) -> bool:
    """The commonest case, all packed rows in one piece, without an array between."""
    row = row_bytes(image, part.width)
    packed = image.compression == image.predictor == 1 and image.bits in range(9, 16)
    if not packed or part.width != image.width or part.count < row * image.height:
        return False
    target = whole.reshape(image.height, -1)
    data: Any = read(part.offset, part.count)
    kernels.unpack(data, target.shape[1], image.height, image.bits, out=target)
    return True


def _plain(image: RawImage, part: Segment, data: Any) -> Array:
    row = row_bytes(image, part.width)
    if len(data) < row * part.height:
        raise truncated(f"{len(data)} of {row * part.height} bytes of a strip or tile")
    return _differenced(image, _samples(image, part, data[: row * part.height]))


def _samples(image: RawImage, part: Segment, data: Any) -> Array:
    """(rows, samples of a row): stored bytes as numbers."""
    order, count = image.directory.order, part.width * image.samples
    if image.floating:
        if image.bits == 24:
            return _float24(np.frombuffer(data, np.uint8).reshape(part.height, -1, 3), order)
        return np.frombuffer(data, f"{order}f{image.bits // 8}").reshape(part.height, count)
    if image.bits == 8:
        return np.frombuffer(data, np.uint8).reshape(part.height, count)
    if image.bits == 16:
        return np.frombuffer(data, order + "u2").reshape(part.height, count)
    # Packed samples run from the most significant bit whatever the file's byte order is.
    return kernels.unpack(data, count, part.height, image.bits)


def _float24(stored: Array, order: str) -> Array:
    """Sign, 7 bits of exponent, 16 of mantissa (specification, "Floating point")."""
    wide = stored.astype(np.uint32)
    low, high = (0, 2) if order == "<" else (2, 0)
    word = wide[..., high] << 16 | wide[..., 1] << 8 | wide[..., low]
    exponent, mantissa = (word >> 16) & 0x7F, word & 0xFFFF
    raised = np.where(exponent == 127, 255, exponent + (127 - 63)).astype(np.uint32)
    packed = (raised << 23 | mantissa << 7).view(np.float32)
    small = mantissa.astype(np.float32) * np.float32(2.0**-78)
    value = np.where(exponent == 0, small, packed)
    return np.where(word >> 23 != 0, -value, value)


def _deflate(image: RawImage, part: Segment, data: Any) -> Array:
    if image.bits % 8:
        raise UnsupportedMedia(f"DNG with deflate over {image.bits} bit samples")
    from imagecodecs import zlib_decode

    size = row_bytes(image, part.width) * part.height
    try:
        plain = zlib_decode(data, out=bytearray(size))
    except (RuntimeError, ValueError, TypeError) as error:
        raise DamagedSource(f"a deflate tile does not decode: {error}") from error
    if len(plain) != size:
        raise truncated(f"a deflate tile holds {len(plain)} of {size} bytes")
    if image.floating and image.predictor in _FLOAT_PREDICTORS:
        stride = _STRIDES[image.predictor] * image.samples
        return _unshuffled(image, part, np.frombuffer(plain, np.uint8), stride)
    return _differenced(image, _samples(image, part, memoryview(plain)))


def _differenced(image: RawImage, values: Array) -> Array:
    """Undo the whole-number predictor, which Adobe's DNG SDK knows of uncompressed samples too."""
    if image.predictor == 1:
        return values
    whole = image.predictor in _STRIDES and image.predictor not in _FLOAT_PREDICTORS
    if image.floating or not whole or image.bits not in (8, 16):
        kind = "floating-point" if image.floating else "whole-number"
        raise UnsupportedMedia(
            f"DNG with TIFF predictor {image.predictor} over {kind} samples of {image.bits} bits"
        )
    return _summed(values, _STRIDES[image.predictor] * image.samples)


def _summed(values: Array, stride: int) -> Array:
    """Undo horizontal differences, which wrap at the width of a sample."""
    kind = np.dtype(f"u{values.dtype.itemsize}")
    out = values.astype(kind)
    for phase in range(stride):
        np.cumsum(out[:, phase::stride], axis=1, dtype=kind, out=out[:, phase::stride])
    return out


def _unshuffled(image: RawImage, part: Segment, stored: Array, stride: int) -> Array:
    """Undo the floating-point predictor: byte planes, highest first, differenced in a row."""
    wide = image.bits // 8
    count = part.width * image.samples
    plain = _summed(stored.reshape(part.height, count * wide), stride)
    planes = plain.reshape(part.height, wide, count).transpose(0, 2, 1)
    if wide == 3:
        return _float24(planes, ">")
    return np.ascontiguousarray(planes).view(f">f{wide}").reshape(part.height, count)


def _jpeg(image: RawImage, part: Segment, data: Any) -> Array:
    most = part.width * image.tile[1] * image.samples
    picture, bits, lossless = decode_jpeg(data, most, image.directory.raw(347))
    count = part.width * image.samples
    # The stream's own shape is free: a row of the tile may be two columns interleaved, or a row of
    # the stream two of the tile. Only the number of samples has to agree, and of rows in one piece
    # there may be fewer: a last strip is short. Colours of a lossy stream are its components.
    folded = picture.shape[1] * picture.shape[2] != count
    misfit = folded and picture.size not in (count * part.height, count * image.tile[1])
    if not lossless and image.layout != "cfa":
        misfit = folded or picture.shape[2] != image.samples
    if misfit:
        shape = "x".join(str(n) for n in picture.shape)
        raise DamagedSource(f"a JPEG of {shape} samples does not fit rows of {count}")
    scaled = any(tag in image.directory for tag in (50712, 50717))
    if not lossless and (bits > image.bits or (bits < image.bits and not scaled)):
        raise DamagedSource(f"a JPEG of {bits} bits in samples of {image.bits}")
    return picture.reshape(-1, count)


def _jpegxl(image: RawImage, part: Segment, data: Any) -> Array:
    from functions.media.dng.jpegxl import decode_jpegxl

    return decode_jpegxl(image, part, data)


def _vc5(image: RawImage, part: Segment, data: Any) -> Array:
    from functions.media.dng.vc5 import decode_vc5

    return decode_vc5(image, part, data)


_DECODERS = {
    1: _plain,
    7: _jpeg,
    8: _deflate,
    9: _vc5,
    32946: _deflate,
    34892: _jpeg,
    52546: _jpegxl,
}
