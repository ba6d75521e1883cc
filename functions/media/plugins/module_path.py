"""Where modules come from: never the current folder, which may be a stranger's delivery."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import functions

_ROOT = Path(functions.__file__).resolve().parents[1]
_START = (
    "import os, sys; sys.path[:] = sys.argv.pop().split(os.pathsep); from {} import main; main()"
)


def module_folders() -> list[str]:
    """This process's module path without the current folder, unless that is a checkout of ours.

    An empty entry of PYTHONPATH (`PYTHONPATH=$PYTHONPATH:/x` where it was unset) means the
    current folder too.
    """
    current = os.path.realpath(".")
    checkout = [str(_ROOT)] if _ROOT.name not in ("site-packages", "dist-packages") else []
    found = [f for f in sys.path if Path(f).is_absolute() and os.path.realpath(f) != current]
    return list(dict.fromkeys([*checkout, *found]))


def isolated(module: str, *arguments: str) -> list[str]:
    """The command that runs a module's `main` in an interpreter with this one's module path.

    Isolated: `-c` and `-m` put the current folder first on the path, so that an `html.py` in it
    would run in place of Python's.
    """
    start = _START.format(module)
    return [sys.executable, "-I", "-c", start, *arguments, os.pathsep.join(module_folders())]
