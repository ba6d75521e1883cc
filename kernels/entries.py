"""The units of compiled code, their entries, and the digests of the sources that shape them.

A digest covers every source that shapes the code, so a stale object is never called.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path

ROOM = Path(__file__).resolve().parent
NATIVE = ROOM / "native"
SYMBOL = "rushes_{}"
# Modules of `kernels.loops`, and the entries that each compiles to.
UNITS: dict[str, tuple[str, ...]] = {
    "demosaic.bilinear": ("draft",),
    "demosaic.malvar": ("fast",),
    "demosaic.directed": ("best",),
    "demosaic.planar": ("linear", "half"),
    "demosaic.bits": ("unpack",),
    "coding.deflate": ("deflate",),
    "coding.prores": ("prores",),
    "coding.vc5": ("vc5_band", "vc5_level", "vc5_mosaic"),
    "colour.pixels": ("pixels",),
    "colour.curves": (
        "log_encode",
        "log_decode",
        "two_sided_encode",
        "two_sided_decode",
        "acescc_encode",
        "acescc_decode",
        "apple_encode",
        "apple_decode",
        "pq_encode",
        "pq_decode",
        "hlg_encode",
        "hlg_decode",
    ),
    "colour.grade": ("matrix", "cdl"),
    "colour.fixed": ("glow", "red_modifier", "surround", "bound", "gamma", "gamut_compress"),
    "colour.lut": ("lut1d", "lut3d"),
    "colour.guarded_lut": ("guarded",),
    "colour.stops": ("stops",),
    "colour.aces2_rendering": ("rendering2",),
    "video.resize": ("resize",),
    "video.rgb_to_ycbcr": ("yuv",),
    "video.ycbcr_to_rgb": ("from_yuv",),
}
_WIDE = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}
_NUMPY_NAMES = {"FMA3": "fma"}
_IMPORT = re.compile(r"^ *(?:from|import) +(kernels[\w.]*)(?: +import +(\([^)]*\)|.*))?$", re.M)


@cache
def digest() -> str:
    """Name of the sources that shape compiled code."""
    total = hashlib.sha256(repr(UNITS).encode())
    for name in ("calls.py", "compiler.py"):
        total.update(name.encode() + b"\0" + (ROOM / name).read_bytes())
    for path, content in sources(str(ROOM / "loops")):
        total.update(f"loops/{path}".encode() + b"\0" + content)
    return total.hexdigest()[:16]


def sources(folder: str, endings: tuple[str, ...] = (".py",)) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder whose name ends so: its path there and what it holds.

    In the order of `pathlib`, folder by folder; compiled modules are left out. By descriptors: with
    `pathlib` and buffers the 350 files of a debayer take three times as long.
    """
    for path in sorted(_walk(folder, "", endings), key=lambda path: path.split("/")):
        yield path, _content(f"{folder}/{path}")


def _walk(folder: str, start: str, endings: tuple[str, ...]) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.endswith(endings):
                if entry.is_file():
                    yield start + name
            elif name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, f"{start}{name}/", endings)


def _content(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        content = os.read(descriptor, size + 1)
        if len(content) == size:
            return content
    finally:
        os.close(descriptor)
    with Path(path).open("rb") as file:  # what a network's file system gives in parts
        return file.read()


@cache
def _source(module: str) -> tuple[bytes, tuple[str, ...]]:
    """Text of one of this package's modules and the modules that it may import."""
    # This file shapes no code that runs in an entry, but for the list of a unit's entries.
    file = ROOM.joinpath(*module.split(".")[1:]).with_suffix(".py")
    if module == "kernels.entries" or not module.startswith("kernels.") or not file.is_file():
        return b"", ()
    text = file.read_bytes()
    # Not Python's own parser: 60 ms at each start that finds its kernels compiled.
    found: list[str] = []
    for base, names in _IMPORT.findall(text.decode()):
        found += [base, *(f"{base}.{name}" for name in re.findall(r"\w+", names))]
    return text, tuple(found)


def unit_digest(unit: str) -> str:
    """Name of the sources that shape one unit: a changed kernel compiles, the others stay."""
    found: dict[str, bytes] = {}
    todo = [f"kernels.loops.{unit}", "kernels.compiler"]
    while todo:
        module = todo.pop()
        if module not in found:
            found[module], imports = _source(module)
            todo += imports
    total = hashlib.sha256(repr(UNITS[unit]).encode())
    for module in sorted(found):
        total.update(module.encode() + b"\0" + found[module])
    return total.hexdigest()[:16]


@cache
def host_level() -> str:
    """The target that this processor can run: a level of x86-64, aarch64, or "" for none."""
    if os.uname().machine == "aarch64":
        return "aarch64"  # all of them have the vectors and the halves that kernels use
    has = _features()
    if not {"avx2", "fma", "f16c"} <= has:
        return ""
    return "x86-64-v4" if has >= _WIDE else "x86-64-v3"


def _features() -> set[str]:
    """What the processor and the system can do, in the kernel's names."""
    with suppress(OSError):
        # Not through NumPy, which costs a start 40 ms, nor LLVM, which costs it 30.
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("flags"):
                return set(line.split())
    has: dict[str, bool] = import_module("numpy._core._multiarray_umath").__cpu_features__
    return {_NUMPY_NAMES.get(name, name.lower()) for name, there in has.items() if there}
