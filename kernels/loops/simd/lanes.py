"""A vector of floats as a numba type, so that no loop depends on the auto-vectoriser.

LLVM's loop vectoriser gives up on run-time phases, on many pointers that may alias and on
interleaved stores, and when it does not give up it may choose another order of operations on
another processor. Explicit lanes leave it nothing to decide: every operation is elementwise and
IEEE-exact, so 8 lanes (AVX2), 16 lanes (AVX-512) and any other width give the same bytes.

Multiplication and addition are fused only where the source says `fma`.
"""

# numba ships partial annotations: its classes are typed, its decorators are not.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, unused-ignore"

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin

from kernels.loops.simd.vector_type import F32, I16, I32, WIDTH, Lanes, floats, splatted, vector_of

# An intrinsic is called without the typing context that its definition takes.
intrinsic: Any = extending.intrinsic


def _operator(op: Any, element: str, result: str, emit: Callable[[Any, Any, Any], Any]) -> None:
    """Type and lower `op` between two vectors of the same element."""

    @infer_global(op)
    class Typing(AbstractTemplate):  # type: ignore[misc]
        def generic(self, args: Any, kws: Any) -> Any:
            if len(args) != 2 or kws or args[0] != args[1]:
                return None
            if not isinstance(args[0], Lanes) or args[0].element != element:
                return None
            return signature(Lanes(result, args[0].lanes), *args)

    _LOWERED.setdefault(op, {})[element] = emit


_LOWERED: dict[Any, dict[str, Callable[[Any, Any, Any], Any]]] = {}

_operator(operator.add, "f32", "f32", lambda b, x, y: b.fadd(x, y))
_operator(operator.sub, "f32", "f32", lambda b, x, y: b.fsub(x, y))
_operator(operator.mul, "f32", "f32", lambda b, x, y: b.fmul(x, y))
_operator(operator.truediv, "f32", "f32", lambda b, x, y: b.fdiv(x, y))
_operator(operator.gt, "f32", "i1", lambda b, x, y: b.fcmp_ordered(">", x, y))
_operator(operator.lt, "f32", "i1", lambda b, x, y: b.fcmp_ordered("<", x, y))
_operator(operator.or_, "i1", "i1", lambda b, x, y: b.or_(x, y))
_operator(operator.and_, "i1", "i1", lambda b, x, y: b.and_(x, y))


def _lower(op: Any) -> None:
    @lower_builtin(op, Lanes, Lanes)
    def lowered(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _LOWERED[op][sig.args[0].element](builder, *args)


for _op in list(_LOWERED):
    _lower(_op)


def _address(builder: Any, pointer: Any, index: Any, element: ir.Type) -> Any:
    """Address of element `index`, counted in elements, no wrap-around of negative indices."""
    base = builder.bitcast(pointer, element.as_pointer())
    return builder.gep(base, [index])


def _load(builder: Any, pointer: Any, index: Any, lanes: int, element: ir.Type) -> Any:
    place = _address(builder, pointer, index, element)
    vector = builder.bitcast(place, vector_of(lanes, element).as_pointer())
    return builder.load(vector, align=4 if element is F32 else 2)


def _store(builder: Any, pointer: Any, index: Any, value: Any, align: int) -> None:
    place = _address(builder, pointer, index, value.type.element)
    builder.store(value, builder.bitcast(place, value.type.as_pointer()), align=align)


@intrinsic
def at(typingctx: Any, pointer: Any, index: Any) -> Any:
    """`pointer + index`, counted in elements."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.gep(args[0], [args[1]])

    return pointer(pointer, types.intp), codegen


def _cast(target: Any) -> Any:
    @intrinsic
    def cast(typingctx: Any, pointer: Any) -> Any:
        kind = types.CPointer(target)

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.bitcast(args[0], context.get_value_type(kind))

        return kind(pointer), codegen

    return cast


as_u8, as_u16, as_u32 = _cast(types.uint8), _cast(types.uint16), _cast(types.uint32)
as_f32 = _cast(types.float32)


@intrinsic
def splat(typingctx: Any, value: Any) -> Any:
    """The same number in every lane."""
    lanes = WIDTH.lanes

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return splatted(builder, args[0], lanes)

    return floats()(types.float32), codegen


@intrinsic
def load(typingctx: Any, pointer: Any, index: Any) -> Any:
    """Neighbouring floats from `index` on; no alignment asked."""
    lanes = WIDTH.lanes

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _load(builder, args[0], args[1], lanes, F32)

    return floats()(types.CPointer(types.float32), types.intp), codegen


@intrinsic
def store(typingctx: Any, pointer: Any, index: Any, value: Any) -> Any:
    """Write neighbouring floats from `index` on."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _store(builder, args[0], args[1], args[2], 4)
        return context.get_dummy_value()

    return types.void(types.CPointer(types.float32), types.intp, value), codegen


def _slide(back: int) -> Any:
    @intrinsic
    def slide(typingctx: Any, before: Any, after: Any) -> Any:
        lanes = WIDTH.lanes

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            first = lanes - back if back > 0 else -back
            pick = ir.Constant(vector_of(lanes, I32), list(range(first, first + lanes)))
            return builder.shuffle_vector(*args, pick)

        return before(before, after), codegen

    return slide


# Neighbours of the lanes of `here`, from two vectors that stand side by side: `west(before, here)`
# one to the left, `east(here, after)` one to the right. A load from between two vectors would cross
# a cache line each time, and the loops wait for loads.
west, west_two, east, east_two = _slide(1), _slide(2), _slide(-1), _slide(-2)


def _pairs(builder: Any, args: Any, lanes: int, element: ir.Type) -> tuple[Any, Any]:
    """Even and odd elements of 2 x lanes neighbours."""
    whole = _load(builder, args[0], args[1], 2 * lanes, element)
    undefined = ir.Constant(whole.type, ir.Undefined)
    picks = [
        ir.Constant(vector_of(lanes, I32), list(range(start, 2 * lanes, 2))) for start in (0, 1)
    ]
    even, odd = (builder.shuffle_vector(whole, undefined, pick) for pick in picks)
    return even, odd


@intrinsic
def load_pairs_u16(typingctx: Any, pointer: Any, index: Any) -> Any:
    """Even and odd samples of neighbouring uint16, as floats."""
    lanes = WIDTH.lanes
    result = types.UniTuple(floats(), 2)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        # Both halves of a 32-bit word: a mask and a shift cost less than a shuffle across lanes.
        place = _address(builder, args[0], args[1], I16)
        vector = builder.bitcast(place, vector_of(lanes, I32).as_pointer())
        words = builder.load(vector, align=2)
        even = builder.and_(words, ir.Constant(vector_of(lanes, I32), [0xFFFF] * lanes))
        odd = builder.lshr(words, ir.Constant(vector_of(lanes, I32), [16] * lanes))
        values = [builder.sitofp(half, vector_of(lanes)) for half in (even, odd)]
        return context.make_tuple(builder, result, values)

    return result(types.CPointer(types.uint16), types.intp), codegen


@intrinsic
def load_pairs_f32(typingctx: Any, pointer: Any, index: Any) -> Any:
    """Even and odd samples of neighbouring floats."""
    lanes = WIDTH.lanes
    result = types.UniTuple(floats(), 2)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.make_tuple(builder, result, list(_pairs(builder, args, lanes, F32)))

    return result(types.CPointer(types.float32), types.intp), codegen


@intrinsic
def fma(typingctx: Any, x: Any, y: Any, z: Any) -> Any:
    """x * y + z, rounded once, on every target."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = args[0].type
        suffix = f"v{kind.count}f32" if isinstance(kind, ir.VectorType) else "f32"
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(kind, [kind] * 3), f"llvm.fma.{suffix}"
        )
        return builder.call(function, args)

    kind = x if isinstance(x, Lanes) else types.float32
    return kind(kind, kind, kind), codegen


def _extreme(comparison: str) -> Any:
    @intrinsic
    def extreme(typingctx: Any, x: Any, y: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            # One instruction; when either is NaN the second argument is the answer.
            return builder.select(builder.fcmp_ordered(comparison, *args), *args)

        return x(x, x), codegen

    return extreme


smaller, larger = _extreme("<"), _extreme(">")


@intrinsic
def select(typingctx: Any, mask: Any, x: Any, y: Any) -> Any:
    """x where the mask is set, else y."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(*args)

    return x(mask, x, x), codegen


@intrinsic
def some(typingctx: Any, mask: Any) -> Any:
    """1 when any lane of the mask is set, else 0."""
    lanes = WIDTH.lanes

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], ir.IntType(lanes))
        found = builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(lanes), 0))
        return builder.zext(found, ir.IntType(64))

    return types.int64(mask), codegen


def _halves(builder: Any, value: Any) -> Any:
    lanes = value.type.count
    half = builder.fptrunc(value, vector_of(lanes, ir.HalfType()))
    return builder.bitcast(half, vector_of(lanes, I16))


@intrinsic
def store_half(typingctx: Any, pointer: Any, index: Any, value: Any) -> Any:
    """Write neighbours as halves: to nearest, ties to even, infinity past 65519."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _store(builder, args[0], args[1], _halves(builder, args[2]), 2)
        return context.get_dummy_value()

    return types.void(types.CPointer(types.uint16), types.intp, value), codegen


@intrinsic
def store_half_pairs(typingctx: Any, pointer: Any, index: Any, even: Any, odd: Any) -> Any:
    """Write even and odd values as neighbouring halves."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        lanes = args[2].type.count
        words = [builder.zext(_halves(builder, value), vector_of(lanes, I32)) for value in args[2:]]
        shift = ir.Constant(vector_of(lanes, I32), [16] * lanes)
        both = builder.or_(words[0], builder.shl(words[1], shift))
        place = _address(builder, args[0], args[1], I16)
        builder.store(both, builder.bitcast(place, both.type.as_pointer()), align=2)
        return context.get_dummy_value()

    return types.void(types.CPointer(types.uint16), types.intp, even, odd), codegen


@intrinsic
def store_rgb_pairs(
    typingctx: Any, pointer: Any, index: Any, re: Any, ge: Any, be: Any, ro: Any, go: Any, bo: Any
) -> Any:
    """Write even and odd pixels as neighbouring interleaved RGB floats."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        lanes = args[2].type.count

        def join(first: Any, second: Any) -> Any:
            count = first.type.count * 2
            order = ir.Constant(vector_of(count, I32), list(range(count)))
            return builder.shuffle_vector(first, second, order)

        four = join(join(*args[2:4]), join(*args[4:6]))
        two = join(*args[6:8])
        rest = join(two, ir.Constant(two.type, ir.Undefined))
        order = [lanes * colour + j for j in range(lanes) for colour in range(6)]
        mask = ir.Constant(vector_of(6 * lanes, I32), order)
        _store(builder, args[0], args[1], builder.shuffle_vector(four, rest, mask), 4)
        return context.get_dummy_value()

    return types.void(types.CPointer(types.float32), types.intp, re, ge, be, ro, go, bo), codegen


@intrinsic
def copy64(typingctx: Any, target: Any, index: Any, source: Any, place: Any) -> Any:
    """Copy 64 bytes, no alignment asked."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = vector_of(16, I32).as_pointer()
        start = builder.bitcast(_address(builder, args[2], args[3], ir.IntType(8)), kind)
        end = builder.bitcast(_address(builder, args[0], args[1], ir.IntType(8)), kind)
        builder.store(builder.load(start, align=1), end, align=1)
        return context.get_dummy_value()

    byte = types.CPointer(types.uint8)
    return types.void(byte, types.intp, byte, types.intp), codegen


@intrinsic
def step(typingctx: Any) -> Any:
    """Lanes of one vector, as a constant."""
    lanes = WIDTH.lanes

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return ir.Constant(ir.IntType(64), lanes)

    return types.int64(), codegen


@intrinsic
def to_f32(typingctx: Any, value: Any) -> Any:
    """uint16 to float32 (numba's own rule would make it float64)."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.uitofp(args[0], F32)

    return types.float32(types.uint16), codegen


@intrinsic
def to_int(typingctx: Any, value: Any) -> Any:
    """A byte as int64."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.zext(args[0], ir.IntType(64))

    return types.int64(types.uint8), codegen


@intrinsic
def wide(typingctx: Any, value: Any) -> Any:
    """A uint16 as int64."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.zext(args[0], ir.IntType(64))

    return types.int64(types.uint16), codegen


@intrinsic
def to_u16(typingctx: Any, value: Any) -> Any:
    """The low 16 bits."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.trunc(args[0], I16)

    return types.uint16(types.int64), codegen
