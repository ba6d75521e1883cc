"""A clip of the project's own making, and ways to start what a user starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.make_clip import make_clip

FRAMES = 8


@dataclass(frozen=True)
class Ended:
    """A process that has ended, and the most memory it ever held."""

    code: int
    out: str
    err: str
    peak: int


def run_rushes(*words: str, timeout: float = 120) -> Ended:
    """`rushes WORDS` as a user types it, bounded in time."""
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, sys.executable, "-m", "functions.serve.cli.main", *words],
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    err, _, peak = done.stderr.rstrip().rpartition("peak kilobytes ")
    return Ended(done.returncode, done.stdout, err.rstrip(), int(peak) * 1024)


# Peak memory of a child is known to its parent only: a parent of its own for each command.
_WATCHED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print("peak kilobytes", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a short 12-bit CinemaDNG take."""
    folder = tmp_path_factory.mktemp("camera") / "A001_C001"
    make_clip(folder, frames=FRAMES, width=640, height=360)
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A functions server of all operations under gunicorn; its URL."""
    import socket
    import time
    import urllib.request

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "functions.serve.cli.main", "serve"],
        env={**os.environ, "PORT": str(port), "RUSHES_HOST": "127.0.0.1"},
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                    break
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError("the server ended") from None
                time.sleep(0.1)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
