"""The method `best`: directed colour differences, smoothed by evidence, and local regression.

1. Along rows and along columns, the difference green - X at every site, where the missing one of
   the two is the mean of its neighbours plus half of the Hamilton-Adams correction.
2. At each site that is not green, four estimates of the difference, one from each side: a long
   mean of five samples and a short one of two. Interpolation errors alternate from site to site,
   true differences do not: the ratio of lag-two to alternating energy says how much of the short
   mean to take. So detail that the channels share is kept (long mean: X carries it) and detail
   that they do not share is not forced on green (short mean).
3. The four are weighed by the inverse of the energy of the difference's gradient around the point
   two samples away on that side. No threshold, no direction chosen.
4. Red and blue: at each of their own sites a straight line from green to X, whose slope comes from
   the Laplacians of both in a 3x3 of sites, leaning to 1 where there is little to see and held in
   0 to 1; line coefficients are interpolated, then applied to green. Slope 1 would be plain
   difference interpolation, slope 0 bilinear.

Everything scales with the picture: no constant is tied to a level, so linear light, log or 16-bit
numbers give the same picture.

References
----------
The weighing of directions follows Pekkucuksen and Altunbasak, "Gradient based threshold free color
filter array interpolation", ICIP 2010, doi:10.1109/ICIP.2010.5654327; the use of signal and error
energy Zhang and Wu, "Color demosaicking via directional linear minimum mean square-error
estimation", IEEE Trans. Image Processing 14(12), 2005, doi:10.1109/TIP.2005.857260; regression on
Laplacians Kiku, Monno, Tanaka and Okutomi, "Minimized-Laplacian residual interpolation for color
image demosaicking", SPIE 9023, 2014, doi:10.1117/12.2038425. The combination is this project's;
no code of theirs was used.

Patents: the interpolation of step 1 is Hamilton and Adams's, US 5,506,619 and US 5,629,734 (Kodak,
filed 1994 and 1995, run out). For the papers above a search found none that covers these steps; a
search of this kind proves nothing, and no lawyer has looked.
"""

from __future__ import annotations

from typing import Any

from kernels.calls import (
    ACROSS_AT,
    BEFORE,
    BOX_ACROSS_AT,
    BOX_DOWN_AT,
    CROP_WIDTH,
    CROP_X,
    CROP_Y,
    CROSS_AT,
    DOWN_AT,
    EAST_AT,
    GREEN_AT,
    MARGIN,
    OFFSET_AT,
    PLANE,
    RED_COLUMN,
    RED_ROW,
    RING,
    ROUGH_ACROSS_AT,
    ROUGH_DOWN_AT,
    ROW_START,
    ROW_STOP,
    SHORT,
    SLOPE_AT,
    SQUARE_AT,
    TILE,
    WEST_AT,
    WIDTH,
)
from kernels.compiler import inlined
from kernels.loops.demosaic.finish import finisher
from kernels.loops.demosaic.planes import load_row, padded, plane
from kernels.loops.simd import lanes as v

# Rows between the newest source row and the row written: the method's reach.
REACH = 11
# Weight of alternating against lag-two energy, and the pull of slopes to 1 in squares of the local
# level: both set on the Kodak and McMaster pictures, both flat within a factor of two.
ALTERNATING = 6.0
LEAN = 0.18
# Far below one step of any sensor; keeps 0/0 away.
TINY = 1e-12


@inlined
def pair(scratch: Any, base: int, ring: int, y: int, odd: int) -> Any:
    """Even or odd columns of row `y` in a ring of pairs."""
    return v.at(scratch, base + ((y & (ring - 1)) * 2 + odd) * PLANE + BEFORE)


@inlined
def single(scratch: Any, base: int, y: int) -> Any:
    """Row `y` in a ring of one plane per row: the sites that are not green."""
    return v.at(scratch, base + (y & (SHORT - 1)) * PLANE + BEFORE)


@inlined
def squared(x: Any, total: Any) -> Any:
    """total + x * x"""
    return v.fma(x, x, total)


@inlined
def evidence(signal: Any, noise: Any) -> Any:
    """How much of the short mean to take."""
    return signal / v.fma(noise, v.splat(ALTERNATING), signal + v.splat(TINY))


@inlined
def differences(scratch: Any, y: int, shift: int, n: int) -> None:
    """Step 1 for row `y`: green - X along the row and along the column, at every site."""
    x0, g0 = plane(scratch, y, shift), plane(scratch, y, 1 - shift)
    x1, g1 = plane(scratch, y - 1, shift), plane(scratch, y - 1, 1 - shift)
    x2, g2 = plane(scratch, y + 1, shift), plane(scratch, y + 1, 1 - shift)
    x3, g3 = plane(scratch, y - 2, shift), plane(scratch, y - 2, 1 - shift)
    x4, g4 = plane(scratch, y + 2, shift), plane(scratch, y + 2, 1 - shift)
    ax, ag = pair(scratch, ACROSS_AT, 1, 0, shift), pair(scratch, ACROSS_AT, 1, 0, 1 - shift)
    dx, dg = pair(scratch, DOWN_AT, RING, y, shift), pair(scratch, DOWN_AT, RING, y, 1 - shift)
    half, eighth = v.splat(0.5), v.splat(0.125)
    step = v.step()
    j = -MARGIN
    while j < n + MARGIN:
        here, green = v.load(x0, j), v.load(g0, j)
        # The correction is summed as two differences, so that a flat patch gives exactly nothing.
        bend = (here - v.load(x0, j - 1)) + (here - v.load(x0, j + 1))
        mean = (v.load(g0, j - 1 + shift) + v.load(g0, j + shift)) * half
        v.store(ax, j, v.fma(bend, eighth, mean) - here)
        bend = (green - v.load(g0, j - 1)) + (green - v.load(g0, j + 1))
        mean = (v.load(x0, j - shift) + v.load(x0, j + 1 - shift)) * half
        v.store(ag, j, green - v.fma(bend, eighth, mean))
        bend = (here - v.load(x3, j)) + (here - v.load(x4, j))
        mean = (v.load(x1, j) + v.load(x2, j)) * half
        v.store(dx, j, v.fma(bend, eighth, mean) - here)
        bend = (green - v.load(g3, j)) + (green - v.load(g4, j))
        mean = (v.load(g1, j) + v.load(g2, j)) * half
        v.store(dg, j, green - v.fma(bend, eighth, mean))
        j += step


@inlined
def sides_across(scratch: Any, y: int, shift: int, n: int) -> None:
    """Step 2 along the row: estimates from west and east, and the energy of the gradient."""
    xs, gs = pair(scratch, ACROSS_AT, 1, 0, shift), pair(scratch, ACROSS_AT, 1, 0, 1 - shift)
    qx = pair(scratch, ROUGH_ACROSS_AT, SHORT, y, shift)
    qg = pair(scratch, ROUGH_ACROSS_AT, SHORT, y, 1 - shift)
    west, east = single(scratch, WEST_AT, y), single(scratch, EAST_AT, y)
    half, quarter, eighth = v.splat(0.5), v.splat(0.25), v.splat(0.125)
    step = v.step()
    j = -MARGIN
    while j < n + MARGIN:
        d0 = v.load(xs, j)
        w1, e1 = v.load(gs, j - 1 + shift), v.load(gs, j + shift)
        w2, e2 = v.load(xs, j - 1), v.load(xs, j + 1)
        w3, e3 = v.load(gs, j - 2 + shift), v.load(gs, j + 1 + shift)
        w4, e4 = v.load(xs, j - 2), v.load(xs, j + 2)
        centre, to_west, to_east = e1 - w1, d0 - w2, e2 - d0
        signal = squared(centre, squared(to_west, to_east * to_east))
        v.store(qx, j, signal)
        # The same energy at the green site of this pair, which stands east of X when shift is 0.
        gc, gw, ge = (to_east, centre, e3 - e1) if shift == 0 else (to_west, w1 - w3, centre)
        v.store(qg, j, squared(gc, squared(gw, ge * ge)))
        bend = (d0 - w1) + (d0 - e1)
        bend_w = (w1 - w2) + (w1 - d0)
        bend_e = (e1 - d0) + (e1 - e2)
        take = evidence(signal, squared(bend, squared(bend_w, bend_e * bend_e)))
        long = v.fma(d0 + w4, eighth, (w1 + w2 + w3) * quarter)
        v.store(west, j, v.fma(take, (d0 + w1) * half - long, long))
        long = v.fma(d0 + e4, eighth, (e1 + e2 + e3) * quarter)
        v.store(east, j, v.fma(take, (d0 + e1) * half - long, long))
        j += step


@inlined
def roughness_down(scratch: Any, y: int, n: int) -> None:
    """Energy of the gradient along columns, summed over three neighbours in row `y`."""
    ea, oa = pair(scratch, DOWN_AT, RING, y - 1, 0), pair(scratch, DOWN_AT, RING, y - 1, 1)
    eb, ob = pair(scratch, DOWN_AT, RING, y + 1, 0), pair(scratch, DOWN_AT, RING, y + 1, 1)
    qe = pair(scratch, ROUGH_DOWN_AT, SHORT, y, 0)
    qo = pair(scratch, ROUGH_DOWN_AT, SHORT, y, 1)
    step = v.step()
    j = -MARGIN
    while j < n + MARGIN:
        before = v.load(ob, j - 1) - v.load(oa, j - 1)
        even = v.load(eb, j) - v.load(ea, j)
        odd = v.load(ob, j) - v.load(oa, j)
        after = v.load(eb, j + 1) - v.load(ea, j + 1)
        both = squared(even, odd * odd)
        v.store(qe, j, squared(before, both))
        v.store(qo, j, squared(after, both))
        j += step


@inlined
def boxes(scratch: Any, y: int, shift: int, n: int) -> None:
    """Both energies over 3x3, at the sites of row `y` that are not green."""
    a0 = pair(scratch, ROUGH_ACROSS_AT, SHORT, y - 1, shift)
    a1 = pair(scratch, ROUGH_ACROSS_AT, SHORT, y, shift)
    a2 = pair(scratch, ROUGH_ACROSS_AT, SHORT, y + 1, shift)
    d0 = pair(scratch, ROUGH_DOWN_AT, SHORT, y - 1, shift)
    d1 = pair(scratch, ROUGH_DOWN_AT, SHORT, y, shift)
    d2 = pair(scratch, ROUGH_DOWN_AT, SHORT, y + 1, shift)
    across, down = single(scratch, BOX_ACROSS_AT, y), single(scratch, BOX_DOWN_AT, y)
    step = v.step()
    j = -MARGIN
    while j < n + MARGIN:
        v.store(across, j, v.load(a0, j) + v.load(a1, j) + (v.load(a2, j) + v.splat(TINY)))
        v.store(down, j, v.load(d0, j) + v.load(d1, j) + (v.load(d2, j) + v.splat(TINY)))
        j += step


@inlined
def green(scratch: Any, y: int, shift: int, n: int) -> None:
    """Steps 2 along columns, and 3: green at the sites of row `y` that lack it."""
    m4, m3 = pair(scratch, DOWN_AT, RING, y - 4, shift), pair(scratch, DOWN_AT, RING, y - 3, shift)
    m2, m1 = pair(scratch, DOWN_AT, RING, y - 2, shift), pair(scratch, DOWN_AT, RING, y - 1, shift)
    p4, p3 = pair(scratch, DOWN_AT, RING, y + 4, shift), pair(scratch, DOWN_AT, RING, y + 3, shift)
    p2, p1 = pair(scratch, DOWN_AT, RING, y + 2, shift), pair(scratch, DOWN_AT, RING, y + 1, shift)
    own, x0 = pair(scratch, DOWN_AT, RING, y, shift), plane(scratch, y, shift)
    west, east = single(scratch, WEST_AT, y), single(scratch, EAST_AT, y)
    across = single(scratch, BOX_ACROSS_AT, y)
    above, below = single(scratch, BOX_DOWN_AT, y - 2), single(scratch, BOX_DOWN_AT, y + 2)
    made = single(scratch, GREEN_AT, y)
    half, quarter, eighth = v.splat(0.5), v.splat(0.25), v.splat(0.125)
    step = v.step()
    j = -MARGIN
    while j < n + MARGIN:
        d0, n1, s1 = v.load(own, j), v.load(m1, j), v.load(p1, j)
        n2, s2 = v.load(m2, j), v.load(p2, j)
        centre, to_north, to_south = s1 - n1, d0 - n2, s2 - d0
        signal = squared(centre, squared(to_north, to_south * to_south))
        bend = (d0 - n1) + (d0 - s1)
        bend_n = (n1 - n2) + (n1 - d0)
        bend_s = (s1 - d0) + (s1 - s2)
        take = evidence(signal, squared(bend, squared(bend_n, bend_s * bend_s)))
        long = v.fma(d0 + v.load(m4, j), eighth, (n1 + n2 + v.load(m3, j)) * quarter)
        north = v.fma(take, (d0 + n1) * half - long, long)
        long = v.fma(d0 + v.load(p4, j), eighth, (s1 + s2 + v.load(p3, j)) * quarter)
        south = v.fma(take, (d0 + s1) * half - long, long)

        # Weights 1/a: two on an axis, then the axes, as ratios that cannot overflow.
        a, b = v.load(above, j), v.load(below, j)
        t = a / (a + b)
        down = v.fma(t, south - north, north)
        rough_down = t * b
        a, b = v.load(across, j - 1), v.load(across, j + 1)
        t = a / (a + b)
        w = v.load(west, j)
        along = v.fma(t, v.load(east, j) - w, w)
        rough_across = t * b
        t = rough_across / (rough_across + rough_down)
        v.store(made, j, v.load(x0, j) + v.fma(t, down - along, along))
        j += step


@inlined
def laplacian(c: Any, above: Any, below: Any, j: int) -> Any:
    """Of every second sample, as differences from the centre."""
    here = v.load(c, j)
    sides = (here - v.load(c, j - 1)) + (here - v.load(c, j + 1))
    return sides + ((here - v.load(above, j)) + (here - v.load(below, j)))


@inlined
def products(scratch: Any, y: int, shift: int, n: int) -> None:
    """Step 4: Laplacians of green and X at row `y`, multiplied."""
    g0, g1 = single(scratch, GREEN_AT, y), single(scratch, GREEN_AT, y - 2)
    g2 = single(scratch, GREEN_AT, y + 2)
    x0, x1 = plane(scratch, y, shift), plane(scratch, y - 2, shift)
    x2 = plane(scratch, y + 2, shift)
    cross, square = single(scratch, CROSS_AT, y), single(scratch, SQUARE_AT, y)
    step = v.step()
    j = -MARGIN
    while j < n + MARGIN:
        g = laplacian(g0, g1, g2, j)
        v.store(cross, j, g * laplacian(x0, x1, x2, j))
        v.store(square, j, g * g)
        j += step


@inlined
def nine(above: Any, here: Any, below: Any, j: int) -> Any:
    """Sum over the 3x3 of sites around site `j`."""
    a = v.load(above, j - 1) + v.load(above, j) + v.load(above, j + 1)
    b = v.load(here, j - 1) + v.load(here, j) + v.load(here, j + 1)
    return a + b + (v.load(below, j - 1) + v.load(below, j) + v.load(below, j + 1))


@inlined
def lines(scratch: Any, y: int, shift: int, n: int) -> None:
    """Step 4: slope and offset of X over green at the sites of row `y`."""
    c0, c1, c2 = (
        single(scratch, CROSS_AT, y - 2),
        single(scratch, CROSS_AT, y),
        single(scratch, CROSS_AT, y + 2),
    )
    s0, s1, s2 = (
        single(scratch, SQUARE_AT, y - 2),
        single(scratch, SQUARE_AT, y),
        single(scratch, SQUARE_AT, y + 2),
    )
    g0, x0 = single(scratch, GREEN_AT, y), plane(scratch, y, shift)
    slope, offset = single(scratch, SLOPE_AT, y), single(scratch, OFFSET_AT, y)
    zero, one = v.splat(0.0), v.splat(1.0)
    step = v.step()
    j = -MARGIN
    while j < n + MARGIN:
        g = v.load(g0, j)
        lean = v.fma(g * g, v.splat(LEAN), v.splat(TINY))
        ratio = (nine(c0, c1, c2, j) + lean) / (nine(s0, s1, s2, j) + lean)
        bounded = v.smaller(v.larger(ratio, zero), one)
        v.store(slope, j, bounded)
        v.store(offset, j, v.load(x0, j) - bounded * g)
        j += step


@inlined
def pixels_at(planes: Any, shift: int, j: int) -> Any:
    """Step 4: Y where X stands, X and Y where green stands; even and odd pixels of pairs `j` on."""
    x0, g0, g_at_x, b0, b1, b2, o0, o1, o2 = planes
    half, quarter = v.splat(0.5), v.splat(0.25)
    west, east = j - 1 + shift, j + shift
    slope = (v.load(b1, west) + v.load(b1, east)) + (v.load(b2, west) + v.load(b2, east))
    offset = (v.load(o1, west) + v.load(o1, east)) + (v.load(o2, west) + v.load(o2, east))
    made = v.load(g_at_x, j)
    at_x = (v.load(x0, j), made, v.fma(slope, made, offset) * quarter)
    g = v.load(g0, j)
    west, east = j - shift, j + 1 - shift
    slope, offset = v.load(b0, west) + v.load(b0, east), v.load(o0, west) + v.load(o0, east)
    x = v.fma(slope, g, offset) * half
    slope, offset = v.load(b1, j) + v.load(b2, j), v.load(o1, j) + v.load(o2, j)
    at_g = (x, g, v.fma(slope, g, offset) * half)
    return (at_x, at_g) if shift == 0 else (at_g, at_x)


write_row = finisher(pixels_at)


@inlined
def shift_of(geom: Any, y: int) -> Any:
    """0 when the site that is not green stands in even columns of row `y`."""
    return geom[RED_COLUMN] if (y & 1) == geom[RED_ROW] else 1 - geom[RED_COLUMN]


def best(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """Entry of method `best`: every step runs as soon as the rows it looks at exist."""
    first = geom[CROP_Y] + geom[ROW_START]
    last = geom[CROP_Y] + geom[ROW_STOP]
    right = min(geom[WIDTH], geom[CROP_X] + geom[CROP_WIDTH])
    x0 = geom[CROP_X] // TILE * TILE
    while x0 < right:
        n = (min(TILE, right - x0) + 1) >> 1
        wide = padded(n)
        # The first rows of a band work on what an earlier tile left behind; nothing of it reaches
        # a row that is written.
        for r in range(first - REACH, last + REACH):
            load_row(src, geom, colour, scratch, r, x0, n)
            y = r - 2
            # A constant phase lets LLVM reuse one load for two neighbours.
            if shift_of(geom, y) == 0:
                differences(scratch, y, 0, wide)
                sides_across(scratch, y, 0, wide)
            else:
                differences(scratch, y, 1, wide)
                sides_across(scratch, y, 1, wide)
            roughness_down(scratch, r - 3, wide)
            boxes(scratch, r - 4, shift_of(geom, r - 4), wide)
            green(scratch, r - 6, shift_of(geom, r - 6), wide)
            products(scratch, r - 8, shift_of(geom, r - 8), wide)
            lines(scratch, r - 10, shift_of(geom, r - 10), wide)
            y = r - REACH
            if y >= first:
                shift = shift_of(geom, y)
                planes = (
                    plane(scratch, y, shift),
                    plane(scratch, y, 1 - shift),
                    single(scratch, GREEN_AT, y),
                    single(scratch, SLOPE_AT, y),
                    single(scratch, SLOPE_AT, y - 1),
                    single(scratch, SLOPE_AT, y + 1),
                    single(scratch, OFFSET_AT, y),
                    single(scratch, OFFSET_AT, y - 1),
                    single(scratch, OFFSET_AT, y + 1),
                )
                red = 1 if (y & 1) == geom[RED_ROW] else 0
                row = y - geom[CROP_Y]
                if shift == 0:
                    write_row(planes, 0, red, geom, colour, out, scratch, row, x0, n)
                else:
                    write_row(planes, 1, red, geom, colour, out, scratch, row, x0, n)
        x0 += TILE
