"""The vector type itself: what numba knows of lanes, and how many the target has."""

# numba ships partial annotations: its classes are typed, its decorators are not.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, unused-ignore"

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import models, register_model

F32 = ir.FloatType()
I16 = ir.IntType(16)
I32 = ir.IntType(32)
_ELEMENTS = {"f32": F32, "i32": I32, "i1": ir.IntType(1)}


class _Width:
    """Lanes of one vector. `kernels.compiler` sets it once per process, before it compiles."""

    lanes = 8
    fixed = False


WIDTH = _Width()


class Lanes(types.Type):
    """`lanes` values of one element type, held in a vector register."""

    def __init__(self, element: str, lanes: int) -> None:
        self.element, self.lanes = element, lanes
        super().__init__(name=f"Lanes({element} x {lanes})")


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Lanes) -> None:
        super().__init__(dmm, fe_type, ir.VectorType(_ELEMENTS[fe_type.element], fe_type.lanes))


def floats() -> Lanes:
    """The float vector of the target being compiled."""
    return Lanes("f32", WIDTH.lanes)


def ints() -> Lanes:
    """The int32 vector of the target being compiled."""
    return Lanes("i32", WIDTH.lanes)


def vector_of(lanes: int, element: ir.Type = F32) -> ir.VectorType:
    return ir.VectorType(element, lanes)


def splatted(builder: Any, value: Any, lanes: int) -> Any:
    kind = vector_of(lanes, value.type)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(I32, 0))
    zeros = ir.Constant(vector_of(lanes, I32), [0] * lanes)
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), zeros)
