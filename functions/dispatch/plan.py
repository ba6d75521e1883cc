"""From a job to its units: a pure function of the job and the clips' headers.

The plan names every unit before the first is sent, and stands in the storage from then
on, so that any machine can tell from plan and receipts alone how far the job is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.clip import ClipFacts
from functions.contract.errors import InvalidRequest, LimitExceeded, RushesError
from functions.contract.frames import FrameRange, parse_frames
from functions.contract.operation import Prepared
from functions.contract.receipt import STAGES, Receipt
from functions.contract.version import VERSION
from functions.dispatch.cost import frames_before, seconds_per_frame, split, way_of
from functions.dispatch.job import Job, JobClip, Problem, clip_name, folder_name, raise_all
from functions.dispatch.places import overlaps

MOST_UNITS = 500_000
_READERS = 8  # headers are waited for, not computed: more than the cores, fewer than a crowd

Headers = Callable[[str, str | None], tuple[ClipFacts, FrameRange]]
"""`(uri, frames text)` to the clip's facts and the frames that are wanted."""

Prepare = Callable[[str, Mapping[str, Any]], Prepared]


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
    count: int = 0
    seconds: float = 0.0
    operation: str | None = None
    output: str | None = None
    own: dict[str, Any] = {}
    after: tuple[str, ...] = ()


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


class CutUnit(msgspec.Struct, frozen=True, gc=False):
    """Of a planned unit, what range it is."""

    frames: str | None = None
    count: int = 0


class CutClip(msgspec.Struct, frozen=True):
    """Of a planned clip, how it is cut."""

    frames: str | None
    units: tuple[CutUnit, ...]


class Cuts(msgspec.Struct, frozen=True):
    """Of a plan that stands, how its clips are cut: all that a new one takes from it."""

    clips: tuple[CutClip, ...]


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A plan, and what stood already when it was drawn, by unit."""

    plan: Plan
    standing: dict[str, Standing]


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    clip: PlannedClip
    standing: dict[str, Standing] = {}
    frames: FrameRange | None = None  # of files of their own; None for one movie
    problems: list[Problem] = []


def draw(
    job: Job,
    headers: Headers,
    prepare: Prepare,
    *,
    most_frames: int,
    overwrite: bool = False,
    kept: Cuts | None = None,
    check: Callable[[], None] = lambda: None,
) -> Drawn:
    """Plan every clip of the job, in the job's order.

    A clip that cannot be read becomes a clip with a problem, and the others go on.

    Parameters
    ----------
    most_frames : frames that the function takes in one unit.
    overwrite : the whole job's, beside what a clip says for itself.
    kept : the plan of this job that stands: its clips are cut as they were, whatever is
        known of their cost by now.
    check : called once a clip; may raise to stop.

    Raises
    ------
    InvalidRequest that names every bad field of every clip, and clips that would write
        to the same place. StoreUnavailable and other retryable errors.
    """
    with ThreadPoolExecutor(_READERS, thread_name_prefix="plan") as pool:
        futures = [
            pool.submit(_plan_clip, job, clip, headers, prepare, most_frames, overwrite, before)
            for clip, before in zip(job.clips, _clips_of(kept, job), strict=True)
        ]
        try:
            parts = []
            for future in futures:
                check()
                parts.append(future.result())
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    raise_all([problem for part in parts for problem in part.problems])
    raise_all(overlaps([(part.clip, part.frames) for part in parts]))
    total = sum(len(part.clip.units) for part in parts)
    if total > MOST_UNITS:
        raise LimitExceeded(
            f"the job has {total} units; {MOST_UNITS} are the limit: use longer units",
            field="units",
        )
    plan = Plan(
        rushes=VERSION,
        job=job.id,
        output=job.output,
        clips=tuple(part.clip for part in parts),
    )
    return Drawn(plan=plan, standing={u: r for part in parts for u, r in part.standing.items()})


def _plan_clip(
    job: Job,
    clip: JobClip,
    headers: Headers,
    prepare: Prepare,
    most_frames: int,
    overwrite: bool,
    kept: CutClip | None,
) -> _Part:
    source = clip.fields.get("input")
    name = clip_name(source) if isinstance(source, str) and source else f"clip{clip.index}"
    blank = PlannedClip(
        index=clip.index,
        operation=clip.operation,
        name=name,
        input=source if isinstance(source, str) else None,
        output=clip.output or uris.folder(uris.join(job.output, name)),
        frames=None,
        units=(),
    )
    try:
        return _cut(job, clip, blank, headers, prepare, most_frames, overwrite, kept)
    except InvalidRequest as error:
        return _Part(clip=blank, problems=_all_problems(clip, blank, prepare, error))
    except RushesError as error:
        if error.retryable:
            raise
        return _Part(clip=msgspec.structs.replace(blank, problem=error.problem()))


def _cut(
    job: Job,
    clip: JobClip,
    blank: PlannedClip,
    headers: Headers,
    prepare: Prepare,
    most_frames: int,
    overwrite: bool,
    kept: CutClip | None,
) -> _Part:
    from functions.dispatch.fan_in import joined_units, kind_of

    wanted = clip.fields.get("frames")
    whole: FrameRange | None = None
    parts: tuple[FrameRange | None, ...] = (None,)
    per_frame = 0.0
    kind = None
    name, output = blank.name, blank.output
    way = way_of(clip.operation, clip.fields)
    before = frames_before(clip.fields) if clip.operation == "deliver" else 0
    if way is not None and blank.input is not None and (wanted is None or isinstance(wanted, str)):
        facts, whole = headers(uris.canonical(blank.input, field="input"), wanted)
        per_frame = seconds_per_frame(clip.operation, clip.fields, facts.width * facts.height)
        kind = kind_of(clip.operation, clip.fields, facts) if way == "movie" else None
        multiple = kind.multiple if kind else 1
        if kind is None or kind.joins:
            parts = _cut_before(kept, whole) or split(
                whole, job.units, per_frame, most_frames, multiple, before
            )
        if clip.output is None:
            name = folder_name(facts.name)
            output = uris.folder(uris.join(job.output, name))
    if kind is not None and kind.joins and len(parts) > 1 and whole and output:
        ranges = tuple(part for part in parts if part is not None)
        made, request, stands = joined_units(
            clip, kind, name, output, whole, ranges, per_frame, prepare, overwrite
        )
        planned = msgspec.structs.replace(
            blank, name=name, output=output, frames=str(whole), units=made, request=request
        )
        return _Part(clip=planned, standing=stands)
    units: list[PlannedUnit] = []
    standing: dict[str, Standing] = {}
    common: dict[str, Any] = {}
    own = {"overwrite": True} if clip.fields.get("overwrite") else {}
    for part in parts:
        request = {**clip.fields, "output": output}
        if part is not None:
            request["frames"] = str(part)
        if clip.operation == "deliver" and len(parts) > 1:
            request["whole"] = str(whole)  # numbers, slate and leader follow from it
        asked = {**request, "overwrite": True} if overwrite else request
        prepared = prepare(clip.operation, asked)
        if prepared.receipt is not None:
            standing[prepared.unit] = standing_of(prepared.receipt)
        # But for their frames all parts of a clip have one request.
        common = common or {**prepared.request, **own}
        units.append(
            PlannedUnit(
                unit=prepared.unit,
                frames=None if part is None else str(part),
                count=0 if part is None else len(part),
                seconds=0.0 if part is None else round(per_frame * len(part), 3),
            )
        )
    if parts != (None,):
        common.pop("frames", None)
    planned = msgspec.structs.replace(
        blank,
        name=name,
        output=output,
        frames=None if whole is None else str(whole),
        units=tuple(units),
        request=common,
    )
    files = None if way == "movie" or whole is None else _numbered(clip, whole, before)
    return _Part(clip=planned, standing=standing, frames=files)


def _clips_of(kept: Cuts | None, job: Job) -> Sequence[CutClip | None]:
    same = kept is not None and len(kept.clips) == len(job.clips)
    return kept.clips if kept is not None and same else [None] * len(job.clips)


def _cut_before(kept: CutClip | None, whole: FrameRange) -> tuple[FrameRange, ...]:
    """The parts of a clip that has been planned already and has the same frames still."""
    if kept is None or kept.frames != str(whole):
        return ()
    parts = tuple(parse_frames(unit.frames) for unit in kept.units if unit.count and unit.frames)
    meet = all(a.last + whole.step == b.start for a, b in pairwise(parts))
    covered = sum(len(part) for part in parts) == len(whole)
    return parts if parts and meet and covered and parts[0].start == whole.start else ()


def _numbered(clip: JobClip, whole: FrameRange, before: int) -> FrameRange:
    """The numbers of the files that a clip makes: a master counts from its `start`."""
    start = clip.fields.get("start")
    if clip.operation != "deliver" or whole.step != 1:
        return whole
    first = start if isinstance(start, int) else whole.start
    return FrameRange(max(0, first - before), first + len(whole))


def _all_problems(
    clip: JobClip, blank: PlannedClip, prepare: Prepare, error: InvalidRequest
) -> list[Problem]:
    """The error's fields, and what else is wrong beside a frame range that does not parse."""
    found = clip.problems(error)
    if error.facts.get("field") == "frames" and "problems" not in error.facts:
        rest = {name: value for name, value in clip.fields.items() if name != "frames"}
        try:
            prepare(clip.operation, {**rest, "output": blank.output})
        except InvalidRequest as other:
            found += clip.problems(other)
        except RushesError:
            pass  # the source's own trouble is told once the request is right
    return found
