"""The real server under trial: its workers, their memory, and what it answers."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests

from functions.serve.run.scratch import FILES
from tests.serve.processes import children

_BUSY, _TRIES = 429, 500
PATIENCE = 60.0
"""Seconds for an answer: the unit's own limit and a reserve."""


class Server:
    """A running `rushes serve`."""

    def __init__(self, process: subprocess.Popen[str], url: str, log: Path) -> None:
        self.process, self.url, self.log = process, url, log
        self.session = requests.Session()
        self.session.trust_env = False

    def ask(self, operation: str, fields: dict[str, Any] | bytes, **headers: str) -> int:
        """Status of one POST; 0 for no answer in time or a broken connection."""
        told = {"Content-Type": "application/json", **headers}
        data = fields if isinstance(fields, bytes) else None
        for _ in range(_TRIES):
            status = self._once(operation, data, fields, told)
            if status != _BUSY:
                break
            time.sleep(0.02)
        return status

    def _once(self, operation: str, data: bytes | None, fields: Any, told: dict[str, str]) -> int:
        try:
            answer = self.session.post(
                f"{self.url}/{operation}",
                data=data,
                json=None if data is not None else fields,
                headers=told,
                timeout=PATIENCE,
            )
        except requests.RequestException:
            return 0
        return answer.status_code

    def workers(self) -> set[int]:
        """Process ids."""
        master = self.process.pid
        return {int(p) for p in Path(f"/proc/{master}/task/{master}/children").read_text().split()}

    def servers(self) -> set[int]:
        """Its workers and the fork servers of their boxes: what stays from unit to unit."""
        return self.workers().union(*map(children, self.workers()))

    def memory(self) -> int:
        """Bytes that the largest of all held at its highest, units' processes of now included."""
        found = self.servers()
        sizes = [0]
        for pid in found.union(*map(children, found)):
            with contextlib.suppress(OSError):  # a unit's may be over
                told = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
                sizes.append(int(told[1]) << 10 if told else 0)
        return max(sizes)

    def resident(self) -> int:
        """Bytes that workers and fork servers hold now."""
        pages = [Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in self.servers()]
        return sum(int(count) for count in pages) * os.sysconf("SC_PAGE_SIZE")

    def left_in_scratch(self) -> list[str]:
        """What units left; each worker has an empty folder for as long as it lives."""
        folder = self.log.parent / "scratch"
        return [
            path.name
            for path in folder.iterdir()
            if not path.name.startswith(FILES) or any(path.iterdir())
        ]

    def handles(self) -> int:
        """Open files of workers and fork servers."""
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in self.servers())  # noqa: PTH208


@contextmanager
def started(folder: Path, **environ: str) -> Iterator[Server]:
    """Two workers of all operations, at loopback, inside `folder`."""
    log = folder / "server.log"
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "functions.serve.cli.main", "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
                "RUSHES_ROOTS": str(folder),
                "RUSHES_SCRATCH": str(scratch),
                "RUSHES_WORKERS": "2",
                "RUSHES_THREADS": "1",
                "RUSHES_LIMITS_SECONDS": "20",
                "RUSHES_LIMITS_MEMORY": str(1 << 30),
                "RUSHES_LOG": "text",
                "RUSHES_BOX": "on",
                **environ,
            },
        )
    stack = ExitStack()
    try:
        assert process.stdout is not None
        found = re.search(r"http://[\d.]+:\d+", process.stdout.readline())
        assert found, log.read_text()
        server = Server(process, found[0], log)
        stack.callback(server.session.close)
        ready = 0
        # In a row and with all workers there: one that is forked late is no death of another.
        while ready < 20 or len(server.workers()) < 2:
            assert process.poll() is None, log.read_text()
            answer = server.session.get(f"{server.url}/readyz", timeout=60)
            ready = ready + 1 if answer.status_code == 200 else 0
        yield server
    finally:
        stack.close()
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
