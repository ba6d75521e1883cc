"""The model beside real jobs: on this machine, with one and with two workers.

A first job leaves receipts. A second one learns from them, and the model says, from its plan and
from how long the server of the first took to start, how long it will take. Then it is run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from bench.simulation.clock import Clock
from bench.simulation.platforms import Workers
from bench.simulation.sender import Sender
from bench.simulation.studies import Study
from demo.camera_dng import write_dng
from functions.jobs.outcome import Parcel
from functions.jobs.plan import Plan
from functions.jobs.status import plan_uri

_RUSHES = (sys.executable, "-P", "-c", "from functions.serve.cli.start import main; main()")
_FRAMES, _ROUNDS = 96, 3


def calibration() -> Study:
    """Predicted and measured seconds, of several rounds."""
    rows = []
    boot = 0.0
    with tempfile.TemporaryDirectory(prefix="rushes-bench-") as name:
        folder = Path(name)
        _clip(folder / "A001")
        for workers in (1, 2):
            # Two workers share a machine: what a frame takes them is learned from two.
            first = _run(folder, f"first{workers}", {"frames": 12}, workers)
            spent = first["seconds"]["total"]
            boot = boot or first["wall_seconds"] - spent
            for number in range(_ROUNDS):
                job, learned = f"w{workers}-{number}", [str(folder / f"first{workers}")]
                units = {"target_seconds": spent / 12}
                found = _run(folder, job, units, workers, learn_from=learned)
                predicted = boot + _predicted(folder / job, found["job"], workers)
                wall = found["wall_seconds"]
                error = f"{100 * (predicted / wall - 1):+.0f} %"
                row = [workers, found["units"], f"{predicted:.1f}", f"{wall:.1f}", error]
                rows.append([str(cell) for cell in row])
    head = ["workers", "units", "predicted, s", "measured, s", "error"]
    return Study(name="calibration", head=head, rows=rows)


def _clip(folder: Path) -> None:
    folder.mkdir()
    noise = np.random.default_rng(1)
    for number in range(_FRAMES):
        cfa = noise.integers(300, 3000, (1080, 1920)).astype(np.uint16)
        path = folder / f"A001_{1001 + number:06d}.dng"
        write_dng(path, cfa, frame=number, rate=24, start_hour=1, reel="A001")


def _run(
    folder: Path, name: str, units: dict[str, float], workers: int, **fields: Any
) -> dict[str, Any]:
    """The report of a job on this machine."""
    clip = {"operation": "debayer", "input": str(folder / "A001"), "compression": "zip"}
    job = {"output": str(folder / name), "clips": [clip], "units": units, **fields}
    (folder / f"{name}.json").write_text(json.dumps(job))
    told = subprocess.run(
        [*_RUSHES, "dispatch", str(folder / f"{name}.json"), "--json"],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "RUSHES_THREADS": str(workers)},
    )
    report: dict[str, Any] = json.loads(told.stdout)["report"]
    return report


def _predicted(output: Path, job: str, workers: int) -> float:
    uri = plan_uri(f"file://{output}/", job)
    plan = msgspec.json.decode(Path(uri.removeprefix("file://")).read_bytes(), type=Plan)
    parcels = [
        Parcel(
            unit=unit.unit,
            operation=clip.operation,
            request={},
            output=None,
            clip=clip.index,
            frames=unit.frames,
            count=unit.count,
            seconds=unit.seconds,
        )
        for clip in plan.clips
        for unit in clip.units
    ]
    clock = Clock()
    sender = Sender(clock, Workers(clock, workers=workers), parcels, first=workers, most=workers)
    sender.start()
    clock.run(lambda: sender.over)
    return clock.now
