"""Gradient-corrected linear demosaic.

References
----------
Malvar, He, Cutler, "High-quality linear interpolation for demosaicing of Bayer-patterned color
images", ICASSP 2004, doi:10.1109/ICASSP.2004.1326587. The filters are those of its figure 2.
Patents: US 7,502,505 and US 7,643,676 (Microsoft) were filed on 15 March 2004; twenty years from
filing ended in March 2024. An adjustment of term, if their faces print one, comes on top: look it
up before relying on this note.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.demosaic.finish import finisher
from kernels.loops.demosaic.walk import walker
from kernels.loops.simd import lanes as v


@inlined
def malvar_at(planes: Any, shift: int, j: int) -> Any:
    """Even and odd pixels of pairs `j` on; see `kernels.loops.demosaic.walk` for the names."""
    (x3, g3, x1, g1, x0, g0, x2, g2, x4, g4) = planes
    half, quarter, sixteenth = v.splat(0.5), v.splat(0.25), v.splat(0.0625)
    minus_eighth = v.splat(-0.125)
    x, g = v.load(x0, j), v.load(g0, j)
    x_west, x_east = v.load(x0, j - 1), v.load(x0, j + 1)
    g_west, g_east = v.load(g0, j - 1), v.load(g0, j + 1)
    g_above_below = v.load(x1, j) + v.load(x2, j)
    y_above_below = v.load(g1, j) + v.load(g2, j)
    if shift == 0:
        y_side = v.load(g1, j - 1) + v.load(g2, j - 1)
        g_side = v.load(x1, j + 1) + v.load(x2, j + 1)
        g_near, x_near = g_west + g, x + x_east
    else:
        y_side = v.load(g1, j + 1) + v.load(g2, j + 1)
        g_side = v.load(x1, j - 1) + v.load(x2, j - 1)
        g_near, x_near = g + g_east, x_west + x
    ring = (x_west + x_east) + (v.load(x3, j) + v.load(x4, j))
    across, along = g_west + g_east, v.load(g3, j) + v.load(g4, j)
    base = v.fma(g, v.splat(0.625), (g_above_below + g_side) * minus_eighth)
    green = v.fma(x, half, (g_near + g_above_below) * quarter)
    other = v.fma(x, v.splat(0.75), (y_above_below + y_side) * quarter)
    at_x = (x, v.fma(ring, minus_eighth, green), v.fma(ring, v.splat(-0.1875), other))
    at_g = (
        v.fma(x_near, half, base) + v.fma(along, sixteenth, across * minus_eighth),
        g,
        v.fma(y_above_below, half, base) + v.fma(across, sixteenth, along * minus_eighth),
    )
    return (at_x, at_g) if shift == 0 else (at_g, at_x)


_walk = walker(finisher(malvar_at))


def fast(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """Entry of method `fast`."""
    _walk(src, geom, colour, out, scratch)
