"""Fixed functions of ACES 1 output transforms and of BT.2100 as steps of `pixels`, in place.

Each follows the Academy's CTL; what bounds them (noise floors) stands there too.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.colour import slots as s
from kernels.loops.colour.angles import angle
from kernels.loops.colour.powers import power
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w

_TINY = 1e-10


@inlined
def _saturation(r: Any, g: Any, b: Any) -> Any:
    """How far the channels are apart, 0.0 to 1.0 and above where one is negative."""
    tiny = v.splat(_TINY)
    high = v.larger(tiny, v.larger(r, v.larger(g, b)))
    low = v.larger(tiny, v.smaller(r, v.smaller(g, b)))
    return (high - low) / v.larger(v.splat(0.01), high)


def glow(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry. p: gain, the luminance where it is half gone."""
    values, m = v.as_f32(src), geom[s.COUNT]
    gain, middle = v.splat(p[0]), v.splat(p[1])
    zero, half, one, two = v.splat(0.0), v.splat(0.5), v.splat(1.0), v.splat(2.0)
    third = v.splat(1.0 / 3.0)
    step = v.step()
    j = 0
    while j < m:
        r, g, b = v.load(values, j), v.load(values, m + j), v.load(values, 2 * m + j)
        square = b * (b - g) + g * (g - r) + r * (r - b)
        chroma = w.sqrt(v.larger(zero, square))
        luma = v.fma(chroma, v.splat(1.75), b + g + r) * third
        x = (_saturation(r, g, b) - v.splat(0.4)) * v.splat(5.0)
        t = v.larger(zero, one - half * w.absolute(x))
        bend = one - t * t
        shaped = half * (one + v.select(x < zero, zero - bend, bend)) * gain
        fading = shaped * (middle / v.larger(luma, v.splat(_TINY)) - half)
        added = v.select(luma > middle * v.splat(2.0 / 3.0), fading, shaped)
        added = v.select(luma < middle * two, added, zero)
        k = one + added
        v.store(values, j, r * k)
        v.store(values, m + j, g * k)
        v.store(values, 2 * m + j, b * k)
        j += step


def red_modifier(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry. p: 1 - scale, pivot, knots per radian of hue."""
    values, m = v.as_f32(src), geom[s.COUNT]
    less, pivot, knots = v.splat(p[0]), v.splat(p[1]), v.splat(p[2])
    zero, one, two = v.splat(0.0), v.splat(1.0), v.splat(2.0)
    step = v.step()
    j = 0
    while j < m:
        r, g, b = v.load(values, j), v.load(values, m + j), v.load(values, 2 * m + j)
        x = r + r - (g + b)
        y = w.absolute(g - b) * v.splat(1.7320508075688772)
        u = angle(y, x) * knots
        rest = two - u
        near = v.fma(u * u, v.fma(u, v.splat(0.75), v.splat(-1.5)), one)
        far = rest * rest * rest * v.splat(0.25)
        weight = v.select(u < one, near, v.select(u < two, far, zero))
        weight = v.select(x > zero, weight, zero)
        v.store(values, j, v.fma(weight * _saturation(r, g, b) * less, pivot - r, r))
        j += step


def surround(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry. p: luminance weights, its floor, the exponent of what all channels are scaled by.

    FLAG: luminance counts without its sign.
    """
    values, m, unsigned = v.as_f32(src), geom[s.COUNT], geom[s.FLAG]
    kr, kg, kb = v.splat(p[0]), v.splat(p[1]), v.splat(p[2])
    floor, exponent = v.splat(p[3]), v.splat(p[4])
    step = v.step()
    j = 0
    while j < m:
        r, g, b = v.load(values, j), v.load(values, m + j), v.load(values, 2 * m + j)
        luma = v.fma(b, kb, v.fma(g, kg, r * kr))
        if unsigned:
            luma = w.absolute(luma)
        k = power(v.larger(floor, luma), exponent)
        v.store(values, j, r * k)
        v.store(values, m + j, g * k)
        v.store(values, 2 * m + j, b * k)
        j += step


def bound(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry. p: least and largest value. NaN becomes the least."""
    values, m = v.as_f32(src), geom[s.COUNT]
    low, high = v.splat(p[0]), v.splat(p[1])
    step = v.step()
    j = 0
    while j < 3 * m:
        v.store(values, j, v.smaller(v.larger(v.load(values, j), low), high))
        j += step


def gamma(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry. p: three exponents of what is first held between 0.0 and 1.0."""
    values, m = v.as_f32(src), geom[s.COUNT]
    zero, one = v.splat(0.0), v.splat(1.0)
    step = v.step()
    for channel in range(3):
        plane, exponent = v.at(values, channel * m), v.splat(p[channel])
        j = 0
        while j < m:
            x = v.smaller(v.larger(v.load(plane, j), zero), one)
            v.store(plane, j, power(x, exponent))
            j += step


def gamut_compress(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry. p: three thresholds, three scales, the power, minus one over it."""
    values, m = v.as_f32(src), geom[s.COUNT]
    zero, one = v.splat(0.0), v.splat(1.0)
    bend, back = v.splat(p[6]), v.splat(p[7])
    step = v.step()
    j = 0
    while j < m:
        r, g, b = v.load(values, j), v.load(values, m + j), v.load(values, 2 * m + j)
        top = v.larger(r, v.larger(g, b))
        size = w.absolute(top)
        inverse = v.select(size > zero, one / v.larger(size, v.splat(1e-37)), zero)
        for channel in range(3):
            x = v.load(values, channel * m + j)
            threshold, scale = v.splat(p[channel]), v.splat(p[3 + channel])
            distance = (top - x) * inverse
            over = v.larger((distance - threshold) / scale, zero)
            less = over * power(one + power(over, bend), back)
            bent = top - v.fma(less, scale, threshold) * size
            v.store(values, channel * m + j, v.select(distance > threshold, bent, x))
        j += step
