"""Last step of every method: pixels of RGB become a row of the target.

Highlights. After white balance a clipped neutral surface is the gains themselves, (2, 1, 1.5) say:
magenta. A channel that reaches the sensor's white is only a lower bound, so it may be raised, to
what the channels that still measure agree on, and never above the brightest of the three:

    w_c = ramp of c from the knee to clipped        how far channel c is a lower bound
    e_d = d + w_d (max(R, G, B) - d)                the others, themselves bounds where clipped
    c'  = c + w_c max(0, min of the two e_d - c)

A neutral surface stays neutral from the first clipped channel to the last, when all are clipped
it is neutral at the brightest gain, and a coloured light (orange: red and green clipped, blue low)
is left alone because the low channel vetoes. Below the knee nothing changes.

"clip" is the other way to a neutral: every channel ends where the first one clips on a neutral.
"""

from __future__ import annotations

from typing import Any

from kernels.calls import (
    CEILING,
    CROP_WIDTH,
    CROP_X,
    HALF_AT,
    INTERLEAVED_FLOAT,
    KNEE,
    MATRIX,
    MODE,
    OUT_PLANE,
    OUT_ROW,
    PLANE,
    RGB_AT,
    SLOPE,
)
from kernels.compiler import inlined
from kernels.loops.demosaic.planes import padded
from kernels.loops.simd import lanes as v

MAX_HALF = 65504.0


@inlined
def bounded(x: Any) -> Any:
    """Past the largest half stays the largest half; NaN stays NaN."""
    top, bottom = v.splat(MAX_HALF), v.splat(-MAX_HALF)
    return v.larger(bottom, v.smaller(top, x))


@inlined
def raised(c: Any, w: Any, d: Any, u: Any, brightest: Any, wd: Any, wu: Any) -> Any:
    """Channel c lifted to what the two others agree on."""
    lift = v.smaller(v.fma(wd, brightest - d, d), v.fma(wu, brightest - u, u)) - c
    lifted = v.fma(w, v.larger(lift, v.splat(0.0)), c)
    # Not even a zero's sign may change below the knee: other lanes decided that we are here.
    return v.select(w > v.splat(0.0), lifted, c)


@inlined
def clipped(c: Any, knee: Any, slope: Any) -> Any:
    """0 below the knee, 1 where the sensor is at its white."""
    return v.smaller(v.larger((c - knee) * slope, v.splat(0.0)), v.splat(1.0))


@inlined
def recover(pixel: Any, knees: Any, slopes: Any, ceiling: Any) -> Any:
    """The treatment described above, for one vector of pixels."""
    x, g, y = pixel
    wx = clipped(x, knees[0], slopes[0])
    wg = clipped(g, knees[1], slopes[1])
    wy = clipped(y, knees[2], slopes[2])
    top = v.larger(x, v.larger(g, y))
    return (
        v.smaller(ceiling, raised(x, wx, g, y, top, wg, wy)),
        v.smaller(ceiling, raised(g, wg, x, y, top, wx, wy)),
        v.smaller(ceiling, raised(y, wy, x, g, top, wx, wg)),
    )


@inlined
def mix(pixel: Any, colour: Any, row: int, first: int) -> Any:
    """One row of the 3x3 matrix; X is channel `first`, red or blue."""
    x, g, y = pixel
    mx = v.splat(colour[MATRIX + 3 * row + first])
    mg = v.splat(colour[MATRIX + 3 * row + 1])
    my = v.splat(colour[MATRIX + 3 * row + 2 - first])
    return bounded(v.fma(my, y, v.fma(mx, x, mg * g)))


@inlined
def copy_bytes(target: Any, source: Any, count: int) -> None:
    """Bytes from the tile's row to the picture's."""
    i = 0
    while i + 64 <= count:
        v.copy64(target, i, source, i)
        i += 64
    while i < count:
        target[i] = source[i]
        i += 1


@inlined
def store_pairs(rows: Any, j: int, even: Any, odd: Any, colour: Any, first: int) -> None:
    """Matrix and half of pairs of pixels, into three rows."""
    h0, h1, h2 = rows
    v.store_half_pairs(h0, 2 * j, mix(even, colour, 0, first), mix(odd, colour, 0, first))
    v.store_half_pairs(h1, 2 * j, mix(even, colour, 1, first), mix(odd, colour, 1, first))
    v.store_half_pairs(h2, 2 * j, mix(even, colour, 2, first), mix(odd, colour, 2, first))


def finisher(pixels_at: Any) -> Any:
    """The last step of one method: `pixels_at(planes, shift, j)` makes two vectors of pixels.

    A pixel is X, green, Y: X is the colour that the row has besides green. The pixels stay in
    registers from the method's last sum to the store.
    """

    @inlined
    def write_half(planes: Any, shift: int, colour: Any, first: int, rows: Any, n: int) -> None:
        knees = (
            v.splat(colour[KNEE + first]),
            v.splat(colour[KNEE + 1]),
            v.splat(colour[KNEE + 2 - first]),
        )
        slopes = (
            v.splat(colour[SLOPE + first]),
            v.splat(colour[SLOPE + 1]),
            v.splat(colour[SLOPE + 2 - first]),
        )
        ceiling = v.splat(colour[CEILING])
        step = v.step()
        j = 0
        while j < n:
            even, odd = pixels_at(planes, shift, j)
            # Few vectors hold a clipped pixel, and the treatment changes nothing below the knee,
            # so the answer does not depend on how many lanes decide together.
            bright = (even[0] > knees[0]) | (even[1] > knees[1]) | (even[2] > knees[2])
            bright = bright | ((odd[0] > knees[0]) | (odd[1] > knees[1]) | (odd[2] > knees[2]))
            if v.some(bright):
                even = recover(even, knees, slopes, ceiling)
                odd = recover(odd, knees, slopes, ceiling)
            store_pairs(rows, j, even, odd, colour, first)
            j += step

    @inlined
    def write_floats(planes: Any, shift: int, first: int, row: Any, n: int) -> None:
        step = v.step()
        j = 0
        while j < n:
            even, odd = pixels_at(planes, shift, j)
            if first == 0:
                v.store_rgb_pairs(row, 6 * j, even[0], even[1], even[2], odd[0], odd[1], odd[2])
            else:
                v.store_rgb_pairs(row, 6 * j, even[2], even[1], even[0], odd[2], odd[1], odd[0])
            j += step

    @inlined
    def write_row(
        planes: Any, shift: int, red: int, geom: Any, colour: Any, out: Any, scratch: Any,
        row: int, x0: int, n: int,
    ) -> None:  # fmt: skip
        """Row `row` of the crop, columns of the tile at `x0`; `shift` is 0 or 1, a constant."""
        left = max(x0, geom[CROP_X])
        right = min(x0 + 2 * n, geom[CROP_X] + geom[CROP_WIDTH])
        first = 0 if red else 2
        # Else the last vector would run past the picture, or the crop starts within the tile.
        whole = left == x0 and right == x0 + 2 * padded(n)
        line = v.at(out, row * geom[OUT_ROW])
        if right > left and geom[MODE] == INTERLEAVED_FLOAT:
            target = v.at(line, 12 * (left - geom[CROP_X]))
            spare = v.as_u8(v.at(scratch, RGB_AT))
            place = v.as_f32(target) if whole else v.as_f32(spare)
            write_floats(planes, shift, first, place, padded(n))
            if not whole:
                copy_bytes(target, v.at(spare, 12 * (left - x0)), 12 * (right - left))
        elif right > left:
            target = v.at(line, 2 * (left - geom[CROP_X]))
            spare = v.as_u8(v.at(scratch, HALF_AT))
            start, pitch = (target, geom[OUT_PLANE]) if whole else (spare, 4 * PLANE)
            rows = (
                v.as_u16(start),
                v.as_u16(v.at(start, pitch)),
                v.as_u16(v.at(start, 2 * pitch)),
            )
            write_half(planes, shift, colour, first, rows, padded(n))
            if not whole:
                for channel in range(3):
                    made = v.at(spare, channel * pitch + 2 * (left - x0))
                    copy_bytes(v.at(target, channel * geom[OUT_PLANE]), made, 2 * (right - left))

    return write_row
