"""Blocks of PIZ and DWA files, and of floats in ZIP, by OpenEXR.

OpenEXR writes a file in memory and its blocks move under our own header, so that the
attributes of such a file are the same as those of any other. DWAA and DWAB lose something, at
OpenEXR's default level of 45: for proxies and previews.

References: OpenEXR, "Technical Introduction", Data Compression.
"""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.media.stills.exr_structure import read_exr_facts
from functions.media.write.exr_header import CHANNELS, CODES, Compression


def library_blocks(planes: npt.NDArray[Any], compression: Compression, threads: int) -> list[bytes]:
    """Data of each block of `exr_header.CODES` lines, top to bottom.

    planes : (C, H, W) half or float, channels as `exr_header.CHANNELS` names them.
    """
    import OpenEXR

    channels, height, _ = planes.shape
    pixels = {
        name: np.ascontiguousarray(plane)
        for name, plane in zip(CHANNELS[channels], planes, strict=True)
    }
    kind = getattr(OpenEXR, f"{compression.upper()}_COMPRESSION")
    header = {"compression": kind, "type": OpenEXR.scanlineimage}
    stream = io.BytesIO()
    # 0 is "in this thread" to OpenEXR, 1 a pool of one.
    with OpenEXR.File(header, pixels, num_threads=threads if threads > 1 else 0) as file:
        file.write(stream)
    whole = stream.getvalue()
    count = -(-height // CODES[compression][1])
    table = read_exr_facts(lambda at, length: whole[at : at + length], len(whole)).head
    blocks = []
    for (at,) in struct.iter_unpack("<Q", whole[table : table + 8 * count]):
        (size,) = struct.unpack_from("<i", whole, at + 4)
        blocks.append(whole[at + 8 : at + 8 + size])
    return blocks
