"""Bilinear demosaic, the plain average of the nearest samples of a colour."""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops import lanes as v
from kernels.loops.walk import walker


@inlined
def bilinear_row(cols: Any, result: Any, shift: int, n: int) -> None:
    """The four colours that a row lacks; see `kernels.loops.walk` for the names."""
    (_, _, x1, g1, x0, g0, x2, g2, _, _) = cols
    gx, yx, xg, yg = result
    quarter, half = v.splat(0.25), v.splat(0.5)
    step = v.step()
    j = 0
    while j < n:
        left, right = j - 1 + shift, j + shift
        cross = v.load(g0, left) + v.load(g0, right) + v.load(x1, j) + v.load(x2, j)
        corners = v.load(g1, left) + v.load(g1, right) + v.load(g2, left) + v.load(g2, right)
        v.store(gx, j, cross * quarter)
        v.store(yx, j, corners * quarter)
        v.store(xg, j, (v.load(x0, j - shift) + v.load(x0, j + 1 - shift)) * half)
        v.store(yg, j, (v.load(g1, j) + v.load(g2, j)) * half)
        j += step


_walk = walker(bilinear_row)


def draft(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """Entry of method `draft`."""
    _walk(src, geom, colour, out, scratch)
