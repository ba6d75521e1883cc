"""Planning and finding done again: jobs of 1,000, 10,000 and 100,000 units of one clip.

Each figure is a process of its own, as a user starts it: its processor seconds and its memory at
most. The outputs and receipts of the finished job are made by a stand-in for the functions.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from bench.verdict import judge
from demo.camera_dng import write_dng
from functions.contract.operation import Answer
from functions.contract.receipt import Frames, Output, Receipt, receipt_uri
from functions.serve.run.catalog import Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings

_UNITS = (1_000, 10_000, 100_000)
_LINKS = 10_000  # file systems have a limit of links to one file
_RUSHES = (sys.executable, "-P", "-c", "from functions.serve.cli.start import main; main()")


def run() -> None:
    """Print seconds and megabytes of planning and of dispatching again, and how they grow."""
    print("\njobs of one clip, a frame a unit")
    found: dict[str, list[tuple[float, float]]] = {"plan": [], "again": []}
    for units in _UNITS:
        with tempfile.TemporaryDirectory(prefix="rushes-bench-") as name:
            job = _job(Path(name), units)
            found["plan"].append(_cost("explain", "dispatch", str(job), "--json"))
            _finish(job)
            found["again"].append(_cost("dispatch", str(job), "--json"))
        planned, again = found["plan"][-1], found["again"][-1]
        print(
            f"  {units:7d} units: planned in {planned[0]:6.2f} s, {planned[1]:4.0f} MB; "
            f"finished job dispatched again in {again[0]:6.2f} s, {again[1]:4.0f} MB"
        )
    for what, told in (("plan", "planning"), ("again", "dispatching again")):
        last = found[what][-1]
        print("  " + judge(f"{told} 100,000 units", last[0], 60, unit=" s", most=True))
        print("  " + judge(f"{told} 100,000 units", last[1], 300, unit=" MB", most=True))
        print("  " + judge(f"{told}, exponent of growth", _exponent(found[what]), 1.1, most=True))


def _exponent(costs: list[tuple[float, float]]) -> float:
    """Of seconds by units, from the second to the last: the first is mostly the start."""
    few, many = costs[-2][0], costs[-1][0]
    return math.log(many / few) / math.log(_UNITS[-1] / _UNITS[-2])


def _job(folder: Path, units: int) -> Path:
    clip = folder / "A001"
    clip.mkdir()
    cfa = np.random.default_rng(1).integers(300, 3000, (32, 48)).astype(np.uint16)
    first = clip
    for number in range(units):
        path = clip / f"A001_{1001 + number:06d}.dng"
        if number % _LINKS:
            os.link(first, path)
        else:
            write_dng(path, cfa, frame=0, rate=24, start_hour=1, reel="A001")
            first = path
    job = {
        "output": f"file://{folder}/out/",
        "units": {"frames": 1},
        "clips": [{"operation": "debayer", "input": f"file://{clip}/"}],
    }
    (folder / "job.json").write_text(json.dumps(job))
    return folder / "job.json"


def _cost(*arguments: str) -> tuple[float, float]:
    """Processor seconds and most megabytes of `rushes ...`."""
    script = (
        "import resource, subprocess, sys; r = subprocess.run(sys.argv[1:], "
        "stdout=subprocess.PIPE, env=None); u = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(r.returncode, u.ru_utime + u.ru_stime, u.ru_maxrss / 1024)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, *_RUSHES, *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    code, seconds, megabytes = told.stdout.split()
    assert code == "0", told.stderr
    return float(seconds), float(megabytes)


class _Finisher:
    """Stands in for the functions: leaves one small file and the receipt of each unit."""

    width = most = 1
    asynchronous = False

    def __init__(self) -> None:
        self._made: set[Path] = set()

    def send(self, operation: str, unit: str, request: Mapping[str, Any]) -> Answer:
        number = int(request["frames"])
        folder = Path(str(request["output"]).removeprefix("file://"))
        if folder not in self._made:
            (folder / ".rushes").mkdir(parents=True, exist_ok=True)
            self._made.add(folder)
        name = f"A001.{number:06d}.exr"
        (folder / name).write_bytes(b"x")
        receipt = Receipt(
            rushes="0",
            operation=operation,
            unit=unit,
            status="done",
            request=dict(request),
            assumed={},
            inputs=(),
            outputs=(Output(uri=f"{request['output']}{name}", bytes=1, xxh64="0" * 16),),
            frames=Frames(number, number, 1),
            seconds={"total": 1.0},
            machine={},
        )
        path = receipt_uri(str(request["output"]), unit).removeprefix("file://")
        Path(path).write_bytes(receipt.json())
        return Answer(receipt)

    def hang_up(self, unit: str) -> None: ...

    def job_ended(self, report: Mapping[str, Any]) -> None: ...


@contextmanager
def _finisher(*_: object) -> Iterator[Any]:
    yield _Finisher()


def _finish(job: Path) -> None:
    settings = Settings.read({"RUSHES_ROOTS": str(job.parent)})
    fields = msgspec.json.decode(job.read_bytes())
    receipt = Runner(settings, Catalog(), _finisher).run("dispatch", fields)
    assert receipt.report is not None and receipt.report["state"] == "done"


if __name__ == "__main__":
    run()
