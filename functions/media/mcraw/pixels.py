"""Samples of MotionCam frames: of each block its smallest sample, and the rest packed above it.

Both codings are exact. Reference: mirsadm/motioncam-decoder (2023-2025, Apache-2.0),
`RawData.cpp` for compression type 7 and `RawData_Legacy.cpp` for type 6.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

import kernels
from functions.contract.errors import DamagedSource, truncated

Samples = npt.NDArray[np.uint16]
Numbers = npt.NDArray[np.int64]

_BLOCK = 64
_FIRST = 16  # bytes before the samples of a frame
# By bits of a sample: how many its block is packed with, and the bytes of that.
_PACKED = np.array([0, 1, 2, 3, 4, 5, 6, 8, 8, 10, 10, *[16] * 6], np.uint8)
_BYTES = 8 * _PACKED.astype(np.int64)
_OLD_BYTES = np.array([*range(0, 22, 2), *[32] * 6], np.int64)

# A packed block is planes of 8 bytes, one for each of 8 samples. For each of the 8 samples of a
# lane, from which plane, shifted down, masked, and shifted up, its parts are taken.
_Part = tuple[int, int, int, int]
_PARTS: dict[int, tuple[tuple[_Part, ...], ...]] = {
    1: tuple(((0, k, 1, 0),) for k in range(8)),
    2: tuple(((k // 4, k % 4 * 2, 3, 0),) for k in range(8)),
    3: (
        ((0, 0, 7, 0),), ((0, 3, 7, 0),), ((0, 6, 3, 0), (2, 6, 1, 2)),
        ((1, 0, 7, 0),), ((1, 3, 7, 0),), ((1, 6, 3, 0), (2, 7, 1, 2)),
        ((2, 0, 7, 0),), ((2, 3, 7, 0),),
    ),
    4: tuple(((k // 2, k % 2 * 4, 15, 0),) for k in range(8)),
    5: (
        *(((k, 0, 31, 0),) for k in range(5)),
        ((0, 5, 7, 0), (3, 5, 3, 3)), ((1, 5, 7, 0), (4, 5, 3, 3)),
        ((2, 5, 7, 0), (3, 7, 1, 3), (4, 7, 1, 4)),
    ),
    6: (
        *(((k, 0, 63, 0),) for k in range(6)),
        *(tuple((3 * half + k, 6, 3, 2 * k) for k in range(3)) for half in (0, 1)),
    ),
    8: tuple(((k, 0, 255, 0),) for k in range(8)),
    10: tuple(
        ((5 * half + k, 0, 255, 0), (5 * half + 4, 2 * k, 3, 8))
        for half in (0, 1) for k in range(4)
    ),
}  # fmt: skip


def decode_blocks(stored: bytes | memoryview, width: int, height: int) -> Samples:
    """Compression type 7: blocks of 64 samples of one colour, 32 each of two rows.

    Returns (height, width) uint16.

    Raises DamagedSource: fewer bytes than the blocks need, or a header that cannot be.
    """
    if len(stored) < _FIRST:
        raise truncated("the header of the frame's samples is cut short")
    wide, high, bits_at, references_at = struct.unpack_from("<4I", stored)
    if wide % _BLOCK or not width <= wide < width + 4 * _BLOCK or not 0 <= high - height < _BLOCK:
        raise DamagedSource(f"{wide}x{high} packed samples for a frame of {width}x{height}")
    if not _FIRST <= min(bits_at, references_at) <= len(stored):
        raise truncated("the tables of its blocks are not in the frame")
    down, across = -(-high // 4), wide // _BLOCK
    count = 4 * down * across
    bits, references = (_table(stored, at, count) for at in (bits_at, references_at))
    if int(bits.max()) > 16:
        raise DamagedSource(f"a block of {int(bits.max())} bits a sample")
    lengths = _BYTES[bits]
    ends = _FIRST + np.cumsum(lengths)
    if int(ends[-1]) > min(bits_at, references_at):
        raise truncated(
            f"its blocks take {int(ends[-1]) - _FIRST} bytes, and "
            f"{min(bits_at, references_at) - _FIRST} are there"
        )
    blocks = _unpacked(stored, ends - lengths, bits)
    blocks += references[:, None]
    # Four blocks a place, of the sites of the 2x2 cell; each has two rows of 32 samples.
    cells = blocks.reshape(down, across, 2, 2, 2, _BLOCK // 2)
    rows = cells.transpose(0, 4, 2, 1, 5, 3).reshape(4 * down, wide)
    return np.ascontiguousarray(rows[:height, :width])


def _table(stored: bytes | memoryview, at: int, needed: int) -> Samples:
    """(needed,) numbers that are packed as samples are, a header before each block."""
    if at + 4 > len(stored):
        raise truncated("a table of its blocks is cut short")
    (count,) = struct.unpack_from("<I", stored, at)
    if count < needed:
        raise DamagedSource(f"a table tells {count} of its {needed} blocks")
    at += 4
    starts, bits, least = [], [], []
    for _ in range(-(-needed // _BLOCK)):
        if at + 2 > len(stored):
            raise truncated("a table of its blocks is cut short")
        head = stored[at] << 8 | stored[at + 1]
        starts.append(at + 2)
        bits.append(head >> 12)
        least.append(head & 0xFFF)
        at += 2 + int(_BYTES[head >> 12])
    if at > len(stored):
        raise truncated("a table of its blocks is cut short")
    blocks = _unpacked(stored, np.array(starts, np.int64), np.array(bits))
    return (blocks + np.array(least, np.uint16)[:, None]).reshape(-1)[:needed]


def _unpacked(
    stored: bytes | memoryview, starts: Numbers, bits: npt.NDArray[np.integer]
) -> Samples:
    """(n, 64) of blocks that lie inside `stored`."""
    data = np.frombuffer(stored, np.uint8)
    packed = _PACKED[bits]
    out = np.zeros((len(starts), _BLOCK), np.uint16)
    for size in np.unique(packed[packed > 0]).tolist():
        chosen = np.flatnonzero(packed == size)
        found = np.lib.stride_tricks.sliding_window_view(data, 8 * size)[starts[chosen]]
        if size == 16:
            out[chosen] = found.view("<u2")
            continue
        planes = found.reshape(len(chosen), size, 8)
        block = np.zeros((len(chosen), 8, 8), np.uint16)
        for place, parts in enumerate(_PARTS[size]):
            for plane, low, mask, up in parts:
                part = planes[:, plane] >> np.uint8(low) & np.uint8(mask)
                block[:, place] |= part.astype(np.uint16) << np.uint16(up)
        out[chosen] = block.reshape(-1, _BLOCK)
    return out


def decode_rows(stored: bytes | memoryview, width: int, height: int) -> Samples:
    """Compression type 6, of older recordings: blocks of 16 samples of one colour of one row, a
    header before each; samples from the highest bit on.

    Returns (height, width) uint16.

    Raises DamagedSource: fewer bytes than the blocks need.
    """
    across = -(-width // 32)
    count = 2 * across * height
    if len(stored) < 2 * count:
        raise truncated(f"{len(stored)} bytes cannot hold the {count} blocks of the frame")
    step = [2 + int(_OLD_BYTES[first >> 4]) for first in range(256)]
    at, end, places = 0, len(stored), []
    for _ in range(count):
        if at + 2 > end:
            break
        places.append(at)
        at += step[stored[at]]
    if len(places) < count or at > end:
        raise truncated(f"{len(places)} of the {count} blocks of the frame are there")
    data, starts = np.frombuffer(stored, np.uint8), np.array(places, np.int64)
    heads = data[starts].astype(np.uint16) << 8 | data[starts + 1]
    lengths = _OLD_BYTES[heads >> 12]
    out = np.zeros((count, 16), np.uint16)
    for length in np.unique(lengths[lengths > 0]).tolist():
        chosen = np.flatnonzero(lengths == length)
        found = np.lib.stride_tricks.sliding_window_view(data, length)[starts[chosen] + 2]
        out[chosen] = kernels.unpack(found, 16 * len(chosen), 1, length // 2).reshape(-1, 16)
    out += (heads & 0xFFF)[:, None]
    # Two blocks a place: even columns, then odd ones.
    rows = out.reshape(height, across, 2, 16).transpose(0, 1, 3, 2).reshape(height, 32 * across)
    return np.ascontiguousarray(rows[:, :width])
