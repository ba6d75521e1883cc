"""Native objects: `python -m kernels.build` compiles every kernel for every shipped level.

Run it where the package is installed, or before a wheel is packed: objects go to `kernels/native`.
It needs numba and a C linker (`cc`); the process that later calls the kernels needs neither.

    python -m kernels.build                     x86-64-v3 and x86-64-v4, then the proof
    python -m kernels.build --target x86-64-v3  only that
    python -m kernels.build --check             only the proof: no kernel would compile at run time
    python -m kernels.build --target aarch64    with aarch64-linux-gnu-gcc, or on such a machine

The proof calls every kernel, so it needs objects for the machine that it runs on.
"""

from __future__ import annotations

import argparse
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kernels.entries import NATIVE, SYMBOL, UNITS, digest
from kernels.proof import own_module, proof

TARGETS = ("x86-64-v3", "x86-64-v4")


def emit_object(target: str, file: Path) -> None:
    """Compile every unit for `target` into one relocatable object, in this process."""
    if target == "aarch64":
        file.write_bytes(emit_for_aarch64(tuple(UNITS)))
        return
    from kernels.compiler import emit

    file.write_bytes(emit(tuple(UNITS), target))


def emit_for_aarch64(units: tuple[str, ...]) -> bytes:
    """Compile units into one relocatable object for aarch64, from any machine; one target a
    process.

    numba lowers for the machine that it runs on, and LLVM makes the code for the other one out of
    the optimised IR. Nothing in that belongs to a maker: pointers are of 64 bits on both; vectors,
    halves and `fma` are LLVM's own. Eight lanes are two registers of NEON, which every aarch64 has.
    Here and not in `kernels.compiler`, so that no object becomes stale by it.
    """
    from numba.core import codegen

    from kernels import compiler

    class Library(codegen.AOTCodeLibrary):
        def emit_native_object(self) -> bytes:
            self._ensure_finalized()  # type: ignore[no-untyped-call]
            return _for_aarch64(str(self._final_module))

    compiler._Codegen._library_class = Library
    made: bytes = compiler.emit(units, "host" if platform.machine() == "aarch64" else "x86-64-v3")
    return made


def _for_aarch64(code: str) -> bytes:
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    triple = "aarch64-unknown-linux-gnu"
    machine = llvm.Target.from_triple(triple).create_target_machine(
        cpu="generic", features="+neon", opt=3, reloc="pic"
    )
    for what, value in (("triple", triple), ("datalayout", str(machine.target_data))):
        code, count = re.subn(rf"(?m)^target {what} = .*$", f'target {what} = "{value}"', code)
        if count != 1:
            raise RuntimeError(f"LLVM's assembly names {count} of its target {what}")
    module = llvm.parse_assembly(code)
    module.verify()
    return bytes(machine.emit_object(module))


def linker(target: str) -> str:
    """The C compiler that links for a target, by the name that Debian gives it."""
    return "aarch64-linux-gnu-gcc" if target == "aarch64" != platform.machine() else "cc"


def build(target: str, folder: Path) -> Path:
    """Compile in a process of its own (one number of lanes each) and link; returns the object."""
    folder.mkdir(parents=True, exist_ok=True)
    shared = folder / f"{target}-{digest()}.so"
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        relocatable, linked = Path(scratch) / "kernels.o", Path(scratch) / "kernels.so"
        command = [*own_module("kernels.build"), "--emit", str(relocatable)]
        subprocess.run([*command, "--target", target], check=True)  # noqa: S603
        # Only the entries are to be seen; the same sources make the same file.
        exports = Path(scratch) / "exports"
        names = "; ".join(SYMBOL.format(name) for unit in UNITS.values() for name in unit)
        exports.write_text(f"{{ global: {names}; local: *; }};\n")
        link = [linker(target), "-shared", "-s", "-o", str(linked), str(relocatable)]
        options = ["--build-id=none", "-z,noexecstack", "-z,now", f"--version-script={exports}"]
        subprocess.run([*link, *(f"-Wl,{option}" for option in options)], check=True)  # noqa: S603
        linked.replace(shared)
    for old in folder.glob(f"{target}-*.so"):
        if old != shared:
            old.unlink()
    return shared


def build_all(targets: Sequence[str], folder: Path) -> list[Path]:
    """One object for each target; compilers run side by side."""
    with ThreadPoolExecutor(max(len(targets), 1)) as pool:
        return list(pool.map(lambda target: build(target, folder), targets))


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m kernels.build", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--target", action="append", help="processor level; may be repeated")
    parser.add_argument("--folder", type=Path, default=NATIVE, help="where objects go")
    parser.add_argument("--check", action="store_true", help="only prove that nothing compiles")
    parser.add_argument("--emit", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    targets = options.target or list(TARGETS)
    if options.emit:
        emit_object(targets[0], options.emit)
        return 0
    if not options.check:
        for made in build_all(targets, options.folder):
            print(f"{made.name}: {made.stat().st_size} bytes")
    if options.folder == NATIVE and all(linker(target) == "cc" for target in targets):
        wrong = proof()
        for sentence in wrong:
            print(f"kernels.build: {sentence}", file=sys.stderr)
        return 1 if wrong else 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
