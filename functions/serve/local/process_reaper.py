"""Runs one command and ends with whoever started it, however that one ends.

    python guard.py GRACE FOLDER COMMAND...     standard input: a pipe that the starter holds

FOLDER is the starter's scratch for the command, taken away at the end: a killed starter
cannot.

A killed starter (-9) closes the pipe and can do nothing more; PR_SET_PDEATHSIG would fire
when the thread that forked ends, which is another event. Standard library alone: it is
started by path, without the site's packages, in some 15 ms.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys

_LOOK = 0.1


def main(arguments: list[str]) -> int:
    """The command's exit code, as a shell has it; 0 when it was asked to end."""
    grace, folder, command = float(arguments[0]), arguments[1], arguments[2:]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # A session of its own makes a group of all that the command starts.
    child = subprocess.Popen(  # noqa: S603 - the command is the starter's own
        command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_default_signals
    )
    while child.poll() is None:
        if select.select([0], [], [], _LOOK)[0] and not os.read(0, 1):
            _end(child, grace)
            shutil.rmtree(folder, ignore_errors=True)
            return 0
    # Workers of a master that was killed keep its port and their work: none may stay.
    _end_group(child)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _default_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _end(child: subprocess.Popen[bytes], grace: float) -> None:
    child.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(grace)
    _end_group(child)


def _end_group(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
