"""Where modules come from: never the current folder, which may be a stranger's delivery."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import functions

_ROOT = Path(functions.__file__).resolve().parents[1]
_START = """\
import os, sys
sys.path[:] = sys.argv.pop().split(os.pathsep)
from functions.serve.cli.start import main
main()"""


def module_folders() -> list[str]:
    """This process's module path without the current folder, unless that is a checkout of ours.

    An empty entry of PYTHONPATH (`PYTHONPATH=$PYTHONPATH:/x` where it was unset) means the
    current folder too.
    """
    current = os.path.realpath(".")
    checkout = [str(_ROOT)] if _ROOT.name not in ("site-packages", "dist-packages") else []
    found = [f for f in sys.path if Path(f).is_absolute() and os.path.realpath(f) != current]
    return list(dict.fromkeys([*checkout, *found]))


def isolated_rushes(*arguments: str) -> list[str]:
    """The command `rushes` in an interpreter that takes modules from where this one does.

    Isolated: `-c` and `-m` put the current folder first on the path, so that an `html.py` in it
    would run in place of Python's.
    """
    return [sys.executable, "-I", "-c", _START, *arguments, os.pathsep.join(module_folders())]
