"""Rows of halves before `kernels.loops.coding.deflate`: sorted, as steps, summed, or as they are.

What OpenEXR does to a block before it deflates it, and zlib's checksum of what comes out.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.coding import words as w
from kernels.loops.coding import zip_slots as z
from kernels.loops.demosaic.finish import copy_bytes
from kernels.loops.simd import lanes as v
from kernels.loops.simd.vectors import widen

MODULUS = 65521


@inlined
def checksum(data: Any, length: int, table: Any) -> int:
    """Adler-32: sixteen bytes at a time, as sums of columns and sums of those sums."""
    low, high, start = 1, 0, 0
    while start + 16 <= length:
        rows = min((length - start) >> 4, 4096)  # 32 bits hold so many
        sums, sums_of_sums = w.no_counts(), w.no_counts()
        for row in range(rows):
            sums_of_sums = w.plus(sums_of_sums, sums)
            sums = w.plus(sums, w.load_counts(data, start + 16 * row))
        w.store_counts(table, 0, sums)
        w.store_counts(table, 16, sums_of_sums)
        high += 16 * rows * low
        for column in range(16):
            low += widen(table[column])
            high += (16 - column) * widen(table[column]) + 16 * widen(table[16 + column])
        low, high = low % MODULUS, high % MODULUS
        start += 16 * rows
    for k in range(start, length):
        low += v.to_int(data[k])
        high += low
    return high % MODULUS << 16 | low % MODULUS


@inlined
def sort_block(src: Any, geom: Any, row: int, rows: int, data: Any) -> None:
    """Lines of a block as OpenEXR's predictor leaves them: low bytes, then high, as steps."""
    width = geom[z.WIDTH]
    middle = rows * geom[z.CHANNELS] * width
    place, low, high = 0, 0, 0
    for line in range(rows):
        for channel in range(geom[z.CHANNELS]):
            halves = v.at(src, geom[z.PLANE + channel] + (row + line) * geom[z.ROW])
            lows, highs = v.at(data, place), v.at(data, middle + place)
            x = 1
            while x + 64 <= width:
                w.store_steps(lows, highs, halves, x)
                x += 64
                if x < width < x + 64 and width > 64:
                    x = width - 64
            k = x if x < width else width
            words = v.as_u16(halves)
            while k < width:
                now, then = v.wide(words[k]), v.wide(words[k - 1])
                lows[k] = w.to_u8(now - then + 128)
                highs[k] = w.to_u8((now >> 8) - (then >> 8) + 128)
                k += 1
            now = v.wide(words[0])
            lows[0] = w.to_u8(now - low + 128)
            highs[0] = w.to_u8((now >> 8) - high + 128)
            low = v.wide(words[width - 1])
            high = low >> 8
            place += width
    first = v.wide(v.as_u16(v.at(src, geom[z.PLANE] + row * geom[z.ROW]))[0])
    data[0] = w.to_u8(first)
    data[middle] = w.to_u8((first >> 8) - low + 128)


@inlined
def copy_block(src: Any, geom: Any, row: int, rows: int, out: Any) -> None:
    """Lines of a block as they are."""
    size, place = 2 * geom[z.WIDTH], 0
    for line in range(rows):
        for channel in range(geom[z.CHANNELS]):
            halves = v.at(src, geom[z.PLANE + channel] + (row + line) * geom[z.ROW])
            copy_bytes(v.at(out, place), halves, size)
            place += size
