"""log2, exp2 and pow by polynomials, the same bytes at any number of lanes.

The coefficients are minimax fits of relative error (Remez exchange): 2.6e-8 for log2 on
[sqrt(1/2), sqrt(2)), 1.9e-9 for exp2 on [-1/2, 1/2]. In float32 arithmetic log2 stays within
1.5e-7 of max(1, |log2 x|) and exp2 within 1.5e-7 relative; a half has 4.9e-4.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.simd import lanes as v
from kernels.loops.simd import vectors as w

_ROUND = 12582912.0  # 1.5 * 2^23: adding it rounds to whole numbers
_LARGEST = 3.4028234663852886e38


@inlined
def _slope_log2(t: Any) -> Any:
    """log2(1 + t) / t for t in [-0.293, 0.414]."""
    # By pairs and not one after the other: half the latency, which is what these loops wait for.
    t2 = t * t
    low = v.fma(v.fma(v.splat(-0.3607036824), t, v.splat(0.4809106428)), t2,
                v.fma(v.splat(-0.7213473468), t, v.splat(1.442695004)))  # fmt: skip
    high = v.fma(v.fma(v.splat(-0.2072696634), t, v.splat(0.2157155629)), t2,
                 v.fma(v.splat(-0.2389448328), t, v.splat(0.2879162535)))  # fmt: skip
    t4 = t2 * t2
    return v.fma(v.fma(v.splat(0.1258370464), t4, high), t4, low)


@inlined
def _slope_exp2(f: Any) -> Any:
    """(2^f - 1) / f for f in [-1/2, 1/2]."""
    f2 = f * f
    low = v.fma(v.splat(0.2402264689), f, v.splat(0.6931472057))
    middle = v.fma(v.splat(0.009618488938), f, v.splat(0.05550328777))
    high = v.fma(v.splat(0.0001534581723), f, v.splat(0.001339993116))
    return v.fma(v.fma(high, f2, middle), f2, low)


@inlined
def log2(x: Any) -> Any:
    """Of positive normal numbers; infinity and NaN stay; any other gives some finite number."""
    t = w.mantissa(x) - v.splat(1.0)
    y = v.fma(_slope_log2(t), t, w.exponent(x))
    # Not above the largest number: neither infinity nor NaN.
    return v.select(x < v.splat(_LARGEST), y, x)


@inlined
def log2_near_one(t: Any) -> Any:
    """log2(1 + t) for t in [-0.293, 0.414], exact in proportion however small t is."""
    return _slope_log2(t) * t


@inlined
def exp2_less_one(x: Any) -> Any:
    """2^x - 1 for x in [-1/2, 1/2] (bounded to it), exact in proportion however small x is."""
    f = v.larger(v.splat(-0.5), v.smaller(v.splat(0.5), x))
    return _slope_exp2(f) * f


@inlined
def exp2(x: Any) -> Any:
    """Infinity from 2^127.5 on, never below 2^-126; NaN stays NaN."""
    y = v.larger(v.splat(-126.0), v.smaller(v.splat(128.0), x))
    biased = y + v.splat(_ROUND)
    f = y - (biased - v.splat(_ROUND))
    return v.fma(_slope_exp2(f), f, v.splat(1.0)) * w.power_of_two(biased)


@inlined
def power(x: Any, y: Any) -> Any:
    """x^y for y > 0; 0 below zero; NaN stays NaN."""
    zero = v.splat(0.0)
    rest = v.select(x < zero, zero, x)
    return v.select(x > zero, exp2(y * log2(x)), rest)
