"""The first frame: a function's start beside that of gunicorn and Flask with a hello-world.

Both start in turn, again and again. Ours is asked at once for a 4K frame, so that whatever it
loads late is counted; a second start waits for /readyz first, as a platform does. Files are in
memory, and kernels and modules compiled, as in the image: a first round that is not counted sees to
it.

Two clocks: the wall's, which is what a user waits, and the core's (of all processes of a server up
to its answer), which others on this machine move less. The goal is judged by the core's.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median

import kernels
from bench.verdict import absent, goal, judge
from demo.make_clip import make_clip

ROUNDS = 11
PAUSE = 0.002
_HELLO = """
from flask import Flask
app = Flask(__name__)
@app.get("/")
def hello():
    return "hello"
"""
_PARTS = {"the interpreter": "pass", "gunicorn": "import gunicorn.arbiter, gunicorn.app.base",
          "Flask": "import flask", "NumPy": "import numpy",
          "gunicorn and NumPy": "import gunicorn.arbiter, gunicorn.app.base, numpy"}  # fmt: skip
_HELLO_CORE, _OURS_CORE = "hello-world: first answer, core", "rushes, asked at once: 4K frame, core"
_TICK = os.sysconf("SC_CLK_TCK")
_NULL = subprocess.DEVNULL
_BIN = Path(sys.executable).parent


class Ledger:
    """Milliseconds of every round, by step."""

    def __init__(self) -> None:
        self.rows: dict[str, list[float]] = {}
        self.counts = False

    def add(self, step: str, seconds: float) -> None:
        if not self.counts:
            return
        self.rows.setdefault(step, []).append(1e3 * seconds)

    def median(self, step: str) -> float:
        return median(self.rows[step])

    def print(self) -> None:
        for step, values in self.rows.items():
            print(f"  {median(values):7.1f} ms  ({min(values):.0f}-{max(values):.0f})  {step}")


def run() -> None:
    """Print the ledger and how the first frame and the end compare."""
    mode = kernels.runtime()["mode"]
    print(f"\nfirst 4K frame of a process, {ROUNDS} rounds, kernels: {mode}")
    if mode == "jit":
        print(absent("first frame", "run `python -m kernels.build --target host` first"))
        return
    ledger = Ledger()
    # In memory where there is such a folder: the disk would be measured instead.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="rushes-bench-", dir=memory) as name:
        folder = Path(name)
        (folder / "hello.py").write_text(_HELLO)
        make_clip(folder / "A001", frames=1, width=4096, height=2160)
        for turn in range(ROUNDS + 1):
            ledger.counts = turn > 0
            _hello(folder, ledger)
            _ours(folder, ledger, wait=False)
            _ours(folder, ledger, wait=True)
        for part, code in _PARTS.items():
            for _ in range(ROUNDS):
                worker = subprocess.Popen([sys.executable, "-c", code], env=_environment())
                used = os.wait4(worker.pid, 0)[2]
                worker.returncode = 0
                ledger.add(f"of any start: {part}, core", used.ru_utime + used.ru_stime)
    ledger.print()
    hello = ledger.median("hello-world: first answer")
    frame = ledger.median("rushes, asked at once: first 4K frame") / hello
    print(judge("first 4K frame beside hello-world, by the clock", frame, 2, most=True))
    ratios = [a / b for a, b in zip(ledger.rows[_OURS_CORE], ledger.rows[_HELLO_CORE], strict=True)]
    least = ledger.median("of any start: gunicorn and NumPy, core")
    floor = (
        f"of {ledger.median(_OURS_CORE):.0f} ms: gunicorn and NumPy alone {least:.0f}, hello-world "
        f"{ledger.median(_HELLO_CORE):.0f}"
    )
    for most in (1.5, 1.3):
        print(goal("first 4K frame beside hello-world", ratios, most, most=True, floor=floor))
    end = ledger.median("rushes: SIGTERM, idle, to exit") / hello
    print(judge("SIGTERM to exit beside hello-world's start", end, 0.5, most=True))


def _hello(folder: Path, ledger: Ledger) -> None:
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "hello:app"]
    began = time.perf_counter()
    server = subprocess.Popen(
        command, cwd=folder, stderr=_NULL, env=_environment(), start_new_session=True
    )
    assert _ask(port, "GET", "/")[0] == 200
    ledger.add("hello-world: first answer", time.perf_counter() - began)
    ledger.add(_HELLO_CORE, _worked(server.pid))
    server.terminate()
    server.wait(60)


def _ours(folder: Path, ledger: Ledger, *, wait: bool) -> None:
    port, out = _free_port(), folder / "out"
    environ = {**_environment(), "FUNCTION": "debayer", "PORT": str(port)}
    environ["RUSHES_HOST"] = "127.0.0.1"
    how = "ready first" if wait else "asked at once"
    began = time.perf_counter()
    server = subprocess.Popen(
        [str(_BIN / "rushes"), "serve"],
        env=environ,
        stdout=_NULL,
        stderr=_NULL,
        start_new_session=True,
    )
    if wait:
        while _ask(port, "GET", "/readyz")[0] != 200:
            time.sleep(PAUSE)
        ledger.add(f"rushes, {how}: /readyz", time.perf_counter() - began)
    fields = {"input": f"file://{folder}/A001/", "output": f"file://{out}/"}
    status, body = _ask(port, "POST", "/", json.dumps(fields))
    ledger.add(f"rushes, {how}: first 4K frame", time.perf_counter() - began)
    if status != 200:
        raise SystemExit(f"the answer is wrong: {status} {body.decode()}")
    if not wait:
        ledger.add(_OURS_CORE, _worked(server.pid))
        for step, spent in json.loads(body)["seconds"].items():
            if spent >= 5e-4:
                ledger.add(f"  of its unit: {step}", spent)
        began = time.perf_counter()
        server.terminate()
        assert server.wait(60) == 0
        ledger.add("rushes: SIGTERM, idle, to exit", time.perf_counter() - began)
    server.terminate()
    server.wait(60)
    shutil.rmtree(out)


def _worked(session: int) -> float:
    """Seconds that cores worked so far for the processes of a session and their gone children.

    By each process's own clock, as clock_getcpuclockid(3) names it: `stat` counts ticks of 10 ms
    and cuts off what is left of user and of system time, of a hello-world an eighth.
    """
    seconds = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # gone meanwhile
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                seconds += time.clock_gettime(~int(stat.parent.name) << 3 | 2)
                seconds += sum(map(int, fields[13:15])) / _TICK
    return seconds


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("RUSHES_") and name != "PYTHONDONTWRITEBYTECODE"
    }


def _ask(port: int, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
    """The answer of a server that may not listen yet."""
    while True:
        line = HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            line.request(method, path, body, {"Content-Type": "application/json"})
            answer = line.getresponse()
            return answer.status, answer.read()
        except (ConnectionError, HTTPException):
            time.sleep(PAUSE)
        finally:
            line.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
