"""dispatch: a job of clips in, one event a unit out, and a report of what became of them.

The job is planned into units, the plan is committed, units whose receipts stand are
skipped, and the rest goes to the sink with bounded work in flight and retries. Nothing is
remembered outside the storage: killed at any point and started again, a job goes on where
it was. A job is looked at anew each time, so it leaves a report and no receipt of its own.
"""

from __future__ import annotations

import time
from typing import Annotated, Any

from msgspec import Meta

from functions.contract.clip import ClipFacts
from functions.contract.frames import FrameRange
from functions.contract.operation import DispatchWork, Operation, Request, Result
from functions.contract.store import Stat
from functions.dispatch.job import Job, parse_job
from functions.dispatch.plan import Drawn
from functions.dispatch.planning import draw

_URI = {"format": "uri"}


class DispatchRequest(Request, frozen=True, kw_only=True):
    """Do a job: many clips, cut into units that run side by side."""

    output: Annotated[str, Meta(description="folder of the whole job", extra_json_schema=_URI)]
    clips: Annotated[
        list[dict[str, Any]],
        Meta(description="requests, each with its operation; output may be left out"),
    ]
    defaults: Annotated[dict[str, Any], Meta(description="fields of every clip")] | None = None
    units: (
        Annotated[
            dict[str, float],
            Meta(description="how clips are cut: target_seconds (30), or frames"),
        ]
        | None
    ) = None
    sink: (
        Annotated[str, Meta(description="none: this machine; http(s)://..., openfaas:http://...")]
        | None
    ) = None
    attempts: Annotated[int, Meta(description="how often a unit is sent", ge=1, le=100)] = 5
    in_flight: (
        Annotated[int, Meta(description="units at one time; the sink's width", ge=1, le=1024)]
        | None
    ) = None
    patience: Annotated[
        float, Meta(description="seconds until a unit without receipt is sent again", gt=0)
    ] = 3600.0

    def __post_init__(self) -> None:
        self.job()

    def job(self) -> Job:
        """The job of the request's fields. Raises InvalidRequest with all problems."""
        return parse_job(self.output, self.clips, self.defaults, self.units)


def run(request: DispatchRequest, work: DispatchWork) -> Result:
    """Plan, commit the plan, deliver what is missing, report."""
    from functions.dispatch.failure_notes import take_back
    from functions.dispatch.report import Ledger
    from functions.dispatch.send import Courier, Outcome, Parcel
    from functions.dispatch.status import commit_plan, commit_report

    # The wall clock is for the report alone; nothing that is made depends on it.
    began = time.perf_counter()
    drawn = _draw(request, work)
    commit_plan(drawn.plan, work.store)
    ledger = Ledger(drawn)
    parcels = [
        Parcel(
            unit=unit.unit,
            operation=unit.operation or clip.operation,
            request={**clip.request_of(unit), **({"overwrite": True} if request.overwrite else {})},
            output=clip.output_of(unit),
            clip=clip.index,
            frames=unit.frames,
            count=unit.count,
            after=tuple(one for one in unit.after if one not in drawn.standing),
        )
        for clip in drawn.plan.clips
        for unit in clip.units
        if unit.unit not in drawn.standing
    ]
    work.progress(ledger.settled, ledger.total, "")

    def told(outcome: Outcome) -> None:
        ledger.settle(outcome)
        note = f"{ledger.failed} failed" if ledger.failed else ""
        work.progress(ledger.settled, ledger.total, note)

    if parcels:
        # Failures of an earlier dispatch are about to be tried again: they are no news now.
        take_back(((p.output, p.unit) for p in parcels if p.output is not None), work.store)
        commit_report(ledger.report(0.0), work.store, keep=False)
        courier = Courier(
            work.store, work, attempts=request.attempts, patience=request.patience, told=told
        )
        try:
            with work.sink(request.sink, drawn.plan.job) as sink:
                courier.start(parcels, sink, request.in_flight or sink.width)
                courier.finish()
        finally:
            # After the sink is closed: a stopped sink gives back what is still in flight.
            courier.join()
    report = ledger.report(time.perf_counter() - began)
    commit_report(report, work.store, keep=not parcels and not ledger.failed)
    return Result(report=report, final=False, reused=not parcels and not ledger.failed)


def explain(request: DispatchRequest, work: DispatchWork) -> dict[str, Any]:
    """The units that would be sent, from headers and receipts only."""
    drawn = _draw(request, work)
    clips = drawn.plan.clips
    units = [unit for clip in clips for unit in clip.units]
    return {
        "job": drawn.plan.job,
        "units": len(units),
        "standing": len(drawn.standing),
        "core_seconds_estimated": round(sum(unit.seconds for unit in units), 1),
        "clips": [
            {
                "clip": clip.index,
                "operation": clip.operation,
                "name": clip.name,
                "input": clip.input,
                "output": clip.output,
                "frames": clip.frames,
                "units": [unit.frames or unit.unit for unit in clip.units],
                "problem": clip.problem,
            }
            for clip in clips
        ],
    }


def _draw(request: DispatchRequest, work: DispatchWork) -> Drawn:
    from functions.dispatch.status import read_cuts
    from functions.media import open_clip, resolve_frames
    from functions.storage.listed_once import ListedOnce

    job = request.job()
    store = ListedOnce(work.store)

    def headers(uri: str, frames: str | None) -> tuple[ClipFacts, FrameRange]:
        clip = open_clip(uri, store, work.limits)
        try:
            return clip.facts, resolve_frames(clip, frames)
        finally:
            clip.close()

    return draw(
        job,
        headers,
        work.prepare,
        work.operation,
        most_frames=work.limits.frames,
        overwrite=request.overwrite,
        kept=read_cuts(job.output, job.id, work.store),
        check=work.check,
    )


class DispatchUnit:
    """One look at a job."""

    def __init__(self, request: DispatchRequest, work: DispatchWork) -> None:
        self.request, self.work = request, work

    def sources(self) -> tuple[Stat, ...]:
        """None: each unit has its own identity, and a job is looked at anew each time."""
        return ()

    def run(self) -> Result:
        """Plan, commit the plan, deliver what is missing, report."""
        return run(self.request, self.work)

    def explain(self) -> dict[str, Any]:
        """The units that would be sent, from headers and receipts only."""
        return explain(self.request, self.work)

    def close(self) -> None:
        """Nothing stays open."""


OPERATION = Operation(
    name="dispatch",
    request=DispatchRequest,
    open=DispatchUnit,
    summary="a job of clips, cut into units and sent to the functions",
    dispatches=True,
)
