"""What a job's units are: a pure function of the job and the clips' headers.

The plan names every unit before the first is sent, and stands in the storage from then
on, so that any machine can tell from plan and receipts alone how far the job is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import msgspec

from functions.contract.receipt import STAGES, Receipt

JOBS_FOLDER = ".rushes/jobs"
"""Below a job's output: plans, reports, controls."""


_MOST_FRAMES = 1 << 40
"""Of one unit. What claims more was not written by us, and sums of it would fit no number."""


class _Problem(msgspec.Struct, frozen=True):
    code: str
    detail: str


def is_problem(value: Any) -> bool:
    """Whether a value says of a failure what every problem says: its code, and a sentence."""
    try:
        msgspec.convert(value, _Problem)
    except msgspec.ValidationError:
        return False
    return True


class PlannedUnit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One invocation.

    frames, count : its range, and how many; None and 0 where the operation has no frame range
    seconds : estimate of one core, 0 where there is none
    operation, output : where they are not the clip's own
    own : what its request says beside the clip's
    after : units whose receipts must stand before this one is sent
    """

    unit: str
    frames: str | None = None
    count: Annotated[int, msgspec.Meta(ge=0, le=_MOST_FRAMES)] = 0
    seconds: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    operation: str | None = None
    output: str | None = None
    own: dict[str, Any] = {}
    after: tuple[str, ...] = ()


class Sizing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a frame of a clip was taken to cost when it was cut, and what makes it that dear.

    A later job compares it with what the receipts say: that is how costs are learned.

    settings : what the request says that a cost may depend on, as `method=best compression=zip`
    format, width, height : of the clip; of an operation that is never cut nobody asks them
    constant : seconds a frame by the operation's own constants; 1 where it says none
    frame : seconds a frame that it was cut by; 0 where nothing is known
    start : seconds a unit takes beside its frames
    target : seconds that a unit was to take; 0 where frames were said
    source : where `frame` and `start` are from, in words
    """

    settings: str = ""
    format: str = ""
    width: int = 0
    height: int = 0
    constant: float = 1.0
    frame: float = 0.0
    start: float = 0.0
    target: float = 0.0
    source: str = ""


class PlannedClip(msgspec.Struct, frozen=True, kw_only=True):
    """A clip and its units; with `problem` and none if it cannot be worked on at all.

    request : what the requests of all its units have alike: a plan of 100,000 units holds it once
    """

    index: int
    operation: str
    name: str
    input: str | None
    output: str | None
    frames: str | None
    units: tuple[PlannedUnit, ...]
    request: dict[str, Any] = {}
    problem: dict[str, Any] | None = None
    sizing: Sizing | None = None
    priority: str = "normal"

    def __post_init__(self) -> None:
        if self.problem is not None and not is_problem(self.problem):
            raise ValueError(f"the problem of clip {self.index} has no code and detail")

    def described(self) -> dict[str, Any]:
        """What a watcher is shown of it before its units."""
        return {
            "clip": self.index,
            "name": self.name,
            "operation": self.operation,
            "input": self.input,
            "output": self.output,
            "range": self.frames,
            "problem": self.problem,
        }

    def output_of(self, unit: PlannedUnit) -> str | None:
        """Where a unit writes, and its receipt stands."""
        return unit.output or self.output

    def request_of(self, unit: PlannedUnit) -> dict[str, Any]:
        """What is sent for a unit."""
        if unit.operation is not None:
            return dict(unit.own)
        said = {} if unit.frames is None or "frames" in unit.own else {"frames": unit.frames}
        return {**self.request, **said, **unit.own}


def shared(requests: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What requests have alike, but for their frames: a clip's `request`."""
    if not requests:
        return {}
    first, *rest = requests
    return {
        name: value
        for name, value in first.items()
        if name != "frames" and all(name in each and each[name] == value for each in rest)
    }


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is committed as `<job output>/.rushes/jobs/<job>.json`."""

    rushes: str
    job: str
    output: str
    clips: tuple[PlannedClip, ...]

    def __post_init__(self) -> None:
        """Whoever reads a plan finds a clip by its index, and a unit that another waits for."""
        if [clip.index for clip in self.clips] != list(range(len(self.clips))):
            raise ValueError("its clips are not numbered from 0")
        awaited = {part for clip in self.clips for unit in clip.units for part in unit.after}
        if awaited and not awaited <= {unit.unit for clip in self.clips for unit in clip.units}:
            raise ValueError("a unit waits for one that is not in the plan")

    def places(self) -> list[tuple[str, str]]:
        """(output, unit) of every unit that has an output: where its receipt stands."""
        return [
            (output, unit.unit)
            for clip in self.clips
            for unit in clip.units
            if (output := clip.output_of(unit)) is not None
        ]

    def json(self) -> bytes:
        """JSON in one line: of a large job the plan is the largest file that everybody reads."""
        return msgspec.json.encode(self) + b"\n"


class Standing(msgspec.Struct, frozen=True, gc=False):
    """What is kept of a unit's receipt: sums are all that is wanted of it.

    frames : how many it made, 0 where it tells of none
    seconds : by `receipt.STAGES`
    """

    frames: int = 0
    seconds: tuple[float, ...] = ()


def standing_of(receipt: Receipt) -> Standing:
    """The sums of a receipt."""
    spent = tuple(float(receipt.seconds.get(stage, 0.0)) for stage in STAGES)
    return Standing(0 if receipt.frames is None else receipt.frames.count, spent)


def served(unit: PlannedUnit) -> Standing:
    """What counts for a part that is gone, because the movie that it became stands."""
    return Standing(frames=unit.count)


def served_by(plan: Plan, standing: Iterable[str]) -> dict[str, str]:
    """Parts that count as done because what they were joined to stands: part to joining unit."""
    known = set(standing)
    return {
        part: unit.unit
        for clip in plan.clips
        for unit in clip.units
        if unit.after and unit.unit in known
        for part in unit.after
        if part not in known
    }


class CutUnit(msgspec.Struct, frozen=True, gc=False):
    """Of a planned unit, what range it is."""

    frames: str | None = None
    count: int = 0


class CutClip(msgspec.Struct, frozen=True):
    """Of a planned clip, how it is cut, and what tells it from others."""

    frames: str | None
    units: tuple[CutUnit, ...]
    operation: str = ""
    input: str | None = None
    output: str | None = None
    sizing: Sizing | None = None


class Cuts(msgspec.Struct, frozen=True):
    """Of a plan that stands, how its clips are cut: all that a new one takes from it."""

    clips: tuple[CutClip, ...]


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A plan, and what stood already when it was drawn, by unit."""

    plan: Plan
    standing: dict[str, Standing]
