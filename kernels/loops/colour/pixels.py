"""A picture through a list of colour steps, tile by tile, in one trip through the cache.

A tile is taken apart into three planes of floats, every step works on them in place, and they are
put together again in the layout and the number format that the caller asked for. So each step is
written once and serves every format, at any place in the list.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.colour import slots as s
from kernels.loops.demosaic.finish import bounded, copy_bytes
from kernels.loops.demosaic.planes import padded
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w


@inlined
def unpack(lines: Any, start: int, stop: int, to: int, kind: int, layout: int, scale: float,
           planes: Any, m: int) -> None:  # fmt: skip
    """Whole vectors of pixels `start` to `stop` from three lines (one, interleaved) to planes."""
    step = v.step()
    l0, l1, l2 = lines
    k = v.splat(scale)
    i = start
    while i + step <= stop:
        if layout == s.PLANAR:
            if kind == s.FLOAT:
                r = v.load(v.as_f32(l0), i)
                g = v.load(v.as_f32(l1), i)
                b = v.load(v.as_f32(l2), i)
            elif kind == s.HALF:
                (r,) = w.load1_half(v.as_u16(l0), i)
                (g,) = w.load1_half(v.as_u16(l1), i)
                (b,) = w.load1_half(v.as_u16(l2), i)
            else:
                (r,) = w.load1_u16(v.as_u16(l0), i)
                (g,) = w.load1_u16(v.as_u16(l1), i)
                (b,) = w.load1_u16(v.as_u16(l2), i)
        elif kind == s.FLOAT:
            r, g, b = w.load3_f32(v.as_f32(l0), 3 * i)
        elif kind == s.HALF:
            r, g, b = w.load3_half(v.as_u16(l0), 3 * i)
        else:
            r, g, b = w.load3_u16(v.as_u16(l0), 3 * i)
        if kind == s.WORD:
            r, g, b = r * k, g * k, b * k
        v.store(planes, to + i, r)
        v.store(planes, m + to + i, g)
        v.store(planes, 2 * m + to + i, b)
        i += step


@inlined
def whole(x: Any, scale: Any) -> Any:
    """A value on the scale of 0 to 1 as the nearest whole number of the integer format."""
    one, zero = v.splat(1.0), v.splat(0.0)
    return w.nearest(v.smaller(v.larger(x, zero), one) * scale)


@inlined
def pack(lines: Any, start: int, stop: int, of: int, kind: int, layout: int, scale: float,
         planes: Any, m: int) -> None:  # fmt: skip
    """The way back; halves stay finite, integers within their range."""
    step = v.step()
    l0, l1, l2 = lines
    k = v.splat(scale)
    i = start
    while i + step <= stop:
        r = v.load(planes, of + i)
        g = v.load(planes, m + of + i)
        b = v.load(planes, 2 * m + of + i)
        if kind == s.HALF:
            r, g, b = bounded(r), bounded(g), bounded(b)
        elif kind == s.WORD:
            r, g, b = whole(r, k), whole(g, k), whole(b, k)
        if layout == s.PLANAR:
            if kind == s.FLOAT:
                v.store(v.as_f32(l0), i, r)
                v.store(v.as_f32(l1), i, g)
                v.store(v.as_f32(l2), i, b)
            elif kind == s.HALF:
                v.store_half(v.as_u16(l0), i, r)
                v.store_half(v.as_u16(l1), i, g)
                v.store_half(v.as_u16(l2), i, b)
            else:
                w.store_u16(v.as_u16(l0), i, r)
                w.store_u16(v.as_u16(l1), i, g)
                w.store_u16(v.as_u16(l2), i, b)
        elif kind == s.FLOAT:
            w.store3_f32(v.as_f32(l0), 3 * i, r, g, b)
        elif kind == s.HALF:
            w.store3_half(v.as_u16(l0), 3 * i, r, g, b)
        else:
            w.store3_u16(v.as_u16(l0), 3 * i, r, g, b)
        i += step


@inlined
def lines_of(line: Any, plane: int) -> Any:
    """Where the three channels of a row begin."""
    return line, v.at(line, plane), v.at(line, 2 * plane)


@inlined
def take_tile(src: Any, geom: Any, params: Any, scratch: Any, y: int, x: int, n: int) -> None:
    """Pixels `x` to `x + n` of row `y` to the tile's planes; what is behind them stays finite."""
    kind, layout, m = geom[s.IN_KIND], geom[s.IN_LAYOUT], padded(n)
    size = 4 if kind == s.FLOAT else 2
    across = size if layout == s.PLANAR else 3 * size
    full = n - n % v.step()
    plane = geom[s.IN_PLANE]
    ends = v.as_u8(v.at(scratch, s.ENDS_AT))
    line = v.at(src, y * geom[s.IN_ROW] + x * across)
    if full < n:
        # The last vector would read past the row.
        for channel in range(3 if layout == s.PLANAR else 1):
            copy_bytes(v.at(ends, 64 * channel), v.at(line, channel * plane + full * across),
                       (n - full) * across)  # fmt: skip
    lines, stop, to = lines_of(line, plane), full, 0
    for part in range(2):
        if part == 1:
            lines, stop, to = lines_of(ends, 64), 0, full
            if full < n:
                stop = v.step()
        unpack(lines, 0, stop, to, kind, layout, params[s.IN_SCALE], scratch, m)


@inlined
def give_tile(out: Any, geom: Any, params: Any, scratch: Any, y: int, x: int, n: int) -> None:
    """The tile's planes to pixels `x` to `x + n` of row `y`."""
    kind, layout, m = geom[s.OUT_KIND], geom[s.OUT_LAYOUT], padded(n)
    size = 4 if kind == s.FLOAT else 2
    across = size if layout == s.PLANAR else 3 * size
    full = n - n % v.step()
    plane = geom[s.OUT_PLANE]
    ends = v.as_u8(v.at(scratch, s.ENDS_AT))
    line = v.at(out, y * geom[s.OUT_ROW] + x * across)
    lines, stop, of = lines_of(line, plane), full, 0
    for part in range(2):
        if part == 1:
            lines, stop, of = lines_of(ends, 64), 0, full
            if full < n:
                stop = v.step()
        pack(lines, 0, stop, of, kind, layout, params[s.OUT_SCALE], scratch, m)
    if full < n:
        for channel in range(3 if layout == s.PLANAR else 1):
            copy_bytes(v.at(line, channel * plane + full * across), v.at(ends, 64 * channel),
                       (n - full) * across)  # fmt: skip


@inlined
def run_steps(geom: Any, params: Any, scratch: Any, m: int) -> None:
    """Every step over the tile's planes: a call for each 512 pixels costs nothing."""
    for number in range(geom[s.STEPS]):
        step = v.at(geom, s.STEP + number * s.STEP_SIZE)
        step[s.COUNT] = m
        planes = v.as_u8(scratch)
        w.call_entry(step[s.CODE], planes, step, v.at(params, step[s.AT]), planes, scratch)


def pixels(src: Any, geom: Any, params: Any, out: Any, scratch: Any) -> None:
    """Entry: numbers as in `kernels.loops.colour.slots`."""
    for y in range(geom[s.ROWS]):
        x = 0
        while x < geom[s.PIXELS]:
            n = min(s.TILE, geom[s.PIXELS] - x)
            take_tile(src, geom, params, scratch, y, x, n)
            run_steps(geom, params, scratch, padded(n))
            give_tile(out, geom, params, scratch, y, x, n)
            x += s.TILE
