"""One look at a job: planned, sent, reported."""

from __future__ import annotations

import time
from typing import Any

from functions.contract.clip import ClipFacts
from functions.contract.frames import FrameRange
from functions.contract.operation import DispatchWork, Result
from functions.contract.store import Stat
from functions.dispatch.plan import Drawn
from functions.dispatch.planning import draw
from functions.dispatch.request import DispatchRequest


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
