"""A request for every operation of the catalog, on the take `camera/A001`, the movies
`camera/M001.mov` and `M002.mov`, and the turnover `camera/cut.csv`.

A new operation is one function here; `test_every_operation_is_tried` fails until it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from functions.jobs.plan import JOBS_FOLDER, Plan, PlannedClip, PlannedUnit

CUT = "shot,clip,in,out\nABC_010,A001,1,2\n"
Fields = dict[str, Any]
Make = Callable[[Path, Path], Fields]
"""(storage, folder for outputs) to the fields of a request."""


def _inspect(root: Path, out: Path) -> Fields:
    return {"input": f"file://{root}/camera/A001/", "output": f"file://{out}/"}


def _debayer(root: Path, out: Path) -> Fields:
    return {
        "input": f"file://{root}/camera/A001/",
        "output": f"file://{out}/",
        "frames": "1-2",
        "method": "best",
        "compression": "zip",
    }


def _plate(root: Path, out: Path) -> Fields:
    return {
        "input": f"file://{root}/camera/A001/",
        "output": f"file://{out}/",
        "shot": "ABC_010_020",
        "frames": "1-2",
        "handles": 1,
        "start": 1001,
    }


def _transcode(root: Path, out: Path) -> Fields:
    return {
        "input": f"file://{root}/camera/A001/",
        "output": f"file://{out}/",
        "codec": "prores-422",
        "burn_in": ["timecode", "clip"],
    }


def _deliver(root: Path, out: Path) -> Fields:
    return {
        "input": f"file://{root}/camera/A001/",
        "output": f"file://{out}/",
        "frames": "0-1",
        "profile": "p3d65-pq-tiff",
    }


def _trim(root: Path, out: Path) -> Fields:
    return {
        "input": f"file://{root}/camera/M001.mov",
        "output": f"file://{out}/",
        "frames": "4-9",
    }


def _stitch(root: Path, out: Path) -> Fields:
    parts = [f"file://{root}/camera/M001.mov", f"file://{root}/camera/M002.mov"]
    return {"parts": parts, "output": f"file://{out}/", "name": "both"}


def _seal(root: Path, out: Path) -> Fields:
    return {"input": f"file://{root}/camera/A001/", "output": f"file://{out}/"}


def _lint(root: Path, out: Path) -> Fields:
    return {
        "input": f"file://{root}/camera/A001/",
        "output": f"file://{out}/",
        "profile": "frames",
        "pixels": "none",
    }


def _pull(root: Path, out: Path) -> Fields:
    return {
        "input": f"file://{root}/camera/cut.csv",
        "media": [f"file://{root}/camera/A001/"],
        "output": f"file://{out}/",
        "operation": "debayer",
    }


def _dispatch(root: Path, out: Path) -> Fields:
    clip = {"operation": "debayer", "input": f"file://{root}/camera/A001/", "frames": "0-1"}
    return {
        "output": f"file://{out}/",
        "units": {"frames": 1},
        "defaults": {"compression": "zip"},
        "clips": [clip],
    }


def _report(root: Path, out: Path) -> Fields:
    """The report of a job that is planned here: of two units, none is done."""
    uri = f"file://{root}/planned/"
    units = (PlannedUnit(unit="one", frames="0", count=1), PlannedUnit(unit="two", count=1))
    clip = PlannedClip(
        index=0, operation="debayer", name="A001", input=f"file://{root}/camera/A001/",
        output=uri, frames="0-1", units=units,
    )  # fmt: skip
    plan = Plan(rushes="test", job="planned", output=uri, clips=(clip,))
    path = root / "planned" / JOBS_FOLDER / "planned.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(plan.json())
    return {"input": uri, "output": f"file://{out}/", "html": True}


def _index(root: Path, out: Path) -> Fields:
    return {"input": f"file://{root}/camera/", "output": f"file://{out}/"}


UNITS: dict[str, Make] = {
    "inspect": _inspect,
    "debayer": _debayer,
    "plate": _plate,
    "transcode": _transcode,
    "deliver": _deliver,
    "trim": _trim,
    "stitch": _stitch,
    "seal": _seal,
    "lint": _lint,
    "pull": _pull,
    "report": _report,
    "index": _index,
    "dispatch": _dispatch,
}
