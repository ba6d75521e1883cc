"""Stand-ins of libraries that other libraries are linked to and that no function of ours reaches.

Wheels are built for every use. FFmpeg's has TLS for addresses of the network, sound cards and
screens, hardware of Intel, and libraries of codecs that it has decoders of its own for, which come
first; nothing is encoded by them (`functions/media/write/codec_profiles.py`). Clips come through
our own storage. libjxl compresses boxes with Brotli when it writes, and here only reads. Each
function of a stand-in ends the process: what should never be called is not to answer.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

UNREACHED: dict[str, frozenset[str]] = {
    "libgnutls": frozenset({"gnutls_global_init", "gnutls_global_deinit"}),
    **dict.fromkeys(("libasound", "libxcb", "libdrm", "libvpl"), frozenset[str]()),
    "libvpx": frozenset({"vpx_codec_vp9_cx", "vpx_codec_get_caps", "vpx_codec_version"}),
    **dict.fromkeys(("libwebp", "libwebpmux", "libopus"), frozenset[str]()),
    **dict.fromkeys(("libmp3lame", "libopencore", "libbrotlienc"), frozenset[str]()),
}
"""Names before the first hyphen, and of each what is called at loading: that does nothing."""


def _lines(*command: str) -> list[str]:
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout.splitlines()


def needed(file: Path) -> set[str]:
    """Names of the libraries that an object asks for."""
    found = (line for line in _lines("readelf", "-d", str(file)) if "(NEEDED)" in line)
    return {line.rpartition("[")[2].rstrip("]") for line in found}


def source(names: set[str], quiet: frozenset[str]) -> str:
    """C of functions of these names; of `quiet` each answers 0."""
    bodies = (
        f"int {name}(void) {{ {'return 0' if name in quiet else 'abort()'}; }}"
        for name in sorted(names)
    )
    return "\n".join(("#include <stdlib.h>", *bodies, ""))


def exports(versions: dict[str, set[str]]) -> str:
    """The linker's version script: the loader looks for a symbol with its version."""
    nodes = (
        f"{version} {{ global: {' '.join(f'{n};' for n in sorted(names))} }};"
        for version, names in sorted(versions.items())
    )
    return "\n".join(nodes)


def replace(folder: Path) -> int:
    """Put stand-ins into a folder of libraries, and take out what nobody needs then; returns the
    bytes saved."""
    objects = [f for f in folder.rglob("*.so*") if f.is_file() and not f.is_symlink()]
    asks = {file: needed(file) for file in objects}
    saved = 0
    for file in objects:
        quiet = UNREACHED.get(file.name.partition("-")[0])
        if quiet is None:
            continue
        defined = {
            line.split()[-1].partition("@")[0]
            for line in _lines("nm", "-D", "--defined-only", str(file))
        }
        versions: dict[str, set[str]] = defaultdict(set)
        for other in (o for o, names in asks.items() if file.name in names):
            for line in _lines("nm", "-D", "--undefined-only", str(other)):
                name, _, version = line.split()[-1].partition("@")
                if name in defined:
                    versions[version.lstrip("@")].add(name)
        saved += _link(file, versions, quiet)
        asks[file] = set()
    while gone := [f for f in asks if _orphaned(f, asks)]:
        for file in gone:
            saved += file.stat().st_size
            del asks[file]
            file.unlink()
    return saved


_THEIRS = ("libnettle", "libhogweed", "libgmp", "libunistring", "libsharpyuv", "libXau")
"""Only those ask for these; whoever else does keeps them."""


def _orphaned(file: Path, asks: dict[Path, set[str]]) -> bool:
    asked = any(file.name in names for other, names in asks.items() if other != file)
    return file.name.partition("-")[0] in _THEIRS and not asked


def _link(file: Path, versions: dict[str, set[str]], quiet: frozenset[str]) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        code, script = Path(scratch, "stand_in.c"), Path(scratch, "exports")
        made = Path(scratch, file.name)
        code.write_text(source({n for names in versions.values() for n in names}, quiet))
        script.write_text(exports(versions))
        _lines(
            "gcc", "-O2", "-fPIC", "-shared", "-w", "-o", str(made), str(code),
            f"-Wl,--version-script={script},-soname,{file.name},-s,--build-id=none",
        )  # fmt: skip
        saved = file.stat().st_size - made.stat().st_size
        shutil.copyfile(made, file)
    return saved
