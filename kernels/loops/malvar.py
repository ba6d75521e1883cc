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
    half, quarter, eighth = v.splat(0.5), v.splat(0.25), v.splat(0.125)
    five, six = v.splat(0.625), v.splat(0.75)
    sixteenth, three = v.splat(0.0625), v.splat(0.1875)
    step = v.step()
    j = 0
    while j < n:
        left, right = j - 1 + shift, j + shift
        here = v.load(x0, j)
        ring = v.load(x0, j - 1) + v.load(x0, j + 1) + v.load(x3, j) + v.load(x4, j)
        cross = v.load(g0, left) + v.load(g0, right) + v.load(x1, j) + v.load(x2, j)
        corners = v.load(g1, left) + v.load(g1, right) + v.load(g2, left) + v.load(g2, right)
        v.store(gx, j, v.fma(here, half, cross * quarter) - ring * eighth)
        v.store(yx, j, v.fma(here, six, corners * quarter) - ring * three)

        left, right = j - shift, j + 1 - shift
        here = v.load(g0, j)
        across = v.load(g0, j - 1) + v.load(g0, j + 1)
        along = v.load(g3, j) + v.load(g4, j)
        corners = v.load(x1, left) + v.load(x1, right) + v.load(x2, left) + v.load(x2, right)
        base = v.fma(here, five, corners * v.splat(-0.125))
        v.store(
            xg,
            j,
            v.fma(v.load(x0, left) + v.load(x0, right), half, base)
            + v.fma(along, sixteenth, across * v.splat(-0.125)),
        )
        v.store(
            yg,
            j,
            v.fma(v.load(g1, j) + v.load(g2, j), half, base)
            + v.fma(across, sixteenth, along * v.splat(-0.125)),
        )
        j += step


_walk = walker(malvar_row)


def fast(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """Entry of method `fast`."""
    _walk(src, geom, colour, out, scratch)
