"""From a job and the clips' headers to a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.clip import ClipFacts
from functions.contract.errors import InvalidRequest, LimitExceeded, RushesError
from functions.contract.frames import FrameRange, parse_frames
from functions.contract.operation import Operation, Prepared
from functions.contract.segments import Parts
from functions.contract.version import VERSION
from functions.dispatch.fan_in import joined_units
from functions.dispatch.job import Job, JobClip, Problem, clip_name, folder_name, raise_all
from functions.dispatch.places import overlaps
from functions.dispatch.split import split
from functions.jobs.plan import (
    CutClip,
    Cuts,
    Drawn,
    Plan,
    PlannedClip,
    PlannedUnit,
    Standing,
    standing_of,
)

MOST_UNITS = 500_000
_READERS = 8  # headers are waited for, not computed: more than the cores, fewer than a crowd

Headers = Callable[[str, str | None], tuple[ClipFacts, FrameRange]]
"""`(uri, frames text)` to the clip's facts and the frames that are wanted."""

Prepare = Callable[[str, Mapping[str, Any]], Prepared]
OperationOf = Callable[[str], Operation | None]


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    clip: PlannedClip
    standing: dict[str, Standing] = {}
    frames: FrameRange | None = None  # of files of their own; None for one movie
    problems: list[Problem] = []


def draw(
    job: Job,
    headers: Headers,
    prepare: Prepare,
    operation_of: OperationOf,
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
    operation_of : what an operation says of itself, by its name.
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
    plan = partial(
        _plan_clip, headers=headers, prepare=prepare, most_frames=most_frames, overwrite=overwrite
    )
    with ThreadPoolExecutor(_READERS, thread_name_prefix="plan") as pool:
        futures = [
            pool.submit(plan, job, clip, operation_of(clip.operation), kept=before)
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
    named = {part.clip.operation for part in parts if _named_by_range(part, operation_of)}
    raise_all(overlaps([(part.clip, part.frames) for part in parts], named))
    total = sum(len(part.clip.units) for part in parts)
    if total > MOST_UNITS:
        raise LimitExceeded(
            f"the job has {total} units; {MOST_UNITS} are the limit: use longer units",
            field="units",
        )
    drawn = Plan(
        rushes=VERSION,
        job=job.id,
        output=job.output,
        clips=tuple(part.clip for part in parts),
    )
    return Drawn(plan=drawn, standing={u: r for part in parts for u, r in part.standing.items()})


def _plan_clip(
    job: Job,
    clip: JobClip,
    operation: Operation | None,
    *,
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
        return _cut(job, clip, blank, headers, prepare, operation, most_frames, overwrite, kept)
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
    operation: Operation | None,
    most_frames: int,
    overwrite: bool,
    kept: CutClip | None,
) -> _Part:
    wanted = clip.fields.get("frames")
    whole: FrameRange | None = None
    parts: tuple[FrameRange | None, ...] = (None,)
    made: Parts | None = None
    name, output = blank.name, blank.output
    cut = None
    if operation is not None and operation.splitting is not None:
        cut = operation.splitting(clip.fields)
    if cut is not None and blank.input is not None and (wanted is None or isinstance(wanted, str)):
        facts, whole = headers(uris.canonical(blank.input, field="input"), wanted)
        made = cut(facts)
        if made.joins:
            parts = _cut_before(kept, whole) or split(whole, job.units, made, most_frames)
        if clip.output is None:
            name = folder_name(facts.name)
            output = uris.folder(uris.join(job.output, name))
    if made is not None and made.way == "movie" and len(parts) > 1 and whole and output:
        ranges = tuple(part for part in parts if part is not None)
        joined, request, stands = joined_units(
            clip, made, name, output, whole, ranges, prepare, overwrite
        )
        planned = msgspec.structs.replace(
            blank, name=name, output=output, frames=str(whole), units=joined, request=request
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
        if made is not None and whole is not None and len(parts) > 1:
            request |= made.each(whole, name)
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
                seconds=round(made.seconds * len(part), 3) if made and part else 0.0,
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
    files = None
    if made is not None and made.way == "frames" and whole is not None:
        files = made.numbers(whole)
    return _Part(clip=planned, standing=standing, frames=files)


def _named_by_range(part: _Part, operation_of: OperationOf) -> bool:
    operation = operation_of(part.clip.operation)
    return operation is not None and operation.named_by_range


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
