"""Sending units beside a plain pool of `requests` that posts the same bodies to the same server,
and beside Lithops' localhost executor, which calls a function that does nothing.

Lithops is no dependency: `LITHOPS_PYTHON` names a Python that has it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from bench.verdict import absent, judge
from functions.dispatch.sending.send import Courier
from functions.jobs.outcome import Outcome, Parcel
from functions.serve.events.http_sink import HttpSink
from functions.serve.events.sink_address import parse_address
from functions.storage import open_store

_UNITS, _THREADS, _ROUNDS = 1_000, 8, 3

# Answers each event at once with the receipt of its unit, over a connection that is kept.
_SERVER = """
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        receipt = {"rushes": "0", "operation": "debayer", "unit": self.headers["ce-subject"],
                   "status": "done", "request": request, "assumed": {}, "inputs": [],
                   "outputs": [], "frames": None, "seconds": {"total": 0.0}, "machine": {}}
        body = json.dumps(receipt).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
class Server(ThreadingHTTPServer):
    request_queue_size = 64
server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


# The second map: the first one starts the executor's workers.
_LITHOPS = """
import sys, time, lithops
count, workers = int(sys.argv[1]), int(sys.argv[2])
config = {"lithops": {"backend": "localhost", "storage": "localhost", "telemetry": False},
          "localhost": {"version": 2, "worker_processes": workers}}
def nothing(number):
    return number
with lithops.FunctionExecutor(config=config, log_level="ERROR") as executor:
    for _ in range(2):
        began = time.perf_counter()
        executor.map(nothing, list(range(count)))
        assert sorted(executor.get_result()) == list(range(count))
print(time.perf_counter() - began)
"""
_CALLS = 100


class _Pace:
    def check(self) -> None: ...

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)


def run() -> None:
    """Print milliseconds a unit of both, and how they stand to each other."""
    print(f"\nsending {_UNITS} units that cost nothing, {_THREADS} at a time")
    server = subprocess.Popen(
        [sys.executable, "-I", "-c", _SERVER], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        plain, ours = [], []
        for _ in range(_ROUNDS):
            plain.append(_timed(_plain, url))
            ours.append(_timed(_ours, url))
    finally:
        server.kill()
        server.communicate()
    least, most = min(plain), min(ours)
    print(f"  plain pool {least:.2f} ms a unit, dispatch {most:.2f} ms a unit")
    print("  " + judge("sending beside a plain pool", most / least, 1.3, most=True))
    what = "sending beside Lithops' localhost executor"
    if (theirs := _lithops()) is None:
        print("  " + absent(what, "LITHOPS_PYTHON names no Python that has lithops"))
        return
    print(f"  Lithops {theirs:.2f} ms a call of nothing, a process a core")
    print("  " + judge(what, most / theirs, 1.0, most=True))


def _lithops() -> float | None:
    """Milliseconds a call."""
    python = Path(os.environ.get("LITHOPS_PYTHON", sys.executable))
    if subprocess.run([python, "-c", "import lithops"], capture_output=True).returncode:
        return None
    # Its workers are started as `python`, whichever comes first.
    environment = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}"}
    with tempfile.TemporaryDirectory(prefix="rushes-bench-") as folder:
        script = Path(folder) / "calls.py"
        script.write_text(_LITHOPS)
        told = subprocess.run(
            [python, script, str(_CALLS), str(os.cpu_count())],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
            timeout=600,
        )
    return float(told.stdout.split()[-1]) / _CALLS * 1000


def _timed(send: Any, url: str) -> float:
    began = time.perf_counter()
    assert send(url) == _UNITS
    return (time.perf_counter() - began) / _UNITS * 1000


def _requests() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{n:032x}", {"input": "file:///A/", "output": "file:///out/", "frames": str(n)})
        for n in range(_UNITS)
    ]


def _plain(url: str) -> int:
    with requests.Session() as session, ThreadPoolExecutor(_THREADS) as pool:
        session.trust_env = False

        def post(one: tuple[str, dict[str, Any]]) -> bool:
            headers = {"ce-subject": one[0], "content-type": "application/json"}
            answer = session.post(url + "/", data=json.dumps(one[1]), headers=headers, timeout=60)
            return bool(answer.json()["unit"] == one[0])

        return sum(pool.map(post, _requests()))


def _ours(url: str) -> int:
    done: list[Outcome] = []
    store = open_store((f"file://{Path.cwd()}/",), None)
    courier = Courier(store, _Pace(), attempts=1, patience=60, told=done.append)
    parcels = [
        Parcel(
            unit=unit,
            operation="debayer",
            request=request,
            output=None,
            clip=0,
            frames=request["frames"],
            count=1,
        )
        for unit, request in _requests()
    ]
    with HttpSink(parse_address(url), seconds=60, direct=True) as sink:
        courier.start(parcels, sink, _THREADS)
        courier.finish()
    courier.join()
    return sum(outcome.receipt is not None for outcome in done)


if __name__ == "__main__":
    run()
