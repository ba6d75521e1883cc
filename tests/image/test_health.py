"""The health check of the image."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from image import health

PROGRAM = Path(health.__file__)


@pytest.mark.parametrize(("status", "code"), [(b"200 OK", 0), (b"503 Service Unavailable", 1)])
def test_health_is_what_the_server_says(status: bytes, code: int) -> None:
    """Exit 0 for 200 and 1 for anything else."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _ = server.accept()
            with line:
                assert line.recv(1024).startswith(b"GET /readyz HTTP/1.1\r\n")
                line.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        port = str(server.getsockname()[1])
        done = subprocess.run([sys.executable, "-I", "-S", PROGRAM], env={"PORT": port})
        thread.join(30)
    assert done.returncode == code


def test_health_without_a_server_is_1() -> None:
    """Nobody listens: not ready, and no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
    done = subprocess.run(
        [sys.executable, "-I", "-S", PROGRAM], env={"PORT": port}, capture_output=True
    )
    assert (done.returncode, done.stderr) == (1, b"")
