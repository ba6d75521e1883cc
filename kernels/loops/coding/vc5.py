"""VC-5: coefficients of a band from their code, four bands made one, four planes made a mosaic.

SMPTE ST 2073-1:2014 (entropy code, wavelet) and ST 2073-3:2015 (mosaics), as GoPro's gpr does them:
whole numbers, each step cut to the 16 bits (14 at the last) that it keeps.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.coding import words
from kernels.loops.coding.prores_lanes import short
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w


def vc5_band(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """Levels of a high band, times its quantiser.

    geometry: bytes, coefficients, then addresses of the codebook's three tables and of the
    magnitudes' values; back come how many were read (-1: too many) and the bits that they took.
    """
    bits, count = 8 * geom[0], geom[1]
    starts, symbols = w.as_i32(w.pointer_f32(geom[2])), w.as_i32(w.pointer_f32(geom[3]))
    first, values = w.as_i32(w.pointer_f32(geom[4])), w.as_i32(w.pointer_f32(geom[5]))
    target = v.as_u16(out)
    at, done, ended = 0, 0, 0
    while ended == 0 and at < bits:
        word = words.load64_highest_first(src, at >> 3) << (at & 7)
        head = words.shifted_down(word, 38)
        place = w.widen(first[head >> 14])
        while w.widen(starts[place + 1]) <= head:
            place += 1
        symbol = w.widen(symbols[place])
        length, run, size = symbol & 255, symbol >> 8 & 4095, symbol >> 20
        at += length
        if run == 0:
            ended = 1
        elif done + run > count:
            done, ended = -1, 1
        elif size == 0:
            for k in range(done, done + run):
                target[k] = v.to_u16(0)
            done += run
        else:
            sign = word << length >> 63
            target[done] = v.to_u16(cut((w.widen(values[size]) ^ sign) - sign))
            at += 1
            done += 1
    geom[6] = done if ended == 1 else -1
    geom[7] = at


@inlined
def cut(x: int) -> int:
    """To 16 bits with a sign."""
    return max(-32768, min(32767, x))


@inlined
def split(low: Any, place: int, step: int, k: int, last: int, detail: int) -> Any:
    """Twice the two samples that a coefficient of the low band and its detail stand for.

    k, last : number of the coefficient, and of the last in its line; `step` from one to the next
    """
    here = short(low, place)
    if 0 < k < last:
        slope = short(low, place - step) - short(low, place + step)
        return (slope + 4 >> 3) + here + detail, (4 - slope >> 3) + here - detail
    inwards = step if k == 0 else -step
    second, third = short(low, place + inwards), short(low, place + 2 * inwards)
    outer = 11 * here - 4 * second + third + 4 >> 3
    inner = 5 * here + 4 * second - third + 4 >> 3
    if k == 0:
        return outer + detail, inner - detail
    return inner + detail, outer - detail


@inlined
def stored(x: int, scaled: int) -> Any:
    """A sample as its band keeps it; scaled: the coder took away two bits before."""
    if scaled == 1:
        return v.to_u16(cut(x << 1))
    return v.to_u16(max(0, min(16383, x >> 1)))


def vc5_level(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """Four bands to the low band of the next level, or to the plane.

    geometry: addresses of low-low, low-high, high-low, high-high; their width and height; width and
    height of what they make; 1 where it is scaled.
    """
    ll, lh = v.as_u16(w.pointer_f32(geom[0])), v.as_u16(w.pointer_f32(geom[1]))
    hl, hh = v.as_u16(w.pointer_f32(geom[2])), v.as_u16(w.pointer_f32(geom[3]))
    width, height, wide, high, scaled = geom[4], geom[5], geom[6], geom[7], geom[8]
    target, rows = v.as_u16(out), v.as_u16(scratch)
    for y in range(height):
        for x in range(width):
            place = y * width + x
            even, odd = split(ll, place, width, y, height - 1, short(hl, place))
            rows[x] = v.to_u16(cut(even >> 1))
            rows[2 * width + x] = v.to_u16(cut(odd >> 1))
            even, odd = split(lh, place, width, y, height - 1, short(hh, place))
            rows[width + x] = v.to_u16(cut(even >> 1))
            rows[3 * width + x] = v.to_u16(cut(odd >> 1))
        for half in range(min(2, high - 2 * y)):
            low = v.at(rows, 2 * half * width)
            line = v.at(target, (2 * y + half) * wide)
            for x in range(width):
                even, odd = split(low, x, 1, x, width - 1, short(low, width + x))
                line[2 * x] = stored(even, scaled)
                if 2 * x + 1 < wide:
                    line[2 * x + 1] = stored(odd, scaled)


def vc5_mosaic(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """Sums and differences of colours to sites, through the curve at `src`.

    geometry: addresses of mean green, red and blue less it, half the difference of the greens;
    width and height of each; places of red, first green, second green and blue in the 2x2 cell.
    """
    curve, target = v.as_u16(src), v.as_u16(out)
    mean, red = v.as_u16(w.pointer_f32(geom[0])), v.as_u16(w.pointer_f32(geom[1]))
    blue, apart = v.as_u16(w.pointer_f32(geom[2])), v.as_u16(w.pointer_f32(geom[3]))
    width, height = geom[4], geom[5]
    for y in range(height):
        for x in range(width):
            place, corner = y * width + x, 4 * y * width + 2 * x
            g, d = v.wide(mean[place]), v.wide(apart[place]) - 2048
            r = g + 2 * (v.wide(red[place]) - 2048)
            b = g + 2 * (v.wide(blue[place]) - 2048)
            for k in range(4):
                code = r if k == 0 else g + d if k == 1 else g - d if k == 2 else b
                site = geom[6 + k]
                down = corner + (site >> 1) * 2 * width + (site & 1)
                target[down] = curve[max(0, min(4095, code))]
