"""Bilinear demosaic, the plain average of the nearest samples of a colour."""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.demosaic.finish import finisher
from kernels.loops.demosaic.walk import walker
from kernels.loops.simd import lanes as v


@inlined
def bilinear_at(planes: Any, shift: int, j: int) -> Any:
    """Even and odd pixels of pairs `j` on; see `kernels.loops.demosaic.walk` for the names."""
    (_, _, x1, g1, x0, g0, x2, g2, _, _) = planes
    half, quarter = v.splat(0.5), v.splat(0.25)
    west, east = j - 1 + shift, j + shift
    beside = v.load(g0, west) + v.load(g0, east)
    corners = (v.load(g1, west) + v.load(g1, east)) + (v.load(g2, west) + v.load(g2, east))
    green = (beside + (v.load(x1, j) + v.load(x2, j))) * quarter
    at_x = (v.load(x0, j), green, corners * quarter)
    x = (v.load(x0, j - shift) + v.load(x0, j + 1 - shift)) * half
    at_g = (x, v.load(g0, j), (v.load(g1, j) + v.load(g2, j)) * half)
    return (at_x, at_g) if shift == 0 else (at_g, at_x)


_walk = walker(finisher(bilinear_at))


def draft(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """Entry of method `draft`."""
    _walk(src, geom, colour, out, scratch)
