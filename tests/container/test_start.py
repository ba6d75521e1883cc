"""The start ledger: how long a container takes to its first answer, beside Flask's hello-world.

Numbers are printed and not asserted: on a shared machine they are news, not faults.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import pytest

from demo.make_clip import make_clip
from tests.container.engine import LOCKED, Engine

ROUNDS = int(os.environ.get("IMAGE_ROUNDS", "9"))
PAUSE = 0.002


@dataclass
class Times:
    """Seconds of each round by step."""

    rows: dict[str, list[float]] = field(default_factory=dict)

    def add(self, step: str, seconds: float) -> None:
        """One reading."""
        self.rows.setdefault(step, []).append(seconds)

    def line(self, step: str) -> str:
        """Median and spread in milliseconds."""
        values = sorted(1000 * value for value in self.rows[step])
        return f"{median(values):6.0f} ms  ({values[0]:.0f}-{values[-1]:.0f})  {step}"


@pytest.fixture
def fast_place() -> Iterator[Path]:
    """A 4K frame in storage that is memory, so that no disk is measured."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="rushes-start-", dir=memory))
    try:
        folder.chmod(0o755)
        make_clip(folder / "A001", frames=1, width=4096, height=2160)
        yield folder
    finally:
        shutil.rmtree(folder)


def _hello(engine: Engine, image: str, times: Times) -> None:
    limits = ("--memory", "2g")
    with engine.container(image, *LOCKED, *limits) as made:
        began = time.monotonic()
        made.start()
        times.add("hello-world: container runs", time.monotonic() - began)
        made.until_ready("/", PAUSE)
        times.add("hello-world: first answer", time.monotonic() - began)


def _ours(engine: Engine, image: str, folder: Path, times: Times) -> None:
    out = folder / "out"
    out.mkdir()
    out.chmod(0o777)
    options = ("--memory", "2g", "--volume", f"{folder}:{folder}")
    environ = ("--env", "FUNCTION=debayer", "--env", f"RUSHES_ROOTS=file://{folder}/")
    fields = {"input": f"file://{folder}/A001/", "output": f"file://{out}/"}
    with engine.container(image, *LOCKED, *options, *environ) as made:
        began = time.monotonic()
        made.start()
        times.add("rushes: container runs", time.monotonic() - began)
        made.until_ready("/readyz", PAUSE)
        times.add("rushes: /readyz", time.monotonic() - began)
        status, body = _post(made.address(), fields)
        times.add("rushes: first 4K frame", time.monotonic() - began)
        assert status == 200, body
        for step, seconds in json.loads(body)["seconds"].items():
            times.add(f"  of its unit: {step}", seconds)
        (ready,) = [line for line in made.events() if line["event"] == "ready"]
        times.add("  of its start: kernels and storage", ready["seconds"])
        began = time.monotonic()
        made.kill("TERM")
        assert made.wait() == 0
        times.add("rushes: SIGTERM, idle, to exit", time.monotonic() - began)
    shutil.rmtree(out)


def _post(address: str, fields: dict[str, str]) -> tuple[int, str]:
    from http.client import HTTPConnection

    line = HTTPConnection(address, 8080, timeout=60)
    line.request("POST", "/", json.dumps(fields), {"Content-Type": "application/json"})
    answer = line.getresponse()
    return answer.status, answer.read().decode()


def test_the_start_ledger(
    engine: Engine, image: str, hello: str, fast_place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both images start in turn; the table has each step and how they compare."""
    times = Times()
    _hello(engine, hello, Times())  # the engine's and the disk's own first time
    _ours(engine, image, fast_place, Times())
    for _ in range(ROUNDS):
        _hello(engine, hello, times)
        _ours(engine, image, fast_place, times)
    theirs = median(times.rows["hello-world: first answer"])
    ready = median(times.rows["rushes: /readyz"]) / theirs
    frame = median(times.rows["rushes: first 4K frame"]) / theirs
    out = median(times.rows["rushes: SIGTERM, idle, to exit"])
    with capsys.disabled():
        print(f"\n\nstart ledger, median of {ROUNDS} (least-most), seconds from `docker start`")
        for step in times.rows:
            print(f"  {times.line(step)}")
        for name, value, most, unit in (
            ("/readyz beside hello-world's first answer", ready, 1.0, "x"),
            ("first 4K frame beside hello-world's first answer", frame, 1.5, "x"),
            ("SIGTERM to exit", out, 0.3, " s"),
        ):
            verdict = "within" if value <= most else "OVER"
            print(f"  {value:.2f}{unit} {name}: {verdict} {most}{unit}")
