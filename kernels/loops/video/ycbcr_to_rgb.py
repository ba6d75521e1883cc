"""Y'CbCr rows to a picture: chroma to every pixel, matrix, any colour steps, in one trip.

A chroma row is made for each luma row of up to four, then a sample for each pixel of four again;
both filters have one set of taps for even places and one for odd ones, which is all that a
sampling of every second place needs. Beyond the border the edge sample repeats.
"""

# numba ships partial annotations: its classes are typed, its decorators are not.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, unused-ignore"

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from kernels.compiler import inlined
from kernels.loops.colour import slots as s
from kernels.loops.colour.pixels import give_tile, run_steps
from kernels.loops.demosaic.finish import copy_bytes
from kernels.loops.demosaic.planes import padded
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w
from kernels.loops.simd.lanes import intrinsic
from kernels.loops.simd.vector_type import I32, WIDTH
from kernels.loops.video import ycbcr_slots as f

load1_u8 = w._loader(ir.IntType(8), types.uint8, 1, w._words)


@intrinsic
def store_pairs(typingctx: Any, pointer: Any, index: Any, even: Any, odd: Any) -> Any:
    """Even and odd samples as neighbouring floats."""
    lanes = WIDTH.lanes

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        order = [i // 2 + (i % 2) * lanes for i in range(2 * lanes)]
        pick = ir.Constant(ir.VectorType(I32, 2 * lanes), order)
        v._store(builder, args[0], args[1], builder.shuffle_vector(args[2], args[3], pick), 4)
        return context.get_dummy_value()

    return types.void(types.CPointer(types.float32), types.intp, even, odd), codegen


@inlined
def codes(line: Any, j: int, size: int) -> Any:
    """Neighbouring code values as floats."""
    if size == 1:
        (x,) = load1_u8(v.as_u8(line), j)
    else:
        (x,) = w.load1_u16(v.as_u16(line), j)
    return x


@inlined
def chroma_row(geom: Any, params: Any, address: int, y: int, lines: Any, apart: int,
               out: Any) -> None:  # fmt: skip
    """The chroma of luma row `y`, scaled, at its own columns, with edges repeated."""
    size, n, pitch = geom[f.BYTES], geom[f.COLUMNS], geom[s.C_ROW]
    scale, zero = v.splat(params[f.C_SCALE]), v.splat(params[f.C_ZERO])
    step = v.step()
    j = 0
    if geom[s.DOWN] == 1:
        copy_bytes(v.as_u8(lines), v.as_u8(w.pointer_f32(address + y * pitch)), size * n)
        while j < n:
            v.store(out, j, (codes(lines, j, size) - zero) * scale)
            j += step
    else:
        odd = y & 1
        first = (y >> 1) - 1 - (0 if odd == 1 else geom[f.EARLY] & 1)
        taps = f.DOWN_ODD if odd == 1 else f.DOWN_EVEN
        for k in range(4):
            row = min(max(first + k, 0), geom[f.LINES] - 1)
            copy_bytes(v.as_u8(v.at(lines, k * apart)),
                       v.as_u8(w.pointer_f32(address + row * pitch)), size * n)  # fmt: skip
        w0, w1 = v.splat(params[taps]), v.splat(params[taps + 1])
        w2, w3 = v.splat(params[taps + 2]), v.splat(params[taps + 3])
        while j < n:
            total = codes(lines, j, size) * w0
            total = v.fma(codes(v.at(lines, apart), j, size), w1, total)
            total = v.fma(codes(v.at(lines, 2 * apart), j, size), w2, total)
            total = v.fma(codes(v.at(lines, 3 * apart), j, size), w3, total)
            v.store(out, j, (total - zero) * scale)
            j += step
    for i in range(4):
        out[-1 - i] = out[0]
        out[n + i] = out[n - 1]


@inlined
def spread(row: Any, n: int, early: int, params: Any, out: Any) -> None:
    """`n` chroma samples of a row as a sample for each of its pixels."""
    first = -1 - early
    e0, e1 = v.splat(params[f.ACROSS_EVEN]), v.splat(params[f.ACROSS_EVEN + 1])
    e2, e3 = v.splat(params[f.ACROSS_EVEN + 2]), v.splat(params[f.ACROSS_EVEN + 3])
    o0, o1 = v.splat(params[f.ACROSS_ODD]), v.splat(params[f.ACROSS_ODD + 1])
    o2, o3 = v.splat(params[f.ACROSS_ODD + 2]), v.splat(params[f.ACROSS_ODD + 3])
    j, step = 0, v.step()
    while j < n:
        even = v.load(row, j + first) * e0
        even = v.fma(v.load(row, j + first + 1), e1, even)
        even = v.fma(v.load(row, j + first + 2), e2, even)
        even = v.fma(v.load(row, j + first + 3), e3, even)
        odd = v.load(row, j - 1) * o0
        odd = v.fma(v.load(row, j), o1, odd)
        odd = v.fma(v.load(row, j + 1), o2, odd)
        odd = v.fma(v.load(row, j + 2), o3, odd)
        store_pairs(out, 2 * j, even, odd)
        j += step


@inlined
def mixed(line: Any, size: int, blue: Any, red: Any, x: int, m: int, params: Any,
          scratch: Any) -> None:  # fmt: skip
    """A tile's luma and colour differences as its planes of R, G, B."""
    scale, zero = v.splat(params[f.Y_SCALE]), v.splat(params[f.Y_ZERO])
    to_red, to_blue = v.splat(params[f.RED]), v.splat(params[f.BLUE])
    by_blue, by_red = v.splat(params[f.GREEN_BLUE]), v.splat(params[f.GREEN_RED])
    j, step = 0, v.step()
    while j < m:
        luma = (codes(line, x + j, size) - zero) * scale
        cb, cr = v.load(blue, x + j), v.load(red, x + j)
        v.store(scratch, j, v.fma(cr, to_red, luma))
        v.store(scratch, m + j, v.fma(cr, by_red, v.fma(cb, by_blue, luma)))
        v.store(scratch, 2 * m + j, v.fma(cb, to_blue, luma))
        j += step


def from_yuv(src: Any, geom: Any, params: Any, out: Any, scratch: Any) -> None:
    """Entry: numbers as in `kernels.loops.video.ycbcr_slots`."""
    width, size = geom[s.PIXELS], geom[f.BYTES]
    apart = padded(width) + 2 * s.EDGE
    line = v.at(scratch, s.SCRATCH + s.EDGE)
    lines, row = v.at(line, apart), v.at(line, 5 * apart)
    blue, red = v.at(line, 6 * apart), v.at(line, 7 * apart)
    top = geom[f.EARLY] >> 2
    for y in range(top, geom[s.ROWS]):
        at = v.as_u8(w.pointer_f32(geom[s.Y_AT] + y * geom[s.Y_ROW]))
        copy_bytes(v.as_u8(line), at, size * width)
        if geom[s.ACROSS] == 2:
            chroma_row(geom, params, geom[s.CB_AT], y, lines, apart, row)
            spread(row, geom[f.COLUMNS], (geom[f.EARLY] >> 1) & 1, params, blue)
            chroma_row(geom, params, geom[s.CR_AT], y, lines, apart, row)
            spread(row, geom[f.COLUMNS], (geom[f.EARLY] >> 1) & 1, params, red)
        else:
            chroma_row(geom, params, geom[s.CB_AT], y, lines, apart, blue)
            chroma_row(geom, params, geom[s.CR_AT], y, lines, apart, red)
        x = 0
        while x < width:
            n = min(s.TILE, width - x)
            m = padded(n)
            mixed(line, size, blue, red, x, m, params, scratch)
            run_steps(geom, params, scratch, m)
            give_tile(out, geom, params, scratch, y - top, x, n)
            x += s.TILE
