"""A look-up table that knows where it is wrong: there the exact steps run in its place.

Pixels of a tile whose eighth of a cell of the cube is marked, or that lie beside it, are listed
while the table runs over the whole tile: the marks stand in the corner that is read anyway. They
are copied out side by side before the table's answers are written, the exact steps run over the
copies, and these go back to where they came from. The copies live in a room of their own, laid out
like any scratch, so that the exact steps find there what they find elsewhere.
"""

from __future__ import annotations

from typing import Any

from kernels.loops.colour import guarded_lut_slots as g
from kernels.loops.colour import slots as s
from kernels.loops.colour.lut import corners, mixed, spread
from kernels.loops.demosaic.planes import padded
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w


def guarded(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry. p and TABLE: as `lut3d`; the exact steps follow inside.

    FLAG: how many steps inside, SIZE: how far their places are from this one, OTHER: address of
    the room for copies.
    """
    values, m = v.as_f32(src), geom[s.COUNT]
    side = w.pointer_f32(geom[s.OTHER])
    marks, places = v.at(side, g.MARKS_AT), w.as_i32(v.at(side, g.PLACES_AT))
    corners(values, m, p, scratch, 1, marks)
    table, far = w.pointer_f32(geom[s.TABLE]), 4 * int(p[6])
    count = mixed(table, m, far, scratch, 1, w.as_i32(marks), places)
    n = padded(count)
    for channel in range(3):
        plane, copy = v.at(values, channel * m), v.at(side, channel * n)
        for i in range(count):
            copy[i] = plane[w.widen(places[i])]
        for i in range(count, n):
            copy[i] = copy[0]
    spread(values, m, scratch)
    if count > 0:
        inside, copies = v.at(geom, geom[s.SIZE]), v.as_u8(side)
        for number in range(geom[s.FLAG]):
            step = v.at(inside, number * s.STEP_SIZE)
            step[s.COUNT] = n
            w.call_entry(step[s.CODE], copies, step, v.at(p, step[s.AT]), copies, side)
        for channel in range(3):
            plane, copy = v.at(values, channel * m), v.at(side, channel * n)
            for i in range(count):
                plane[w.widen(places[i])] = copy[i]
