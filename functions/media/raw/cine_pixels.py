"""Stored samples of a cine: 8 and 16 bit rows, 10 bit companded, 12 bit packed.

Reference: Vision Research, "The Cine File Format" (2011), "10bit packed": 12 bit samples are
companded to 10 bits so that black is 64 and white 1014 of 1023. The curve is that of ITU-R
BT.709-6, item 1.2, from black to white; its inverse puts black at 64 and white at 4064 of
4095. FFmpeg's cine reader leaves the curve in.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

import kernels
from functions.contract.errors import DamagedSource
from functions.media.open.empty_frames import check_picture

PLAIN, P10, P12 = 0, 256, 1024
_BLACK, _WHITE = 64, 1014
_LINEAR_BLACK, _LINEAR_WHITE = 64 * 16, 4064 * 16  # on 16 bits: darks keep their fine steps

U16 = npt.NDArray[np.uint16]


def levels(black: int, white: int, bits: int, packing: int) -> tuple[float, float]:
    """Black and white of the samples that `unpack` gives, from those of the header.

    Old cameras write neither: then black is 0 and white the largest code.
    """
    if packing == P10:
        return float(_LINEAR_BLACK), float(_LINEAR_WHITE)
    if not 0 <= black < white <= 65535:
        return 0.0, float(2**bits - 1)
    return float(black), float(white)


def unpack(stored: bytes, width: int, height: int, bits: int, packing: int) -> U16:
    """(height, width) uint16, linear, top row first.

    Raises DamagedSource for samples that are zero all over.
    """
    if packing == PLAIN:
        row = (width * bits // 8 + 3) // 4 * 4
        rows = np.frombuffer(stored, np.uint8).reshape(height, row)[:, : width * bits // 8]
        samples = rows.view("<u2") if bits == 16 else rows
        check_picture(samples[::-1], (0.0,))
        # A Windows bitmap stands on its head.
        return np.ascontiguousarray(samples[::-1], np.uint16)
    depth = 10 if packing == P10 else 12
    picture = kernels.unpack(stored, width * height, 1, depth).reshape(height, width)
    if not picture.any():
        raise DamagedSource("all samples of the picture are zero")
    linear: U16 = linear_codes()[picture] if packing == P10 else picture
    return linear


@cache
def linear_codes() -> U16:
    """(1024,) linear light of the 10 bit codes, on 16 bits; see the module's reference."""
    signal = (np.arange(1024) - _BLACK) / (_WHITE - _BLACK)
    power = ((np.maximum(signal, 0.0) + 0.099) / 1.099) ** (1 / 0.45)
    light = np.where(signal < 0.081, signal / 4.5, power)
    codes = _LINEAR_BLACK + (_LINEAR_WHITE - _LINEAR_BLACK) * light
    table: U16 = np.clip(np.rint(codes), 0, 65535).astype(np.uint16)
    return table
