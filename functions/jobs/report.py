"""What a job came to: numbers for a person and a program, from plan and outcomes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import msgspec

from functions.contract.receipt import STAGES
from functions.jobs.outcome import Outcome
from functions.jobs.plan import Drawn, Plan, Standing, is_problem, standing_of


class _Failure(msgspec.Struct, frozen=True):
    clip: int
    problem: dict[str, Any]
    unit: str | None = None
    frames: str | None = None
    input: str | None = None

    def __post_init__(self) -> None:
        if not is_problem(self.problem):
            raise ValueError("a problem has a code and a detail")


_Count = Annotated[int, msgspec.Meta(ge=0)]
_Amount = Annotated[float, msgspec.Meta(ge=0)]


class Reported(msgspec.Struct, frozen=True):
    """Of a report that stands, what is told again, and of what types it must be."""

    state: str = ""
    done: _Count = 0
    retries: _Count = 0
    frames_made: _Count = 0
    wall_seconds: _Amount = 0.0
    frames_per_second: _Amount = 0.0
    ready_by: str = ""
    in_time: bool = False
    failures: tuple[_Failure, ...] = ()


_NUMBER = re.compile(r"\d+")


class Ledger:
    """Counts a job as its units end.

    A receipt is added up and let go: a job of many thousand units must not hold the list
    of every frame's file in memory.
    """

    def __init__(self, drawn: Drawn) -> None:
        self.plan: Plan = drawn.plan
        self.total = sum(len(c.units) or int(c.problem is not None) for c in self.plan.clips)
        self._counts: Counter[tuple[int, str]] = Counter()
        self._frames: Counter[int] = Counter()
        self._seconds: dict[int, Counter[str]] = {c.index: Counter() for c in self.plan.clips}
        self._failures: list[dict[str, Any]] = []
        self._order = _order(self.plan)
        self._retries = 0
        self._frames_made = 0
        # Frames of a movie in parts are counted once, with its parts of pictures.
        self._uncounted = {
            u.unit
            for c in self.plan.clips
            if any(u.after for u in c.units)
            for u in c.units
            if not u.count
        }
        for clip in self.plan.clips:
            if clip.problem is not None:
                self._counts[clip.index, "failed"] += 1
                self._fail(clip.index, None, clip.frames, 0, clip.problem)
            for unit in clip.units:
                if unit.unit in drawn.standing:
                    self._counts[clip.index, "reused"] += 1
                    self._add(clip.index, unit.unit, drawn.standing[unit.unit])

    @property
    def settled(self) -> int:
        """Units whose end is known."""
        return sum(self._counts.values())

    @property
    def failures(self) -> list[dict[str, Any]]:
        """What failed, in the order in which it did."""
        return self._failures

    @property
    def failed(self) -> int:
        """Units that ended in a problem."""
        return self._sum("failed")

    def settle(self, outcome: Outcome) -> None:
        """Count one unit's end; not for several threads at once."""
        clip, receipt = outcome.parcel.clip, outcome.receipt
        self._retries += outcome.attempts - 1
        if receipt is None:
            assert outcome.problem is not None
            self._counts[clip, "failed"] += 1
            parcel = outcome.parcel
            self._fail(clip, parcel.unit, parcel.frames, outcome.attempts, outcome.problem)
            return
        self._counts[clip, "done" if receipt.status == "done" else "reused"] += 1
        made = standing_of(receipt)
        self._add(clip, receipt.unit, made)
        if receipt.status == "done" and receipt.unit not in self._uncounted:
            self._frames_made += made.frames

    def report(self, wall_seconds: float) -> dict[str, Any]:
        """The job report; `failed` above 0 says that the job is not done.

        state : "running" while units are on their way, then "done" or "failed"
        """
        stages = {s: round(sum(c[s] for c in self._seconds.values()), 3) for s in STAGES}
        rate = self._frames_made / wall_seconds if wall_seconds > 0 else 0.0
        return {
            "job": self.plan.job,
            "state": self._state(),
            "output": self.plan.output,
            "units": self.total,
            "done": self._sum("done"),
            "reused": self._sum("reused"),
            "failed": self.failed,
            "retries": self._retries,
            "frames": sum(self._frames.values()),
            "frames_made": self._frames_made,
            "seconds": stages,
            "wall_seconds": round(wall_seconds, 3),
            "frames_per_second": round(rate, 3),
            "clips": [self._row(clip.index) for clip in self.plan.clips],
            "failures": sorted(self._failures, key=lambda f: self._order[f["clip"], f["frames"]]),
        }

    def _state(self) -> str:
        if self.settled < self.total:
            return "running"
        return "failed" if self.failed else "done"

    def _row(self, index: int) -> dict[str, Any]:
        clip = self.plan.clips[index]
        return {
            "clip": index,
            "operation": clip.operation,
            "name": clip.name,
            "input": clip.input,
            "output": clip.output,
            "range": clip.frames,
            "units": len(clip.units),
            "done": self._counts[index, "done"],
            "reused": self._counts[index, "reused"],
            "failed": self._counts[index, "failed"],
            "frames": self._frames[index],
            "seconds": round(self._seconds[index]["total"], 3),
        }

    def _sum(self, what: str) -> int:
        return sum(n for (_, kind), n in self._counts.items() if kind == what)

    def _add(self, clip: int, unit: str, made: Standing) -> None:
        self._seconds[clip].update(dict(zip(STAGES, made.seconds, strict=False)))
        if unit not in self._uncounted:
            self._frames[clip] += made.frames

    def _fail(
        self,
        clip: int,
        unit: str | None,
        frames: str | None,
        attempts: int,
        problem: dict[str, Any],
    ) -> None:
        self._failures.append(
            {
                "clip": clip,
                "operation": self.plan.clips[clip].operation,
                "input": self.plan.clips[clip].input,
                "unit": unit,
                "frames": frames,
                "attempts": attempts,
                "problem": problem,
            }
        )


def _order(plan: Plan) -> dict[tuple[int, str | None], int]:
    """Where a clip's frames come in the job: failures are told in that order."""
    places: dict[tuple[int, str | None], int] = {}
    for clip in plan.clips:
        for frames in (clip.frames, *(unit.frames for unit in clip.units)):
            places.setdefault((clip.index, frames), len(places))
    return places


def lines(report: Mapping[str, Any]) -> Iterable[str]:
    """The report for a terminal: one line of sums, a line a clip, a line a failure."""
    made = report["done"] + report["reused"]
    yield (
        f"job {report['job']}: {made} of {report['units']} units done "
        f"({report['done']} now, {report['reused']} before), {report['failed']} failed, "
        f"{report['retries']} retries"
    )
    yield (
        f"{_frames(report['frames'])}; {report['frames_made']} made now in "
        f"{report['wall_seconds']:.1f} s: {report['frames_per_second']:.2f} frames a second"
    )
    if "in_time" in report:
        yield f"ready by {report['ready_by']}: {'yes' if report['in_time'] else 'no'}"
    spent = {k: v for k, v in report["seconds"].items() if v}
    if spent:
        yield "seconds in all units: " + ", ".join(f"{k} {v:.1f}" for k, v in spent.items())
    for row in report["clips"]:
        stands = row["done"] + row["reused"]
        missing = row["units"] - stands - row["failed"]
        left = [
            f"{n} {what}" for n, what in ((row["failed"], "failed"), (missing, "missing")) if n > 0
        ]
        state = ", ".join(left) or "ok"
        what = " ".join(p for p in (row["operation"], row["range"]) if p)
        yield (
            f"  {row['name']}: {what}: {stands}/{row['units']} units, {_frames(row['frames'])}, "
            f"{row['seconds']:.1f} s, {state}: {row['output']}"
        )
    yield from failure_lines(report["failures"])
    yield from letter_lines(report.get("dead_letters", ()))


def causes(failures: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], int]]:
    """Failures by what they are of: the first of each cause, and how many there are.

    One cause is one clip, one code and one sentence, whatever numbers are in it.
    """
    found: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for failure in failures:
        problem = failure["problem"]
        sentence = _NUMBER.sub("#", str(problem.get("detail", "")))
        key = (failure.get("input"), problem.get("code"), sentence)
        found.setdefault(key, []).append(failure)
    return [(alike[0], len(alike)) for alike in found.values()]


def failure_lines(failures: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """A line for each cause."""
    for failure, count in causes(failures):
        problem = failure["problem"]
        frames = f" frames {failure['frames']}" if failure.get("frames") else ""
        many = f"{count} units of " if count > 1 else ""
        first = f", first{frames}" if count > 1 and frames else frames
        said = f"{problem['code']}: {problem['detail']}"
        yield f"  failed: {many}{failure['input']}{first}: {said}"


def letter_lines(letters: Sequence[str]) -> Iterable[str]:
    """One line for all that a broker gave up."""
    if letters:
        many = f"{len(letters)} dead letters, first" if len(letters) > 1 else "1 dead letter"
        yield f"  given up by the broker: {many}: {letters[0]}"


def _frames(count: int) -> str:
    return f"{count} frame" if count == 1 else f"{count} frames"
