"""Camera log and display curves as steps of `pixels`: in place over the planes of a tile.

A family is one formula; its numbers (`p`) come from `kernels.colour.curves`, worked out in float64.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.colour import slots as s
from kernels.loops.colour.powers import exp2, exp2_less_one, log2, log2_near_one, power
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w


@inlined
def _log_encode(x: Any, p: Any) -> Any:
    """p: cut, slope, offset, b, c, a, d."""
    toe = v.fma(x, v.splat(p[1]), v.splat(p[2]))
    log = v.fma(log2(v.fma(x, v.splat(p[3]), v.splat(p[4]))), v.splat(p[5]), v.splat(p[6]))
    return v.select(x < v.splat(p[0]), toe, log)


@inlined
def _log_decode(y: Any, p: Any) -> Any:
    """p: cut, slope, offset, then exp2(y a + b) + c."""
    toe = v.fma(y, v.splat(p[1]), v.splat(p[2]))
    log = exp2(v.fma(y, v.splat(p[3]), v.splat(p[4]))) + v.splat(p[5])
    return v.select(y < v.splat(p[0]), toe, log)


@inlined
def _two_sided_encode(x: Any, p: Any) -> Any:
    """p: lower cut, upper cut, slope, offset, b, a, d above, d below."""
    one = v.splat(1.0)
    log = log2(v.fma(w.absolute(x), v.splat(p[4]), one)) * v.splat(p[5])
    line = v.fma(x, v.splat(p[2]), v.splat(p[3]))
    high = v.select(x > v.splat(p[1]), log + v.splat(p[6]), line)
    return v.select(x < v.splat(p[0]), v.splat(p[7]) - log, high)


@inlined
def _two_sided_decode(y: Any, p: Any) -> Any:
    """p: lower cut, upper cut, slope, offset, 1 / b, 1 / a, d above, d below."""
    low, high = y < v.splat(p[0]), y > v.splat(p[1])
    away = v.select(low, v.splat(p[7]) - y, y - v.splat(p[6]))
    log = (exp2(away * v.splat(p[5])) - v.splat(1.0)) * v.splat(p[4])
    line = v.fma(y, v.splat(p[2]), v.splat(p[3]))
    return v.select(low, v.splat(0.0) - log, v.select(high, log, line))


@inlined
def _acescc_encode(x: Any, p: Any) -> Any:
    """p: 2^-15, 2^-16, 1 / 17.52, 9.72 / 17.52."""
    half = v.fma(v.larger(v.splat(0.0), x), v.splat(0.5), v.splat(p[1]))
    bent = v.select(x < v.splat(p[0]), half, x)
    return v.fma(log2(bent), v.splat(p[2]), v.splat(p[3]))


@inlined
def _acescc_decode(y: Any, p: Any) -> Any:
    """p: lower cut, upper cut, 17.52, -9.72, 2^-16, 65504."""
    x = exp2(v.fma(y, v.splat(p[2]), v.splat(p[3])))
    bent = v.select(y > v.splat(p[0]), x, (x - v.splat(p[4])) * v.splat(2.0))
    return v.select(y < v.splat(p[1]), bent, v.smaller(v.splat(p[5]), y * v.splat(p[5])))


@inlined
def _apple_encode(x: Any, p: Any) -> Any:
    """p: cut, foot, c, beta, gamma, delta."""
    up = v.larger(v.splat(0.0), x - v.splat(p[1]))
    bent = up * up * v.splat(p[2])
    log = v.fma(log2(x + v.splat(p[3])), v.splat(p[4]), v.splat(p[5]))
    return v.select(x < v.splat(p[0]), bent, log)


@inlined
def _apple_decode(y: Any, p: Any) -> Any:
    """p: cut, foot, 1 / c, -beta, 1 / gamma, -delta / gamma."""
    bent = w.sqrt(v.larger(v.splat(0.0), y) * v.splat(p[2])) + v.splat(p[1])
    log = exp2(v.fma(y, v.splat(p[4]), v.splat(p[5]))) + v.splat(p[3])
    return v.select(y < v.splat(p[0]), bent, log)


@inlined
def _pq_encode(x: Any, p: Any) -> Any:
    """p: m1, m2, 1 - c1, c3; odd about zero.

    As c1 = 1 + c3 - c2, the fraction of the standard is 1 - (1 - c1) (1 - y) / (1 + c3 y): the
    power of 79 then meets a small number and not one that float32 has rounded near 1.
    """
    y = power(w.absolute(x), v.splat(p[0]))
    below = v.fma(y, v.splat(p[3]), v.splat(1.0))
    t = (y - v.splat(1.0)) * v.splat(p[2]) / below
    return w.copysign(exp2(log2_near_one(t) * v.splat(p[1])), x)


@inlined
def _pq_decode(y: Any, p: Any) -> Any:
    """p: 1 / m1, 1 / m2, 1 - c1, c3; odd about zero, with the same trick."""
    size = w.absolute(y)
    # Below the code value of black nothing is left; a power of zero is black, not NaN.
    q = exp2_less_one(log2(v.larger(v.splat(1e-30), size)) * v.splat(p[1]))
    above = v.larger(v.splat(0.0), q + v.splat(p[2]))
    below = v.fma(q, v.splat(0.0) - v.splat(p[3]), v.splat(p[2]))
    x = power(above / below, v.splat(p[0]))
    return w.copysign(v.select((size > v.splat(0.0)) | (size < v.splat(1.0)), x, size), y)


@inlined
def _hlg_encode(x: Any, p: Any) -> Any:
    """p: 1 / 12, 3, 12, -b, a ln 2, c; odd about zero."""
    size = w.absolute(x)
    root = w.sqrt(size * v.splat(p[1]))
    log = v.fma(log2(v.fma(size, v.splat(p[2]), v.splat(p[3]))), v.splat(p[4]), v.splat(p[5]))
    return w.copysign(v.select(size > v.splat(p[0]), log, root), x)


@inlined
def _hlg_decode(y: Any, p: Any) -> Any:
    """p: 1 / 2, 1 / 3, 1 / 12, b / 12, 1 / (a ln 2), -c / (a ln 2); odd about zero."""
    size = w.absolute(y)
    square = size * size * v.splat(p[1])
    log = v.fma(exp2(v.fma(size, v.splat(p[4]), v.splat(p[5]))), v.splat(p[2]), v.splat(p[3]))
    return w.copysign(v.select(size > v.splat(p[0]), log, square), y)


def _over(formula: Any) -> Any:
    @inlined
    def loop(planes: Any, geom: Any, p: Any) -> None:
        values, n, step = v.as_f32(planes), 3 * geom[s.COUNT], v.step()
        j = 0
        while j < n:
            v.store(values, j, formula(v.load(values, j), p))
            j += step

    return loop


_log_encode_loop = _over(_log_encode)
_log_decode_loop = _over(_log_decode)
_two_sided_encode_loop = _over(_two_sided_encode)
_two_sided_decode_loop = _over(_two_sided_decode)
_acescc_encode_loop = _over(_acescc_encode)
_acescc_decode_loop = _over(_acescc_decode)
_apple_encode_loop = _over(_apple_encode)
_apple_decode_loop = _over(_apple_decode)
_pq_encode_loop = _over(_pq_encode)
_pq_decode_loop = _over(_pq_decode)
_hlg_encode_loop = _over(_hlg_encode)
_hlg_decode_loop = _over(_hlg_decode)


def log_encode(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry."""
    _log_encode_loop(src, geom, p)


def log_decode(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry."""
    _log_decode_loop(src, geom, p)


def two_sided_encode(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry."""
    _two_sided_encode_loop(src, geom, p)


def two_sided_decode(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry."""
    _two_sided_decode_loop(src, geom, p)


def acescc_encode(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry."""
    _acescc_encode_loop(src, geom, p)


def acescc_decode(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry."""
    _acescc_decode_loop(src, geom, p)


def apple_encode(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry."""
    _apple_encode_loop(src, geom, p)


def apple_decode(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry."""
    _apple_decode_loop(src, geom, p)


def pq_encode(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry."""
    _pq_encode_loop(src, geom, p)


def pq_decode(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry."""
    _pq_decode_loop(src, geom, p)


def hlg_encode(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry."""
    _hlg_encode_loop(src, geom, p)


def hlg_decode(src: Any, geom: Any, p: Any, out: Any, scratch: Any) -> None:
    """Entry."""
    _hlg_decode_loop(src, geom, p)
