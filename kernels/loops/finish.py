"""Last step of every method: six phase planes of RGB become a row of the target.

Highlights. After white balance a clipped neutral surface is the gains themselves, (2, 1, 1.5) say:
magenta. A channel that reaches the sensor's white is only a lower bound, so it may be raised, to
what the channels that still measure agree on, and never above the brightest of the three:

    w_c = ramp of c from the knee to clipped        how far channel c is a lower bound
    e_d = d + w_d (max(R, G, B) - d)                the others, themselves bounds where clipped
    c'  = c + w_c max(0, min of the two e_d - c)

A neutral surface stays neutral from the first clipped channel to the last, when all are clipped
it is neutral at the brightest gain, and a coloured light (orange: red and green clipped, blue low)
is left alone because the low channel vetoes. Below the knee nothing changes.
"""

from __future__ import annotations

from typing import Any

from kernels.calls import (
    BEFORE,
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
from kernels.loops import lanes as v
from kernels.loops.planes import padded

MAX_HALF = 65504.0


@inlined
def rgb_plane(scratch: Any, index: int) -> Any:
    """One of the six phase planes of the row being made."""
    return v.at(scratch, RGB_AT + index * PLANE + BEFORE)


@inlined
def bounded(x: Any) -> Any:
    """Past the largest half stays the largest half; NaN stays NaN."""
    top, bottom = v.splat(MAX_HALF), v.splat(-MAX_HALF)
    return v.larger(bottom, v.smaller(top, x))


@inlined
def raised(c: Any, w: Any, d: Any, u: Any, brightest: Any, wd: Any, wu: Any) -> Any:
    """Channel c lifted to what the two others agree on."""
    lift = v.smaller(v.fma(wd, brightest - d, d), v.fma(wu, brightest - u, u)) - c
    return v.fma(w, v.larger(lift, v.splat(0.0)), c)


@inlined
def clipped(c: Any, knee: Any, slope: Any) -> Any:
    """0 below the knee, 1 where the sensor is at its white."""
    return v.smaller(v.larger((c - knee) * slope, v.splat(0.0)), v.splat(1.0))


@inlined
def recover(r: Any, g: Any, b: Any, colour: Any) -> Any:
    """The treatment described above, for one vector."""
    wr = clipped(r, v.splat(colour[KNEE]), v.splat(colour[SLOPE]))
    wg = clipped(g, v.splat(colour[KNEE + 1]), v.splat(colour[SLOPE + 1]))
    wb = clipped(b, v.splat(colour[KNEE + 2]), v.splat(colour[SLOPE + 2]))
    top = v.larger(r, v.larger(g, b))
    return (
        raised(r, wr, g, b, top, wg, wb),
        raised(g, wg, r, b, top, wr, wb),
        raised(b, wb, r, g, top, wr, wg),
    )


@inlined
def mix(r: Any, g: Any, b: Any, colour: Any, row: int) -> Any:
    """One row of the 3x3 matrix, always summed red, green, blue."""
    m0 = v.splat(colour[MATRIX + 3 * row])
    m1 = v.splat(colour[MATRIX + 3 * row + 1])
    m2 = v.splat(colour[MATRIX + 3 * row + 2])
    return bounded(v.fma(m2, b, v.fma(m1, g, m0 * r)))


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
def write_half(planes: Any, colour: Any, targets: Any, n: int) -> None:
    """Highlights, matrix and half of `n` pairs, into three rows of halves."""
    re, ro, ge, go, be, bo = planes
    h0, h1, h2 = targets
    kr, kg, kb = v.splat(colour[KNEE]), v.splat(colour[KNEE + 1]), v.splat(colour[KNEE + 2])
    step = v.step()
    bright = v.splat(0.0) > v.splat(0.0)
    j = 0
    while j < n:
        r, g, b = v.load(re, j), v.load(ge, j), v.load(be, j)
        s, h, c = v.load(ro, j), v.load(go, j), v.load(bo, j)
        bright = bright | (r > kr) | (g > kg) | (b > kb) | (s > kr) | (h > kg) | (c > kb)
        v.store_half_pairs(h0, 2 * j, mix(r, g, b, colour, 0), mix(s, h, c, colour, 0))
        v.store_half_pairs(h1, 2 * j, mix(r, g, b, colour, 1), mix(s, h, c, colour, 1))
        v.store_half_pairs(h2, 2 * j, mix(r, g, b, colour, 2), mix(s, h, c, colour, 2))
        j += step
    # Few rows hold a clipped pixel: those are done again with the treatment, which changes
    # nothing below the knee, so that the answer does not depend on this shortcut.
    if v.some(bright):
        j = 0
        while j < n:
            r, g, b = recover(v.load(re, j), v.load(ge, j), v.load(be, j), colour)
            s, h, c = recover(v.load(ro, j), v.load(go, j), v.load(bo, j), colour)
            v.store_half_pairs(h0, 2 * j, mix(r, g, b, colour, 0), mix(s, h, c, colour, 0))
            v.store_half_pairs(h1, 2 * j, mix(r, g, b, colour, 1), mix(s, h, c, colour, 1))
            v.store_half_pairs(h2, 2 * j, mix(r, g, b, colour, 2), mix(s, h, c, colour, 2))
            j += step


@inlined
def write_row(
    planes: Any, geom: Any, colour: Any, out: Any, scratch: Any, row: int, x0: int, n: int
) -> None:
    """Row `row` of the crop, columns of the tile at `x0`, from its six planes.

    planes: red even, red odd, green even, green odd, blue even, blue odd.
    """
    left = max(x0, geom[CROP_X])
    right = min(x0 + 2 * n, geom[CROP_X] + geom[CROP_WIDTH])
    line = v.at(out, row * geom[OUT_ROW])
    place = left - geom[CROP_X]
    if right > left:
        if geom[MODE] == INTERLEAVED_FLOAT:
            pixels = v.as_f32(line)
            x = left
            while x < right:
                j = (x - x0) >> 1
                base = 3 * (x - geom[CROP_X])
                if x & 1:
                    pixels[base] = planes[1][j]
                    pixels[base + 1] = planes[3][j]
                    pixels[base + 2] = planes[5][j]
                else:
                    pixels[base] = planes[0][j]
                    pixels[base + 1] = planes[2][j]
                    pixels[base + 2] = planes[4][j]
                x += 1
        else:
            target = v.at(line, 2 * place)
            if left == x0 and right == x0 + 2 * padded(n):
                rows = (
                    v.as_u16(target),
                    v.as_u16(v.at(target, geom[OUT_PLANE])),
                    v.as_u16(v.at(target, 2 * geom[OUT_PLANE])),
                )
                write_half(planes, colour, rows, padded(n))
            else:
                # The last vector would run past the picture, or the crop starts within the tile.
                rows = (
                    v.as_u16(v.at(scratch, HALF_AT)),
                    v.as_u16(v.at(scratch, HALF_AT + PLANE)),
                    v.as_u16(v.at(scratch, HALF_AT + 2 * PLANE)),
                )
                write_half(planes, colour, rows, padded(n))
                for channel in range(3):
                    source = v.as_u8(v.at(scratch, HALF_AT + channel * PLANE))
                    start = v.at(target, channel * geom[OUT_PLANE])
                    copy_bytes(start, v.at(source, 2 * (left - x0)), 2 * (right - left))
