"""OpenEXR files of halves or floats made in memory: single part, scan lines, increasing Y.

The uncompressed ACES file is the container of SMPTE ST 2065-4, strictly. ST 2065-4 has no
compression and no floats, so such a file keeps the chromaticities and does not claim to be one.

The writer is our own because OpenEXR's copies each frame several times: uncompressed, a
frame costs little more than the move of its bytes. OpenEXR and OpenImageIO read every
kind back in the tests.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from functions.media.write.exr_header import (
    ACES_CHROMATICITIES,
    ACES_WHITE,
    CHANNELS,
    CODES,
    Box,
    Chromaticities,
    Compression,
    Depth,
    ExrHeader,
    header_bytes,
)

__all__ = [
    "ACES_CHROMATICITIES",
    "ACES_WHITE",
    "Box",
    "Chromaticities",
    "Compression",
    "Depth",
    "ExrHeader",
    "OpenFile",
    "Planes",
    "encode_exr",
]

Planes = npt.NDArray[Any]
_DEPTHS: dict[np.dtype[Any], Depth] = {np.dtype(np.float16): "half", np.dtype(np.float32): "float"}
_PAGE = 4096


def encode_exr(
    planes: Planes,
    header: ExrHeader,
    compression: Compression = "none",
    out: bytearray | None = None,
    *,
    threads: int = 1,
) -> bytearray:
    """One EXR file.

    planes : (3, H, W) R, G, B or (4, H, W) with A or (1, H, W) Y, float16 or float32. Rows may
        be strided, as those of a crop; every bit pattern is kept, NaN and infinities too.
    out : a buffer of an earlier call, whose content is done with; filled again and
        returned. Its memory is warm: an uncompressed 4K frame takes 3 ms and not 30.
    threads : that share the blocks of a compressed file; the bytes do not depend on it.

    Raises ValueError: another shape or dtype, an empty picture, a data window of another size,
    floats with dwaa or dwab, which keep halves.

    References: OpenEXR File Layout (openexr.com); SMPTE ST 2065-4:2013.
    """
    if planes.dtype not in _DEPTHS or planes.ndim != 3 or len(planes) not in CHANNELS:
        raise ValueError(
            f"planes of shape {planes.shape} and {planes.dtype}, not (1|3|4, H, W) half or float"
        )
    if compression not in CODES:
        raise ValueError(f"compression {compression!r} is none of {', '.join(CODES)}")
    depth = _DEPTHS[planes.dtype]
    if depth == "float" and compression in ("dwaa", "dwab"):
        raise ValueError(f"{compression} keeps halves, not floats")
    channels, height, width = planes.shape
    if not height or not width:
        raise ValueError("an empty picture has no EXR file")
    if planes.strides[2] != planes.itemsize:
        planes = np.ascontiguousarray(planes)
    head = header_bytes(header, width, height, channels, compression, depth)
    names = CHANNELS[channels]
    order = [names.index(name) for name in sorted(names)]
    first_line = header.data_window[1] if header.data_window else 0
    if compression == "none":
        return _uncompressed(planes, head, order, first_line, out)
    lines = CODES[compression][1]
    if compression in ("zips", "zip") and depth == "half":
        from functions.media.write.exr_zip import zip_file

        return zip_file(planes, order, head, first_line, lines, out, threads)
    from functions.media.write.exr_library import library_blocks

    return _assemble(head, library_blocks(planes, compression, threads), first_line, lines, out)


class OpenFile:
    """An uncompressed R, G, B file whose pixels are made in place: nothing is copied.

    depth : of its samples

    `begin`, write into the planes that it gives, then `content` is the file, good until the
    next `begin`. The memory is used again from frame to frame.
    """

    def __init__(self, depth: Depth = "half") -> None:
        self._depth = depth
        self._type = np.dtype(np.float32 if depth == "float" else np.float16)
        self._memory = np.empty(0, np.uint8)
        self._file = self._memory
        self._laid_out: tuple[int, int, int, int] | None = None

    def begin(self, header: ExrHeader, height: int, width: int) -> Planes:
        """(3, H, W) halves or floats in the file's own order, blue, green, red; rows are strided.

        Raises ValueError for an empty picture or a data window of another size.
        """
        if not height or not width:
            raise ValueError("an empty picture has no EXR file")
        head = header_bytes(header, width, height, 3, "none", self._depth)
        first_line = header.data_window[1] if header.data_window else 0
        start, stride = len(head) + 8 * height, 8 + 3 * self._type.itemsize * width
        layout = (len(head), height, width, first_line)
        if layout != self._laid_out:
            size = start + height * stride
            if self._memory.size < size + _PAGE:
                self._memory = np.empty(size + _PAGE, np.uint8)
            # A file that begins with a page is written to a disk from this very memory. Behind a
            # header of odd length samples stand at odd addresses: the kernels do not mind.
            shift = -self._memory.ctypes.data % _PAGE
            self._file = self._memory[shift : shift + size]
            _lay_out(self._file, len(head), height, first_line)
            self._laid_out = layout
        self._file[: len(head)] = np.frombuffer(head, np.uint8)
        body = self._file[start:].reshape(height, stride)[:, 8:]
        return body.view(self._type).reshape(height, 3, width).transpose(1, 0, 2)

    @property
    def content(self) -> memoryview:
        """The whole file."""
        return self._file.data


def _uncompressed(
    planes: Planes, head: bytes, order: list[int], first_line: int, out: bytearray | None
) -> bytearray:
    channels, height, width = planes.shape
    row = planes.itemsize * width
    out = _sized(out, len(head) + height * (8 + 8 + channels * row))
    flat = np.frombuffer(out, np.uint8)
    flat[: len(head)] = np.frombuffer(head, np.uint8)
    body = _lay_out(flat, len(head), height, first_line)
    # Bytes, not halves: the header's length may be odd, and NumPy moves whole rows of
    # unaligned bytes at memcpy speed but unaligned halves one by one.
    for place, plane in enumerate(order):
        body[:, place * row : (place + 1) * row] = planes[plane].view(np.uint8)
    return out


def _lay_out(
    file: npt.NDArray[np.uint8], head: int, height: int, first_line: int
) -> npt.NDArray[np.uint8]:
    """Write the offsets and the marks of an uncompressed file's lines behind `head` bytes; (height,
    bytes of a line) to be filled."""
    start = head + 8 * height
    stride = (file.size - start) // height
    offsets = start + stride * np.arange(height, dtype="<u8")
    file[head:start] = offsets.view(np.uint8)
    marks = np.empty((height, 2), "<i4")
    marks[:, 0] = np.arange(first_line, first_line + height)
    marks[:, 1] = stride - 8
    lines = file[start:].reshape(height, stride)
    lines[:, :8] = marks.view(np.uint8)
    return lines[:, 8:]


def _assemble(
    head: bytes, blocks: list[bytes], first_line: int, lines: int, out: bytearray | None
) -> bytearray:
    sizes = np.array([len(block) for block in blocks], dtype="<i4")
    start = len(head) + 8 * len(blocks)
    offsets = np.full(len(blocks), start, dtype="<u8")
    offsets[1:] += np.cumsum(8 + sizes[:-1].astype("<u8"))
    marks = np.empty((len(blocks), 2), "<i4")
    marks[:, 0] = first_line + lines * np.arange(len(blocks))
    marks[:, 1] = sizes
    out = _sized(out, 0)
    out += head
    out += offsets.tobytes()
    for mark, block in zip(marks, blocks, strict=True):
        out += mark.tobytes()
        out += block
    return out


def _sized(out: bytearray | None, size: int) -> bytearray:
    """`out` with `size` bytes, or a new buffer if something still looks into it."""
    if out is None:
        return bytearray(size)
    try:
        if len(out) > size:
            del out[size:]
        elif len(out) < size:
            out.extend(bytes(size - len(out)))
    except BufferError:
        return bytearray(size)
    return out
