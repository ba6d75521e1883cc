"""How kernels are compiled, and why: the one file that decides.

- numba types the Python of `kernels.loops` and lowers it to LLVM; LLVM optimises it for one named
  processor level and emits one object per unit. The same function makes the objects that the
  build ships (x86-64-v3, x86-64-v4) and the one that a checkout compiles for the machine it
  stands on, so all come from one source through one pipeline.
- No fast-math flag, ever: reassociation or contraction would let v3, v4 and the machine's own
  code round differently. Where a fused multiply-add pays, the source says `fma`; every supported
  level has the instruction.
- Loop and SLP vectorisers are off: loops carry lanes (`kernels.loops.simd.lanes`), eight on
  v3 and sixteen on v4, and elementwise operations give the same bytes at any width.
- Entries share one C signature, take raw pointers, allocate nothing and raise nothing, so they
  need no Python, no numba runtime and no interpreter lock.
- Helpers are inlined by numba, before typing, so an entry is one LLVM function and the optimiser
  sees every constant phase.
- One target per process: numba remembers typings, and the number of lanes is part of a type.
"""

# numba ships partial annotations: its classes are typed, its flags and decorators are not.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, misc, assignment"

from __future__ import annotations

import importlib
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import njit, types
from numba.core import codegen, compiler
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target

from kernels.entries import SYMBOL, UNITS

# source, geometry, colour, target, scratch: what each number means stands in `kernels.calls`.
_SIGNATURE = types.void(
    types.CPointer(types.uint8),
    types.CPointer(types.int64),
    types.CPointer(types.float32),
    types.CPointer(types.uint8),
    types.CPointer(types.float32),
)

inlined = njit(inline="always", error_model="numpy")


class _Codegen(codegen.AOTCPUCodegen):
    """numba's ahead-of-time code generator for a named processor, vectorisers off."""

    def __init__(self, name: str, cpu_name: str, features: str) -> None:
        self._features = features
        super().__init__(name, cpu_name=cpu_name)

    def _customize_tm_features(self) -> str:
        return self._features

    def _pass_builder(self, **kwargs: Any) -> Any:
        kwargs["loop_vectorize"] = kwargs["slp_vectorize"] = False
        return super()._pass_builder(**kwargs)


def processor(target: str) -> tuple[str, str, int]:
    """LLVM's processor name, its features and the number of lanes for a target."""
    if target != "host":
        return target, "", 16 if target.endswith("v4") else 8
    features = llvm.get_host_cpu_features()
    lanes = 16 if features.get("avx512vl") and features.get("avx512bw") else 8
    return llvm.get_host_cpu_name(), features.flatten(), lanes


@global_compiler_lock
def emit(units: tuple[str, ...], target: str) -> bytes:
    """Compile units into one native object for `target` ("host" or one of TARGETS)."""
    cpu_name, features, lanes = processor(target)
    width = importlib.import_module("kernels.loops.simd.vector_type").WIDTH
    if width.fixed and width.lanes != lanes:
        raise RuntimeError("one process compiles for one number of lanes")
    width.lanes, width.fixed = lanes, True

    base = cpu_target.target_context
    context = base.subtarget(
        _internal_codegen=_Codegen("rushes", cpu_name, features), aot_mode=True
    )
    library = context.codegen().create_library("rushes")
    wrappers = library.create_ir_module("rushes_entries")
    for unit in units:
        module = importlib.import_module(f"kernels.loops.{unit}")
        for entry in UNITS[unit]:
            # New flags each time: numba's inliner turns SSA off in the flags that it is given.
            flags = compiler.Flags()
            flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
            flags.no_compile = True
            flags.error_model = "numpy"
            result = compiler.compile_extra(
                cpu_target.typing_context,
                context,
                getattr(module, entry),
                _SIGNATURE.args,
                types.void,
                flags,
                locals={},
                library=library,
            )
            _wrap(context, wrappers, result.fndesc, SYMBOL.format(entry))
    library.add_ir_module(wrappers)
    library.finalize()
    return bytes(library.emit_native_object())


def _wrap(context: Any, module: Any, descriptor: Any, symbol: str) -> None:
    """A plain C function around numba's own calling convention (a status and an exception slot)."""
    arguments = [context.get_value_type(kind) for kind in _SIGNATURE.args]
    outer = ir.Function(module, ir.FunctionType(ir.VoidType(), arguments), symbol)
    inner = context.declare_function(module, descriptor)
    builder = ir.IRBuilder(outer.append_basic_block())
    context.call_conv.call_function(builder, inner, types.void, _SIGNATURE.args, outer.args)
    builder.ret_void()
