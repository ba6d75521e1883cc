"""JPEG streams inside a DNG: what they hold, checked before and after libjpeg decodes them.

libjpeg-turbo decodes SOF3 faster than the small lossless decoders and survives hostile
streams, but it fills what is missing with a flat colour and says nothing: so the stream is
weighed here first.

Reference: ITU-T T.81 (1992), annex B (markers) and annex H (lossless mode).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.errors import DamagedSource, UnsupportedMedia, truncated

_BASELINE, _EXTENDED, _PROGRESSIVE, _LOSSLESS = 0xC0, 0xC1, 0xC2, 0xC3


def decode_jpeg(
    data: Any, most: int, tables: bytes | None = None
) -> tuple[npt.NDArray[Any], int, bool]:
    """Every sample of one JPEG stream, in raster order.

    data : the stream, from SOI.
    most : samples that the tile may hold.
    tables : JPEGTables, of streams that do not hold their own.

    Returns (rows, columns, components) uint8 or uint16, as the stream has them: a lossless stream
    often holds two or four columns of the CFA as components, and libjpeg converts no colours of it;
    three components of a lossy one come as RGB.

    Raises DamagedSource: no JPEG, cut short, or larger than its tile. UnsupportedMedia: arithmetic
    coding, hierarchical frames.
    """
    bits, process = _check(data, most)
    from imagecodecs import jpeg8_decode

    try:
        picture: npt.NDArray[Any] = jpeg8_decode(data, tables=tables)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise DamagedSource(f"a JPEG tile does not decode: {error}") from error
    return picture.reshape(*picture.shape[:2], -1), bits, process == _LOSSLESS


def _check(data: Any, most: int) -> tuple[int, int]:
    """Bits of a sample and the process. Raise unless the stream's size, its markers and its end are
    as they must be."""
    if bytes(data[:2]) != b"\xff\xd8":
        raise truncated("a JPEG tile does not start as JPEG does")
    at, frame, bits = 2, None, 0
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise DamagedSource("a JPEG tile holds bytes where a marker belongs")
        code = data[at + 1]
        if code == 0xFF:
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2 or at + 2 + length > len(data):
            break
        if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            if frame is not None:
                raise DamagedSource("a JPEG tile holds two frames")
            if code not in (_BASELINE, _EXTENDED, _PROGRESSIVE, _LOSSLESS):
                raise UnsupportedMedia(f"JPEG process SOF{code - 0xC0} in a DNG")
            if length < 8:
                break
            high = int.from_bytes(data[at + 5 : at + 7], "big")
            wide = int.from_bytes(data[at + 7 : at + 9], "big")
            if high * wide * data[at + 9] > most or not high * wide:
                raise DamagedSource(f"a JPEG of {wide}x{high} pixels does not fit its tile")
            frame, bits = code, data[at + 4]
        if code == 0xDA:
            if frame is None:
                break
            _check_scan(data[at + 2 + length :], frame == _PROGRESSIVE)
            return bits, frame
        at += 2 + length
    raise truncated("a JPEG tile ends inside its header")


def _check_scan(scan: memoryview, several: bool) -> None:
    coded = np.frombuffer(scan, np.uint8)
    marks = np.flatnonzero(coded[:-1] == 0xFF)
    codes = coded[marks + 1]
    ends = marks[codes == 0xD9]
    if not len(ends):
        raise truncated("a JPEG tile has no end")
    inside = codes[marks < ends[0]]
    known = (inside == 0) | (inside == 0xFF) | ((inside >= 0xD0) & (inside <= 0xD7))
    if not several and not known.all():
        raise DamagedSource("a JPEG tile is corrupt: a marker stands inside its scan")
