"""One look at a job: planned, sent, reported."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from functions.contract.clip import ClipFacts
from functions.contract.errors import RushesError
from functions.contract.frames import FrameRange
from functions.contract.operation import DispatchWork, Result
from functions.contract.request import canonical_request
from functions.contract.store import Stat
from functions.dispatch.job import PRIORITIES
from functions.dispatch.planning import draw
from functions.dispatch.request import DispatchRequest
from functions.dispatch.sending.patience import PatientStore, patiently
from functions.dispatch.sizing import Sizer
from functions.jobs.plan import Drawn, Plan, PlannedClip, PlannedUnit
from functions.jobs.samples import read_samples

if TYPE_CHECKING:
    from functions.dispatch.sending.earlier import Earlier
    from functions.jobs.outcome import Parcel
    from functions.jobs.report import Ledger


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
    from functions.jobs.pace import met_deadline
    from functions.jobs.report import Ledger
    from functions.jobs.status import commit_plan, commit_report, commit_request

    # The wall clock is for the report alone; nothing that is made depends on it.
    began = time.perf_counter()
    store = PatientStore(work.store, work.pause)
    drawn = _draw(request, work, store)
    commit_request(drawn.plan, _sendable(request), store)
    commit_plan(drawn.plan, store)
    ledger = Ledger(drawn)
    parcels = _parcels(drawn, request)
    work.progress(ledger.settled, ledger.total, "")
    if not parcels:
        report = ledger.report(time.perf_counter() - began)
        promise = met_deadline(report, request.deadline(), time.time())
        if promise.get("in_time") or ledger.failed:  # when units of old were done nobody knows
            report |= promise
        commit_report(report, store, keep=not ledger.failed)
        return Result(report=report, final=False, reused=not ledger.failed)
    with _earlier_failures(drawn.plan, parcels, ledger, store) as earlier:
        report = _send(request, work, store, parcels, ledger, earlier, began)
    return Result(report=report, final=False)


def _sendable(request: DispatchRequest) -> dict[str, Any]:
    again = {"overwrite": True} if request.overwrite else {}
    return {**canonical_request(request), **again}


def _send(
    request: DispatchRequest,
    work: DispatchWork,
    store: PatientStore,
    parcels: list[Parcel],
    ledger: Ledger,
    earlier: Earlier,
    began: float,
) -> dict[str, Any]:
    from functions.dispatch.control import control_uri
    from functions.dispatch.sending.progress import Herald, Progress
    from functions.dispatch.sending.send import Courier
    from functions.jobs.outcome import Outcome
    from functions.jobs.pace import met_deadline, pace_uri
    from functions.jobs.status import commit_report

    plan, deadline = ledger.plan, request.deadline()
    progress = Progress(parcels)
    herald = Herald(pace_uri(plan.output, plan.job), work.store, progress, deadline)

    def told(outcome: Outcome) -> None:
        outcome = earlier.settle(outcome)
        ledger.settle(outcome)
        note = ", ".join(filter(None, (progress.note(outcome), herald.tell())))
        work.progress(ledger.settled, ledger.total, note)

    courier = Courier(
        work.fresh,
        work,
        attempts=request.attempts,
        patience=request.patience,
        told=told,
        control=control_uri(ledger.plan.output, ledger.plan.job),
        beat=herald.tell,
    )
    herald.at_work = courier.at_work
    try:
        with work.sink(request.sink, ledger.plan.job) as sink:
            progress.begin(request.in_flight or sink.width)
            courier.start(parcels, sink, request.in_flight, request.share())
            courier.finish()
            report = ledger.report(time.perf_counter() - began)
            report |= met_deadline(report, deadline, time.time())
            commit_report(report, store, keep=False)
            sink.job_ended(report)
    finally:
        # After the sink is closed: a stopped sink gives back what is still in flight.
        courier.join()
    return report


def _parcels(drawn: Drawn, request: DispatchRequest) -> list[Parcel]:
    from functions.dispatch.sending.order import in_order
    from functions.jobs.outcome import Parcel

    again = {"overwrite": True} if request.overwrite else {}
    return in_order(
        Parcel(
            unit=unit.unit,
            operation=unit.operation or clip.operation,
            request={**clip.request_of(unit), **again},
            output=clip.output_of(unit),
            clip=clip.index,
            frames=unit.frames,
            count=unit.count,
            after=tuple(one for one in unit.after if one not in drawn.standing),
            seconds=unit.seconds,
            rank=PRIORITIES.index(clip.priority),
        )
        for clip in drawn.plan.clips
        for unit in clip.units
        if unit.unit not in drawn.standing
    )


@contextmanager
def _earlier_failures(
    plan: Plan, parcels: list[Parcel], ledger: Ledger, store: PatientStore
) -> Iterator[Earlier]:
    """Failures of an earlier dispatch are about to be tried again: they are no news now.

    Where nobody comes to try them (the sink is a wrong address), they are again what they were.
    """
    from functions.dispatch.sending.earlier import Earlier
    from functions.jobs.status import commit_report

    earlier = Earlier(plan, parcels, store)
    commit_report(ledger.report(0.0), store, keep=False)
    try:
        yield earlier
    except BaseException:
        with suppress(RushesError):
            failures = [*ledger.failures, *earlier.give_back()]
            commit_report({**ledger.report(0.0), "failures": failures}, store, keep=False)
        raise


def explain(request: DispatchRequest, work: DispatchWork) -> dict[str, Any]:
    """The units that would be sent, from headers and receipts only."""
    store = PatientStore(work.store, work.pause)
    sizer = _sizer(request, work, store)
    drawn = _draw(request, work, store, sizer)
    clips = drawn.plan.clips
    units = [unit for clip in clips for unit in clip.units]
    return {
        "job": drawn.plan.job,
        "units": len(units),
        "standing": len(drawn.standing),
        "core_seconds_estimated": round(sum(unit.seconds for unit in units), 1),
        **_needed(request.deadline(), units, time.time()),
        "learned_from": sizer.explain(),
        "clips": [
            {
                "clip": clip.index,
                "operation": clip.operation,
                "name": clip.name,
                "input": clip.input,
                "output": clip.output,
                "frames": clip.frames,
                "units": [unit.frames or unit.unit for unit in clip.units],
                "sizing": _sized(clip),
                "problem": clip.problem,
            }
            for clip in clips
        ],
    }


def _needed(deadline: float | None, units: list[PlannedUnit], now: float) -> dict[str, Any]:
    """Whether a job can be ready by its time: how many of its units must be at work at once."""
    if deadline is None:
        return {}
    left, longest = deadline - now, max((unit.seconds for unit in units), default=0.0)
    told: dict[str, Any] = {"seconds_until_ready_by": round(left)}
    if left <= longest:
        return {**told, "in_time": False}
    return {**told, "units_at_once_needed": math.ceil(sum(u.seconds for u in units) / left)}


def _sized(clip: PlannedClip) -> dict[str, Any]:
    """How long a clip's units are, and why."""
    if (sizing := clip.sizing) is None:
        return {}
    longest = max((unit.count for unit in clip.units), default=0)
    return {
        **({"frames_a_unit": longest} if longest else {}),
        "milliseconds_a_frame" if longest else "seconds_a_unit": (
            round(sizing.frame * 1000, 1) if longest else sizing.frame
        ),
        **({"start_seconds": sizing.start} if sizing.start else {}),
        **({"target_seconds": sizing.target} if sizing.target else {}),
        "from": sizing.source,
    }


def _sizer(request: DispatchRequest, work: DispatchWork, store: PatientStore) -> Sizer:
    outputs = dict.fromkeys((request.output, *(request.learn_from or ())))
    return Sizer(lambda: read_samples(outputs, store), work.unit_seconds)


def _draw(
    request: DispatchRequest, work: DispatchWork, patient: PatientStore, sizer: Sizer | None = None
) -> Drawn:
    from functions.jobs.status import read_cuts
    from functions.media import open_clip, resolve_frames
    from functions.storage.listed_once import ListedOnce

    job = request.job()
    store = ListedOnce(patient)
    kept, superseded = read_cuts(job.output, job.id, patient)

    def headers(uri: str, frames: str | None) -> tuple[ClipFacts, FrameRange]:
        clip = open_clip(uri, store, work.limits)
        try:
            return clip.facts, resolve_frames(clip, frames)
        finally:
            clip.close()

    return draw(
        job,
        headers,
        lambda operation, fields: patiently(
            operation, lambda: work.prepare(operation, fields), work.pause
        ),
        work.operation,
        most_frames=work.limits.frames,
        overwrite=request.overwrite,
        kept=kept,
        superseded=superseded,
        sizer=sizer or _sizer(request, work, patient),
        store=store,
        check=work.check,
    )
