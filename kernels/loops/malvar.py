"""Gradient-corrected linear demosaic.

References
----------
Malvar, He, Cutler, "High-quality linear interpolation for demosaicing of Bayer-patterned color
images", ICASSP 2004, doi:10.1109/ICASSP.2004.1326587. The filters are those of its figure 2.
The method's patent (US 7,502,505, Microsoft, filed 2004) ran out in 2026 at the latest by its
date of filing plus extensions named on its face.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops import lanes as v
from kernels.loops.walk import walker


@inlined
def malvar_row(cols: Any, result: Any, shift: int, n: int) -> None:
    """The four colours that a row lacks; see `kernels.loops.walk` for the names."""
    (x3, g3, x1, g1, x0, g0, x2, g2, x4, g4) = cols
    gx, yx, xg, yg = result
    half, quarter = v.splat(0.5), v.splat(0.25)
    five, six, sixteenth = v.splat(0.625), v.splat(0.75), v.splat(0.0625)
    step = v.step()
    j = 0
    while j < n:
        # Everything is read before anything is written: LLVM cannot know that the planes are
        # apart, and would read again what it already holds.
        xc, gc = v.load(x0, j), v.load(g0, j)
        xw, xe, gw, ge = v.load(x0, j - 1), v.load(x0, j + 1), v.load(g0, j - 1), v.load(g0, j + 1)
        above_g, below_g, above_x, below_x = (
            v.load(g1, j),
            v.load(g2, j),
            v.load(x1, j),
            v.load(x2, j),
        )
        gs, xs = above_g + below_g, above_x + below_x
        if shift == 0:
            g_side = v.load(g1, j - 1) + v.load(g2, j - 1)
            x_side = v.load(x1, j + 1) + v.load(x2, j + 1)
            g_near, x_near = gw + gc, xc + xe
        else:
            g_side = v.load(g1, j + 1) + v.load(g2, j + 1)
            x_side = v.load(x1, j - 1) + v.load(x2, j - 1)
            g_near, x_near = gc + ge, xw + xc
        ring = (xw + xe) + (v.load(x3, j) + v.load(x4, j))
        across = gw + ge
        along = v.load(g3, j) + v.load(g4, j)
        base = v.fma(gc, five, (xs + x_side) * v.splat(-0.125))
        green = v.fma(xc, half, (g_near + xs) * quarter)
        other = v.fma(xc, six, (gs + g_side) * quarter)
        v.store(gx, j, v.fma(ring, v.splat(-0.125), green))
        v.store(yx, j, v.fma(ring, v.splat(-0.1875), other))
        v.store(
            xg, j, v.fma(x_near, half, base) + v.fma(along, sixteenth, across * v.splat(-0.125))
        )
        v.store(yg, j, v.fma(gs, half, base) + v.fma(across, sixteenth, along * v.splat(-0.125)))
        j += step


_walk = walker(malvar_row)


def fast(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """Entry of method `fast`."""
    _walk(src, geom, colour, out, scratch)
