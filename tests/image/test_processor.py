"""A machine that no shipped object fits, without a compiler: one sentence."""

from __future__ import annotations

import subprocess
import sys

_OLD = """
import sys
from pathlib import Path
sys.modules["llvmlite"] = None
from kernels import compiled
compiled.NATIVE = Path("/nowhere")
compiled.host_level = lambda: ""
try:
    compiled.warm()
except RuntimeError as error:
    print(error)
"""


def test_a_processor_below_the_shipped_levels_is_told_so() -> None:
    """Loading a kernel says which level the processor has and what is missing."""
    done = subprocess.run([sys.executable, "-c", _OLD], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "no kernels for this processor (a level below x86-64-v3): no native object fits it, "
        "and numba, which would compile them, is not installed\n"
    )
