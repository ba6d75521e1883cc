"""Tables of ProRes: scans, matrices, code words (SMPTE RDD 36:2015, 6.1.1, 7.1, 7.2).

The matrices are the encoder's choice and travel in every frame; these are what other encoders
use for each profile.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from kernels.loops.coding import prores_slots as s

Words = npt.NDArray[np.int32]
_PROGRESSIVE = """
 0  1  8  9  2  3 10 11 16 17 24 25 18 19 26 27  4  5 12 20 13  6  7 14 21 28 29 22 15 23 30 31
32 33 40 48 41 34 35 42 49 56 57 50 43 36 37 44 51 58 59 52 45 38 39 46 53 60 61 54 47 55 62 63"""
_INTERLACED = """
 0  8  1  9 16 24 17 25  2 10  3 11 18 26 19 27 32 40 33 34 41 48 56 49 42 35 43 50 57 58 51 59
 4 12  5  6 13 20 28 21 14  7 15 22 29 36 44 37 30 23 31 38 45 52 60 53 46 39 47 54 61 62 55 63"""
_PROXY_LUMA = """
 4  7  9 11 13 14 15 63  7  7 11 12 14 15 63 63  9 11 13 14 15 63 63 63 11 11 13 14 63 63 63 63
11 13 14 63 63 63 63 63 13 14 63 63 63 63 63 63 13 63 63 63 63 63 63 63 63 63 63 63 63 63 63 63"""
_PROXY_CHROMA = """
 4  7  9 11 13 14 63 63  7  7 11 12 14 63 63 63  9 11 13 14 63 63 63 63 11 11 13 14 63 63 63 63
11 13 14 63 63 63 63 63 13 14 63 63 63 63 63 63 13 63 63 63 63 63 63 63 63 63 63 63 63 63 63 63"""
_LT = """
 4  5  6  7  9 11 13 15  5  5  7  8 11 13 15 17  6  7  9 11 13 15 15 17  7  7  9 11 13 15 17 19
 7  9 11 13 14 16 19 23  9 11 13 14 16 19 23 29  9 11 13 15 17 21 28 35 11 13 16 17 21 28 35 41"""
_STANDARD = """
 4  4  5  5  6  7  7  9  4  4  5  6  7  7  9  9  5  5  6  7  7  9  9 10  5  5  6  7  7  9  9 10
 5  6  7  7  8  9 10 12  6  7  7  8  9 10 12 15  6  7  7  9 10 11 14 17  7  7  9 10 11 14 17 21"""
_HQ = """
 4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  4  5
 4  4  4  4  4  4  5  5  4  4  4  4  4  5  5  6  4  4  4  4  5  5  6  7  4  4  4  4  5  6  7  7"""
_XQ_LUMA = """
 2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  2  3
 2  2  2  2  2  2  3  3  2  2  2  2  2  3  3  3  2  2  2  2  3  3  3  4  2  2  2  2  3  3  4  4"""


def _numbers(text: str) -> Words:
    return np.array(text.split(), np.int32)


SCANS = {1: _numbers(_PROGRESSIVE), 2: _numbers(_INTERLACED)}  # by pictures of a frame
# Luma and chroma, 64 each in raster order.
MATRICES = {
    "proxy": (_numbers(_PROXY_LUMA), _numbers(_PROXY_CHROMA)),
    "lt": (_numbers(_LT), _numbers(_LT)),
    "422": (_numbers(_STANDARD), _numbers(_STANDARD)),
    "hq": (_numbers(_HQ), _numbers(_HQ)),
    "4444": (_numbers(_HQ), _numbers(_HQ)),
    "4444xq": (_numbers(_XQ_LUMA), _numbers(_HQ)),
}
# Rice order, exponential Golomb order, zeros before the second: as coded after a run of ...
_RUN_BOOKS = ((0, 1, 2), (0, 1, 1), (0, 1, 0), (1, 2, 1), (1, 2, 0), (2, 3, 0))
_BOOK_AFTER_RUN = (0, 0, 1, 1, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 5)
_LEVEL_BOOKS = ((0, 2, 2), (0, 1, 1), (0, 1, 2), (0, 1, 0), (1, 2, 0), (2, 3, 0))
_BOOK_AFTER_LEVEL = (0, 1, 2, 3, 4, 4, 4, 4, 5)
# What the transform leaves on each coefficient: cos(k pi / 16) times the root of two, 1 for 0.
_LEFT = (1.0, 1.3870398453221475, 1.3065629648763766, 1.1758756024193588, 1.0,
         0.7856949583871022, 0.5411961001461971, 0.2758993792829431)  # fmt: skip


def _codes(n: npt.NDArray[np.int64], rice: int, golomb: int, zeros: int) -> Words:
    """Length << 24 | code word of each number (RDD 36, 7.1.1.2)."""
    first = zeros + 1 << rice
    short = (n >> rice) + 1 + rice << 24 | 1 << rice | n & (1 << rice) - 1
    m = np.maximum(n - first, 0) + (1 << golomb)
    length = 2 * (np.frexp(m)[1] - 1) + 2 - golomb + zeros
    return np.where(n < first, short, length.astype(np.int64) << 24 | m).astype(np.int32)


@cache
def tables(pictures: int) -> Words:
    """What the compiled loop reads (`prores_slots`), for frames of one picture or of two."""
    made = np.zeros(s.TABLE, np.int32)
    runs, levels = np.arange(1 << s.RUN_BITS), np.arange(1 << s.LEVEL_BITS)
    sign, signed = levels & 1, levels >> 1
    for book, orders in enumerate(_RUN_BOOKS):
        made[s.RUNS + (book << s.RUN_BITS) :][: len(runs)] = _codes(runs, *orders)
    for book, orders in enumerate(_LEVEL_BOOKS):
        codes = _codes(signed, *orders)
        # One bit longer: the sign is behind the level.
        codes = (codes >> 24) + 1 << 24 | (codes & 0xFFFFFF) << 1 | sign
        made[s.LEVELS + (book << s.LEVEL_BITS) :][: len(levels)] = codes
    after_runs = np.array(_BOOK_AFTER_RUN)[np.minimum(runs, 15)]
    after_levels = np.array(_BOOK_AFTER_LEVEL)[np.minimum(signed, 8)]
    made[s.AFTER_RUNS : s.AFTER_LEVELS] = s.RUNS + (after_runs << s.RUN_BITS)
    made[s.AFTER_LEVELS : s.SCAN] = s.LEVELS + (after_levels << s.LEVEL_BITS)
    made[s.SCAN :] = SCANS[pictures]
    return made


def weights(profile: str, bits: int) -> npt.NDArray[np.float32]:
    """What makes a coefficient of the transform a multiple of W: luma, then chroma."""
    left = np.outer(_LEFT, _LEFT).ravel()
    unit = 512.0 / (1 << bits)
    return np.concatenate([unit / (w * left) for w in MATRICES[profile]]).astype(np.float32)
