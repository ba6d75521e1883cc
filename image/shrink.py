"""Shared objects without the symbols that only a debugger reads, and no file twice."""

from __future__ import annotations

import hashlib
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

_PT_LOAD = 1


def loadable(file: Path) -> bool:
    """Whether every segment of a 64-bit ELF file lies in step with its address.

    Wheels' libraries were moved about by patchelf; `strip` leaves some of them in a shape that
    the loader refuses ("not page-aligned").
    """
    data = file.read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        return False
    (start,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for index in range(count):
        kind, _, offset, address, _, _, _, align = struct.unpack_from(
            "<IIQQQQQQ", data, start + index * size
        )
        if kind == _PT_LOAD and align > 1 and (offset - address) % align:
            return False
    return True


def strip(file: Path) -> int:
    """Strip an object in place when it stays loadable; returns the bytes saved."""
    before = file.stat().st_size
    with tempfile.TemporaryDirectory() as scratch:
        smaller = Path(scratch) / file.name
        done = subprocess.run(  # noqa: S603
            ["strip", "--strip-unneeded", "-o", str(smaller), str(file)],  # noqa: S607
            check=False,
            capture_output=True,
        )
        if done.returncode or smaller.stat().st_size >= before or not loadable(smaller):
            return 0
        shutil.copyfile(smaller, file)
    return before - file.stat().st_size


def link_twins(folder: Path) -> int:
    """Objects of the same bytes in one folder become links to the longest name.

    Wheels cannot hold links, so they hold a library once for each of its names.
    """
    saved = 0
    kept: dict[tuple[Path, str], Path] = {}
    objects = [f for f in folder.rglob("*.so*") if f.is_file() and not f.is_symlink()]
    for file in sorted(objects, key=lambda f: (-len(f.name), str(f))):
        mark = (file.parent, hashlib.sha256(file.read_bytes()).hexdigest())
        first = kept.setdefault(mark, file)
        if first is not file:
            saved += file.stat().st_size
            file.unlink()
            file.symlink_to(first.name)
    return saved
