"""Lane operations that colour needs beside `kernels.loops.simd.lanes`: bits, roots, rounding,
interleaved and half pictures, table look-ups, square transposes. All elementwise or pure moves.
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
from kernels.loops.simd.vector_type import F32, I16, I32, WIDTH, Lanes, floats, ints, splatted

I64 = ir.IntType(64)
as_i32 = v._cast(types.int32)


@intrinsic
def call_entry(
    typingctx: Any, address: Any, source: Any, geometry: Any, floats: Any, target: Any, scratch: Any
) -> Any:
    """Call the compiled entry at an address that Python handed over as a number."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [arg.type for arg in args[1:]])
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])
        return context.get_dummy_value()

    return types.void(types.int64, source, geometry, floats, target, scratch), codegen


def _unary(name: str) -> Any:
    @intrinsic
    def call(typingctx: Any, x: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            kind = args[0].type
            function = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(kind, [kind]), f"llvm.{name}.v{kind.count}f32"
            )
            return builder.call(function, args)

        return x(x), codegen

    return call


sqrt, floor, nearest, absolute = (_unary(n) for n in ("sqrt", "floor", "rint", "fabs"))


@intrinsic
def copysign(typingctx: Any, size: Any, sign: Any) -> Any:
    """|size| with the sign of `sign`."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = args[0].type
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(kind, [kind] * 2), f"llvm.copysign.v{kind.count}f32"
        )
        return builder.call(function, args)

    return size(size, sign), codegen


@intrinsic
def exponent(typingctx: Any, x: Any) -> Any:
    """Power of two (as a float) that brings a positive normal `x` into [sqrt(1/2), sqrt(2))."""
    lanes = WIDTH.lanes

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.VectorType(I32, lanes)
        bits = builder.bitcast(args[0], kind)
        above = builder.sub(bits, ir.Constant(kind, [0x3F3504F3] * lanes))
        power = builder.ashr(above, ir.Constant(kind, [23] * lanes))
        return builder.sitofp(power, args[0].type)

    return x(x), codegen


@intrinsic
def mantissa(typingctx: Any, x: Any) -> Any:
    """`x` without that power of two."""
    lanes = WIDTH.lanes

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.VectorType(I32, lanes)
        bits = builder.bitcast(args[0], kind)
        above = builder.sub(bits, ir.Constant(kind, [0x3F3504F3] * lanes))
        power = builder.and_(above, ir.Constant(kind, [0xFF800000] * lanes))
        return builder.bitcast(builder.sub(bits, power), args[0].type)

    return x(x), codegen


@intrinsic
def power_of_two(typingctx: Any, biased: Any) -> Any:
    """2^n for whole n in -126..128 (128: infinity), given as the float 1.5 * 2^23 + n.

    The integer stands in the low bits of that sum, so no conversion can meet a NaN.
    """
    lanes = WIDTH.lanes

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.VectorType(I32, lanes)
        bits = builder.bitcast(args[0], kind)
        shifted = builder.shl(bits, ir.Constant(kind, [23] * lanes))
        one = ir.Constant(kind, [0x3F800000] * lanes)
        return builder.bitcast(builder.add(shifted, one), args[0].type)

    return biased(biased), codegen


@intrinsic
def to_ints(typingctx: Any, x: Any) -> Any:
    """Whole floats as int32; the caller has bounded them."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.fptosi(args[0], ir.VectorType(I32, args[0].type.count))

    return ints()(x), codegen


@intrinsic
def widen(typingctx: Any, value: Any) -> Any:
    """int32 as int64."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.sext(args[0], I64)

    return types.int64(types.int32), codegen


def _pointer(target: Any) -> Any:
    @intrinsic
    def pointer(typingctx: Any, address: Any) -> Any:
        kind = types.CPointer(target)

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.inttoptr(args[0], context.get_value_type(kind))

        return kind(types.int64), codegen

    return pointer


# What stands at an address that Python handed over as a number.
pointer_f32, pointer_i64 = _pointer(types.float32), _pointer(types.int64)


@intrinsic
def look_up(typingctx: Any, table: Any, place: Any, stride: Any, offset: Any) -> Any:
    """`table[place * stride + offset]` in every lane."""
    lanes = WIDTH.lanes

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        # Loads one by one: where the gather instruction exists it is not faster than these.
        base, places, stride, offset = args
        pointer = builder.bitcast(base, F32.as_pointer())
        result = ir.Constant(ir.VectorType(F32, lanes), ir.Undefined)
        for lane in range(lanes):
            index = builder.zext(builder.extract_element(places, ir.Constant(I32, lane)), I64)
            index = builder.add(builder.mul(index, stride), offset)
            value = builder.load(builder.gep(pointer, [index]), align=4)
            result = builder.insert_element(result, value, ir.Constant(I32, lane))
        return result

    return floats()(types.CPointer(types.float32), place, types.int64, types.int64), codegen


def _from(builder: Any, raw: Any) -> Any:
    """Floats of what was loaded: floats, or the 16 bits of halves."""
    if raw.type.element is F32:
        return raw
    lanes = raw.type.count
    halves = builder.bitcast(raw, ir.VectorType(ir.HalfType(), lanes))
    return builder.fpext(halves, ir.VectorType(F32, lanes))


def _words(builder: Any, raw: Any) -> Any:
    lanes = raw.type.count
    return builder.sitofp(builder.zext(raw, ir.VectorType(I32, lanes)), ir.VectorType(F32, lanes))


def _loader(element: Any, numba_type: Any, count: int, convert: Any) -> Any:
    """Load `count` interleaved channels of a vector's worth of pixels."""

    @intrinsic
    def load_channels(typingctx: Any, pointer: Any, index: Any) -> Any:
        lanes = WIDTH.lanes
        result = types.UniTuple(floats(), count)

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            whole = v._load(builder, args[0], args[1], count * lanes, element)
            undefined = ir.Constant(whole.type, ir.Undefined)
            parts = []
            for channel in range(count):
                picks = list(range(channel, count * lanes, count))
                pick = ir.Constant(ir.VectorType(I32, lanes), picks)
                parts.append(convert(builder, builder.shuffle_vector(whole, undefined, pick)))
            return context.make_tuple(builder, result, parts)

        return result(types.CPointer(numba_type), types.intp), codegen

    return load_channels


load3_f32 = _loader(F32, types.float32, 3, _from)
load3_half = _loader(I16, types.uint16, 3, _from)
load3_u16 = _loader(I16, types.uint16, 3, _words)
load4_f32 = _loader(F32, types.float32, 4, _from)
load1_half = _loader(I16, types.uint16, 1, _from)
load1_u16 = _loader(I16, types.uint16, 1, _words)


@inlined
def load_half(pointer: Any, index: Any) -> Any:
    """Neighbouring halves as floats."""
    (x,) = load1_half(pointer, index)
    return x


def _integers(builder: Any, value: Any) -> Any:
    """Whole floats within 0..65535 as uint16."""
    lanes = value.type.count
    wide = builder.fptosi(value, ir.VectorType(I32, lanes))
    return builder.trunc(wide, ir.VectorType(I16, lanes))


def _same(builder: Any, value: Any) -> Any:
    return value


def _storer(numba_type: Any, convert: Any) -> Any:
    """Store red, green and blue interleaved."""

    @intrinsic
    def store3(typingctx: Any, pointer: Any, index: Any, r: Any, g: Any, b: Any) -> Any:
        lanes = WIDTH.lanes

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            x, y, z = (convert(builder, value) for value in args[2:])
            first = ir.Constant(ir.VectorType(I32, 2 * lanes), list(range(2 * lanes)))
            pair = builder.shuffle_vector(x, y, first)
            rest = builder.shuffle_vector(z, ir.Constant(z.type, ir.Undefined), first)
            order = [i // 3 + (i % 3) * lanes for i in range(3 * lanes)]
            pick = ir.Constant(ir.VectorType(I32, 3 * lanes), order)
            both = builder.shuffle_vector(pair, rest, pick)
            v._store(builder, args[0], args[1], both, 2 if both.type.element is I16 else 4)
            return context.get_dummy_value()

        return types.void(types.CPointer(numba_type), types.intp, r, g, b), codegen

    return store3


store3_f32 = _storer(types.float32, _same)
store3_half = _storer(types.uint16, v._halves)
store3_u16 = _storer(types.uint16, _integers)


@intrinsic
def store_u16(typingctx: Any, pointer: Any, index: Any, value: Any) -> Any:
    """Write whole floats within 0..65535 as neighbouring uint16."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        v._store(builder, args[0], args[1], _integers(builder, args[2]), 2)
        return context.get_dummy_value()

    return types.void(types.CPointer(types.uint16), types.intp, value), codegen


FOUR = Lanes("f32", 4)


@intrinsic
def load4(typingctx: Any, pointer: Any, index: Any) -> Any:
    """Four neighbouring floats."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return v._load(builder, args[0], args[1], 4, F32)

    return FOUR(types.CPointer(types.float32), types.intp), codegen


@intrinsic
def splat4(typingctx: Any, value: Any) -> Any:
    """The same number four times."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return splatted(builder, args[0], 4)

    return FOUR(types.float32), codegen


@intrinsic
def transpose(
    typingctx: Any, target: Any, target_stride: Any, source: Any, source_stride: Any
) -> Any:
    """A square block of `step()` rows and columns, rows to columns; strides in floats."""
    lanes = WIDTH.lanes
    pointer = types.CPointer(types.float32)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        to, to_stride, start, stride = args
        rows = [
            v._load(builder, start, builder.mul(stride, ir.Constant(I64, i)), lanes, F32)
            for i in range(lanes)
        ]
        # Butterflies: at each step, blocks of `half` columns are exchanged between two rows.
        half = lanes // 2
        while half:
            low = [c if not c & half else c - half + lanes for c in range(lanes)]
            high = [c + half if not c & half else c + lanes for c in range(lanes)]
            picks = [ir.Constant(ir.VectorType(I32, lanes), p) for p in (low, high)]
            for i in range(lanes):
                if not i & half:
                    pair = rows[i], rows[i + half]
                    rows[i] = builder.shuffle_vector(*pair, picks[0])
                    rows[i + half] = builder.shuffle_vector(*pair, picks[1])
            half //= 2
        for i, row in enumerate(rows):
            v._store(builder, to, builder.mul(to_stride, ir.Constant(I64, i)), row, 4)
        return context.get_dummy_value()

    return types.void(pointer, types.intp, pointer, types.intp), codegen
