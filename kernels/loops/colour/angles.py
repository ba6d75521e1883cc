"""Angles, by a polynomial."""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.simd import lanes as v


@inlined
def angle(y: Any, x: Any) -> Any:
    """atan2 of y >= 0 and x >= 0 in radians, within 3e-7; 0 where both are 0.

    A fit of atan(z) / z over z squared.
    """
    small, large = v.smaller(y, x), v.larger(y, x)
    z = small / v.larger(large, v.splat(1e-30))
    t = z * z
    t2 = t * t
    t4 = t2 * t2
    a = v.fma(v.splat(-0.3333328366), t, v.splat(1.0))
    c = v.fma(v.splat(-0.1426157355), t, v.splat(0.1999823004))
    e = v.fma(v.splat(-0.08372063935), t, v.splat(0.109401986))
    f = v.fma(v.splat(-0.03071750887), t, v.splat(0.05746355653))
    h = v.fma(v.splat(-0.00174370117), t, v.splat(0.01068071928))
    low, high = v.fma(c, t2, a), v.fma(f, t2, e)
    angle = v.fma(v.fma(h, t4, high), t4, low) * z
    return v.select(y > x, v.splat(1.5707963267948966) - angle, angle)
