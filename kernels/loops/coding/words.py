"""Bytes and 64-bit words at any address: what a bit stream and a predictor are made of.

All of it is exact integer work of a fixed width, so the bytes that come out do not depend on how
many registers LLVM cuts a vector into.
"""

# numba ships partial annotations: its classes are typed, its decorators are not.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, unused-ignore"

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from kernels.compiler import inlined
from kernels.loops.simd import lanes as v
from kernels.loops.simd.lanes import intrinsic
from kernels.loops.simd.vector_type import I16, I32, Lanes

I8, I64 = ir.IntType(8), ir.IntType(64)
BYTES = types.CPointer(types.uint8)
COUNTERS = Lanes("i32", 16)


def _place(builder: Any, pointer: Any, index: Any, kind: ir.Type) -> Any:
    """Address of the byte at `index`, as the address of a `kind`."""
    return builder.bitcast(v._address(builder, pointer, index, I8), kind.as_pointer())


def _word(kind: ir.Type) -> Any:
    @intrinsic
    def load(typingctx: Any, pointer: Any, index: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            value = builder.load(_place(builder, args[0], args[1], kind), align=1)
            return value if kind is I64 else builder.zext(value, I64)

        return types.int64(BYTES, types.intp), codegen

    return load


load64, load32 = _word(I64), _word(I32)


@intrinsic
def load64_highest_first(typingctx: Any, pointer: Any, index: Any) -> Any:
    """Eight bytes from byte `index` on, highest first."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(I64, [I64]), "llvm.bswap.i64"
        )
        place = _place(builder, args[0], args[1], I64)
        return builder.call(function, [builder.load(place, align=1)])

    return types.int64(BYTES, types.intp), codegen


@intrinsic
def store64(typingctx: Any, pointer: Any, index: Any, value: Any) -> Any:
    """Eight bytes, lowest first, at byte `index`."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[2], _place(builder, args[0], args[1], I64), align=1)
        return context.get_dummy_value()

    return types.void(BYTES, types.intp, types.int64), codegen


@intrinsic
def store64_highest_first(typingctx: Any, pointer: Any, index: Any, value: Any) -> Any:
    """Eight bytes, highest first, at byte `index`."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(I64, [I64]), "llvm.bswap.i64"
        )
        swapped = builder.call(function, [args[2]])
        builder.store(swapped, _place(builder, args[0], args[1], I64), align=1)
        return context.get_dummy_value()

    return types.void(BYTES, types.intp, types.int64), codegen


@intrinsic
def store32(typingctx: Any, pointer: Any, index: Any, value: Any) -> Any:
    """The low four bytes of `value`, lowest first, at byte `index`."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = _place(builder, args[0], args[1], I32)
        builder.store(builder.trunc(args[2], I32), place, align=1)
        return context.get_dummy_value()

    return types.void(BYTES, types.intp, types.int64), codegen


@intrinsic
def to_u8(typingctx: Any, value: Any) -> Any:
    """The low 8 bits."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.trunc(args[0], I8)

    return types.uint8(types.int64), codegen


@intrinsic
def to_i32(typingctx: Any, value: Any) -> Any:
    """The low 32 bits."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.trunc(args[0], I32)

    return types.int32(types.int64), codegen


@intrinsic
def shifted_down(typingctx: Any, value: Any, count: Any) -> Any:
    """64 bits moved down, zeros from above; `count` is 0 to 63."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.lshr(*args)

    return types.int64(types.int64, types.int64), codegen


@intrinsic
def mirrored(typingctx: Any, code: Any, length: Any) -> Any:
    """The low `length` bits (1 to 63) in reverse order."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(I64, [I64]), "llvm.bitreverse.i64"
        )
        whole = builder.call(function, args[:1])
        return builder.lshr(whole, builder.sub(ir.Constant(I64, 64), args[1]))

    return types.int64(types.int64, types.int64), codegen


def _zeros(name: str) -> Any:
    @intrinsic
    def count(typingctx: Any, mask: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            function = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(I64, [I64, ir.IntType(1)]), f"llvm.{name}.i64"
            )
            return builder.call(function, [args[0], ir.Constant(ir.IntType(1), 0)])

        return types.int64(types.int64), codegen

    return count


lowest, _above = _zeros("cttz"), _zeros("ctlz")  # place of the lowest set bit; 64 for none


@inlined
def highest(mask: int) -> int:
    """Place of the highest set bit; -1 for none."""
    place: int = 63 - _above(mask)
    return place


@intrinsic
def same_groups(typingctx: Any, pointer: Any, index: Any, distance: Any) -> Any:
    """Of the eight 8-byte groups from byte `index` on, which repeat what is `distance` before."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer, index, distance = args
        kind = ir.VectorType(I64, 8)
        here = builder.load(_place(builder, pointer, index, kind), align=1)
        place = _place(builder, pointer, builder.sub(index, distance), kind)
        equal = builder.icmp_unsigned("==", here, builder.load(place, align=1))
        return builder.zext(builder.bitcast(equal, I8), I64)

    return types.int64(BYTES, types.intp, types.int64), codegen


@intrinsic
def store_steps(typingctx: Any, low: Any, high: Any, halves: Any, index: Any) -> Any:
    """64 halves from `index` on: low and high bytes apart, each less the one before, plus 128."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        low, high, halves, index = args
        words, small = ir.VectorType(I16, 64), ir.VectorType(I8, 64)
        eight, middle = ir.Constant(words, [8] * 64), ir.Constant(small, [128] * 64)
        twice = builder.mul(index, ir.Constant(I64, 2))
        before = builder.sub(twice, ir.Constant(I64, 2))
        now, then = (
            builder.load(_place(builder, halves, at, words), align=1) for at in (twice, before)
        )
        for target, parts in (
            (low, (now, then)),
            (high, (builder.lshr(now, eight), builder.lshr(then, eight))),
        ):
            a, b = (builder.trunc(part, small) for part in parts)
            steps = builder.add(builder.sub(a, b), middle)
            builder.store(steps, _place(builder, target, index, small), align=1)
        return context.get_dummy_value()

    return types.void(BYTES, BYTES, BYTES, types.intp), codegen


@intrinsic
def no_counts(typingctx: Any) -> Any:
    """Sixteen zeros."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return ir.Constant(ir.VectorType(I32, 16), [0] * 16)

    return COUNTERS(), codegen


@intrinsic
def load_counts(typingctx: Any, pointer: Any, index: Any) -> Any:
    """Sixteen neighbouring bytes as counters."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        small = builder.load(_place(builder, args[0], args[1], ir.VectorType(I8, 16)), align=1)
        return builder.zext(small, ir.VectorType(I32, 16))

    return COUNTERS(BYTES, types.intp), codegen


@intrinsic
def plus(typingctx: Any, x: Any, y: Any) -> Any:
    """Counter by counter."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.add(*args)

    return COUNTERS(COUNTERS, COUNTERS), codegen


@intrinsic
def store_counts(typingctx: Any, pointer: Any, index: Any, value: Any) -> Any:
    """Write sixteen counters from `index` on."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        v._store(builder, args[0], args[1], args[2], 4)
        return context.get_dummy_value()

    return types.void(types.CPointer(types.int32), types.intp, COUNTERS), codegen
