"""Blocks of PIZ files, by OpenEXR.

OpenEXR writes a file in memory and its blocks move under our own header, so that the
attributes of a PIZ file are the same as those of any other.
"""

from __future__ import annotations

import io
import struct

import numpy as np
import numpy.typing as npt

from functions.media.write.exr_header import CHANNELS, CODES


def piz_blocks(planes: npt.NDArray[np.float16], threads: int) -> list[bytes]:
    """Data of each block of 32 lines, top to bottom.

    planes : (C, H, W) half, channels as `exr_header.CHANNELS` names them.
    """
    import OpenEXR

    channels, height, _ = planes.shape
    pixels = {
        name: np.ascontiguousarray(plane)
        for name, plane in zip(CHANNELS[channels], planes, strict=True)
    }
    header = {"compression": OpenEXR.PIZ_COMPRESSION, "type": OpenEXR.scanlineimage}
    stream = io.BytesIO()
    # 0 is "in this thread" to OpenEXR, 1 a pool of one.
    with OpenEXR.File(header, pixels, num_threads=threads if threads > 1 else 0) as file:
        file.write(stream)
    whole = stream.getvalue()
    count = -(-height // CODES["piz"][1])
    table = _end_of_header(whole)
    blocks = []
    for (at,) in struct.iter_unpack("<Q", whole[table : table + 8 * count]):
        (size,) = struct.unpack_from("<i", whole, at + 4)
        blocks.append(whole[at + 8 : at + 8 + size])
    return blocks


def _end_of_header(whole: bytes) -> int:
    at = 8
    while whole[at]:
        at = whole.index(b"\0", at) + 1
        at = whole.index(b"\0", at) + 1
        (size,) = struct.unpack_from("<i", whole, at)
        at += 4 + size
    return at + 1
