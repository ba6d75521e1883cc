"""Cube root in lanes: a guess from the bits of the float, sharpened by a series.

Only operations that IEEE 754 fixes to the bit, so that every processor makes the same root; the
estimates that processors have built in differ from maker to maker.
"""

# numba ships partial annotations: its classes are typed, its decorators are not.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, unused-ignore"

from __future__ import annotations

from typing import Any

from llvmlite import ir

from kernels.compiler import inlined
from kernels.loops.simd import lanes as v
from kernels.loops.simd.lanes import intrinsic
from kernels.loops.simd.vector_type import F32, I32, WIDTH


@intrinsic
def _inverse_cube_root_guess(typingctx: Any, x: Any) -> Any:
    """About x^(-1/3), off by 3.5 % at most: minus a third of the exponent, the mantissa with it."""
    lanes = WIDTH.lanes

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.VectorType(I32, lanes)
        bits = builder.sitofp(builder.bitcast(args[0], kind), ir.VectorType(F32, lanes))
        third = builder.fmul(bits, ir.Constant(bits.type, [-1.0 / 3.0] * lanes))
        turned = builder.fadd(third, ir.Constant(bits.type, [float(0x54A21D2A)] * lanes))
        return builder.bitcast(builder.fptosi(turned, kind), args[0].type)

    return x(x), codegen


@inlined
def cube_root(x: Any) -> Any:
    """x^(1/3) within 4e-7 of itself, for positive normal x; NaN stays NaN."""
    z = _inverse_cube_root_guess(x)
    root, square = (x * z) * z, z * z
    # How far x z^3 is from 1, at most 0.11, and the series of (1 - h)^(-2/3).
    h = v.splat(1.0) - (x * z) * square
    series = v.fma(h, v.splat(2618.0 / 6561.0), v.splat(308.0 / 729.0))
    series = v.fma(h, series, v.splat(110.0 / 243.0))
    series = v.fma(h, v.fma(h, series, v.splat(40.0 / 81.0)), v.splat(5.0 / 9.0))
    return v.fma(root * h, v.fma(h, series, v.splat(2.0 / 3.0)), root)
