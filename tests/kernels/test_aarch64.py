"""Kernels for aarch64, made here: emitted, linked by Debian's cross compiler, run under QEMU in a
program of C, which knows nothing of Python."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kernels import compiled
from kernels.loops.colour import slots

CROSS = "aarch64-linux-gnu-gcc"
RUNNERS = ("qemu-aarch64-static", "qemu-aarch64")
COUNT, LANES = 24, 8

_EMIT = """
import sys
from pathlib import Path
from kernels.build import emit_for_aarch64
Path(sys.argv[1]).write_bytes(emit_for_aarch64(("colour.grade",)))
"""
_PROGRAM = """
#include <stdint.h>
#include <stdio.h>
void rushes_matrix(void *, int64_t *, float *, void *, float *);
static float values[3 * %(count)d] = {%(values)s}, numbers[12] = {%(numbers)s};
static int64_t geometry[32] = {[%(slot)d] = %(count)d};
int main(void)
{
    rushes_matrix(values, geometry, numbers, 0, 0);
    for (int i = 0; i < 3 * %(count)d; i++) printf("%%a\\n", values[i]);
}
"""


def test_a_kernel_runs_on_aarch64_and_gives_what_arithmetic_says(tmp_path: Path) -> None:
    """A 3x3 matrix with an offset over numbers whose products and sums floats hold exactly."""
    runner = next((each for each in RUNNERS if shutil.which(each)), None)
    if shutil.which(CROSS) is None or runner is None:
        pytest.skip(f"no {CROSS} and no QEMU here")
    made = tmp_path / "grade.o"
    subprocess.run([sys.executable, "-c", _EMIT, str(made)], check=True)
    assert made.read_bytes()[18:20] == b"\xb7\x00"  # EM_AARCH64, System V ABI for it
    rng = np.random.default_rng(4)
    values = rng.integers(-64, 64, (3, COUNT)) / 16
    matrix, offset = rng.integers(-32, 32, (3, 3)) / 8, rng.integers(-8, 8, 3) / 4
    code = tmp_path / "main.c"
    numbers = np.concatenate([matrix.ravel(), offset])
    code.write_text(
        _PROGRAM
        % {
            "count": COUNT,
            "slot": slots.COUNT,
            "values": ", ".join(map(str, values.ravel())),
            "numbers": ", ".join(map(str, numbers)),
        }
    )
    program = tmp_path / "program"
    subprocess.run([CROSS, "-static", "-o", program, code, made], check=True)
    done = subprocess.run([runner, program], check=True, capture_output=True, text=True)
    found = np.array([float.fromhex(line) for line in done.stdout.split()]).reshape(3, COUNT)
    assert COUNT % LANES == 0
    assert (found == matrix @ values + offset[:, None]).all()


@pytest.mark.parametrize(
    ("level", "wanted"),
    [
        ("aarch64", ["aarch64", "host"]),
        ("x86-64-v4", ["x86-64-v4", "x86-64-v3", "host"]),
        ("x86-64-v3", ["x86-64-v3", "host"]),
        ("", ["host"]),
    ],
)
def test_a_machine_looks_for_its_own_objects(
    level: str, wanted: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of other machines and higher levels are passed over."""
    monkeypatch.setattr(compiled, "host_level", lambda: level)
    monkeypatch.setattr(compiled, "NATIVE", tmp_path)
    tried = []
    look = Path.is_file

    def told(self: Path) -> bool:
        if self.parent == tmp_path:
            tried.append(self.name.removesuffix(f"-{compiled.digest()}.so"))
        return look(self)

    monkeypatch.setattr(Path, "is_file", told)
    assert compiled.native.__wrapped__() is None
    assert tried == wanted
