"""Native objects: `python -m kernels.build` compiles every kernel for every shipped level.

Run it where the package is installed, or before a wheel is packed: objects go to `kernels/native`.
It needs numba and a C linker (`cc`); the process that later calls the kernels needs neither.

    python -m kernels.build                     x86-64-v3 and x86-64-v4, then the proof
    python -m kernels.build --target x86-64-v3  only that
    python -m kernels.build --check             only the proof: no kernel would compile at run time

aarch64: run it on the machine itself; `--target host` names the object after the machine, and
`kernels.entries` looks for that name last. Lanes are four registers wide there, bytes the same.
"""

from __future__ import annotations

import argparse
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
    from kernels.compiler import emit

    file.write_bytes(emit(tuple(UNITS), target))


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
        link = ["cc", "-shared", "-s", "-o", str(linked), str(relocatable)]
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
    if options.folder == NATIVE:
        wrong = proof()
        for sentence in wrong:
            print(f"kernels.build: {sentence}", file=sys.stderr)
        return 1 if wrong else 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
