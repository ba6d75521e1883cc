"""Arrays in, arrays out: the hot loops of rushes.

Importing this package imports neither numba nor NumPy; a function's module loads when the function
is first named, and compiled code when it is first called. `runtime()` says what serves the calls.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kernels.debayer import demosaic as demosaic
    from kernels.debayer import develop as develop
    from kernels.entries import runtime as runtime
    from kernels.entries import warm as warm
    from kernels.half import to_half as to_half
    from kernels.linear import develop_linear as develop_linear
    from kernels.linear import develop_mono as develop_mono
    from kernels.packed import unpack as unpack

_HOME = {
    "demosaic": "kernels.debayer",
    "develop": "kernels.debayer",
    "develop_linear": "kernels.linear",
    "develop_mono": "kernels.linear",
    "to_half": "kernels.half",
    "unpack": "kernels.packed",
    "runtime": "kernels.entries",
    "warm": "kernels.entries",
}

__all__ = [
    "demosaic",
    "develop",
    "develop_linear",
    "develop_mono",
    "runtime",
    "to_half",
    "unpack",
    "warm",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'kernels' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
