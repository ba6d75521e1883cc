"""Writes DNGs for tests: tifffile lays out the file, so that writer and reader share nothing.

Compressed tiles and packed rows are made here, from the standards and not from the reader.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

Array = npt.NDArray[Any]

CFA, LINEAR_RAW = 32803, 34892
BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL, DOUBLE = 1, 2, 3, 4, 5, 7, 10, 12
COMPRESSION = {"none": 1, "ljpeg": 7, "deflate": 8, "vc5": 9, "jpegxl": 52546, "lossy": 34892}
CODES = {"R": 0, "G": 1, "B": 2, "C": 3}


def noisy(shape: tuple[int, ...], bits: int, seed: int = 0) -> Array:
    """A ramp with noise over most of the range: what compressors and eyes expect."""
    rng = np.random.default_rng(seed)
    top = (1 << bits) - 1
    ramp = np.linspace(0.1, 0.8, shape[1])[None, :].repeat(shape[0], axis=0) * top
    ramp = ramp if len(shape) == 2 else np.repeat(ramp[..., None], shape[2], axis=2)
    noise = rng.normal(0, top / 50 + 1, shape)
    return (ramp + noise).clip(1, top).astype(np.uint8 if bits == 8 else np.uint16)


def packed(rows: Array, bits: int) -> bytes:
    """Rows of samples, most significant bit first, each row padded to whole bytes."""
    shifts = np.arange(bits - 1, -1, -1)
    unpacked = (rows.astype(np.int64)[..., None] >> shifts) & 1
    return np.packbits(unpacked.reshape(len(rows), -1).astype(np.uint8), axis=1).tobytes()


def lossless_jpeg(picture: Array, bits: int, predictor: int = 1, components: int = 1) -> bytes:
    """ITU-T T.81 annex H, with one flat table of 5-bit codes (well formed, not small)."""
    rows = len(picture)
    x = picture.reshape(rows, -1, components).astype(np.int64)
    guess = np.empty_like(x)
    guess[0, 0] = 1 << (bits - 1)
    guess[0, 1:], guess[1:, 0] = x[0, :-1], x[:-1, 0]
    a, b, c = x[1:, :-1], x[:-1, 1:], x[:-1, :-1]
    guess[1:, 1:] = {
        1: a,
        2: b,
        3: c,
        4: a + b - c,
        5: a + ((b - c) >> 1),
        6: b + ((a - c) >> 1),
        7: (a + b) >> 1,
    }[predictor]
    words = []
    for value in (((x - guess + 32768) % 65536) - 32768).reshape(-1).tolist():
        size = 16 if value == -32768 else abs(value).bit_length()
        words.append(f"{size:05b}")
        if 0 < size < 16:
            words.append(f"{value if value > 0 else value + (1 << size) - 1:0{size}b}")
    text = "".join(words)
    text += "1" * (-len(text) % 8)
    coded = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\x00")
    table = bytes([0, 0, 0, 0, 0, 17, *[0] * 11, *range(17)])
    each = range(1, components + 1)
    frame = bytes([bits, *divmod(rows, 256), *divmod(x.shape[1], 256), components])
    frame += b"".join(bytes([n, 0x11, 0]) for n in each)
    scan = bytes([components]) + b"".join(bytes([n, 0]) for n in each)
    scan += bytes([predictor, 0, 0])
    parts = ((0xC4, table), (0xC3, frame), (0xDA, scan))
    head = b"".join(
        bytes([0xFF, code]) + (len(body) + 2).to_bytes(2, "big") + body for code, body in parts
    )
    return b"\xff\xd8" + head + coded + b"\xff\xd9"


def write_dng(
    picture: Array,
    bits: int = 16,
    *,
    order: str = "<",
    compression: str = "none",
    components: int = 1,
    jpeg_predictor: int = 1,
    predictor: int = 1,
    tile: tuple[int, int] | None = None,
    rows: int | None = None,
    pattern: str = "RGGB",
    big: bool = False,
    preview: bool = False,
    mono: bool = False,
    tags: dict[int, tuple[int, Any]] | None = None,
    body: bytes | None = None,
) -> bytes:
    """One DNG file.

    Parameters
    ----------
    picture : (H, W) CFA or (H, W, 3) linear raw, as it is to be stored.
    components : columns that a lossless JPEG interleaves.
    predictor : TIFF predictor of deflate: 1, 2 or 3.
    tile, rows : (height, width) of tiles, or rows of a strip; one strip when neither.
    preview : put the raw image into a SubIFD behind an RGB preview.
    mono : linear raw of one sample a pixel.
    tags : number to (TIFF type, value or flat values); of the raw directory, and of the
        first directory where they belong there.
    body : the bytes of the only strip, already coded.
    """
    linear = picture.ndim == 3
    extra: dict[int, tuple[int, Any]] = {50706: (BYTE, (1, 4, 0, 0))}
    raw_extra: dict[int, tuple[int, Any]] = {}
    if not linear:
        raw_extra[33421] = (SHORT, (2, 2))
        raw_extra[33422] = (BYTE, tuple(CODES[c] for c in pattern))
    for tag, value in (tags or {}).items():
        (raw_extra if tag in _OF_RAW else extra)[tag] = value
    height = len(picture)
    blocks = list(_blocks(picture, tile, rows))
    coded = (
        [body]
        if body is not None
        else [
            _coded(block, bits, order, compression, components, jpeg_predictor, predictor)
            for block in blocks
        ]
    )
    file = io.BytesIO()
    plain = compression == "none" and bits in (8, 16, 32) and not tile
    finished = compression == "vc5" or (compression == "none" and not plain)
    with tifffile.TiffWriter(file, byteorder=order, bigtiff=big) as writer:
        if preview:
            writer.write(
                np.full((8, 8, 3), 77, np.uint8),
                photometric="rgb",
                subfiletype=1,
                subifds=1,
                extratags=_extra(extra),
                metadata=None,
            )
        writer.write(
            picture if plain else iter(coded),
            shape=None if plain else picture.shape,
            dtype=None if plain else picture.dtype,
            photometric=LINEAR_RAW if linear else CFA,
            planarconfig="contig" if linear else None,
            # tifffile takes finished segments for compressions only: the tag is set after.
            compression=COMPRESSION["deflate" if finished else compression],
            predictor=predictor if predictor != 1 else None,
            tile=tile,
            rowsperstrip=None if tile else rows or height,
            subfiletype=0,
            extratags=_extra(raw_extra if preview else {**extra, **raw_extra}),
            metadata=None,
        )
    content = bytearray(file.getvalue())
    photometric = LINEAR_RAW if linear or mono else CFA
    _patch(content, order, {258: bits, 259: COMPRESSION[compression], 262: photometric})
    return bytes(content)


_OF_RAW = frozenset(
    (33421, 33422, 50710, 50711, 50712, 50713, 50714, 50715, 50716, 50717, 50718, 50719, 50720)
) | {266, 316, 347, 50829, 50974, 50975, 51008, 51009, 51022, 51125, 52547}


def _extra(tags: dict[int, tuple[int, Any]]) -> list[tuple[int, int, int, Any, bool]]:
    found = []
    for tag, (kind, value) in sorted(tags.items()):
        if isinstance(value, (bytes, str)):
            count = len(value) + (kind == ASCII)
        elif isinstance(value, tuple):
            count = len(value) // (2 if kind in (RATIONAL, SRATIONAL) else 1)
        else:
            count = 1
        if kind in (BYTE, UNDEFINED) and isinstance(value, tuple):
            value = bytes(value)
        found.append((tag, kind, count, value, True))
    return found


def _blocks(picture: Array, tile: tuple[int, int] | None, rows: int | None) -> Iterator[Array]:
    height, width = picture.shape[:2]
    if tile is None:
        step = rows or height
        for y in range(0, height, step):
            yield picture[y : y + step]
        return
    down, right = -height % tile[0], -width % tile[1]
    padding = ((0, down), (0, right)) + ((0, 0),) * (picture.ndim - 2)
    whole = np.pad(picture, padding, mode="edge")
    for y in range(0, height, tile[0]):
        for x in range(0, width, tile[1]):
            yield whole[y : y + tile[0], x : x + tile[1]]


def _coded(
    block: Array,
    bits: int,
    order: str,
    compression: str,
    components: int,
    jpeg_predictor: int,
    predictor: int,
) -> bytes:
    flat = block.reshape(len(block), -1)
    if compression == "ljpeg":
        columns = block.shape[2] if block.ndim == 3 else components
        return lossless_jpeg(flat, bits, jpeg_predictor, columns)
    if compression == "jpegxl":
        import imagecodecs

        return bytes(imagecodecs.jpegxl_encode(block, lossless=True, bitspersample=bits))
    if compression == "lossy":
        import imagecodecs

        return bytes(imagecodecs.jpeg8_encode(block, level=95))
    step = block.shape[2] if block.ndim == 3 else 1
    if predictor == 3:
        stored = flat.astype(">" + flat.dtype.str[1:]).view(np.uint8)
        planes = stored.reshape(*flat.shape, -1).transpose(0, 2, 1).reshape(len(flat), -1)
        differed = planes.copy()
        differed[:, step:] -= planes[:, :-step]
        return zlib.compress(differed.tobytes())
    if predictor == 2:
        differed = flat.copy()
        differed[:, step:] -= flat[:, :-step]
        flat = differed
    if bits in (8, 16, 32):
        plain = flat.astype(flat.dtype.newbyteorder(order)).tobytes()
    else:
        plain = packed(flat, bits)
    return zlib.compress(plain) if compression == "deflate" else plain


def _patch(content: bytearray, order: str, values: dict[int, int]) -> None:
    """Set SHORT tags of the raw directory in place: tifffile cannot be told some of them."""
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = file.pages[0]
        raw = page.pages[0] if page.pages else page  # type: ignore[union-attr]
        for tag, value in values.items():
            if tag not in raw.tags:
                continue
            found = raw.tags[tag]
            for index in range(found.count):
                at = found.valueoffset + 2 * index
                content[at : at + 2] = value.to_bytes(2, "little" if order == "<" else "big")


def timecode_bytes(hours: int, minutes: int, seconds: int, frames: int, drop: bool) -> bytes:
    """The eight bytes of CinemaDNG's TimeCodes: binary-coded decimal, frames first."""

    def digits(number: int) -> int:
        return number // 10 * 16 + number % 10

    first = digits(frames) | (0x40 if drop else 0)
    return bytes([first, digits(seconds), digits(minutes), digits(hours), 0, 0, 0, 0])
