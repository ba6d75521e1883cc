"""Runs one command and ends with whoever started it, however that one ends.

    python process_reaper.py GRACE FOLDER COMMAND...   standard input: a pipe, held by the starter

FOLDER is the starter's scratch for the command, taken away at the end: a killed starter
cannot.

A killed starter (-9) closes the pipe and can do nothing more. Of this process, which has one
thread, the kernel tells the command itself (PR_SET_PDEATHSIG): killed too, it leaves no server
behind. Standard library alone: it is started by path, without the site's packages, in some 15 ms.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys

_LOOK = 0.1
_PR_SET_PDEATHSIG = 1
# Loaded before the fork: the child of a fork does as little as it can.
_SYSTEM = ctypes.CDLL(None) if sys.platform == "linux" else None


def main(arguments: list[str]) -> int:
    """The command's exit code, as a shell has it; 0 when it was asked to end."""
    grace, folder, command = float(arguments[0]), arguments[1], arguments[2:]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # A session of its own makes a group of all that the command starts.
    ours = os.getpid()
    child = subprocess.Popen(  # noqa: S603 - the command is the starter's own
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: _before_command(ours),
    )
    while child.poll() is None:
        if select.select([0], [], [], _LOOK)[0] and not os.read(0, 1):
            _end(child, grace)
            shutil.rmtree(folder, ignore_errors=True)
            return 0
    # Workers of a master that was killed keep its port and their work: none may stay.
    _end_group(child)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _before_command(reaper: int) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    if _SYSTEM is not None:
        _SYSTEM.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != reaper:  # it went between the fork and here
            os.kill(os.getpid(), signal.SIGTERM)


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
