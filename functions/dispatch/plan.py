"""From a job to its units: a pure function of the job and the clips' headers.

The plan names every unit before the first is sent, and stands in the storage from then
on, so that any machine can tell from plan and receipts alone how far the job is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.clip import ClipFacts
from functions.contract.errors import InvalidRequest, LimitExceeded, RushesError
from functions.contract.frames import FrameRange
from functions.contract.operation import Prepared
from functions.contract.receipt import Receipt
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

    count : frames, 0 where the operation has no frame range
    seconds : estimate of one core, 0 where there is none
    operation, output : where they are not the clip's own
    after : units whose receipts must stand before this one is sent
    """

    unit: str
    request: dict[str, Any]
    frames: str | None = None
    count: int = 0
    seconds: float = 0.0
    operation: str | None = None
    output: str | None = None
    after: tuple[str, ...] = ()


class PlannedClip(msgspec.Struct, frozen=True, kw_only=True):
    """A clip and its units; with `problem` and none if it cannot be worked on at all."""

    index: int
    operation: str
    name: str
    input: str | None
    output: str | None
    frames: str | None
    units: tuple[PlannedUnit, ...]
    problem: dict[str, Any] | None = None

    def output_of(self, unit: PlannedUnit) -> str | None:
        """Where a unit writes, and its receipt stands."""
        return unit.output or self.output


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is committed as `<job output>/.rushes/jobs/<job>.json`."""

    rushes: str
    job: str
    output: str
    clips: tuple[PlannedClip, ...]

    def json(self) -> bytes:
        """Indented JSON with a final newline."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A plan, and the receipts that stood already when it was drawn, by unit."""

    plan: Plan
    standing: dict[str, Receipt]


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    clip: PlannedClip
    standing: dict[str, Receipt] = {}
    frames: FrameRange | None = None  # of files of their own; None for one movie
    problems: list[Problem] = []


def draw(
    job: Job,
    headers: Headers,
    prepare: Prepare,
    *,
    most_frames: int,
    overwrite: bool = False,
    check: Callable[[], None] = lambda: None,
) -> Drawn:
    """Plan every clip of the job, in the job's order.

    A clip that cannot be read becomes a clip with a problem, and the others go on.

    Parameters
    ----------
    most_frames : frames that the function takes in one unit.
    overwrite : the whole job's, beside what a clip says for itself.
    check : called once a clip; may raise to stop.

    Raises
    ------
    InvalidRequest that names every bad field of every clip, and clips that would write
        to the same place. StoreUnavailable and other retryable errors.
    """
    with ThreadPoolExecutor(_READERS, thread_name_prefix="plan") as pool:
        futures = [
            pool.submit(_plan_clip, job, clip, headers, prepare, most_frames, overwrite)
            for clip in job.clips
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
        return _cut(job, clip, blank, headers, prepare, most_frames, overwrite)
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
            parts = split(whole, job.units, per_frame, most_frames, multiple, before)
        if clip.output is None:
            name = folder_name(facts.name)
            output = uris.folder(uris.join(job.output, name))
    if kind is not None and kind.joins and len(parts) > 1 and whole and output:
        ranges = tuple(part for part in parts if part is not None)
        made, stands = joined_units(
            clip, kind, name, output, whole, ranges, per_frame, prepare, overwrite
        )
        planned = msgspec.structs.replace(
            blank, name=name, output=output, frames=str(whole), units=made
        )
        return _Part(clip=planned, standing=stands)
    units, standing = [], {}
    own_overwrite = bool(clip.fields.get("overwrite"))
    for part in parts:
        request = {**clip.fields, "output": output}
        if part is not None:
            request["frames"] = str(part)
        if clip.operation == "deliver" and len(parts) > 1:
            request["whole"] = str(whole)  # numbers, slate and leader follow from it
        asked = {**request, "overwrite": True} if overwrite else request
        prepared = prepare(clip.operation, asked)
        if prepared.receipt is not None:
            # Sums are all that is wanted of it; the lists of files of a large job are long.
            slim = msgspec.structs.replace(prepared.receipt, inputs=(), outputs=())
            standing[prepared.unit] = slim
        units.append(
            PlannedUnit(
                unit=prepared.unit,
                request={**prepared.request, **({"overwrite": True} if own_overwrite else {})},
                frames=None if part is None else str(part),
                count=0 if part is None else len(part),
                seconds=0.0 if part is None else round(per_frame * len(part), 3),
            )
        )
    planned = msgspec.structs.replace(
        blank,
        name=name,
        output=output,
        frames=None if whole is None else str(whole),
        units=tuple(units),
    )
    files = None if way == "movie" or whole is None else _numbered(clip, whole, before)
    return _Part(clip=planned, standing=standing, frames=files)


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
