"""The command of the image, and its health check."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from image import health
from image.start import main

PROGRAM = Path(health.__file__)


def test_serve_names_a_wrong_setting(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence and the contract's exit code, as from the whole command line."""
    assert main(["serve"], {"FUNCTION": "develop"}) == 10
    assert capsys.readouterr().err.startswith("rushes: FUNCTION=develop: there are inspect")
    assert main(["serve"], {"RUSHES_ROOT": "/"}) == 10
    assert "did you mean RUSHES_ROOTS" in capsys.readouterr().err


def test_all_else_is_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Other words, and serve with options, go to the same commands as everywhere."""
    assert main(["--version"], {}) == 0
    assert capsys.readouterr().out.startswith("rushes, version ")
    assert main(["serve", "--nonsense"], {}) == 2


def test_starting_does_not_load_the_command_line() -> None:
    """What `serve` imports has no click in it."""
    program = (
        "import sys; from image.start import main; main(['serve'], {'FUNCTION': 'x'});"
        "print('click' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n"


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
