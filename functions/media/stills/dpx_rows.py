"""DPX of 8 and 16 bits whose rows end inside a 32-bit word, with and without their padding.

SMPTE ST 268-1 starts every line on a word of 32 bits; many writers do not, and no field says so
reliably. How long the file is tells: where it has room for padded rows, they are padded.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

_SAMPLES = {50: 3, 51: 4, 6: 1}  # RGB, RGBA, luma


def whole_byte_rows(content: bytes) -> npt.NDArray[Any] | None:
    """(H, W, channels) uint8 or uint16 of such a file; None for any other.

    Parameters
    ----------
    content : a whole file, of any format.
    """
    if content[:4] not in (b"SDPX", b"XPDS") or len(content) < 2048:
        return None
    order = ">" if content[:4] == b"SDPX" else "<"
    (offset,) = struct.unpack_from(f"{order}I", content, 4)
    _, elements, width, height = struct.unpack_from(f"{order}HHII", content, 768)
    descriptor, bits = content[800], content[803]
    _, encoding, place = struct.unpack_from(f"{order}HHI", content, 804)
    samples = _SAMPLES.get(descriptor)
    if elements != 1 or bits not in (8, 16) or encoding or samples is None:
        return None
    row = width * samples * bits // 8
    padded = -(-row // 4) * 4
    start = offset if place in (0, 0xFFFFFFFF) else place
    if padded == row or len(content) - start < padded * height:
        return None
    lines = np.frombuffer(content, np.uint8, padded * height, start).reshape(height, padded)
    kind = "u1" if bits == 8 else f"{order}u2"
    values = np.ascontiguousarray(lines[:, :row]).view(kind)
    return values.astype(np.uint8 if bits == 8 else np.uint16).reshape(height, width, samples)
