"""A curve over light as a table whose entries stand evenly within every stop, in place."""

from __future__ import annotations

from typing import Any

from kernels.loops.colour import slots as s
from kernels.loops.colour.pairs import look_up_pairs
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w


def stops(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry. p: least value, entries of a stop, offset, last place; TABLE: value and difference.

    The stop of a number is its exponent, the place in it the rest: no logarithm is taken.
    """
    values, m = v.as_f32(src), geom[s.COUNT]
    table = w.pointer_f32(geom[s.TABLE])
    least, per_stop, offset, last = v.splat(p[0]), v.splat(p[1]), v.splat(p[2]), v.splat(p[3])
    foot, inverse = v.splat(0.70710677), v.splat(1.0 / 0.7071067690849304)
    step = v.step()
    j = 0
    while j < 3 * m:
        x = v.larger(v.load(values, j), least)
        part = (w.mantissa(x) - foot) * inverse * per_stop
        entry = w.floor(part)
        # Stop and entry are whole numbers: nothing of the part between entries is rounded away.
        whole = v.smaller(v.fma(w.exponent(x), per_stop, offset) + entry, last)
        value, difference = look_up_pairs(table, w.to_ints(whole))
        v.store(values, j, v.fma(part - entry, difference, value))
        j += step
