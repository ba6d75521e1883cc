"""Step 4 of `kernels.loops.demosaic.directed`: red and blue from straight lines over green."""

from __future__ import annotations

from typing import Any

from kernels.calls import (
    BEND_G_AT,
    BEND_X_AT,
    BRIEF,
    GREEN_AT,
    MARGIN,
    NOISE,
    OFFSET_AT,
    SHORT,
    SLOPE_AT,
    TINY,
)
from kernels.compiler import inlined
from kernels.loops.demosaic.finish import finisher
from kernels.loops.demosaic.lightness import steepness, unbent
from kernels.loops.demosaic.planes import plane, single
from kernels.loops.simd import lanes as v

# The pull of slopes to 1 in squares of the local level: set on the Kodak and McMaster pictures,
# flat within a factor of two.
LEAN = 0.18
# What a Laplacian is multiplied by to make its centre the mean of five.
FIFTH = 0.2


@inlined
def laplacian(before: Any, here: Any, after: Any, above: Any, below: Any) -> Any:
    """Of every second sample, as differences from the centre."""
    sides = (here - v.west(before, here)) + (here - v.east(here, after))
    return sides + ((here - above) + (here - below))


@inlined
def laplacians(scratch: Any, work: Any, y: int, shift: int, n: int) -> None:
    """Step 4: Laplacians of green and X at row `y`."""
    g0, g1 = single(scratch, GREEN_AT, SHORT, y), single(scratch, GREEN_AT, SHORT, y - 2)
    g2 = single(scratch, GREEN_AT, SHORT, y + 2)
    x0, x1 = plane(work, y, shift), plane(work, y - 2, shift)
    x2 = plane(work, y + 2, shift)
    of_g, of_x = single(scratch, BEND_G_AT, SHORT, y), single(scratch, BEND_X_AT, SHORT, y)
    step = v.step()
    j = -MARGIN
    g_before, x_before = v.splat(0.0), v.splat(0.0)
    g, x = v.load(g0, j), v.load(x0, j)
    while j < n + MARGIN:
        g_after, x_after = v.load(g0, j + step), v.load(x0, j + step)
        v.store(of_g, j, laplacian(g_before, g, g_after, v.load(g1, j), v.load(g2, j)))
        v.store(of_x, j, laplacian(x_before, x, x_after, v.load(x1, j), v.load(x2, j)))
        g_before, g, x_before, x = g, g_after, x, x_after
        j += step


@inlined
def three(a: Any, b: Any, j: int) -> Any:
    """Sum of products over three rows."""
    total = v.load(a[0], j) * v.load(b[0], j)
    total = v.fma(v.load(a[1], j), v.load(b[1], j), total)
    return v.fma(v.load(a[2], j), v.load(b[2], j), total)


@inlined
def lines(scratch: Any, work: Any, colour: Any, y: int, shift: int, n: int) -> None:
    """Step 4: slope and offset of X over green at the sites of row `y`, and step 5 for green."""
    of_g = (
        single(scratch, BEND_G_AT, SHORT, y - 2),
        single(scratch, BEND_G_AT, SHORT, y),
        single(scratch, BEND_G_AT, SHORT, y + 2),
    )
    of_x = (
        single(scratch, BEND_X_AT, SHORT, y - 2),
        single(scratch, BEND_X_AT, SHORT, y),
        single(scratch, BEND_X_AT, SHORT, y + 2),
    )
    g0, x0 = single(scratch, GREEN_AT, SHORT, y), plane(work, y, shift)
    slope, offset = single(scratch, SLOPE_AT, BRIEF, y), single(scratch, OFFSET_AT, BRIEF, y)
    zero, one, noise = v.splat(0.0), v.splat(1.0), v.splat(colour[NOISE + 1])
    most, flat, tiny = v.splat(FIFTH), v.splat(colour[NOISE + 2]), v.splat(TINY)
    step = v.step()
    j = -MARGIN
    cross_before, square_before = zero, zero
    cross, square = three(of_g, of_x, j), three(of_g, of_g, j)
    while j < n + MARGIN:
        cross_after, square_after = three(of_g, of_x, j + step), three(of_g, of_g, j + step)
        crosses = (v.west(cross_before, cross) + cross) + v.east(cross, cross_after)
        squares = (v.west(square_before, square) + square) + v.east(square, square_after)
        cross_before, cross, square_before, square = cross, cross_after, square, square_after

        g, x = v.load(g0, j), v.load(x0, j)
        lean, steep = v.fma(g * g, v.splat(LEAN), tiny), steepness(g, colour)
        # Noise of X is in green too: what the product owes to it says nothing about the picture.
        shared = v.fma(crosses + lean, steep, noise)
        ratio = shared / ((squares + lean) * steep)
        bounded = v.smaller(v.larger(ratio, zero), one)
        # Where noise is all that there is, both are means of five.
        take = v.smaller(flat / ((squares + tiny) * steep), most)
        g = g - take * v.load(of_g[1], j)
        x = x - take * v.load(of_x[1], j)
        v.store(g0, j, g)
        v.store(slope, j, bounded)
        v.store(offset, j, x - bounded * g)
        j += step


@inlined
def pixels_at(planes: Any, shift: int, j: int) -> Any:
    """Step 4: Y where X stands, X and Y where green stands; even and odd pixels of pairs `j` on."""
    known, x_known, g0, g_at_x, b0, b1, b2, o0, o1, o2, back = planes
    half, quarter = v.splat(0.5), v.splat(0.25)
    west, east = j - 1 + shift, j + shift
    slope = (v.load(b1, west) + v.load(b1, east)) + (v.load(b2, west) + v.load(b2, east))
    offset = (v.load(o1, west) + v.load(o1, east)) + (v.load(o2, west) + v.load(o2, east))
    made = v.load(g_at_x, j)
    y = v.fma(slope, made, offset) * quarter
    at_x = (v.load(x_known, j), unbent(made, back), unbent(y, back))
    g = v.load(g0, j)
    west, east = j - shift, j + 1 - shift
    slope, offset = v.load(b0, west) + v.load(b0, east), v.load(o0, west) + v.load(o0, east)
    x = v.fma(slope, g, offset) * half
    slope, offset = v.load(b1, j) + v.load(b2, j), v.load(o1, j) + v.load(o2, j)
    y = v.fma(slope, g, offset) * half
    at_g = (unbent(x, back), v.load(known, j), unbent(y, back))
    return (at_x, at_g) if shift == 0 else (at_g, at_x)


write_row = finisher(pixels_at)
