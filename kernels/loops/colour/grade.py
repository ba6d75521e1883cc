"""Matrix and ASC CDL as steps of `pixels`: in place over the planes of a tile."""

from __future__ import annotations

from typing import Any

from kernels.loops.colour import slots as s
from kernels.loops.colour.powers import power
from kernels.loops.simd import lanes as v


def matrix(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry. Nine numbers row by row and three to add; each sum goes red, green, blue."""
    values, m = v.as_f32(src), geom[s.COUNT]
    step = v.step()
    j = 0
    while j < m:
        r, g, b = v.load(values, j), v.load(values, m + j), v.load(values, 2 * m + j)
        for row in range(3):
            x = v.fma(r, v.splat(p[3 * row]), v.splat(p[9 + row]))
            x = v.fma(g, v.splat(p[3 * row + 1]), x)
            v.store(values, row * m + j, v.fma(b, v.splat(p[3 * row + 2]), x))
        j += step


def cdl(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry. p: slopes, offsets, powers, then saturation and three luma weights.

    FLAG: clamp as the ASC says; OTHER: some power is not 1.
    """
    values, m, asc, curved = v.as_f32(src), geom[s.COUNT], geom[s.FLAG], geom[s.OTHER]
    step = v.step()
    zero, one = v.splat(0.0), v.splat(1.0)
    for channel in range(3):
        slope, offset = v.splat(p[channel]), v.splat(p[3 + channel])
        exponent = v.splat(p[6 + channel])
        plane = v.at(values, channel * m)
        j = 0
        while j < m:
            x = v.load(plane, j) * slope + offset
            if asc:
                x = v.smaller(v.larger(x, zero), one)
            if curved:
                x = v.select(x > zero, power(x, exponent), x)
            v.store(plane, j, x)
            j += step
    k, kr, kg, kb = v.splat(p[9]), v.splat(p[10]), v.splat(p[11]), v.splat(p[12])
    j = 0
    while j < m:
        r, g, b = v.load(values, j), v.load(values, m + j), v.load(values, 2 * m + j)
        luma = v.fma(b, kb, v.fma(g, kg, r * kr))
        r, g, b = v.fma(r - luma, k, luma), v.fma(g - luma, k, luma), v.fma(b - luma, k, luma)
        if asc:
            r = v.smaller(v.larger(r, zero), one)
            g = v.smaller(v.larger(g, zero), one)
            b = v.smaller(v.larger(b, zero), one)
        v.store(values, j, r)
        v.store(values, m + j, g)
        v.store(values, 2 * m + j, b)
        j += step
