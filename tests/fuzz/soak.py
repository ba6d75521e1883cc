"""`make soak MINUTES=10`: good, bad and slow clients at one time, more than a server can do.

Prints answers by kind of client, how long probes took, memory, open files and threads from the
tenth of the time on, and what is left in scratch. Ends with 1 when an answer was a 500 or did not
come, a worker died, one probe of a hundred took over a second, memory grew by more than a tenth or
open files by more than twenty, or scratch holds anything.
"""

from __future__ import annotations

import argparse
import random
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import requests

from tests.fuzz.__main__ import Trial, keep_trial, make_seeds
from tests.fuzz.server import Server, started

_PROBE_SECONDS = 1.0
_FAULTS = ("500", "no answer")
_SLOW = (
    b"G",
    b"POST /inspect HTTP/1.1\r\nHost:",
    b"POST /inspect HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\n\r\n{",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n",
)
_BAD = (
    b"GARBAGE\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    b"GET /healthz HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    b"\x00" * 5000,
)


class Soak:
    """The clients, and what they saw."""

    def __init__(self, server: Server, folder: Path, seeds: dict[str, list[Path]]) -> None:
        self.server, self.folder, self.seeds = server, folder, seeds
        self.keep = Path("build/fuzz")
        self.over = threading.Event()
        self.told: Counter[tuple[str, str]] = Counter()
        self.probes: list[float] = []
        self._lock = threading.Lock()
        self._numbers = iter(range(1, 1 << 60))

    def count(self, kind: str, answer: str) -> None:
        """One more of these."""
        with self._lock:
            self.told[kind, answer] += 1

    def next_number(self) -> int:
        """Of the next trial."""
        with self._lock:
            return next(self._numbers)

    def good(self) -> None:
        """Units of a good clip, as soon as there is an answer: most are 429."""
        clip = next(p for p in self.seeds["media"] if p.name == "a.dng")
        with requests.Session() as session:
            session.trust_env = False
            while not self.over.is_set():
                number = self.next_number()
                out = self.folder / "out" / str(number)
                fields = {"input": f"file://{clip}", "output": f"file://{out}/", "method": "draft"}
                self.count("good", self._post(session, "debayer", fields))
                shutil.rmtree(out, ignore_errors=True)

    def broken(self) -> None:
        """Mutated files and requests."""
        with requests.Session() as session:
            session.trust_env = False
            while not self.over.is_set():
                trial = Trial(self.next_number(), 0, self.folder, self.seeds)
                for operation, fields in trial.prepare():
                    answer = self._post(session, operation, fields)
                    self.count("broken", answer)
                    if answer in _FAULTS:
                        print(f"  trial {trial.number} of seed 0 ({trial.kind}): {operation}")
                        keep_trial(trial, operation, fields, self.keep)
                shutil.rmtree(trial.folder, ignore_errors=True)

    def slow(self) -> None:
        """Connections that begin a request and send a byte now and then."""
        chance = random.Random(threading.get_ident())
        while not self.over.is_set():
            with suppress(OSError), self._connect() as connection:
                connection.sendall(chance.choice(_SLOW))
                for _ in range(20):
                    if self.over.wait(1):
                        return
                    connection.sendall(b"a")
            self.count("slow", "closed")

    def bad(self) -> None:
        """What is no HTTP."""
        chance = random.Random(threading.get_ident())
        while not self.over.wait(0.05):
            with suppress(OSError), self._connect() as connection:
                connection.sendall(chance.choice(_BAD))
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(64)
                self.count("bad", answer.split()[1].decode() if answer else "closed")

    def probe(self) -> None:
        """Health and readiness, ten times a second, on a connection of its own each."""
        paths = ("/healthz", "/readyz")
        number = 0
        while not self.over.wait(0.1):
            number += 1
            began = time.perf_counter()
            try:
                with requests.Session() as session:
                    session.trust_env = False
                    url = self.server.url + paths[number % 2]
                    self.count("probe", str(session.get(url, timeout=30).status_code))
            except requests.RequestException:
                self.count("probe", "no answer")
            self.probes.append(time.perf_counter() - began)

    def _post(self, session: requests.Session, operation: str, fields: object) -> str:
        data = fields if isinstance(fields, bytes) else None
        try:
            answer = session.post(
                f"{self.server.url}/{operation}",
                data=data,
                json=None if data is not None else fields,
                headers={"Content-Type": "application/json"},
                timeout=60,
            )
        except requests.RequestException:
            return "no answer"
        return str(answer.status_code)

    def _connect(self) -> socket.socket:
        host, port = self.server.url.removeprefix("http://").split(":")
        return socket.create_connection((host, int(port)), timeout=30)


def run(minutes: float) -> int:
    """So many minutes; 0 when all is well."""
    with tempfile.TemporaryDirectory(prefix="rushes-soak-") as name:
        folder = Path(name)
        seeds = make_seeds(folder, None)
        with started(folder) as server:
            soak = Soak(server, folder, seeds)
            workers = server.workers()
            many = (
                (soak.good, 4),
                (soak.broken, 2),
                (soak.slow, 40),
                (soak.bad, 2),
                (soak.probe, 1),
            )
            clients: list[Callable[[], None]] = [c for c, count in many for _ in range(count)]
            threads = [threading.Thread(target=client, daemon=True) for client in clients]
            for thread in threads:
                thread.start()
            time.sleep(minutes * 6)
            early = server.resident(), server.handles()
            for part in range(1, 10):
                time.sleep(minutes * 6)
                print(f"  {part + 1} of 10: {_held(server)}, {_answers(soak)}", flush=True)
            late = server.resident(), server.handles()
            soak.over.set()
            for thread in threads:
                thread.join(70)
            time.sleep(3)  # connections that linger
            left = server.left_in_scratch()
            soak.keep.mkdir(parents=True, exist_ok=True)
            shutil.copy(server.log, soak.keep / "server.log")
            wrong = _wrong(soak, early, late, left, died=server.workers() != workers)
    slowest = sorted(soak.probes)
    at99 = slowest[int(len(slowest) * 0.99)]
    for (kind, answer), count in sorted(soak.told.items()):
        print(f"{kind:<8}{answer:<12}{count}")
    most = slowest[-1]
    print(f"probes: {len(slowest)}, 99 of 100 in {at99 * 1000:.0f} ms, all in {most:.2f} s")
    print(f"memory {early[0] >> 20} to {late[0] >> 20} MiB, open files {early[1]} to {late[1]}")
    print("scratch is empty" if not left else f"left in scratch: {left}")
    for sentence in wrong:
        print(f"FOUND {sentence}")
    return 1 if wrong else 0


def _wrong(
    soak: Soak, early: tuple[int, int], late: tuple[int, int], left: list[str], *, died: bool
) -> list[str]:
    slowest = sorted(soak.probes)
    found = [
        f"{count} of {kind} ended with {answer}"
        for (kind, answer), count in soak.told.items()
        if answer in _FAULTS or (kind == "probe" and answer != "200")
    ]
    if slowest[int(len(slowest) * 0.99)] > _PROBE_SECONDS:
        found.append("probes are slow")
    if late[0] > early[0] * 1.1 + (32 << 20):
        found.append("memory grows")
    if late[1] > early[1] + 20:
        found.append("open files grow")
    return [*found, *(["a worker died"] if died else []), *(["scratch"] if left else [])]


def _held(server: Server) -> str:
    return f"{server.resident() >> 20} MiB, {server.handles()} open files"


def _answers(soak: Soak) -> str:
    return ", ".join(f"{sum(n for (k, _), n in soak.told.items() if k == kind)} {kind}"
                     for kind in ("good", "broken", "bad", "probe"))  # fmt: skip


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    return run(parser.parse_args().minutes)


if __name__ == "__main__":
    sys.exit(main())
