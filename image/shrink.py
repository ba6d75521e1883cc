"""Shared objects without the symbols that only a debugger reads, and no file twice."""

from __future__ import annotations

import hashlib
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

_PT_LOAD, _PAGE = 1, 4096


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


def trim(file: Path) -> int:
    """Leave the segments alone of an object where they are less than nine tenths of it; returns
    the bytes saved. It loads and runs as before, and nothing can be linked to it any more."""
    before = file.read_bytes()
    if not loadable(file) or len(made := segments_alone(before)) > 0.9 * len(before):
        return 0
    file.write_bytes(made)
    return len(before) - len(made)


def segments_alone(data: bytes) -> bytes:
    """A 64-bit ELF file with what its program headers load, and nothing else: no sections, which
    only linkers and debuggers read. Segments keep their place within a page.

    Reference: System V ABI, chapter 5, program header.
    """
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    headers = [list(struct.unpack_from("<IIQQQQQQ", data, table + i * size)) for i in range(count)]
    for header in headers:
        if header[0] == _PT_LOAD:
            header[7] = min(header[7], _PAGE)  # some linkers ask for 2 MiB, and pad the file so
    loaded = sorted((h[2], h[2] + h[5]) for h in headers if h[0] == _PT_LOAD and h[5])
    made = bytearray()
    moved: list[tuple[int, int, int]] = []
    for start, stop in loaded:
        made += bytes((start - len(made)) % _PAGE)
        moved.append((start, stop, len(made) - start))
        made += data[start:stop]

    def place(offset: int) -> int:
        return next((offset + by for start, stop, by in moved if start <= offset < stop), 0)

    for header in headers:
        if header[5]:
            header[2] = place(header[2])
    struct.pack_into("<Q", made, 32, place(table))
    struct.pack_into("<Q", made, 40, 0)  # no table of sections
    struct.pack_into("<HHH", made, 58, 0, 0, 0)
    for index, header in enumerate(headers):
        struct.pack_into("<IIQQQQQQ", made, place(table) + index * size, *header)
    return bytes(made)


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
