"""ACES 2 output transform as a step of `pixels`: ACES2065-1 to display light, in place.

A colour goes to lightness J, colourfulness M and hue of the transform's own appearance model, gets
its tone and chroma compressed, is brought into the display's gamut along lines to a focus, and goes
back with the display's primaries. Hue is only needed to find a place in tables: its sine and cosine
are what M divides. Powers that only undo one another are left out.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.colour import aces2_slots as n
from kernels.loops.colour import slots as s
from kernels.loops.colour.angles import angle
from kernels.loops.colour.pairs import look_up_pairs
from kernels.loops.colour.powers import log2, power
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w


@inlined
def _mixed(p: Any, at: int, row: int, x: Any, y: Any, z: Any) -> Any:
    sum_ = v.fma(y, v.splat(p[at + 3 * row + 1]), x * v.splat(p[at + 3 * row]))
    return v.fma(z, v.splat(p[at + 3 * row + 2]), sum_)


@inlined
def _cone(x: Any, p: Any) -> Any:
    """Response of a cone, odd about zero."""
    bent = power(w.absolute(x), v.splat(p[n.CONE_POWER]))
    return w.copysign(bent / (bent + v.splat(p[n.OFFSET])), x)


@inlined
def _light(x: Any, p: Any) -> Any:
    """The way back."""
    size = v.smaller(w.absolute(x), v.splat(0.99))
    back = size * v.splat(p[n.OFFSET]) / (v.splat(1.0) - size)
    return w.copysign(power(back, v.splat(p[n.CONE_POWER_BACK])), x)


@inlined
def _toe(x: Any, limit: Any, k1: Any, k2: Any) -> Any:
    high = v.larger(k2, v.splat(0.001))
    low = w.sqrt(v.fma(k1, k1, high * high))
    k3 = (limit + low) / (limit + high)
    b = v.fma(k3, x, v.splat(0.0) - low)
    root = w.sqrt(v.larger(v.splat(0.0), v.fma(b, b, v.splat(4.0) * high * k3 * x)))
    return v.select(x > limit, x, v.splat(0.5) * (b + root))


@inlined
def _on_axis(j: Any, m: Any, focus: Any, gain: Any, top: Any) -> Any:
    """J where the line through (J, M) to the focus meets the axis."""
    one, zero = v.splat(1.0), v.splat(0.0)
    scaled = m / gain
    a = scaled / focus
    below = j < focus
    b = v.select(below, one - scaled, zero - (one + scaled + top * a))
    c = v.select(below, zero - j, v.fma(top, scaled, j))
    root = w.sqrt(v.larger(zero, v.fma(b, b, v.splat(-4.0) * a * c)))
    return v.splat(-2.0) * c / (b + v.select(below, root, zero - root))


def rendering2(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry. p and TABLE: as `kernels.loops.colour.aces2_slots`."""
    values, m = v.as_f32(src), geom[s.COUNT]
    table = w.pointer_f32(geom[s.TABLE])
    zero, one, two = v.splat(0.0), v.splat(1.0), v.splat(2.0)
    tiny = v.splat(1e-20)
    hundred = v.splat(100.0)
    top = v.splat(p[n.LIMIT])
    step = v.step()
    i = 0
    while i < m:
        r, g, b = v.load(values, i), v.load(values, m + i), v.load(values, 2 * m + i)
        c0 = _cone(_mixed(p, n.RGB_TO_CONE, 0, r, g, b), p)
        c1 = _cone(_mixed(p, n.RGB_TO_CONE, 1, r, g, b), p)
        c2 = _cone(_mixed(p, n.RGB_TO_CONE, 2, r, g, b), p)
        light = _mixed(p, n.CONE_TO_AAB, 0, c0, c1, c2)
        x = _mixed(p, n.CONE_TO_AAB, 1, c0, c1, c2)
        y = _mixed(p, n.CONE_TO_AAB, 2, c0, c1, c2)
        dark = v.select(light > zero, zero, one)
        light = v.larger(light, tiny)
        chroma = w.sqrt(v.fma(x, x, y * y))
        inverse = one / v.larger(chroma, tiny)
        cosine, sine = x * inverse, y * inverse

        turn = angle(w.absolute(y), w.absolute(x)) * v.splat(57.29577951308232)
        turn = v.select(x < zero, v.splat(180.0) - turn, turn)
        turn = v.select(y < zero, v.splat(360.0) - turn, turn)
        turn = v.smaller(v.larger(turn, zero), v.splat(359.99997))
        degree = w.floor(turn)
        reach, reach_slope = look_up_pairs(table, w.to_ints(degree + v.splat(p[n.REACH_AT])))
        reach = v.fma(turn - degree, reach_slope, reach)
        row = w.look_up(table, w.to_ints(w.floor(turn * v.splat(p[n.BINS]))), 1, 0)
        here, after = look_up_pairs(table, w.to_ints(row))
        past = turn > after
        row = v.select(past, row + v.splat(4.0), row)
        part = turn - v.select(past, after, here)
        cusp_j, slope = look_up_pairs(table, w.to_ints(row + one))
        cusp_j = v.fma(part, slope, cusp_j)
        cusp_m, slope = look_up_pairs(table, w.to_ints(row + two))
        cusp_m = v.fma(part, slope, cusp_m)
        hull, slope = look_up_pairs(table, w.to_ints(row + v.splat(3.0)))
        hull = v.fma(part, slope, hull)

        # Tone
        response = light * v.splat(p[n.WHITE])
        lum = power(
            response * v.splat(p[n.OFFSET]) / (one - response), v.splat(p[n.CONE_POWER_BACK])
        )
        f = v.splat(p[n.TONE_GAIN]) * power(
            lum / (lum + v.splat(p[n.TONE_SHIFT])), v.splat(p[n.TONE_POWER])
        )
        lum = f * f / (f + v.splat(p[n.TONE_TOE]))
        bent = power(lum * v.splat(p[n.LUMINANCE]), v.splat(p[n.CONE_POWER]))
        toned = bent / (bent + v.splat(p[n.OFFSET])) * v.splat(p[n.WHITE_BACK])
        j = hundred * power(toned, v.splat(p[n.J_POWER]))

        # Chroma
        near = j / top
        far = v.larger(zero, one - near)
        cosine2 = v.fma(two * cosine, cosine, zero - one)
        sine2 = two * cosine * sine
        cosine3 = cosine * (v.splat(4.0) * cosine * cosine - v.splat(3.0))
        sine3 = sine * (v.splat(3.0) - v.splat(4.0) * sine * sine)
        norm = v.fma(cosine, v.splat(p[n.NORM]), v.splat(p[n.NORM + 6]))
        norm = v.fma(cosine2, v.splat(p[n.NORM + 1]), norm)
        norm = v.fma(cosine3, v.splat(p[n.NORM + 2]), norm)
        norm = v.fma(sine, v.splat(p[n.NORM + 3]), norm)
        norm = v.fma(sine2, v.splat(p[n.NORM + 4]), norm)
        norm = v.fma(sine3, v.splat(p[n.NORM + 5]), norm)
        limit = toned * v.splat(p[n.LIMIT_A]) * reach / norm
        much = chroma * toned / (light * norm)
        floor = w.sqrt(v.fma(near, near, v.splat(p[n.EXPAND_FLOOR])))
        much = limit - _toe(limit - much, limit - v.splat(0.001), far * v.splat(p[n.EXPAND]), floor)
        much = _toe(much, limit, near * v.splat(p[n.COMPRESS]), far) * norm
        much = v.select(chroma > zero, much, zero)

        # Gamut
        blend = v.smaller(one, v.splat(p[n.CUSP_BLEND]) - cusp_j / top)
        focus = v.fma(v.splat(p[n.MIDDLE]) - cusp_j, blend, cusp_j)
        from_ = v.fma(top - cusp_j, v.splat(p[n.FOCUS_BLEND]), cusp_j)
        decades = log2((top - from_) / v.larger(v.splat(0.0001), top - j)) * v.splat(
            0.3010299956639812
        )
        gain = v.select(j > from_, v.fma(decades, decades, one), one) * v.splat(p[n.FOCUS_DISTANCE])
        source = _on_axis(j, much, focus, gain, top)
        slope = v.select(source < focus, source, top - source) * (source - focus) / (focus * gain)
        tip = _on_axis(cusp_j, cusp_m, focus, gain, top)
        lower = tip * power(source / tip, v.splat(p[n.LOWER_HULL])) / (cusp_j / cusp_m - slope)
        upper = cusp_m * (top - tip) * power((top - source) / (top - tip), hull)
        upper = upper / (v.fma(slope, cusp_m, top) - cusp_j)
        width = cusp_m * v.splat(p[n.SMOOTH])
        h = v.larger(zero, width - w.absolute(lower - upper)) / width
        edge = v.smaller(lower, upper) - h * h * h * width * v.splat(1.0 / 6.0)
        reached = top * power(source / top, v.splat(p[n.J_POWER_BACK])) / (top / reach - slope)
        share = v.larger(edge / reached, v.splat(p[n.THRESHOLD]))
        free = share * edge
        inside, outside = edge - free, reached - free
        scale = outside / (outside / inside - one)
        over = (much - free) / scale
        squeezed = v.fma(scale, over / (one + over), free)
        kept = v.select(share < one, v.select(much > free, squeezed, much), much)
        moved = v.fma(kept, slope, source)
        grey = v.select(much > zero, v.select(j > top, one, v.select(edge > zero, zero, one)), one)
        kept = v.select(grey > zero, zero, kept)
        moved = v.select(grey > zero, j, moved)

        light = power(moved * v.splat(0.01), v.splat(p[n.J_POWER_BACK]))
        x, y = kept * cosine, kept * sine
        c0 = _light(_mixed(p, n.AAB_TO_CONE, 0, light, x, y), p)
        c1 = _light(_mixed(p, n.AAB_TO_CONE, 1, light, x, y), p)
        c2 = _light(_mixed(p, n.AAB_TO_CONE, 2, light, x, y), p)
        for channel in range(3):
            shown = _mixed(p, n.CONE_TO_RGB, channel, c0, c1, c2)
            v.store(values, channel * m + i, v.select(dark > zero, zero, shown))
        i += step
