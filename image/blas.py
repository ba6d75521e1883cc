"""NumPy's BLAS and LAPACK: the reference ones, linked to the functions that NumPy calls.

The wheel brings OpenBLAS with kernels for two dozen processors (25 MB, and Fortran's runtime for
it). Here matrices are three by three: nothing that shapes pixels calls BLAS, for it rounds
otherwise on another processor. The reference library does so nowhere, and takes 1.4 MB.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

PREFIX, SUFFIX = "scipy_", "64_"
"""Around the names in NumPy's wheels: integers of 64 bits."""

# What of Fortran's runtime the linked functions call, and what tells wrong arguments: NumPy checks
# them before.
_RUNTIME = r"""
#include <stdlib.h>
#include <string.h>
void xerbla_(void) { abort(); }
void cblas_xerbla(void) { abort(); }
void _gfortran_concat_string(size_t to, char *out, size_t a, const char *x, size_t b, const char *y)
{
    memset(out, ' ', to);
    memcpy(out, x, a < to ? a : to);
    if (a < to) memcpy(out + a, y, b < to - a ? b : to - a);
}
#define POWER(name, type) type name(type x, long n) { \
    unsigned long u = n < 0 ? 0ul - (unsigned long)n : (unsigned long)n; \
    type y = 1; \
    if (n < 0) x = 1 / x; \
    for (; u; u >>= 1, x *= x) if (u & 1) y *= x; \
    return y; }
POWER(_gfortran_pow_r4_i8, float)
POWER(_gfortran_pow_r8_i8, double)
"""


def archives(base: Path = Path("/usr/lib/x86_64-linux-gnu")) -> list[Path]:
    """Debian's static libraries (liblapack64-dev, libblas64-dev); empty where they are not."""
    found = [base / "lapack64" / "liblapack64.a", base / "blas64" / "libblas64.a"]
    return found if all(file.is_file() for file in found) else []


def wanted(site: Path) -> list[str]:
    """Names of BLAS and LAPACK that NumPy's objects call."""
    objects = [*site.glob("numpy/_core/_multiarray_umath*.so"), *site.glob("numpy/linalg/*.so")]
    lines = subprocess.run(  # noqa: S603
        ["nm", "-D", "--undefined-only", *map(str, objects)],  # noqa: S607
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return sorted({n for n in lines if n.startswith(PREFIX) and n.endswith(SUFFIX)})


def replace(site: Path, found: list[Path]) -> int:
    """Put the reference library in OpenBLAS' place; returns the bytes saved. Without archives all
    stays as it is."""
    if not found:
        return 0
    (old,) = site.glob("numpy.libs/libscipy_openblas*.so")
    names = wanted(site)
    with tempfile.TemporaryDirectory() as scratch:
        runtime, exports = Path(scratch, "runtime.c"), Path(scratch, "exports")
        made = Path(scratch, old.name)
        runtime.write_text(_RUNTIME)
        exports.write_text(f"{{ global: {PREFIX}*; local: *; }};")
        renamed = [
            f"-Wl,--defsym={name}={name.removeprefix(PREFIX).removesuffix(SUFFIX)}"
            for name in names
        ]
        subprocess.run(  # noqa: S603
            ["gcc", "-O2", "-fPIC", "-shared", "-o", str(made), str(runtime), *renamed,  # noqa: S607
             f"-Wl,--version-script={exports},-soname,{old.name},--gc-sections,-s,-z,defs",
             "-Wl,--build-id=none", *map(str, found), "-lm"],
            check=True,
        )  # fmt: skip
        saved = old.stat().st_size - made.stat().st_size
        shutil.copyfile(made, old)
    for fortran in (*site.glob("numpy.libs/libgfortran*"), *site.glob("numpy.libs/libquadmath*")):
        saved += fortran.stat().st_size
        fortran.unlink()
    return saved
