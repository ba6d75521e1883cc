"""Slices of ProRes: coefficients quantised, their runs and levels coded; alpha coded as it is.

SMPTE RDD 36:2015, 5.3 (slices), 7.1 (entropy code), 7.3 (quantiser). A slice knows nothing of its
neighbours, so any set of them can be coded anywhere, in any order.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.coding import prores_lanes as p
from kernels.loops.coding import prores_slots as s
from kernels.loops.coding import words
from kernels.loops.coding.prores_transform import copy_tile, transform
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w


@inlined
def put(out: Any, state: Any, code: int, length: int) -> Any:
    """Append 1 to 56 bits; a state is where to write, the bits so far (the last ones lowest) and
    how many of them wait for the rest of their byte."""
    at, bits, many = state
    bits = bits << length | code
    many += length
    words.store64_highest_first(out, at, bits << (64 - many))
    return at + (many >> 3), bits, many & 7


@inlined
def put_number(out: Any, state: Any, n: int, order: int, beyond: int, rice: int) -> Any:
    """Rice code of `order` up to `rice` zeros, then exponential Golomb code of `beyond`."""
    first = rice + 1 << order
    if n < first:
        return put(out, state, 1 << order | n & (1 << order) - 1, (n >> order) + 1 + order)
    m = n - first + (1 << beyond)
    return put(out, state, m, 2 * words.highest(m) + 2 - beyond + rice)


@inlined
def folded(d: int) -> int:
    """0, -1, 1, -2, 2, ... as 0, 1, 2, 3, 4, ..."""
    folds: int = d << 1 ^ d >> 63
    return folds


@inlined
def quantise(
    coefs: Any, params: Any, weights: Any, scale: Any, tables: Any, blocks: int, scratch: Any
) -> None:
    """Levels of a component in coded order, and a bit for each that is not zero.

    The first coefficients are kept as they are, others as 2 less than twice their size, 1 more for
    negative ones: what tables are read by.

    blocks : of the component, a power of two. What lanes past them hold is written over.
    """
    levels = v.as_u16(v.at(scratch, s.LEVELS_AT))
    marks = v.as_u8(v.at(scratch, s.MARKS_AT))
    shift, least = v.splat(params[s.ROUND]), v.splat(params[s.LEAST])
    step = v.step()
    count = min(blocks, step)
    kept = (1 << count) - 1
    word, filled, at = 0, 0, 0
    for k in range(64):
        place = w.widen(tables[s.SCAN + k])
        row = v.at(coefs, place * s.LANES)
        by = v.splat(weights[place] * scale)
        # RDD 36, 7.5.1: 0 is the grey in the middle; all of it is in the first coefficient.
        grey = v.splat(params[s.MIDDLE] if k == 0 else 0.0)
        rest = v.splat(0.5) if k == 0 else shift
        group = 0
        while group < blocks:
            x = (v.load(row, group) - grey) * by
            size = w.absolute(x)
            if k == 0:
                p.store_short(levels, group, w.copysign(size + rest, x))
            else:
                p.store_folded(levels, k * blocks + group, size + rest, x)
            word |= (p.bits_of(size > least) & kept) << filled
            filled += count
            if filled == 64:
                words.store64(marks, at, word)
                word, filled, at = 0, 0, at + 8
            group += step


@inlined
def code_firsts(out: Any, state: Any, scratch: Any, blocks: int) -> Any:
    """DC levels: the first as it is, then differences (RDD 36, 7.1.1.3)."""
    levels = v.as_u16(v.at(scratch, s.LEVELS_AT))
    before = p.short(levels, 0)
    state = put_number(out, state, folded(before), 5, 6, 0)
    last = 3
    for b in range(1, blocks):
        here = p.short(levels, b)
        d = here - before
        n = folded(-d if last < 0 else d)
        size = -last if last < 0 else last
        if size == 0:
            state = put_number(out, state, n, 0, 1, 0)
        elif size == 1:
            state = put_number(out, state, n, 1, 2, 0)
        elif size == 2:
            state = put_number(out, state, n, 2, 3, 1)
        else:
            state = put_number(out, state, n, 3, 4, 0)
        before, last = here, d
    return state


@inlined
def code_rest(out: Any, state: Any, scratch: Any, tables: Any, blocks: int) -> Any:
    """AC levels and the runs of zeros before them (RDD 36, 7.1.1.4)."""
    levels = v.as_u16(v.at(scratch, s.LEVELS_AT))
    marks = v.as_u8(v.at(scratch, s.MARKS_AT))
    after_runs, after_levels = v.at(tables, s.AFTER_RUNS), v.at(tables, s.AFTER_LEVELS)
    # Books, as where they begin, of what stands before the first: a run of 4, a level of 2.
    runs, sizes = s.RUNS + (2 << s.RUN_BITS), s.LEVELS + (1 << s.LEVEL_BITS)
    after = blocks
    for word in range(blocks):
        bits = words.load64(marks, 8 * word)
        if word == 0:
            bits &= -1 << blocks
        while bits != 0:
            place = 64 * word + words.lowest(bits)
            bits &= bits - 1
            run, level = place - after, v.wide(levels[place])
            first, second = w.widen(tables[runs + run]), w.widen(tables[sizes + level])
            runs, sizes = w.widen(after_runs[run]), w.widen(after_levels[level])
            more, after = second >> 24, place + 1
            code = (first & 0xFFFFFF) << more | second & 0xFFFFFF
            state = put(out, state, code, (first >> 24) + more)
    return state


@inlined
def code_alpha(geom: Any, job: Any, out: Any, at: int, scratch: Any) -> int:
    """Alpha of a slice, row by row; returns where it ends (RDD 36, 7.1.2).

    Only the long form of a difference wraps around, and the last run is written whatever it is.
    """
    bits = geom[s.ALPHA_BITS]
    columns = 16 * job[s.BLOCKS]
    stride = geom[s.ALPHA_ROW] * geom[s.FIELDS]
    rows = v.as_u8(w.pointer_f32(geom[s.ALPHA_AT] + job[s.FIELD] * geom[s.ALPHA_ROW]))
    tile = v.as_u8(v.at(scratch, s.TILE))
    copy_tile(rows, stride, geom[s.WIDTH], geom[s.HEIGHT], job[s.COLUMN] * 16, job[s.ROW] * 16,
              columns, tile)  # fmt: skip
    samples = v.as_u16(tile)
    close = 6 if bits == 16 else 3
    state = (at, 0, 0)
    before, here = -1, v.wide(samples[0])
    place, whole = 0, 16 * columns
    while place < whole:
        value, run = here, 0
        while place < whole and here == value and run < 2048:
            run += 1
            place += 1
            if place < whole:
                here = v.wide(samples[place // columns * s.ACROSS_SLICE + place % columns])
        d = value - before
        size = -d if d < 0 else d
        if 0 < size <= 1 << close:
            state = put(out, state, size - 1 << 1 | (1 if d < 0 else 0), close + 2)
        else:
            state = put(out, state, 1 << bits | d & (1 << bits) - 1, bits + 1)
        if run == 1:
            state = put(out, state, 1, 1)
        elif run <= 16:
            state = put(out, state, run - 1, 5)
        else:
            state = put(out, state, run - 1, 16)
        before = value
    at, _, many = state
    return at + (1 if many > 0 else 0)


@inlined
def write16(out: Any, at: int, value: int) -> None:
    """Two bytes, highest first."""
    out[at] = words.to_u8(value >> 8)
    out[at + 1] = words.to_u8(value)


def prores(src: Any, geom: Any, params: Any, out: Any, scratch: Any) -> None:
    """Entry: numbers as in `kernels.loops.coding.prores_slots`; slices one after another."""
    tables = w.as_i32(w.pointer_f32(geom[s.TABLES]))
    jobs = w.pointer_i64(geom[s.JOBS_AT])
    header = 8 if geom[s.ALPHA_AT] != 0 else 6
    start, ready = 0, -1
    for number in range(geom[s.JOBS]):
        job = v.at(jobs, s.JOB * number)
        q = job[s.QUANTISER]
        scale = 1.0 / (q if q <= 128 else 128 + 4 * (q - 128))
        here = (job[s.FIELD] << 20 | job[s.ROW]) << 20 | job[s.COLUMN]
        at = start + header
        for component in range(3):
            coefs = v.at(scratch, s.COEFFICIENTS + component * 64 * s.LANES)
            if here != ready:
                transform(geom, params, scratch, job, component)
            blocks = job[s.BLOCKS] * (4 if component == 0 or geom[s.ACROSS] == 1 else 2)
            weights = v.at(params, s.LUMA if component == 0 else s.CHROMA)
            quantise(coefs, params, weights, scale, tables, blocks, scratch)
            state = code_firsts(out, (at, 0, 0), scratch, blocks)
            end, _, many = code_rest(out, state, scratch, tables, blocks)
            end += 1 if many > 0 else 0
            if component < 2 or geom[s.ALPHA_AT] != 0:
                write16(out, start + 2 + 2 * component, end - at)
            at = end
        ready = here
        job[s.ALPHA_SIZE] = 0
        if geom[s.ALPHA_AT] != 0:
            end = code_alpha(geom, job, out, at, scratch)
            # Its header has the size of Cr too: two bytes.
            job[s.ALPHA_SIZE] = end - at + 2
            at = end
        out[start] = words.to_u8(header << 3)
        out[start + 1] = words.to_u8(q)
        job[s.SIZE] = at - start
        start = at
