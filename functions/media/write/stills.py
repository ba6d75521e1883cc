"""Stills that any program opens: JPEG of 8 bits, PNG of 16, with their colour in words.

JPEG by libjpeg-turbo (imagecodecs), whose vector code makes the bytes of its plain code; PNG by
hand: chunks are few, and libraries write the clock or their own version.

References: ITU-T T.81, JFIF 1.02, ICC.1:2022 annex B.4; PNG third edition (W3C, 2025).
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

import kernels
from functions.media.write.tiff import check_words

Words = npt.NDArray[np.uint16]
_SEGMENT = 65519  # bytes of a profile that one APP2 segment holds
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Code points of ITU-T H.273 by FFmpeg's names.
_H273_PRIMARIES = {
    "bt709": 1, "bt470bg": 5, "smpte170m": 6, "bt2020": 9, "smpte431": 11, "smpte432": 12,
}  # fmt: skip
_H273_TRANSFERS = {
    "bt709": 1, "gamma22": 4, "smpte170m": 6, "iec61966-2-1": 13, "bt2020-10": 14, "bt2020-12": 15,
    "smpte2084": 16, "arib-std-b67": 18,
}  # fmt: skip


def encode_jpeg(planes: Words, *, quality: int = 90, icc: bytes | None = None) -> bytes:
    """One file: full range Y'CbCr by BT.601's matrix as JFIF has it, 4:4:4, baseline.

    planes : (3, H, W) uint16, R', G', B' over the full range; rounded to 8 bits
    quality : 1 to 100, libjpeg's scale

    Raises ValueError for another shape or dtype, and a side of more than 65535 pixels.
    """
    from imagecodecs import jpeg8_encode

    check_words(planes, 3)
    height, width = planes.shape[1:]
    if max(height, width) > 65535:
        raise ValueError(f"a JPEG has sides of at most 65535 pixels, not {width}x{height}")
    pixels = np.empty((height, width, 3), np.uint8)
    for channel, plane in enumerate(planes):
        # Exactly the nearest of 255: 65535 is 257 times as much.
        pixels[..., channel] = (plane.astype(np.uint32) + 128) // 257
    made = bytes(jpeg8_encode(pixels, quality, subsampling="444"))
    if icc is None:
        return made
    start = 4 + struct.unpack_from(">H", made, 4)[0]  # after SOI and the JFIF segment
    parts = [icc[at : at + _SEGMENT] for at in range(0, len(icc), _SEGMENT)]
    segments = b"".join(
        b"\xff\xe2" + struct.pack(">H", 16 + len(part)) + b"ICC_PROFILE\0"
        + bytes((number, len(parts))) + part
        for number, part in enumerate(parts, 1)
    )  # fmt: skip
    return made[:start] + segments + made[start:]


def encode_png(
    planes: Words,
    *,
    icc: tuple[str, bytes] | None = None,
    primaries: str | None = None,
    transfer: str | None = None,
) -> bytes:
    """One file of 16 bits, with `cICP` where H.273 has numbers for both, and `iCCP`.

    planes : (3, H, W) uint16, R', G', B' over the full range, or (4, H, W) with straight alpha
    icc : name and profile; primaries, transfer : FFmpeg's names

    Raises ValueError for another shape or dtype.
    """
    check_words(planes, 3, 4)
    channels, height, width = planes.shape
    samples = np.ascontiguousarray(planes.transpose(1, 2, 0), ">u2")
    rows = samples.view(np.uint8).reshape(height, width * channels * 2)
    filtered = np.empty((height, 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = 1  # Sub: each byte less that of the pixel before
    filtered[:, 1:] = rows
    filtered[:, 1 + 2 * channels :] -= rows[:, : -2 * channels]
    head = struct.pack(">IIBBBBB", width, height, 16, 2 if channels == 3 else 6, 0, 0, 0)
    chunks = [(b"IHDR", head)]
    codes = _H273_PRIMARIES.get(primaries or ""), _H273_TRANSFERS.get(transfer or "")
    if None not in codes:
        chunks.append((b"cICP", bytes((codes[0] or 0, codes[1] or 0, 0, 1))))
    if icc is not None:
        name = icc[0].encode("latin-1")[:79]
        chunks.append((b"iCCP", name + b"\0\0" + kernels.to_zlib(icc[1])))
    chunks += [(b"IDAT", kernels.to_zlib(filtered)), (b"IEND", b"")]
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def has_h273(primaries: str | None, transfer: str | None) -> bool:
    """Whether a PNG says these by `cICP`."""
    return primaries in _H273_PRIMARIES and transfer in _H273_TRANSFERS
