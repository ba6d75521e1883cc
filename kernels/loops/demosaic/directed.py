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
5. Noise: what it adds to the energies of 2 and to the products of 4 is taken into account, and
   where the Laplacians of green are no more than noise, green and the lines come from means of five
   sites. Without noise all of this is nothing. What the sensor measured is never touched.

Linear light is worked on as lightness (`kernels.loops.demosaic.lightness`), coded pictures as they
are. Everything scales with the picture: no constant is tied to a level, but to white and to noise,
which the caller has measured (`kernels.noise`).

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
    BACK,
    BOX_ACROSS_AT,
    BOX_DOWN_AT,
    BRIEF,
    CROP_WIDTH,
    CROP_X,
    CROP_Y,
    DOWN_AT,
    EAST_AT,
    GREEN_AT,
    MARGIN,
    MIDDLE,
    NOISE,
    OFFSET_AT,
    RED_COLUMN,
    RED_ROW,
    ROUGH_ACROSS_AT,
    ROUGH_DOWN_AT,
    ROW_START,
    ROW_STOP,
    SHORT,
    SLOPE_AT,
    TILE,
    TINY,
    WEST_AT,
    WIDTH,
    WORK,
)
from kernels.compiler import inlined
from kernels.loops.demosaic.lightness import bend_row
from kernels.loops.demosaic.planes import load_row, padded, pair, plane, single
from kernels.loops.demosaic.slopes import laplacians, lines, write_row
from kernels.loops.simd import lanes as v

# Rows between the newest source row and the row written: the method's reach.
REACH = 11
# Weight of alternating against lag-two energy: set on the Kodak and McMaster pictures, flat within
# a factor of two.
ALTERNATING = 6.0


@inlined
def squared(x: Any, total: Any) -> Any:
    """total + x * x"""
    return v.fma(x, x, total)


@inlined
def evidence(signal: Any, alternating: Any, noise: Any) -> Any:
    """How much of the short mean to take; more of it in noise, which green has less of."""
    signal = signal + noise
    return signal / v.fma(alternating, v.splat(ALTERNATING), signal)


@inlined
def differences(scratch: Any, work: Any, y: int, shift: int, n: int) -> None:
    """Step 1 for row `y`: green - X along the row and along the column, at every site."""
    x0, g0 = plane(work, y, shift), plane(work, y, 1 - shift)
    x1, g1 = plane(work, y - 1, shift), plane(work, y - 1, 1 - shift)
    x2, g2 = plane(work, y + 1, shift), plane(work, y + 1, 1 - shift)
    x3, g3 = plane(work, y - 2, shift), plane(work, y - 2, 1 - shift)
    x4, g4 = plane(work, y + 2, shift), plane(work, y + 2, 1 - shift)
    ax, ag = pair(scratch, ACROSS_AT, 1, 0, shift), pair(scratch, ACROSS_AT, 1, 0, 1 - shift)
    dx, dg = pair(scratch, DOWN_AT, MIDDLE, y, shift), pair(scratch, DOWN_AT, MIDDLE, y, 1 - shift)
    half, eighth = v.splat(0.5), v.splat(0.125)
    step = v.step()
    j = -MARGIN
    x_before, g_before = v.splat(0.0), v.splat(0.0)
    here, green = v.load(x0, j), v.load(g0, j)
    while j < n + MARGIN:
        x_after, g_after = v.load(x0, j + step), v.load(g0, j + step)
        x_west, x_east = v.west(x_before, here), v.east(here, x_after)
        g_west, g_east = v.west(g_before, green), v.east(green, g_after)
        # The correction is summed as two differences, so that a flat patch gives exactly nothing.
        bend = (here - x_west) + (here - x_east)
        mean = (g_west + green if shift == 0 else green + g_east) * half
        v.store(ax, j, v.fma(bend, eighth, mean) - here)
        bend = (green - g_west) + (green - g_east)
        mean = (here + x_east if shift == 0 else x_west + here) * half
        v.store(ag, j, green - v.fma(bend, eighth, mean))
        bend = (here - v.load(x3, j)) + (here - v.load(x4, j))
        mean = (v.load(x1, j) + v.load(x2, j)) * half
        v.store(dx, j, v.fma(bend, eighth, mean) - here)
        bend = (green - v.load(g3, j)) + (green - v.load(g4, j))
        mean = (v.load(g1, j) + v.load(g2, j)) * half
        v.store(dg, j, green - v.fma(bend, eighth, mean))
        x_before, here, g_before, green = here, x_after, green, g_after
        j += step


@inlined
def sides_across(scratch: Any, colour: Any, y: int, shift: int, n: int) -> None:
    """Step 2 along the row: estimates from west and east, and the energy of the gradient."""
    xs, gs = pair(scratch, ACROSS_AT, 1, 0, shift), pair(scratch, ACROSS_AT, 1, 0, 1 - shift)
    qx = pair(scratch, ROUGH_ACROSS_AT, BRIEF, y, shift)
    qg = pair(scratch, ROUGH_ACROSS_AT, BRIEF, y, 1 - shift)
    west, east = single(scratch, WEST_AT, SHORT, y), single(scratch, EAST_AT, SHORT, y)
    noise = v.splat(colour[NOISE])
    half, quarter, eighth = v.splat(0.5), v.splat(0.25), v.splat(0.125)
    step = v.step()
    j = -MARGIN
    d_before, g_before = v.splat(0.0), v.splat(0.0)
    d0, g = v.load(xs, j), v.load(gs, j)
    while j < n + MARGIN:
        d_after, g_after = v.load(xs, j + step), v.load(gs, j + step)
        w2, e2 = v.west(d_before, d0), v.east(d0, d_after)
        w4, e4 = v.west_two(d_before, d0), v.east_two(d0, d_after)
        # The greens beside X: the one of this pair is east of it when shift is 0, else west.
        if shift == 0:
            w1, e1 = v.west(g_before, g), g
            w3, e3 = v.west_two(g_before, g), v.east(g, g_after)
        else:
            w1, e1 = g, v.east(g, g_after)
            w3, e3 = v.west(g_before, g), v.east_two(g, g_after)
        centre, to_west, to_east = e1 - w1, d0 - w2, e2 - d0
        signal = squared(centre, squared(to_west, to_east * to_east))
        v.store(qx, j, signal)
        # The same energy at the green site of this pair, which stands east of X when shift is 0.
        gc, gw, ge = (to_east, centre, e3 - e1) if shift == 0 else (to_west, w1 - w3, centre)
        v.store(qg, j, squared(gc, squared(gw, ge * ge)))
        bend = (d0 - w1) + (d0 - e1)
        bend_w = (w1 - w2) + (w1 - d0)
        bend_e = (e1 - d0) + (e1 - e2)
        alternating = squared(bend, squared(bend_w, bend_e * bend_e))
        take = evidence(signal, alternating, noise)
        long = v.fma(d0 + w4, eighth, (w1 + w2 + w3) * quarter)
        v.store(west, j, v.fma(take, (d0 + w1) * half - long, long))
        long = v.fma(d0 + e4, eighth, (e1 + e2 + e3) * quarter)
        v.store(east, j, v.fma(take, (d0 + e1) * half - long, long))
        d_before, d0, g_before, g = d0, d_after, g, g_after
        j += step


@inlined
def gradient(above: Any, below: Any, j: int) -> Any:
    """Energy between two rows."""
    step = v.load(below, j) - v.load(above, j)
    return step * step


@inlined
def roughness_down(scratch: Any, y: int, n: int) -> None:
    """Energy of the gradient along columns, summed over three neighbours in row `y`."""
    ea, oa = pair(scratch, DOWN_AT, MIDDLE, y - 1, 0), pair(scratch, DOWN_AT, MIDDLE, y - 1, 1)
    eb, ob = pair(scratch, DOWN_AT, MIDDLE, y + 1, 0), pair(scratch, DOWN_AT, MIDDLE, y + 1, 1)
    qe = pair(scratch, ROUGH_DOWN_AT, BRIEF, y, 0)
    qo = pair(scratch, ROUGH_DOWN_AT, BRIEF, y, 1)
    step = v.step()
    j = -MARGIN
    odd_before, even = v.splat(0.0), gradient(ea, eb, j)
    while j < n + MARGIN:
        odd, even_after = gradient(oa, ob, j), gradient(ea, eb, j + step)
        both = even + odd
        v.store(qe, j, v.west(odd_before, odd) + both)
        v.store(qo, j, v.east(even, even_after) + both)
        odd_before, even = odd, even_after
        j += step


@inlined
def boxes(scratch: Any, y: int, shift: int, n: int) -> None:
    """Both energies over 3x3, at the sites of row `y` that are not green."""
    a0 = pair(scratch, ROUGH_ACROSS_AT, BRIEF, y - 1, shift)
    a1 = pair(scratch, ROUGH_ACROSS_AT, BRIEF, y, shift)
    a2 = pair(scratch, ROUGH_ACROSS_AT, BRIEF, y + 1, shift)
    d0 = pair(scratch, ROUGH_DOWN_AT, BRIEF, y - 1, shift)
    d1 = pair(scratch, ROUGH_DOWN_AT, BRIEF, y, shift)
    d2 = pair(scratch, ROUGH_DOWN_AT, BRIEF, y + 1, shift)
    across, down = single(scratch, BOX_ACROSS_AT, BRIEF, y), single(scratch, BOX_DOWN_AT, SHORT, y)
    step = v.step()
    j = -MARGIN
    while j < n + MARGIN:
        v.store(across, j, v.load(a0, j) + v.load(a1, j) + (v.load(a2, j) + v.splat(TINY)))
        v.store(down, j, v.load(d0, j) + v.load(d1, j) + (v.load(d2, j) + v.splat(TINY)))
        j += step


@inlined
def green(scratch: Any, work: Any, colour: Any, y: int, shift: int, n: int) -> None:
    """Steps 2 along columns, and 3: green at the sites of row `y` that lack it."""
    m4, m3 = (
        pair(scratch, DOWN_AT, MIDDLE, y - 4, shift),
        pair(scratch, DOWN_AT, MIDDLE, y - 3, shift),
    )
    m2, m1 = (
        pair(scratch, DOWN_AT, MIDDLE, y - 2, shift),
        pair(scratch, DOWN_AT, MIDDLE, y - 1, shift),
    )
    p4, p3 = (
        pair(scratch, DOWN_AT, MIDDLE, y + 4, shift),
        pair(scratch, DOWN_AT, MIDDLE, y + 3, shift),
    )
    p2, p1 = (
        pair(scratch, DOWN_AT, MIDDLE, y + 2, shift),
        pair(scratch, DOWN_AT, MIDDLE, y + 1, shift),
    )
    own, x0 = pair(scratch, DOWN_AT, MIDDLE, y, shift), plane(work, y, shift)
    west, east = single(scratch, WEST_AT, SHORT, y), single(scratch, EAST_AT, SHORT, y)
    across = single(scratch, BOX_ACROSS_AT, BRIEF, y)
    above, below = (
        single(scratch, BOX_DOWN_AT, SHORT, y - 2),
        single(scratch, BOX_DOWN_AT, SHORT, y + 2),
    )
    made, noise = single(scratch, GREEN_AT, SHORT, y), v.splat(colour[NOISE])
    half, quarter, eighth = v.splat(0.5), v.splat(0.25), v.splat(0.125)
    step = v.step()
    j = -MARGIN
    box_before, box = v.splat(0.0), v.load(across, j)
    while j < n + MARGIN:
        d0, n1, s1 = v.load(own, j), v.load(m1, j), v.load(p1, j)
        n2, s2 = v.load(m2, j), v.load(p2, j)
        centre, to_north, to_south = s1 - n1, d0 - n2, s2 - d0
        signal = squared(centre, squared(to_north, to_south * to_south))
        bend = (d0 - n1) + (d0 - s1)
        bend_n = (n1 - n2) + (n1 - d0)
        bend_s = (s1 - d0) + (s1 - s2)
        x = v.load(x0, j)
        alternating = squared(bend, squared(bend_n, bend_s * bend_s))
        take = evidence(signal, alternating, noise)
        long = v.fma(d0 + v.load(m4, j), eighth, (n1 + n2 + v.load(m3, j)) * quarter)
        north = v.fma(take, (d0 + n1) * half - long, long)
        long = v.fma(d0 + v.load(p4, j), eighth, (s1 + s2 + v.load(p3, j)) * quarter)
        south = v.fma(take, (d0 + s1) * half - long, long)

        # Weights 1/a: two on an axis, then the axes, as ratios that cannot overflow. One division
        # serves both axes.
        above_here, below_here = v.load(above, j), v.load(below, j)
        box_after = v.load(across, j + step)
        before, after = v.west(box_before, box), v.east(box, box_after)
        box_before, box = box, box_after
        tall, broad = above_here + below_here, before + after
        inverse = v.splat(1.0) / (tall * broad)
        t = above_here * (inverse * broad)
        down = v.fma(t, south - north, north)
        rough_down = t * below_here
        t = before * (inverse * tall)
        w = v.load(west, j)
        along = v.fma(t, v.load(east, j) - w, w)
        rough_across = t * after
        t = rough_across / (rough_across + rough_down)
        v.store(made, j, x + v.fma(t, down - along, along))
        j += step


@inlined
def shift_of(geom: Any, y: int) -> Any:
    """0 when the site that is not green stands in even columns of row `y`."""
    return geom[RED_COLUMN] if (y & 1) == geom[RED_ROW] else 1 - geom[RED_COLUMN]


def best(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """Entry of method `best`: every step runs as soon as the rows it looks at exist."""
    first = geom[CROP_Y] + geom[ROW_START]
    last = geom[CROP_Y] + geom[ROW_STOP]
    right = min(geom[WIDTH], geom[CROP_X] + geom[CROP_WIDTH])
    work = v.at(scratch, geom[WORK])
    back = (v.splat(colour[BACK]), v.splat(colour[BACK + 1]), v.splat(colour[BACK + 2]))
    x0 = geom[CROP_X] // TILE * TILE
    while x0 < right:
        n = (min(TILE, right - x0) + 1) >> 1
        wide = padded(n)
        # The first rows of a band work on what an earlier tile left behind; nothing of it reaches
        # a row that is written.
        for r in range(first - REACH, last + REACH):
            load_row(src, geom, colour, scratch, r, x0, n)
            if geom[WORK] > 0:
                bend_row(scratch, work, colour, r, wide)
            y = r - 2
            # A constant phase lets LLVM reuse one load for two neighbours.
            if shift_of(geom, y) == 0:
                differences(scratch, work, y, 0, wide)
                sides_across(scratch, colour, y, 0, wide)
            else:
                differences(scratch, work, y, 1, wide)
                sides_across(scratch, colour, y, 1, wide)
            roughness_down(scratch, r - 3, wide)
            boxes(scratch, r - 4, shift_of(geom, r - 4), wide)
            green(scratch, work, colour, r - 6, shift_of(geom, r - 6), wide)
            laplacians(scratch, work, r - 8, shift_of(geom, r - 8), wide)
            lines(scratch, work, colour, r - 10, shift_of(geom, r - 10), wide)
            y = r - REACH
            if y >= first:
                shift = shift_of(geom, y)
                planes = (
                    plane(scratch, y, 1 - shift),
                    plane(scratch, y, shift),
                    plane(work, y, 1 - shift),
                    single(scratch, GREEN_AT, SHORT, y),
                    single(scratch, SLOPE_AT, BRIEF, y),
                    single(scratch, SLOPE_AT, BRIEF, y - 1),
                    single(scratch, SLOPE_AT, BRIEF, y + 1),
                    single(scratch, OFFSET_AT, BRIEF, y),
                    single(scratch, OFFSET_AT, BRIEF, y - 1),
                    single(scratch, OFFSET_AT, BRIEF, y + 1),
                    back,
                )
                red = 1 if (y & 1) == geom[RED_ROW] else 0
                row = y - geom[CROP_Y]
                if shift == 0:
                    write_row(planes, 0, red, geom, colour, out, scratch, row, x0, n)
                else:
                    write_row(planes, 1, red, geom, colour, out, scratch, row, x0, n)
        x0 += TILE
