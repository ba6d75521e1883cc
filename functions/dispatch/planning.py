"""From a job and the clips' headers to a plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.clip import ClipFacts
from functions.contract.errors import InvalidRequest, LimitExceeded, RushesError
from functions.contract.frames import FrameRange
from functions.contract.operation import Operation, Prepared
from functions.contract.segments import Parts
from functions.contract.store import Store
from functions.contract.version import VERSION
from functions.dispatch.fan_in import gathered_units, joined_units
from functions.dispatch.job import Job, JobClip, Problem, clip_name, folder_name, raise_all
from functions.dispatch.places import overlaps
from functions.dispatch.sizing import Sizer, StandingCuts, ranges
from functions.dispatch.split import split
from functions.jobs.plan import (
    Cuts,
    Drawn,
    Plan,
    PlannedClip,
    PlannedUnit,
    Sizing,
    Standing,
    standing_of,
)
from functions.jobs.samples import Samples

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
    superseded: Cuts | None = None,
    sizer: Sizer | None = None,
    store: Store | None = None,
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
    superseded : the plan that was the last one at this output: clips that are cut to the same
        wish keep their cuts, so that what is done of them counts.
    sizer : what frames cost and what units may take; the operations' constants where None.
    store : for operations that look at the storage to say their pieces; None makes none.
    check : called once a clip; may raise to stop.

    Raises
    ------
    InvalidRequest that names every bad field of every clip, and clips that would write
        to the same place. StoreUnavailable and other retryable errors.
    """
    planner = _Planner(
        job=job,
        headers=headers,
        prepare=prepare,
        most_frames=most_frames,
        overwrite=overwrite,
        sizer=sizer or Sizer(Samples, math.inf),
        store=store,
        cuts=StandingCuts(job, kept, superseded),
    )
    with ThreadPoolExecutor(_READERS, thread_name_prefix="plan") as pool:
        futures = [
            pool.submit(planner.plan, clip, operation_of(clip.operation)) for clip in job.clips
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


class _CutUp(msgspec.Struct, frozen=True, kw_only=True):
    """A clip and the ranges of its units; one None where it is a unit that nobody cuts."""

    blank: PlannedClip
    parts: tuple[FrameRange | None, ...] = (None,)
    whole: FrameRange | None = None
    made: Parts | None = None


class _Planner(msgspec.Struct, frozen=True, kw_only=True):
    """What the clips of one job are planned with."""

    job: Job
    headers: Headers
    prepare: Prepare
    most_frames: int
    overwrite: bool
    sizer: Sizer
    store: Store | None
    cuts: StandingCuts

    def plan(self, clip: JobClip, operation: Operation | None) -> _Part:
        """One clip; with its problem where it cannot be worked on. Raises what may be cured."""
        source = clip.fields.get("input")
        name = clip_name(source) if isinstance(source, str) and source else f"clip{clip.index}"
        blank = PlannedClip(
            index=clip.index,
            operation=clip.operation,
            name=name,
            input=source if isinstance(source, str) else None,
            output=clip.output or uris.folder(uris.join(self.job.output, name)),
            frames=None,
            units=(),
            priority=clip.priority,
        )
        try:
            return self._cut(clip, blank, operation)
        except InvalidRequest as error:
            return _Part(clip=blank, problems=_all_problems(clip, blank, self.prepare, error))
        except RushesError as error:
            if error.retryable:
                raise
            return _Part(clip=msgspec.structs.replace(blank, problem=error.problem()))

    def _cut_up(self, clip: JobClip, blank: PlannedClip, operation: Operation | None) -> _CutUp:
        wanted, job = clip.fields.get("frames"), self.job
        cut = None
        if operation is not None and operation.splitting is not None:
            cut = operation.splitting(clip.fields)
        readable = blank.input is not None and (wanted is None or isinstance(wanted, str))
        if cut is None or not readable:
            sizing = self.cuts.sizing(clip.index) or self.sizer.size(
                clip.operation, clip.fields, Sizing(), job.units
            )
            return _CutUp(blank=msgspec.structs.replace(blank, sizing=sizing))
        facts, whole = self.headers(uris.canonical(str(blank.input), field="input"), wanted)
        made = cut(facts)
        if clip.output is None:
            name = folder_name(facts.name)
            output = uris.folder(uris.join(job.output, name))
            blank = msgspec.structs.replace(blank, name=name, output=output)
        before = self.cuts.cut(clip.index, clip.operation, blank.input, blank.output, whole=whole)
        asked = Sizing(
            format=f"{facts.container}/{facts.codec}",
            width=facts.width,
            height=facts.height,
            constant=made.seconds,
        )
        stood = before.sizing if before is not None else None
        sizing = stood or self.sizer.size(clip.operation, clip.fields, asked, job.units)
        made = msgspec.structs.replace(made, seconds=sizing.frame)
        parts: tuple[FrameRange | None, ...] = (None,)
        if made.joins and before is not None:
            parts = ranges(before, whole)
        elif made.joins:
            wish = msgspec.structs.replace(job.units, target_seconds=sizing.target or None)
            parts = split(whole, wish, made, self.sizer.most_frames(sizing, self.most_frames))
        blank = msgspec.structs.replace(blank, sizing=sizing, frames=str(whole))
        return _CutUp(blank=blank, parts=parts, whole=whole, made=made)

    def _cut(self, clip: JobClip, blank: PlannedClip, operation: Operation | None) -> _Part:
        found = self._cut_up(clip, blank, operation)
        blank, parts, whole, made = found.blank, found.parts, found.whole, found.made
        if operation is not None and operation.pieces is not None and self.store is not None:
            pieces = operation.pieces({**clip.fields, "output": blank.output}, self.store)
            if pieces.each:
                gathered, request, stands = gathered_units(
                    clip, pieces, blank.output, self.prepare, self.overwrite
                )
                planned = msgspec.structs.replace(blank, units=gathered, request=request)
                return _Part(clip=planned, standing=stands)
        if (
            made is not None
            and made.way == "movie"
            and len(parts) > 1
            and whole
            and (output := blank.output)
        ):
            cuts = tuple(part for part in parts if part is not None)
            joined, request, stands = joined_units(
                clip, made, blank.name, output, whole, cuts, self.prepare, self.overwrite
            )
            planned = msgspec.structs.replace(blank, units=joined, request=request)
            return _Part(clip=planned, standing=stands)
        units: list[PlannedUnit] = []
        standing: dict[str, Standing] = {}
        common: dict[str, Any] = {}
        seconds = blank.sizing.frame if blank.sizing is not None else 0.0
        own = {"overwrite": True} if clip.fields.get("overwrite") else {}
        for part in parts:
            request = {**clip.fields, "output": blank.output}
            if part is not None:
                request["frames"] = str(part)
            if made is not None and whole is not None and len(parts) > 1:
                request |= made.each(whole, blank.name)
            said = {**request, "overwrite": True} if self.overwrite else request
            prepared = self.prepare(clip.operation, said)
            if prepared.receipt is not None:
                standing[prepared.unit] = standing_of(prepared.receipt)
            # But for their frames all parts of a clip have one request.
            common = common or {**prepared.request, **own}
            units.append(
                PlannedUnit(
                    unit=prepared.unit,
                    frames=None if part is None else str(part),
                    count=0 if part is None else len(part),
                    seconds=round(seconds * len(part or whole or (None,)), 3),
                )
            )
        if parts != (None,):
            common.pop("frames", None)
        planned = msgspec.structs.replace(blank, units=tuple(units), request=common)
        files = None
        if made is not None and made.way == "frames" and whole is not None:
            files = made.numbers(whole)
        return _Part(clip=planned, standing=standing, frames=files)


def _named_by_range(part: _Part, operation_of: OperationOf) -> bool:
    operation = operation_of(part.clip.operation)
    return operation is not None and operation.named_by_range


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
