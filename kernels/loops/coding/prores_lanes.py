"""What transform and quantiser of ProRes need of lanes: blocks turned, masks, short levels."""

# numba ships partial annotations: its classes are typed, its decorators are not.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, unused-ignore"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from kernels.loops.coding.prores_slots import ACROSS_SLICE
from kernels.loops.simd import lanes as v
from kernels.loops.simd.lanes import intrinsic
from kernels.loops.simd.vector_type import F32, I16, I32, WIDTH, floats, vector_of

I64 = ir.IntType(64)
_FLOATS = types.CPointer(types.float32)


def _turner(place: Callable[[int], tuple[int, int]]) -> Any:
    """Rows of neighbouring blocks as columns.

    place : (row of blocks, first sample) of a block in coded order; rows of blocks stand eight rows
        of `ACROSS_SLICE` samples apart
    """

    @intrinsic
    def turned(typingctx: Any, pointer: Any, index: Any) -> Any:
        """From `index` on: sample 0 of as many blocks as there are lanes, then sample 1, ..."""
        lanes = WIDTH.lanes
        result = types.UniTuple(floats(), 8)

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            def block(number: int) -> Any:
                down, across = place(number)
                step = ir.Constant(I64, down * 8 * ACROSS_SLICE + across)
                return v._load(builder, args[0], builder.add(args[1], step), 8, F32)

            both = ir.Constant(vector_of(16, I32), list(range(16)))
            rows = [
                block(n) if lanes == 8 else builder.shuffle_vector(block(n), block(n + 8), both)
                for n in range(8)
            ]
            # Butterflies within each eight lanes, as in `vectors.transpose`.
            for half in (4, 2, 1):
                low = [c if not c & half else c - half + lanes for c in range(lanes)]
                high = [c + half if not c & half else c + lanes for c in range(lanes)]
                picks = [ir.Constant(vector_of(lanes, I32), pick) for pick in (low, high)]
                for i in range(8):
                    if not i & half:
                        pair = rows[i], rows[i + half]
                        rows[i] = builder.shuffle_vector(*pair, picks[0])
                        rows[i + half] = builder.shuffle_vector(*pair, picks[1])
            return context.make_tuple(builder, result, rows)

        return result(_FLOATS, types.intp), codegen

    return turned


# Blocks of a macroblock (RDD 36, 5.3): luma row by row, 4:4:4 chroma column by column.
turned_luma = _turner(lambda b: (b >> 1 & 1, (b >> 2) * 16 + (b & 1) * 8))
turned_444 = _turner(lambda b: (b & 1, (b >> 2) * 16 + (b >> 1 & 1) * 8))
turned_422 = _turner(lambda b: (b & 1, (b >> 1) * 8))


@intrinsic
def bits_of(typingctx: Any, mask: Any) -> Any:
    """A mask as a number, lane 0 in the lowest bit."""
    lanes = WIDTH.lanes

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.zext(builder.bitcast(args[0], ir.IntType(lanes)), I64)

    return types.int64(mask), codegen


@intrinsic
def store_short(typingctx: Any, pointer: Any, index: Any, value: Any) -> Any:
    """Write floats within int16, cut off, as neighbouring int16."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        lanes = args[2].type.count
        whole = builder.fptosi(args[2], vector_of(lanes, I32))
        v._store(builder, args[0], args[1], builder.trunc(whole, vector_of(lanes, I16)), 2)
        return context.get_dummy_value()

    return types.void(types.CPointer(types.uint16), types.intp, value), codegen


@intrinsic
def store_folded(typingctx: Any, pointer: Any, index: Any, size: Any, sign: Any) -> Any:
    """Write twice the whole part of a size less 2, and 1 more where `sign` has one, as uint16."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = vector_of(args[2].type.count, I32)
        one, top = (ir.Constant(kind, [n] * kind.count) for n in (1, 31))
        less = builder.sub(builder.fptosi(args[2], kind), one)
        minus = builder.lshr(builder.bitcast(args[3], kind), top)
        both = builder.or_(builder.shl(less, one), minus)
        v._store(builder, args[0], args[1], builder.trunc(both, vector_of(kind.count, I16)), 2)
        return context.get_dummy_value()

    return types.void(types.CPointer(types.uint16), types.intp, size, size), codegen


@intrinsic
def short(typingctx: Any, pointer: Any, index: Any) -> Any:
    """The int16 at `index` as int64."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = builder.load(v._address(builder, args[0], args[1], I16), align=2)
        return builder.sext(value, I64)

    return types.int64(types.CPointer(types.uint16), types.intp), codegen
