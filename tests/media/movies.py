"""Movies made for tests: MLV and cine written from their published layouts, others by PyAV.

The frame's number is in the pixels, so that a test sees which frame it got.
"""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
import numpy.typing as npt

from functions.contract.store import Stat
from tests.media.memory_store import ROOT, MemoryStore

Array = npt.NDArray[Any]


class CountedStore(MemoryStore):
    """Counts the bytes that its readers give."""

    def open(self, uri: str) -> BinaryIO:
        outer = self

        class Reader(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                content = super().read(size)
                outer.bytes_read += len(content)
                return content

        return Reader(self._content(uri))


def stored(name: str, content: bytes) -> tuple[Stat, CountedStore]:
    store = CountedStore({name: content})
    return store.stat(ROOT + name), store


def plate(number: int, width: int = 32, height: int = 16, top: int = 15000) -> Array:
    """(height, width) uint16: a ramp, and the number in the first two samples."""
    picture = np.linspace(2100, top - 10, width * height).astype(np.uint16).reshape(height, width)
    picture[0, 0], picture[0, 1] = 3000 + number, 3000
    return picture


def packed_words(picture: Array, bits: int) -> bytes:
    """Samples run on from the highest bit of each 16 bit word, words little-endian."""
    shifts = np.arange(bits - 1, -1, -1)
    stream = ((picture.reshape(-1).astype(np.int64)[:, None] >> shifts) & 1).astype(np.uint8)
    content = np.packbits(stream.reshape(-1)).tobytes()
    content += b"\0" * (len(content) % 2)
    return np.frombuffer(content, ">u2").astype("<u2").tobytes()


def packed_bytes(picture: Array, bits: int) -> bytes:
    shifts = np.arange(bits - 1, -1, -1)
    stream = ((picture.reshape(-1).astype(np.int64)[:, None] >> shifts) & 1).astype(np.uint8)
    return np.packbits(stream.reshape(-1)).tobytes()


def _block(kind: bytes, payload: bytes) -> bytes:
    return kind + struct.pack("<IQ", 16 + len(payload), 0) + payload


def mlv(
    frames: list[tuple[int, bytes]],
    *,
    claimed: int | None = None,
    size: tuple[int, int] = (32, 16),
    bits: int = 14,
    video: int = 1,
    levels: tuple[int, int] = (2048, 15000),
    white: tuple[int, ...] = (9, 5200, 1024, 1024, 1024),
    bias: tuple[int, int] = (0, 0),
    parts: int = 0,
    flags: int = 0,
    gain: int = 0,
    others: dict[bytes, bytes] | None = None,
) -> bytes:
    """`frames` : (frame number, stored samples) in file order; `others` : blocks by name."""
    count = len(frames) if claimed is None else claimed
    header = struct.pack(
        "<4sI8sQHHIHHIIII",
        b"MLVI",
        52,
        b"v2.0\0\0\0\0",
        7,
        0,
        parts,
        flags,
        video,
        0,
        count,
        0,
        24000,
        1001,
    )
    width, height = size
    matrix = (6722, -635, -963, -4287, 12460, 2028, -908, 2162, 5668)
    raw = struct.pack("<HH9i", width, height, 1, 0, height, width, 0, 0, bits, *levels)
    raw += struct.pack("<8i2i", *(0,) * 8, *bias) + bytes((0, 1, 1, 2)) + struct.pack("<i", 21)
    raw += struct.pack("<18i", *(n for m in matrix for n in (m, 10000))) + struct.pack("<i", 1100)
    blocks = [
        _block(b"RAWI", raw),
        _block(b"RTCI", struct.pack("<10H", 36, 33, 3, 19, 9, 113, 6, 291, 0, 0)),
        _block(b"EXPO", struct.pack("<4IQ", 0, 800, 0, gain, 20833)),
        _block(b"LENS", struct.pack("<3HBBII32s", 50, 0, 280, 0, 0, 0, 0, b"EF50mm f/1.8 II")),
        _block(b"IDNT", struct.pack("<32sI32s", b"Canon EOS 5D Mark III", 0, b"110091F150")),
        _block(b"WBAL", struct.pack("<7I", *white, 0, 0)),
        _block(b"NULL", b"\0" * 20),
        *(_block(*other) for other in (others or {}).items()),
    ]
    pictures = [
        _block(b"VIDF", struct.pack("<I4HI", number, 0, 0, 0, 0, 6) + b"pad..." + content)
        for number, content in frames
    ]
    return header + b"".join(blocks + pictures)


def cine(
    pictures: list[bytes],
    *,
    size: tuple[int, int] = (32, 16),
    packing: int = 256,
    stored_bits: int = 16,
    layout: int = 2,
    cfa: int = 3,
    fields: dict[int, bytes] | None = None,
    length: int = 10384,
) -> bytes:
    """`fields` : raw bytes by offset into SETUP, over those written here."""
    width, height = size
    setup = bytearray(length)
    known = {
        140: b"ST" + struct.pack("<H", length),
        743: struct.pack("<I", 16001),
        768: struct.pack("<I", 1000),
        808: struct.pack("<I", cfa),
        852: struct.pack("<2f", 1.0, 1.0),
        896: struct.pack("<I", 12),
    }
    if length > 7000:
        known[5732] = struct.pack("<ii", 64, 4000)
        known[6980] = struct.pack("<f", 25.0)
    for at, content in {**known, **(fields or {})}.items():
        setup[at : at + len(content)] = content
    bitmap, start = 44, 84
    code = struct.pack("<IHH4sI", 16, 1007, 0, bytes((0x08, 0x04, 0x38, 0x10)), 0)
    table = start + length + len(code)
    offsets, body, at = [], b"", table + 8 * len(pictures)
    for content in pictures:
        image = struct.pack("<II", 8, len(content)) + content
        offsets.append(at)
        body, at = body + image, at + len(image)
    head = struct.pack(
        "<2sHHHiIiIIIIII", b"CI", 44, layout, 1, 0, len(pictures), -5, len(pictures),
        bitmap, start, table, 0, 0,
    )  # fmt: skip
    picture = struct.pack("<IiiHHIIiiII", 40, width, height, 1, stored_bits, packing, 0, 0, 0, 0, 0)
    return head + picture + bytes(setup) + code + struct.pack(f"<{len(offsets)}Q", *offsets) + body


def grey_level(number: int) -> int:
    return 40 + 8 * number % 200


def movie(
    frames: int,
    *,
    container: str = "mov",
    codec: str = "mpeg4",
    pixel_format: str = "yuv420p",
    size: tuple[int, int] = (64, 48),
    rate: Fraction = Fraction(24),
    options: dict[str, str] | None = None,
    times: list[int] | None = None,
    timecode: str | None = None,
    path: Path | None = None,
) -> bytes:
    """Each picture is one grey, `grey_level(number)`.

    times : of each frame, in 1/rate. path : written there, for options that read it again.
    """
    target = io.BytesIO()
    where: Any = target if path is None else str(path)
    with av.open(where, "w", format=container, options=options or {}) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = pixel_format
        stream.codec_context.thread_count = 1
        if timecode:
            stream.metadata["timecode"] = timecode
        for number in range(frames):
            grey = np.full((size[1], size[0], 3), grey_level(number), np.uint8)
            picture = av.VideoFrame.from_ndarray(grey, format="rgb24").reformat(format=pixel_format)
            picture.pts = times[number] if times else number
            picture.time_base = 1 / rate
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return target.getvalue() if path is None else path.read_bytes()


def bayer_movie(frames: int, pixel_format: str = "bayer_grbg16le") -> bytes:
    """NUT with raw CFA pictures: `plate(number)`."""
    target = io.BytesIO()
    with av.open(target, "w", format="nut") as out:
        stream = out.add_stream("rawvideo", rate=24)
        stream.width, stream.height, stream.pix_fmt = 32, 16, pixel_format
        for number in range(frames):
            picture = av.VideoFrame(32, 16, pixel_format)
            picture.planes[0].update(_rows(plate(number), picture.planes[0].line_size))
            picture.pts, picture.time_base = number, Fraction(1, 24)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return target.getvalue()


def _rows(picture: Array, line: int) -> bytes:
    return b"".join(row.astype("<u2").tobytes().ljust(line, b"\0") for row in picture)
