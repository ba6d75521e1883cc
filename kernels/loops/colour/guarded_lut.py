"""A look-up table that knows where it is wrong: there the exact steps run in its place.

A tile's pixels whose cell of the cube is marked, or that lie beside the cube, are copied out side
by side, the table runs over the whole tile, the exact steps over the copies, and these go back to
where they came from. The copies live in a room of their own, laid out like any scratch, so that the
exact steps find there what they find elsewhere.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.colour import guarded_lut_slots as g
from kernels.loops.colour import slots as s
from kernels.loops.demosaic.planes import padded
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w


@inlined
def mark(values: Any, m: int, table: Any, p: Any, marks: Any) -> None:
    """1.0 for every pixel that the table is not for, else 0.0. p : as `lut3d` has it."""
    scale, offset = v.splat(p[0]), v.splat(p[1])
    top, last = v.splat(p[2]), v.splat(p[3])
    red, green = v.splat(p[4]), v.splat(p[5])
    zero, one = v.splat(0.0), v.splat(1.0)
    step = v.step()
    j = 0
    while j < m:
        r = v.fma(v.load(values, j), scale, offset)
        gr = v.fma(v.load(values, m + j), scale, offset)
        b = v.fma(v.load(values, 2 * m + j), scale, offset)
        low, high = v.smaller(r, v.smaller(gr, b)), v.larger(r, v.larger(gr, b))
        r0 = v.smaller(w.floor(v.smaller(v.larger(r, zero), top)), last)
        g0 = v.smaller(w.floor(v.smaller(v.larger(gr, zero), top)), last)
        b0 = v.smaller(w.floor(v.smaller(v.larger(b, zero), top)), last)
        corner = w.to_ints(v.fma(r0, red, v.fma(g0, green, b0)))
        wrong = w.look_up(table, corner, 4, 3)
        wrong = v.select(low < zero, one, v.select(high > top, one, wrong))
        v.store(marks, j, wrong)
        j += step


@inlined
def listed(marks: Any, m: int, places: Any) -> int:
    """Places of the marks, in order; returns how many."""
    count = 0
    for i in range(m):
        places[count] = i
        count += int(marks[i] > 0.0)
    return count


def guarded(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry. p and TABLE: as `lut3d`, whose own step follows as the first one inside.

    FLAG: how many steps inside, SIZE: how far their places are from this one, OTHER: address of
    the room for copies.
    """
    values, m = v.as_f32(src), geom[s.COUNT]
    side = w.pointer_f32(geom[s.OTHER])
    marks, places = v.at(side, g.MARKS_AT), w.as_i32(v.at(side, g.PLACES_AT))
    mark(values, m, w.pointer_f32(geom[s.TABLE]), p, marks)
    count = listed(marks, m, places)
    n = padded(count)
    for channel in range(3):
        plane, copy = v.at(values, channel * m), v.at(side, channel * n)
        for i in range(count):
            copy[i] = plane[w.widen(places[i])]
        for i in range(count, n):
            copy[i] = copy[0]
    inside = v.at(geom, geom[s.SIZE])
    inside[s.COUNT] = m
    w.call_entry(inside[s.CODE], src, inside, v.at(p, inside[s.AT]), src, scratch)
    if count > 0:
        copies = v.as_u8(side)
        for number in range(1, geom[s.FLAG]):
            step = v.at(inside, number * s.STEP_SIZE)
            step[s.COUNT] = n
            w.call_entry(step[s.CODE], copies, step, v.at(p, step[s.AT]), copies, side)
        for channel in range(3):
            plane, copy = v.at(values, channel * m), v.at(side, channel * n)
            for i in range(count):
                plane[w.widen(places[i])] = copy[i]
