"""The ASC's own MHL tool, in a process of its own each time: it keeps state in module globals.

The processes are forked from one that has imported it, which takes longer than most of its work.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import warnings
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path

_FORKED = multiprocessing.get_context("forkserver")
# `verify` stands in the tool's debugging program only.
_TOOL = ("ascmhl.cli.ascmhl", "mhltool_cli")
_DEBUG = ("ascmhl.cli.ascmhl_debug", "mhldebugtool_cli")


def ascmhl(command: str, *arguments: str | Path) -> str:
    """Run it; what it says. Fails when it does."""
    _FORKED.set_forkserver_preload([_TOOL[0], _DEBUG[0]])
    with tempfile.NamedTemporaryFile("r") as told:
        words = [command, *map(str, arguments)]
        process = _FORKED.Process(target=_run, args=(words, told.name))
        process.start()
        process.join()
        said = told.read()
    assert process.exitcode == 0, said
    return said


def _run(words: list[str], told: str) -> None:
    """In the child; ends with the tool's own exit code."""
    warnings.simplefilter("ignore")
    module, name = _DEBUG if words[0] == "verify" else _TOOL
    tool = getattr(import_module(module), name)
    with Path(told).open("w") as out, redirect_stdout(out), redirect_stderr(out):
        sys.exit(tool(words, prog_name="ascmhl"))
