"""Separable resampling: down the columns first, then along the rows, in blocks that stay in cache.

As many output rows as a vector has lanes are made together. The filter down the columns runs along
the memory; its rows are transposed, so that the filter along the rows, whose taps differ from
column to column, reads whole vectors and needs no gather; the answer is transposed back.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.colour import slots as s
from kernels.loops.demosaic.finish import bounded, copy_bytes
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w


@inlined
def down_float(src: Any, row: int, first: int, taps: int, weights: Any, j: int) -> Any:
    """One vector of a filtered row; the sum goes from the first source row to the last."""
    line = v.at(src, first * row)
    total = v.load(v.as_f32(line), j) * v.splat(weights[0])
    for k in range(1, taps):
        line = v.at(line, row)
        total = v.fma(v.load(v.as_f32(line), j), v.splat(weights[k]), total)
    return total


@inlined
def down_half(src: Any, row: int, first: int, taps: int, weights: Any, j: int) -> Any:
    """The same of halves."""
    line = v.at(src, first * row)
    total = w.load_half(v.as_u16(line), j) * v.splat(weights[0])
    for k in range(1, taps):
        line = v.at(line, row)
        total = v.fma(w.load_half(v.as_u16(line), j), v.splat(weights[k]), total)
    return total


@inlined
def four_float(src: Any, row: int, first: int, taps: int, weights: Any, j: int) -> Any:
    """Four neighbouring vectors, each the same sum as alone: a weight is read once for all."""
    line, step = v.at(src, first * row), v.step()
    k0 = v.splat(weights[0])
    a, b = v.load(v.as_f32(line), j) * k0, v.load(v.as_f32(line), j + step) * k0
    c, d = v.load(v.as_f32(line), j + 2 * step) * k0, v.load(v.as_f32(line), j + 3 * step) * k0
    for k in range(1, taps):
        line, kk = v.at(line, row), v.splat(weights[k])
        a = v.fma(v.load(v.as_f32(line), j), kk, a)
        b = v.fma(v.load(v.as_f32(line), j + step), kk, b)
        c = v.fma(v.load(v.as_f32(line), j + 2 * step), kk, c)
        d = v.fma(v.load(v.as_f32(line), j + 3 * step), kk, d)
    return a, b, c, d


@inlined
def four_half(src: Any, row: int, first: int, taps: int, weights: Any, j: int) -> Any:
    """The same of halves."""
    line, step = v.at(src, first * row), v.step()
    k0 = v.splat(weights[0])
    a, b = w.load_half(v.as_u16(line), j) * k0, w.load_half(v.as_u16(line), j + step) * k0
    c, d = (
        w.load_half(v.as_u16(line), j + 2 * step) * k0,
        w.load_half(v.as_u16(line), j + 3 * step) * k0,
    )
    for k in range(1, taps):
        line, kk = v.at(line, row), v.splat(weights[k])
        a = v.fma(w.load_half(v.as_u16(line), j), kk, a)
        b = v.fma(w.load_half(v.as_u16(line), j + step), kk, b)
        c = v.fma(w.load_half(v.as_u16(line), j + 2 * step), kk, c)
        d = v.fma(w.load_half(v.as_u16(line), j + 3 * step), kk, d)
    return a, b, c, d


@inlined
def filter_down(src: Any, geom: Any, scratch: Any, y0: int, e0: int, e1: int) -> None:
    """Samples `e0` to `e1` of a block of output rows, as columns."""
    step, taps, row = v.step(), geom[s.Y_TAPS], geom[s.FROM_ROW]
    last = geom[s.TO_HEIGHT] - 1
    starts = w.as_i32(w.pointer_f32(geom[s.Y_START]))
    table = w.pointer_f32(geom[s.Y_WEIGHTS])
    block = v.at(scratch, geom[s.BLOCK_AT])
    square = step * step
    # The last vector of a row may begin before `e0`: there is room for it.
    columns = v.at(scratch, geom[s.COLUMNS_AT] + square)
    e = e0
    while e + 4 * step <= e1:
        for i in range(step):
            y = min(y0 + i, last)
            weights, first = v.at(table, y * taps), w.widen(starts[y])
            if geom[s.FROM_KIND] == s.FLOAT:
                a, b, c, d = four_float(src, row, first, taps, weights, e)
            else:
                a, b, c, d = four_half(src, row, first, taps, weights, e)
            v.store(block, i * step, a)
            v.store(block, square + i * step, b)
            v.store(block, 2 * square + i * step, c)
            v.store(block, 3 * square + i * step, d)
        for q in range(4):
            place = (e - e0) * step + q * square
            w.transpose(v.at(columns, place), step, v.at(block, q * square), step)
        e += 4 * step
    while e < e1:
        j = min(e, geom[s.FROM_SAMPLES] - step)
        for i in range(step):
            y = min(y0 + i, last)
            weights, first = v.at(table, y * taps), w.widen(starts[y])
            if geom[s.FROM_KIND] == s.FLOAT:
                v.store(block, i * step, down_float(src, row, first, taps, weights, j))
            else:
                v.store(block, i * step, down_half(src, row, first, taps, weights, j))
        w.transpose(v.at(columns, (j - e0) * step), step, block, step)
        e += step


@inlined
def filter_along(geom: Any, scratch: Any, x0: int, x1: int, c0: int) -> None:
    """Output columns `x0` to `x1` of the block, from the columns that begin at pixel `c0`."""
    step, taps, channels = v.step(), geom[s.X_TAPS], geom[s.CHANNELS]
    starts = w.as_i32(w.pointer_f32(geom[s.X_START]))
    table = w.pointer_f32(geom[s.X_WEIGHTS])
    columns = v.at(scratch, geom[s.COLUMNS_AT] + step * step)
    made = v.at(scratch, geom[s.MADE_AT])
    stride = channels * step
    at = 0
    for x in range(x0, x1):
        weights = v.at(table, x * taps)
        first = (w.widen(starts[x]) - c0) * stride
        if taps == 4 or taps == 2:
            # The short filters, unrolled: their loops would cost as much as their sums.
            w0, w1 = v.splat(weights[0]), v.splat(weights[1])
            for channel in range(channels):
                near = v.at(columns, first + channel * step)
                total = v.fma(v.load(near, stride), w1, v.load(near, 0) * w0)
                if taps == 4:
                    w2, w3 = v.splat(weights[2]), v.splat(weights[3])
                    total = v.fma(v.load(near, 2 * stride), w2, total)
                    total = v.fma(v.load(near, 3 * stride), w3, total)
                v.store(made, at, total)
                at += step
        else:
            for channel in range(channels):
                place = first + channel * step
                total = v.load(columns, place) * v.splat(weights[0])
                for k in range(1, taps):
                    total = v.fma(v.load(columns, place + k * stride), v.splat(weights[k]), total)
                v.store(made, at, total)
                at += step


@inlined
def write_block(geom: Any, out: Any, scratch: Any, y0: int, x0: int, x1: int) -> None:
    """The block's columns back to rows, and to the picture."""
    step, channels = v.step(), geom[s.CHANNELS]
    count = (x1 - x0) * channels
    made, lines = v.at(scratch, geom[s.MADE_AT]), v.at(scratch, geom[s.LINE_AT])
    size = 4 if geom[s.TO_KIND] == s.FLOAT else 2
    # Rows of this many floats, an odd number of cache lines apart.
    apart = ((count + 15) & -16) | 16
    e, done = 0, 0
    straight = geom[s.TO_KIND] == s.FLOAT and y0 + step <= geom[s.TO_HEIGHT]
    if straight and geom[s.TO_ROW] & 3 == 0:
        target = v.as_f32(v.at(out, y0 * geom[s.TO_ROW] + x0 * channels * 4))
        while e + step <= count:
            w.transpose(v.at(target, e), geom[s.TO_ROW] >> 2, v.at(made, e * step), step)
            e += step
        done = e
    while e < count:
        w.transpose(v.at(lines, e), apart, v.at(made, e * step), step)
        e += step
    for i in range(min(step, geom[s.TO_HEIGHT] - y0)):
        line = v.at(lines, i * apart)
        target = v.at(out, (y0 + i) * geom[s.TO_ROW] + (x0 * channels + done) * size)
        if size == 2:
            halves = v.as_u16(line)
            e = 0
            while e < count:
                # Read before written: a half takes half the room of its float.
                v.store_half(halves, e, bounded(v.load(line, e)))
                e += step
        copy_bytes(target, v.as_u8(v.at(line, done)), (count - done) * size)


def resize(src: Any, geom: Any, params: Any, out: Any, scratch: Any) -> None:
    """Entry: numbers as in `kernels.loops.colour.slots`."""
    channels = geom[s.CHANNELS]
    starts = w.as_i32(w.pointer_f32(geom[s.X_START]))
    y0 = 0
    while y0 < geom[s.TO_HEIGHT]:
        x0 = 0
        while x0 < geom[s.TO_WIDTH]:
            x1 = min(x0 + geom[s.X_TILE], geom[s.TO_WIDTH])
            c0 = w.widen(starts[x0])
            c1 = w.widen(starts[x1 - 1]) + geom[s.X_TAPS]
            filter_down(src, geom, scratch, y0, c0 * channels, c1 * channels)
            filter_along(geom, scratch, x0, x1, c0)
            write_block(geom, out, scratch, y0, x0, x1)
            x0 = x1
        y0 += v.step()
