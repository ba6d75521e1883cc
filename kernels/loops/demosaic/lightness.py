"""The curve that `best` works in: linear light as a lifted cube root, and back.

    y = t - r,  t = cube root of (|x| + r^3)        r^3, the lift, is small beside white
    x = t^3 - r^3 = y (y^2 + 3 r y + 3 r^2)         both odd: what is below black stays below

Edges and colour differences behave as the eye sees them, not as photons count them: in linear light
the bright side of an edge decides every weighing. The cube root is lightness (CIE 1976) without its
straight part; the lift takes that part, and keeps noise about black from being blown up. What the
sensor gave is not sent there and back: a site keeps its sample to the bit.

The noise of one sample, sigma in linear light, is sigma / (3 t^2) on the curve. Squares of it are
compared with energies as sigma^2 / 9 against energy x t^4: no division.
"""

from __future__ import annotations

from typing import Any

from kernels.calls import LIFT, MARGIN, ROOT, TILT, UNIT
from kernels.compiler import inlined
from kernels.loops.demosaic.planes import plane
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w
from kernels.loops.simd.roots import cube_root


@inlined
def bend_row(scratch: Any, work: Any, colour: Any, y: int, n: int) -> None:
    """Source row `y` of the ring in scratch, on the curve, into the ring at `work`."""
    unit, lift = v.splat(colour[UNIT]), v.splat(colour[LIFT])
    root = cube_root(lift)  # made as all others are, so that black is exactly nothing
    step = v.step()
    for odd in range(2):
        linear, bent = plane(scratch, y, odd), plane(work, y, odd)
        j = -MARGIN
        while j < n + MARGIN:
            x = v.load(linear, j)
            size = cube_root(v.fma(w.absolute(x), unit, lift)) - root
            v.store(bent, j, w.copysign(size, x))
            j += step


@inlined
def unbent(y: Any, back: Any) -> Any:
    """Back to linear light; `back` are coefficients, (0, 0, 1) where there was no curve."""
    size = w.absolute(y)
    return y * v.fma(size, v.fma(size, back[0], back[1]), back[2])


@inlined
def steepness(y: Any, colour: Any) -> Any:
    """t^4, by which energies are compared with noise; 1 where there was no curve."""
    t = v.fma(w.absolute(y), v.splat(colour[TILT]), v.splat(colour[ROOT]))
    square = t * t
    return square * square
