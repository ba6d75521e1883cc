"""Objects are made smaller, and never into what the loader refuses."""

from __future__ import annotations

import ctypes
import shutil
import struct
import subprocess
import sysconfig
from pathlib import Path

import pytest

from image.shrink import link_twins, loadable, strip, trim


def elf(offset: int, address: int) -> bytes:
    """An ELF header with one segment to load."""
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQ", 3, 62, 1, 0, 64, 0)
    head += struct.pack("<IHHHHHH", 0, 64, 56, 1, 64, 0, 0)
    return head + struct.pack("<IIQQQQQQ", 1, 5, offset, address, address, 1, 1, 4096)


def test_segments_in_step_with_their_addresses_are_loadable(tmp_path: Path) -> None:
    """The loader maps pages: offset and address agree modulo the page, or it refuses."""
    file = tmp_path / "a.so"
    for offset, address, fits in ((0x1010, 0x3010, True), (0x1010, 0x3020, False)):
        file.write_bytes(elf(offset, address))
        assert loadable(file) is fits
    file.write_bytes(b"GROUP ( libc.so.6 )")
    assert loadable(file) is False


def test_an_object_is_stripped_and_still_loads(tmp_path: Path) -> None:
    """Symbols go, and what is exported stays."""
    compiler = shutil.which("cc")
    if compiler is None or shutil.which("strip") is None:
        pytest.skip("no C compiler here")
    source = tmp_path / "a.c"
    source.write_text(
        "static int twice(int x) { return 2 * x; }\nint four(void) { return twice(2); }\n"
    )
    file = tmp_path / "a.so"
    subprocess.run([compiler, "-g", "-shared", "-fPIC", "-o", file, source], check=True)
    before = file.stat().st_size
    assert strip(file) == before - file.stat().st_size > 0
    assert ctypes.CDLL(str(file)).four() == 4


def test_an_object_of_large_pages_is_cut_to_its_segments(tmp_path: Path) -> None:
    """Sections and the padding between pages of 2 MiB go; code, data, and what is bound at loading
    stay. One that is segments nearly alone is left as it is."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler here")
    source = tmp_path / "a.c"
    source.write_text(
        "#include <stdlib.h>\nstatic int seven = 7;\nint *where = &seven;\n"
        "__attribute__((constructor)) static void add(void) { seven += abs(-1); }\n"
        "int eight(void) { return *where; }\n"
    )
    file = tmp_path / "a.so"
    options = ["-g", "-shared", "-fPIC", "-Wl,-z,max-page-size=0x200000"]
    subprocess.run([compiler, *options, "-o", file, source], check=True)
    before = file.stat().st_size
    assert before > 2_000_000
    assert trim(file) == before - file.stat().st_size > before // 2
    assert loadable(file)
    assert ctypes.CDLL(str(file)).eight() == 8
    assert trim(file) == 0


def test_what_cannot_be_stripped_stays_as_it_is(tmp_path: Path) -> None:
    """A text that only bears the name of an object is left alone."""
    file = tmp_path / "libc.so"
    file.write_text("GROUP ( libc.so.6 )")
    assert strip(file) == 0
    assert file.read_text() == "GROUP ( libc.so.6 )"


def test_twins_become_links_to_the_longest_name(tmp_path: Path) -> None:
    """Three names of one library are one file; the same bytes in another folder are not touched."""
    (tmp_path / "other").mkdir()
    for name in ("libraw.so", "libraw.so.25", "libraw.so.25.0.0", "other/libraw.so"):
        (tmp_path / name).write_bytes(b"bytes")
    assert link_twins(tmp_path) == 10
    assert (tmp_path / "libraw.so").readlink() == Path("libraw.so.25.0.0")
    assert (tmp_path / "libraw.so.25").read_bytes() == b"bytes"
    assert not (tmp_path / "other" / "libraw.so").is_symlink()


def test_this_pythons_own_extensions_are_loadable() -> None:
    """The check passes what the system's own linker made."""
    folder = Path(sysconfig.get_path("platstdlib")) / "lib-dynload"
    objects = sorted(folder.glob("*.so"))[:20]
    assert all(loadable(file) for file in objects)
