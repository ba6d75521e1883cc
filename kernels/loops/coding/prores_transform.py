"""Samples of a slice to coefficients: the forward DCT of 8x8 blocks, columns first, then rows.

Arai, Agui, Nakajima (1988), "A fast DCT-SQ scheme for images", Trans. IEICE E71(11): five
multiplications; the scale that it leaves on each coefficient is the caller's. Sums and products
stand in one order and are never fused, so every number of lanes gives the same bits.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.coding import prores_lanes as p
from kernels.loops.coding import prores_slots as s
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w


@inlined
def dct(a: Any) -> Any:
    """Eight samples, a vector each."""
    d0, d1, d2, d3, d4, d5, d6, d7 = a
    s0, s7 = d0 + d7, d0 - d7
    s1, s6 = d1 + d6, d1 - d6
    s2, s5 = d2 + d5, d2 - d5
    s3, s4 = d3 + d4, d3 - d4
    half = v.splat(0.70710678)
    e0, e3 = s0 + s3, s0 - s3
    e1, e2 = s1 + s2, s1 - s2
    z1 = (e2 + e3) * half
    o0, o1, o2 = s4 + s5, s5 + s6, s6 + s7
    z5 = (o0 - o2) * v.splat(0.38268343)
    z2 = o0 * v.splat(0.54119610) + z5
    z4 = o2 * v.splat(1.3065630) + z5
    z3 = o1 * half
    z11, z13 = s7 + z3, s7 - z3
    return e0 + e1, z11 + z4, e3 + z1, z13 - z2, e0 - e1, z13 + z2, e3 - z1, z11 - z4


@inlined
def copy_tile(
    rows: Any, stride: int, width: int, height: int, x: int, y: int, columns: int, tile: Any
) -> None:
    """A slice's samples where the picture ends in it: the last column and row are repeated."""
    words = v.as_u16(tile)
    for j in range(16):
        line = v.as_u16(v.at(rows, min(y + j, height - 1) * stride))
        for i in range(columns):
            words[j * s.ACROSS_SLICE + i] = line[min(x + i, width - 1)]


@inlined
def columns_of(rows: Any, stride: int, columns: int, highest: Any, to: Any) -> None:
    """Transform the columns of 16 rows."""
    top = v.splat(highest)
    step = v.step()
    for half in range(2):
        j = 0
        while j < columns:
            at = v.at(rows, half * 8 * stride)
            (x0,) = w.load1_u16(v.as_u16(at), j)
            (x1,) = w.load1_u16(v.as_u16(v.at(at, stride)), j)
            (x2,) = w.load1_u16(v.as_u16(v.at(at, 2 * stride)), j)
            (x3,) = w.load1_u16(v.as_u16(v.at(at, 3 * stride)), j)
            (x4,) = w.load1_u16(v.as_u16(v.at(at, 4 * stride)), j)
            (x5,) = w.load1_u16(v.as_u16(v.at(at, 5 * stride)), j)
            (x6,) = w.load1_u16(v.as_u16(v.at(at, 6 * stride)), j)
            (x7,) = w.load1_u16(v.as_u16(v.at(at, 7 * stride)), j)
            # A sample past its depth would make levels that no table has.
            made = dct(
                (
                    v.smaller(x0, top),
                    v.smaller(x1, top),
                    v.smaller(x2, top),
                    v.smaller(x3, top),
                    v.smaller(x4, top),
                    v.smaller(x5, top),
                    v.smaller(x6, top),
                    v.smaller(x7, top),
                )
            )
            store8(to, half * 8 * s.ACROSS_SLICE + j, s.ACROSS_SLICE, made)
            j += step


@inlined
def store8(to: Any, place: int, apart: int, made: Any) -> None:
    """Eight vectors, so far apart."""
    x0, x1, x2, x3, x4, x5, x6, x7 = made
    v.store(to, place, x0)
    v.store(to, place + apart, x1)
    v.store(to, place + 2 * apart, x2)
    v.store(to, place + 3 * apart, x3)
    v.store(to, place + 4 * apart, x4)
    v.store(to, place + 5 * apart, x5)
    v.store(to, place + 6 * apart, x6)
    v.store(to, place + 7 * apart, x7)


@inlined
def transform(geom: Any, params: Any, scratch: Any, job: Any, component: int) -> None:
    """Coefficients of a component: 64 in raster order, each of all blocks in coded order.

    component : 0 luma, 1 Cb, 2 Cr
    """
    chroma = component > 0
    across = geom[s.ACROSS] if chroma else 1
    stride = (geom[s.C_ROW] if chroma else geom[s.Y_ROW]) * geom[s.FIELDS]
    width = geom[s.C_WIDTH] if chroma else geom[s.WIDTH]
    columns = s.ACROSS_SLICE // across
    address = geom[s.Y_AT + component] + job[s.FIELD] * (stride // geom[s.FIELDS])
    rows = v.as_u8(w.pointer_f32(address))
    x, y = job[s.COLUMN] * (16 // across), job[s.ROW] * 16
    upright = v.at(scratch, s.UPRIGHT)
    if x + columns > width or y + 16 > geom[s.HEIGHT]:
        tile = v.as_u8(v.at(scratch, s.TILE))
        copy_tile(rows, stride, width, geom[s.HEIGHT], x, y, columns, tile)
        columns_of(tile, 2 * s.ACROSS_SLICE, columns, params[s.HIGHEST], upright)
    else:
        place = v.at(rows, y * stride + 2 * x)
        columns_of(place, stride, columns, params[s.HIGHEST], upright)
    to = v.at(scratch, s.COEFFICIENTS + component * 64 * s.LANES)
    step = v.step()
    if not chroma:
        for line in range(8):
            for group in range(s.LANES // step):
                at = line * s.ACROSS_SLICE + group * step * 4
                made = dct(p.turned_luma(upright, at))
                store8(to, line * 8 * s.LANES + group * step, s.LANES, made)
    elif across == 1:
        for line in range(8):
            for group in range(s.LANES // step):
                at = line * s.ACROSS_SLICE + group * step * 4
                made = dct(p.turned_444(upright, at))
                store8(to, line * 8 * s.LANES + group * step, s.LANES, made)
    else:
        for line in range(8):
            for group in range(s.LANES // 2 // step):
                at = line * s.ACROSS_SLICE + group * step * 4
                made = dct(p.turned_422(upright, at))
                store8(to, line * 8 * s.LANES + group * step, s.LANES, made)
