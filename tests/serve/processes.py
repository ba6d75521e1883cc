"""Real processes for tests: a server, and units that tell when they began."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[2]
ECHO_COMMAND = [sys.executable, "-m", "tests.serve.echo_main"]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """A small one, with nothing of the developer's own settings."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "RUSHES_SCRATCH": str(folder),
        "RUSHES_ROOTS": str(folder),
        **more,
    }


class Server:
    """A running `rushes serve` of the operation echo."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    def until_idle(self, workers: int) -> None:
        """Return when so many workers would take a unit; pytest's timeout is the bound."""
        while f"rushes_workers_idle {workers}.0\n" not in self.get("/metrics").text:
            assert self.process.poll() is None

    def get(self, path: str) -> requests.Response:
        """One GET."""
        return self.session.get(self.url + path, timeout=60)

    def post(
        self, fields: dict[str, Any], path: str = "/echo", **headers: str
    ) -> requests.Response:
        """One POST of plain JSON."""
        return self.session.post(self.url + path, json=fields, headers=headers, timeout=60)


@contextmanager
def server(folder: Path, command: Sequence[str] = ECHO_COMMAND, **environ: str) -> Iterator[Server]:
    """Start it on a free port; kill what is left of it afterwards."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "serve", "--host", "127.0.0.1", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=folder,
            env=environment(folder, **environ),
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = re.search(r"http://[\d.]+:\d+", line)
        assert match, f"no address in {line!r}: {(folder / 'server.log').read_text()}"
        yield Server(process, match[0])
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def children(pid: int) -> set[int]:
    """Of all threads of a process."""
    found: set[int] = set()
    with suppress(OSError):  # it, or a thread of it, has just ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found |= {int(each) for each in (task / "children").read_text().split()}
    return found


class Call(threading.Thread):
    """A request in flight."""

    def __init__(self, server: Server, fields: dict[str, Any], path: str = "/echo") -> None:
        super().__init__(daemon=True)
        self._path = path
        self._server = server
        self._fields = fields
        self.response: requests.Response | None = None
        self.error: requests.RequestException | None = None
        self.start()

    def run(self) -> None:
        url = self._server.url + self._path
        try:
            self.response = requests.post(url, json=self._fields, timeout=60)
        except requests.RequestException as error:
            self.error = error

    def answer(self) -> requests.Response:
        """Wait for it."""
        self.join(60)
        assert self.response is not None, self.error
        return self.response


class Held:
    """A unit that tells when it began and ends when it is let go."""

    def __init__(self, folder: Path, name: str = "held") -> None:
        self._started = folder / f"{name}.started"
        self._release = folder / f"{name}.release"
        os.mkfifo(self._started)
        os.mkfifo(self._release)
        self.fields = {"started": str(self._started), "release": str(self._release)}

    def began(self) -> None:
        """Return when the unit is at work."""
        # Not a plain read: a unit that was turned away would leave it waiting for ever.
        fifo = os.open(self._started, os.O_RDONLY | os.O_NONBLOCK)
        try:
            ready, _, _ = select.select([fifo], [], [], 30)
            assert ready, "the unit never began"
            assert os.read(fifo, 100) == b"started"
        finally:
            os.close(fifo)

    def let_go(self) -> None:
        """Let the unit end."""
        self._release.write_text("go")
