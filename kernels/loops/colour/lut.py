"""1D and 3D look-up tables over the three planes of a tile, in place.

References
----------
Tetrahedral interpolation: Kanamori, Kotera, "Color correction technique for hard copies by
4-neighbors interpolation method", Journal of Imaging Science and Technology 36 (1), 1992: the cube
is cut along its grey diagonal, so neutral inputs only meet neutral corners.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.colour import slots as s
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w


@inlined
def bounded(place: Any, top: Any) -> Any:
    """A place within a table of `top` + 1 entries; NaN counts as the lowest."""
    return v.smaller(v.larger(place, v.splat(0.0)), top)


def lut1d(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry. p: scale and offset from value to place, top, last; FLAG: columns of the table."""
    values, m, channels = v.as_f32(src), geom[s.COUNT], geom[s.FLAG]
    table = w.pointer_f32(geom[s.TABLE])
    scale, offset = v.splat(p[0]), v.splat(p[1])
    top, last = v.splat(p[2]), v.splat(p[3])
    step = v.step()
    for channel in range(3):
        column = channel if channels == 3 else 0
        plane = v.at(values, channel * m)
        j = 0
        while j < m:
            place = bounded(v.fma(v.load(plane, j), scale, offset), top)
            whole = v.smaller(w.floor(place), last)
            index = w.to_ints(whole)
            low = w.look_up(table, index, channels, column)
            high = w.look_up(table, index, channels, column + channels)
            v.store(plane, j, v.fma(place - whole, high - low, low))
            j += step


@inlined
def corners(values: Any, m: int, p: Any, scratch: Any, guard: int, marks: Any) -> None:
    """Weights and places of the four corners that each pixel lies between; p : as `lut3d`.

    guard : 1 writes for every pixel in which eighth of its cell it is, as one bit of nine: the last
        for those outside of the cube
    """
    scale, offset = v.splat(p[0]), v.splat(p[1])
    top, last = v.splat(p[2]), v.splat(p[3])
    zero, half, one = v.splat(0.0), v.splat(0.5), v.splat(1.0)
    # Strides in corners are whole floats, exact up to 2^24.
    red, green, blue, corner = v.splat(p[4]), v.splat(p[5]), one, v.splat(p[6])
    weights = v.at(scratch, s.WEIGHTS_AT)
    places = v.at(scratch, s.PLACES_AT)
    step = v.step()
    j = 0
    while j < m:
        r = v.fma(v.load(values, j), scale, offset)
        g = v.fma(v.load(values, m + j), scale, offset)
        b = v.fma(v.load(values, 2 * m + j), scale, offset)
        lowest, highest = v.smaller(r, v.smaller(g, b)), v.larger(r, v.larger(g, b))
        r, g, b = bounded(r, top), bounded(g, top), bounded(b, top)
        r0 = v.smaller(w.floor(r), last)
        g0 = v.smaller(w.floor(g), last)
        b0 = v.smaller(w.floor(b), last)
        r, g, b = r - r0, g - g0, b - b0
        if guard:
            eighth = v.select(r < half, one, v.splat(16.0)) * v.select(g < half, one, v.splat(4.0))
            eighth = eighth * v.select(b < half, one, v.splat(2.0))
            past = v.splat(256.0)
            mark = v.select(lowest < zero, past, v.select(highest > top, past, eighth))
            v.store(marks, j, w.to_ints(mark))
        high, low = v.larger(r, v.larger(g, b)), v.smaller(r, v.smaller(g, b))
        middle = v.larger(v.smaller(r, g), v.smaller(v.larger(r, g), b))
        # The walk from the low corner to the high one goes along the largest fraction first and
        # the smallest last; among equals the order does not matter, as a weight is zero.
        first = v.select(r < high, v.select(g < high, blue, green), red)
        final = v.select(b > low, v.select(g > low, red, green), blue)
        base = v.fma(r0, red, v.fma(g0, green, b0))
        v.store(weights, j, one - high)
        v.store(weights, s.TILE + j, high - middle)
        v.store(weights, 2 * s.TILE + j, middle - low)
        v.store(weights, 3 * s.TILE + j, low)
        v.store(places, j, w.to_ints(base))
        v.store(places, s.TILE + j, w.to_ints(base + first))
        v.store(places, 2 * s.TILE + j, w.to_ints(base + (corner - final)))
        j += step


@inlined
def mixed(table: Any, m: int, far: Any, scratch: Any, guard: int, marks: Any, listed: Any) -> int:
    """The corners' values by their weights. far : floats from the low corner to the high one.

    guard : 1 lists the pixels whose mark is among their cell's, its low corner's fourth float

    Returns how many are listed, in order.
    """
    weights, places = v.at(scratch, s.WEIGHTS_AT), v.at(scratch, s.PLACES_AT)
    low_place = w.as_i32(places)
    first_place = w.as_i32(v.at(places, s.TILE))
    second_place = w.as_i32(v.at(places, 2 * s.TILE))
    made = v.at(scratch, s.MIXED_AT)
    count = 0
    for i in range(m):
        low_at = 4 * w.widen(low_place[i])
        c0 = w.load4(table, low_at)
        c1 = w.load4(table, 4 * w.widen(first_place[i]))
        c2 = w.load4(table, 4 * w.widen(second_place[i]))
        c3 = w.load4(table, low_at + far)
        c = c0 * w.splat4(weights[i])
        c = v.fma(c1, w.splat4(weights[s.TILE + i]), c)
        c = v.fma(c2, w.splat4(weights[2 * s.TILE + i]), c)
        c = v.fma(c3, w.splat4(weights[3 * s.TILE + i]), c)
        v.store(made, 4 * i, c)
        if guard:
            # Written for every pixel and kept for some: no branch to guess.
            listed[count] = i
            count += int((marks[i] & int(table[low_at + 3])) > 0)
    return count


@inlined
def spread(values: Any, m: int, scratch: Any) -> None:
    """What was mixed, pixel by pixel, back to planes."""
    made = v.at(scratch, s.MIXED_AT)
    step = v.step()
    j = 0
    while j < m:
        r, g, b, _ = w.load4_f32(made, 4 * j)
        v.store(values, j, r)
        v.store(values, m + j, g)
        v.store(values, 2 * m + j, b)
        j += step


def lut3d(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry. p: scale, offset, top, last, strides of red and green, SIZE: stride of all three.

    The table holds four floats a corner, red slowest.
    """
    values, m = v.as_f32(src), geom[s.COUNT]
    corners(values, m, p, scratch, 0, scratch)
    table = w.pointer_f32(geom[s.TABLE])
    mixed(table, m, 4 * geom[s.SIZE], scratch, 0, w.as_i32(scratch), w.as_i32(scratch))
    spread(values, m, scratch)
