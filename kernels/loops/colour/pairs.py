"""Neighbouring floats of a table in one load: what a straight line between entries needs."""

# numba ships partial annotations: its classes are typed, its decorators are not.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, unused-ignore"

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from kernels.loops.simd.lanes import intrinsic
from kernels.loops.simd.vector_type import F32, I32, WIDTH, floats, vector_of

I64 = ir.IntType(64)


@intrinsic
def look_up_pairs(typingctx: Any, table: Any, place: Any) -> Any:
    """`table[2 * place]` and `table[2 * place + 1]` in every lane."""
    lanes = WIDTH.lanes
    result = types.UniTuple(floats(), 2)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        base, places = args
        pointer = builder.bitcast(base, I64.as_pointer())
        both = ir.Constant(vector_of(lanes, I64), ir.Undefined)
        for lane in range(lanes):
            at = builder.zext(builder.extract_element(places, ir.Constant(I32, lane)), I64)
            pair = builder.load(builder.gep(pointer, [at]), align=4)
            both = builder.insert_element(both, pair, ir.Constant(I32, lane))
        whole = builder.bitcast(both, vector_of(2 * lanes, F32))
        undefined = ir.Constant(whole.type, ir.Undefined)
        picks = [
            ir.Constant(vector_of(lanes, I32), list(range(start, 2 * lanes, 2))) for start in (0, 1)
        ]
        halves = [builder.shuffle_vector(whole, undefined, pick) for pick in picks]
        return context.make_tuple(builder, result, halves)

    return result(types.CPointer(types.float32), place), codegen
