"""R'G'B' to Y'CbCr rows for encoders, after any colour steps, in one trip through the cache.

Chroma is filtered before samples are dropped. Along a row a chroma sample stands on an even pixel,
and seven taps about it make half the band; down the columns eight general taps serve both a sample
between two rows and one on a row. Beyond the border the edge sample repeats. What is added before
code values are rounded is a tile of noise, or of zeros (`kernels.dither`).
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.colour import slots as s
from kernels.loops.colour.pixels import run_steps, take_tile
from kernels.loops.demosaic.finish import copy_bytes
from kernels.loops.demosaic.planes import padded
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w

# Rows of noise that chroma is ahead of luma: three planes never take the same.
CB_NOISE, CR_NOISE = 21, 43


@inlined
def sound(x: Any) -> Any:
    """NaN is black; nothing is further out than any video signal can be."""
    zero, top, bottom = v.splat(0.0), v.splat(8.0), v.splat(-8.0)
    known = v.select((x < zero) | (x > zero), x, zero)
    return v.larger(bottom, v.smaller(top, known))


@inlined
def code(x: Any, scale: Any, zero: Any, noise: Any, lowest: Any, highest: Any) -> Any:
    """Code value: scaled, rounded, kept off the codes that are not picture."""
    return v.smaller(v.larger(w.nearest(v.fma(x, scale, zero) + noise), lowest), highest)


@inlined
def write_codes(
    row: Any, line: Any, target: int, n: int, geom: Any, params: Any, scale: int, y: int
) -> None:
    """A row of floats as code values; `scale` says where its scale and zero stand, `y` which
    row of noise it takes."""
    noise = v.at(
        w.pointer_f32(geom[s.NOISE_AT]), ((y + geom[s.NOISE_ROW]) & (s.NOISE - 1)) * 2 * s.NOISE
    )
    k, zero = v.splat(params[scale]), v.splat(params[scale + 1])
    lowest, highest = v.splat(params[s.LOWEST]), v.splat(params[s.HIGHEST])
    words = v.as_u16(line)
    j, step = 0, v.step()
    while j < n:
        w.store_u16(
            words,
            j,
            code(v.load(row, j), k, zero, v.load(noise, j & (s.NOISE - 1)), lowest, highest),
        )
        j += step
    copy_bytes(v.as_u8(w.pointer_f32(target)), v.as_u8(line), 2 * n)


@inlined
def differences(
    src: Any, geom: Any, params: Any, scratch: Any, y: int, luma: Any, cb: Any, cr: Any
) -> None:
    """One row of the picture as luma and colour differences, in floats."""
    kr, kg, kb = v.splat(params[s.LUMA]), v.splat(params[s.LUMA + 1]), v.splat(params[s.LUMA + 2])
    to_cb, to_cr = v.splat(params[s.CB_SCALE]), v.splat(params[s.CR_SCALE])
    step = v.step()
    x = 0
    while x < geom[s.PIXELS]:
        n = min(s.TILE, geom[s.PIXELS] - x)
        m = padded(n)
        take_tile(src, geom, params, scratch, y, x, n)
        run_steps(geom, params, scratch, m)
        j = 0
        while j < m:
            r = sound(v.load(scratch, j))
            g = sound(v.load(scratch, m + j))
            b = sound(v.load(scratch, 2 * m + j))
            total = v.fma(b, kb, v.fma(g, kg, r * kr))
            v.store(luma, x + j, total)
            v.store(cb, x + j, (b - total) * to_cb)
            v.store(cr, x + j, (r - total) * to_cr)
            j += step
        x += s.TILE


@inlined
def halve(row: Any, half: Any, width: int, params: Any) -> None:
    """Every second sample of a row, filtered."""
    for i in range(s.EDGE):
        row[-1 - i] = row[0]
        row[width + i] = row[width - 1]
    # A filter that halves the band has no weight two samples away.
    h0, h1, h3 = v.splat(params[s.SIDE]), v.splat(params[s.SIDE + 1]), v.splat(params[s.SIDE + 2])
    j, step = 0, v.step()
    while 2 * j < width:
        _, far = v.load_pairs_f32(row, 2 * j - 4)
        _, near = v.load_pairs_f32(row, 2 * j - 2)
        here, right = v.load_pairs_f32(row, 2 * j)
        _, away = v.load_pairs_f32(row, 2 * j + 2)
        total = v.fma(near + right, h1, here * h0)
        v.store(half, j, v.fma(far + away, h3, total))
        j += step


@inlined
def upright(ring: Any, apart: int, row: int, height: int, n: int, to: Any, params: Any) -> None:
    """Eight rows of the ring, from three above `row` to four below, as one."""
    step = v.step()
    j = 0
    while j < n:
        total = v.splat(0.0)
        for k in range(8):
            y = min(max(row + k - 3, 0), height - 1) & (s.ROWS_KEPT - 1)
            total = v.fma(v.load(ring, y * apart + j), v.splat(params[s.UPRIGHT + k]), total)
        v.store(to, j, total)
        j += step


def yuv(src: Any, geom: Any, params: Any, out: Any, scratch: Any) -> None:
    """Entry: numbers as in `kernels.loops.colour.slots`."""
    width, height = geom[s.PIXELS], geom[s.ROWS]
    apart = padded(width) + 2 * s.EDGE
    columns = (width + geom[s.ACROSS] - 1) // geom[s.ACROSS]
    line = v.at(scratch, s.SCRATCH + s.EDGE)
    luma, cb, cr = v.at(line, apart), v.at(line, 2 * apart), v.at(line, 3 * apart)
    blue, red = v.at(line, 4 * apart), v.at(line, (4 + s.ROWS_KEPT) * apart)
    ready = 0
    for y in range(height):
        differences(src, geom, params, scratch, y, luma, cb, cr)
        row = geom[s.Y_AT] + y * geom[s.Y_ROW]
        write_codes(luma, line, row, width, geom, params, s.Y_SCALE, y)
        kept = (y & (s.ROWS_KEPT - 1)) * apart
        if geom[s.ACROSS] == 2:
            halve(cb, v.at(blue, kept), width, params)
            halve(cr, v.at(red, kept), width, params)
            cb_row, cr_row = v.at(blue, kept), v.at(red, kept)
        else:
            cb_row, cr_row = cb, cr
        if geom[s.DOWN] == 1:
            place = y * geom[s.C_ROW]
            to = geom[s.CB_AT] + place
            write_codes(cb_row, line, to, columns, geom, params, s.C_SCALE, y + CB_NOISE)
            to = geom[s.CR_AT] + place
            write_codes(cr_row, line, to, columns, geom, params, s.C_SCALE, y + CR_NOISE)
        else:
            while 2 * ready < height and min(2 * ready + 4, height - 1) <= y:
                place = ready * geom[s.C_ROW]
                upright(blue, apart, 2 * ready, height, columns, cb, params)
                to = geom[s.CB_AT] + place
                write_codes(cb, line, to, columns, geom, params, s.C_SCALE, ready + CB_NOISE)
                upright(red, apart, 2 * ready, height, columns, cr, params)
                to = geom[s.CR_AT] + place
                write_codes(cr, line, to, columns, geom, params, s.C_SCALE, ready + CR_NOISE)
                ready += 1
