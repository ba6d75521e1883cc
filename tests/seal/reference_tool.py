"""The ASC's own MHL tool, as a process of its own: it keeps state in module globals."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_TOOL = "from ascmhl.cli.ascmhl import mhltool_cli as run; run()"
# `verify` stands in the tool's debugging program only.
_DEBUG = "from ascmhl.cli.ascmhl_debug import mhldebugtool_cli as run; run()"


def ascmhl(command: str, *arguments: str | Path) -> str:
    """Run it; what it says. Fails when it does."""
    program = _DEBUG if command == "verify" else _TOOL
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, command, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
