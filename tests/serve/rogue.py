"""An operation that does what a decoder might that somebody else's file has taken over."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from functions.contract.operation import Operation, Request, Result, Work
from functions.contract.store import Stat
from functions.serve.cli.main import main
from functions.serve.run.catalog import Catalog, Entry


class RogueRequest(Request, frozen=True, kw_only=True):
    """act : what it does; about : with what."""

    act: str
    about: str = ""
    input: str | None = None
    output: str | None = None


def _memory(about: str) -> object:
    return len(bytearray(int(about)))


def _memory_of_c(about: str) -> object:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    while libc.malloc(ctypes.c_size_t(1 << 22)):
        pass
    os.abort()


def _spin(about: str) -> object:
    while True:
        pass


def _sleep(about: str) -> object:
    while True:
        time.sleep(1)


def _connect(about: str) -> object:
    with socket.create_connection(("127.0.0.1", int(about)), timeout=5):
        return "connected"


def _fork(about: str) -> object:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return pid


def _parent_memory(about: str) -> object:
    return Path(f"/proc/{os.getppid()}/environ").read_text()


def _secrets(about: str) -> object:
    return sorted(os.environ), [str(Path(f"/proc/self/fd/{n}").readlink()) for n in _open_files()]


def _open_files() -> list[int]:
    return [n for n in range(3, 256) if _is_open(n)]


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


ACTS: dict[str, Callable[[str], object]] = {
    "abort": lambda about: os.abort(),
    "segv": lambda about: ctypes.string_at(1),
    "exit": lambda about: os._exit(int(about)),
    "memory": _memory,
    "memory of C": _memory_of_c,
    "spin": _spin,
    "sleep": _sleep,
    "read": lambda about: Path(about).read_text(),
    "write": lambda about: Path(about).write_text("x"),
    "connect": _connect,
    "run": lambda about: subprocess.run([about], check=True).returncode,
    "fork": _fork,
    "kill": lambda about: os.kill(os.getppid(), 9),
    "parent": _parent_memory,
    "secrets": _secrets,
    "put": lambda about: "done",
    "nothing": lambda about: "done",
}


class RogueUnit:
    """One act, and what came of it."""

    def __init__(self, request: RogueRequest, work: Work) -> None:
        self.request, self.work = request, work

    def sources(self) -> tuple[Stat, ...]:
        """None."""
        return ()

    def run(self) -> Result:
        """Do it; what the system says is told."""
        request = self.request
        if request.act == "put":
            self.work.store.put(request.about, b"x")
        if request.act == "stop":
            while True:
                self.work.check()
                time.sleep(0.01)
        try:
            said: Any = ACTS[request.act](request.about)
        except OSError as error:
            said = type(error).__name__
        if request.output is not None:
            self.work.commit("said.txt", str(said).encode())
            path = self.work.scratch / "file"
            path.write_bytes(b"of the scratch folder")
            self.work.commit("file", path)
        return Result(report={"said": said, "pid": os.getpid()})

    def explain(self) -> dict[str, Any]:
        """Do it too: headers are read by the same libraries."""
        return {"said": ACTS[self.request.act](self.request.about)}

    def close(self) -> None:
        """Nothing stays open."""


OPERATION = Operation(name="rogue", request=RogueRequest, open=RogueUnit, summary="what it likes")
CATALOG = Catalog({"rogue": Entry("tests.serve.rogue", "what it likes")})
COMMAND = [sys.executable, "-m", "tests.serve.rogue"]

if __name__ == "__main__":
    main(catalog=CATALOG)
