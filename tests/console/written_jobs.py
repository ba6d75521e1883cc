"""A job as its dispatcher and functions would have left it, written without them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from functions.contract.receipt import STAGES, Frames, Receipt
from functions.jobs.plan import Plan, PlannedClip, PlannedUnit

FRAMES = 10
HOSTILE = "<img src=x onerror=alert(1)>\u202egpj.exe\x1b[2J"
HOSTILE_SHOWN = "<img src=x onerror=alert(1)>\\u202egpj.exe\\u001b[2J"


class WrittenJob:
    """Clips of a few units each in one place.

    names : of the clips; each writes into a folder of its number, or, flat, all into one
    counted : whether the plan knows how many frames a unit makes, as of a debayer it does
    """

    def __init__(
        self,
        place: Path,
        names: Iterable[str],
        units: int,
        *,
        flat: bool = False,
        counted: bool = True,
    ) -> None:
        self.place, self.job = place, "j1"
        self.uri = f"file://{place}/"
        clips = []
        for index, name in enumerate(names):
            folder = f"{self.uri}all/" if flat else f"{self.uri}c{index:04d}/"
            clips.append(
                PlannedClip(
                    index=index,
                    operation="debayer",
                    name=name,
                    input=f"file://{place}/camera/c{index:04d}/",
                    output=folder,
                    frames=f"0-{units * FRAMES - 1}",
                    units=tuple(
                        PlannedUnit(
                            unit=f"{index * units + n:08x}"[::-1] + "0" * 24,
                            frames=f"{n * FRAMES}-{n * FRAMES + FRAMES - 1}",
                            count=FRAMES if counted else 0,
                            seconds=2.0,
                        )
                        for n in range(units)
                    ),
                )
            )
        self.plan = Plan(rushes="0", job=self.job, output=self.uri, clips=tuple(clips))
        self.units = [(clip, unit) for clip in clips for unit in clip.units]
        self._put(place / ".rushes" / "jobs" / f"{self.job}.json", self.plan.json())
        self._put(place / ".rushes" / "jobs" / "current", f"{self.job}\n".encode())

    def begin(self) -> None:
        """A dispatcher has begun."""
        self.report(state="running")

    def report(self, **said: Any) -> None:
        """What the dispatcher reports."""
        told = {"job": self.job, "output": self.uri, "failures": [], **said}
        path = self.place / ".rushes" / "jobs" / f"{self.job}.report.json"
        self._put(path, json.dumps(told).encode())

    def done(
        self, at: int, modified: float | None = None, report: dict[str, Any] | None = None
    ) -> None:
        """The unit at a place of the job has its receipt."""
        clip, unit = self.units[at]
        first, _, last = str(unit.frames).partition("-")
        receipt = Receipt(
            rushes="0",
            operation=clip.operation,
            unit=unit.unit,
            status="done",
            request={},
            assumed={},
            inputs=(),
            outputs=(),
            frames=Frames(int(first), int(last), FRAMES),
            seconds=dict.fromkeys(STAGES, 1.0),
            machine={"arch": "none"},
            report=report,
        )
        path = self._beside(at, "json")
        self._put(path, receipt.json())
        if modified is not None:
            os.utime(path, (modified, modified))

    def failed(self, at: int, detail: str, code: str = "damaged_source") -> None:
        """The unit has a note of its failure."""
        problem = {"code": code, "title": "The source is damaged", "detail": detail}
        self._put(self._beside(at, "failed.json"), msgspec.json.encode(problem))

    def taken_back(self, at: int) -> None:
        """The unit is about to be tried again."""
        self._put(self._beside(at, "failed.json"), b"{}\n")

    def _beside(self, at: int, ending: str) -> Path:
        clip, unit = self.units[at]
        folder = Path(str(clip.output).removeprefix("file://"))
        return folder / ".rushes" / f"{unit.unit}.{ending}"

    @staticmethod
    def _put(path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(content)
        part.rename(path)
