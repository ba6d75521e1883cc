"""Packed samples to uint16."""

# numba ships partial annotations: its classes are typed, its decorators are not.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, unused-ignore"

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from kernels.compiler import inlined
from kernels.loops.simd import lanes as v
from kernels.loops.simd.lanes import intrinsic
from kernels.loops.simd.vector_type import I16, I32

I8 = ir.IntType(8)


def _eight(bits: int, order: int) -> Any:
    """Eight samples of a fixed layout at once: each one's bytes side by side, shifted, masked."""

    @intrinsic
    def eight(typingctx: Any, line: Any, start: Any, row: Any, x: Any) -> Any:
        # A sample with the bits before it in its first byte may need more than 16 bits.
        wide = max(bits * k % 8 + bits for k in range(8)) > 16
        size = 4 if wide else 2
        picks, shifts = [], []
        for first in range(0, 8 * bits, bits):
            inside, byte = first % 8, first // 8
            # Little-endian lanes: the byte with the highest bits comes last.
            window = [byte + k for k in range(size)]
            picks += window if order == 1 else window[::-1]
            shifts.append(inside if order == 1 else 8 * size - inside - bits)
        if order == 2:  # 16-bit little-endian words: neighbouring bytes change places
            picks = [byte ^ 1 for byte in picks]
        # What a window has besides its sample may lie past the sixteen bytes; it is masked.
        picks = [min(byte, 15) for byte in picks]

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            line, start, row, x = args
            place = builder.bitcast(v._address(builder, line, start, I8), _pointer(I8, 16))
            stored = builder.load(place, align=1)
            pick = ir.Constant(ir.VectorType(I32, len(picks)), picks)
            window = builder.shuffle_vector(stored, ir.Constant(stored.type, ir.Undefined), pick)
            lane = ir.VectorType(I32 if wide else I16, 8)
            samples = builder.lshr(builder.bitcast(window, lane), ir.Constant(lane, shifts))
            samples = builder.and_(samples, ir.Constant(lane, [(1 << bits) - 1] * 8))
            if wide:
                samples = builder.trunc(samples, ir.VectorType(I16, 8))
            v._store(builder, row, x, samples, 2)
            return context.get_dummy_value()

        pointers = types.CPointer(types.uint8), types.CPointer(types.uint16)
        return types.void(pointers[0], types.intp, pointers[1], types.intp), codegen

    return eight


def _pointer(element: ir.Type, count: int) -> ir.Type:
    return ir.VectorType(element, count).as_pointer()


msb10, msb12, msb14 = (_eight(bits, 0) for bits in (10, 12, 14))
lsb10, lsb12, lsb14 = (_eight(bits, 1) for bits in (10, 12, 14))
mlv10, mlv12, mlv14 = (_eight(bits, 2) for bits in (10, 12, 14))


@inlined
def by_eights(line: Any, row: Any, width: int, bits: int, order: int) -> int:
    """The samples of a row that cameras' layouts allow to take in eights; returns how many."""
    end = (width * bits + 7) >> 3
    if order == 2:
        end = end + 1 & -2
    # Each reads sixteen bytes. Counted beforehand: LLVM would call a 128-bit division else.
    many = 0
    if end >= 16 and (bits == 10 or bits == 12 or bits == 14):
        many = (end - 16) // bits + 1
    if bits == 12 and order == 0:
        for k in range(many):
            msb12(line, k * 12, row, 8 * k)
    elif bits == 12 and order == 1:
        for k in range(many):
            lsb12(line, k * 12, row, 8 * k)
    elif bits == 12 and order == 2:
        for k in range(many):
            mlv12(line, k * 12, row, 8 * k)
    elif bits == 14 and order == 0:
        for k in range(many):
            msb14(line, k * 14, row, 8 * k)
    elif bits == 14 and order == 1:
        for k in range(many):
            lsb14(line, k * 14, row, 8 * k)
    elif bits == 14 and order == 2:
        for k in range(many):
            mlv14(line, k * 14, row, 8 * k)
    elif bits == 10 and order == 0:
        for k in range(many):
            msb10(line, k * 10, row, 8 * k)
    elif bits == 10 and order == 1:
        for k in range(many):
            lsb10(line, k * 10, row, 8 * k)
    elif bits == 10 and order == 2:
        for k in range(many):
            mlv10(line, k * 10, row, 8 * k)
    return 8 * many


def unpack(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
    """geometry: width, height, bits, bytes per row, order (0 MSB first, 1 LSB first, 2 words)."""
    width, height, bits, stride, order = geom[0], geom[1], geom[2], geom[3], geom[4]
    mask = (1 << bits) - 1
    for y in range(height):
        line = v.at(src, y * stride)
        row = v.at(v.as_u16(out), y * width)
        x = by_eights(line, row, width, bits, order)
        # Any other layout, and what is left of a row: sample by sample from the bytes that hold it.
        while x < width:
            first = x * bits
            if order == 0:
                word = 0
                for k in range((first & 7) + bits + 7 >> 3):
                    word = (word << 8) | v.to_int(line[(first >> 3) + k])
                spare = ((first & 7) + bits + 7 >> 3) * 8 - (first & 7) - bits
                row[x] = v.to_u16((word >> spare) & mask)
            elif order == 1:
                word = 0
                for k in range((first & 7) + bits + 7 >> 3):
                    word |= v.to_int(line[(first >> 3) + k]) << (8 * k)
                row[x] = v.to_u16((word >> (first & 7)) & mask)
            else:
                # 16-bit little-endian words, each filled from its highest bit (MLV).
                k = (first >> 4) * 2
                word = (v.to_int(line[k + 1]) << 8) | v.to_int(line[k])
                used = (first & 15) + bits
                if used > 16:
                    word = (word << 16) | (v.to_int(line[k + 3]) << 8) | v.to_int(line[k + 2])
                    row[x] = v.to_u16((word >> (32 - used)) & mask)
                else:
                    row[x] = v.to_u16((word >> (16 - used)) & mask)
            x += 1
