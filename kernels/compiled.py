"""Where a compiled entry comes from: a shipped native object, a cached one, or the compiler.

1. `kernels/native/<target>-<digest>.so`, made by `python -m kernels.build`: loaded with ctypes;
   neither numba nor LLVM is imported.
2. Otherwise LLVM loads an object that this machine compiled before, and numba compiles what is
   missing. Objects are kept in `kernels/native` when that can be written, else in a private folder
   of the system's temporary directory, else nowhere.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from kernels.entries import NATIVE, SYMBOL, UNITS, digest, host_level, unit_digest

Entry = Callable[[int, int, int, int, int], None]
_PROTOTYPE = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 5)  # releases the interpreter lock


class _Entries:
    """The loaded entries of this process and how they came."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.loaded: dict[str, Entry] = {}
        self.compiled = 0
        self.cached = 0
        self.calls = 0
        self.kept: list[Any] = []

    def get(self, name: str) -> Entry:
        entry = self.loaded.get(name)
        if entry is None:
            with self.lock:
                entry = self.loaded.get(name) or self._load(name)
        self.calls += 1
        return entry

    def _load(self, name: str) -> Entry:
        library = native()
        if library is not None:
            entry: Entry = _PROTOTYPE((SYMBOL.format(name), library))
            self.loaded[name] = entry
            return entry
        unit = next(unit for unit, names in UNITS.items() if name in names)
        engine = _link(self._object(unit))
        self.kept.append(engine)
        for each in UNITS[unit]:
            self.loaded[each] = _PROTOTYPE(engine.get_function_address(SYMBOL.format(each)))
        return self.loaded[name]

    def _object(self, unit: str) -> bytes:
        """Machine code of a unit for this very processor, compiled at most once per machine."""
        try:
            import llvmlite
            import llvmlite.binding as llvm
        except ModuleNotFoundError as error:
            level = host_level() or "a level below x86-64-v3"
            raise RuntimeError(
                f"no kernels for this processor ({level}): no native object fits it, "
                "and numba, which would compile them, is not installed"
            ) from error

        host = llvm.get_host_cpu_name() + llvm.get_host_cpu_features().flatten()
        about = f"{host}{llvmlite.__version__}{unit_digest(unit)}"
        mark = hashlib.sha256(about.encode()).hexdigest()[:16]
        folder = _writable_folder()
        file = folder / f"{unit}-{mark}.o" if folder else None
        if file is not None and file.is_file():
            self.cached += 1
            return file.read_bytes()
        from kernels.compiler import emit

        if not self.compiled and sys.stderr is not None and sys.stderr.isatty():
            print("compiling kernels for this machine: once, a minute or two", file=sys.stderr)
        code: bytes = emit((unit,), "host")
        self.compiled += 1
        if file is not None:
            for old in file.parent.glob(f"{unit}-*.o"):
                old.unlink(missing_ok=True)
            _write_whole(file, code)
        return code


_ENTRIES = _Entries()


def entry(name: str) -> Entry:
    """The compiled loop called `name`."""
    return _ENTRIES.get(name)


@cache
def native() -> ctypes.CDLL | None:
    """The shipped object for this processor and these sources, when there is one."""
    level = host_level()
    # Levels of x86-64 compare by name. "host" is an object for this very machine.
    for target in ("x86-64-v4", "x86-64-v3", "aarch64", "host"):
        family = target.rpartition("-")[0]
        if target != "host" and (level.rpartition("-")[0] != family or target > level):
            continue
        file = NATIVE / f"{target}-{digest()}.so"
        # Unreadable, or on a mount that may not be executed: the compiler still serves.
        with suppress(OSError):
            if file.is_file():
                return ctypes.CDLL(str(file))
    return None


def _link(code: bytes) -> Any:
    """LLVM's loader with one object in it; it must live as long as its functions."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


@cache
def _writable_folder() -> Path | None:
    """Where this machine's own objects are kept; None when no place can be trusted."""
    private = Path(tempfile.gettempdir()) / f"rushes-kernels-{os.getuid()}"
    for folder, mode in ((NATIVE, 0o755), (private, 0o700)):
        try:
            folder.mkdir(mode=mode, exist_ok=True)
        except OSError:
            continue
        # Code is loaded from here: nobody else may own it or write to it.
        facts = folder.stat()
        if facts.st_uid != os.getuid() or facts.st_mode & 0o022:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return None


def _write_whole(file: Path, code: bytes) -> None:
    """Another process sees the whole object or none; a full disk only costs the cache."""
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as part:
            part.write(code)
        Path(part.name).replace(file)
    except OSError:
        return


def warm() -> dict[str, Any]:
    """Load every entry, compiling what is missing; returns `runtime()`."""
    for names in UNITS.values():
        for name in names:
            _ENTRIES.get(name)
    return runtime()


def runtime() -> dict[str, Any]:
    """What serves the calls of this process.

    `mode`: "native" (shipped object) or "jit"; `target`: processor level, or "host" for code made
    for this very machine; `loaded`: entries ready to be called; `compiled` and `cached`: units that
    numba compiled here and units found compiled; `calls`: entries called so far.
    """
    library = native()
    target = Path(library._name).name.rsplit("-", 1)[0] if library is not None else "host"
    return {
        "mode": "native" if library is not None else "jit",
        "target": target,
        "level": host_level(),
        "digest": digest(),
        "loaded": sorted(_ENTRIES.loaded),
        "compiled": _ENTRIES.compiled,
        "cached": _ENTRIES.cached,
        "calls": _ENTRIES.calls,
    }


class _Scratch(threading.local):
    """Working memory of one thread, kept between calls."""

    memory: Any = None


_SCRATCH = _Scratch()


def scratch(floats: int) -> int:
    """Address of at least that many floats, on a cache line."""
    if _SCRATCH.memory is None or _SCRATCH.memory.size < floats + 16:
        import numpy as np  # not at the top: a wheel is built where there is none

        _SCRATCH.memory = np.zeros(floats + 16, np.float32)
    address: int = _SCRATCH.memory.ctypes.data
    return (address + 63) & -64
