"""Which clips go first, and whether a job will be ready by its time."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from functions.contract.errors import InvalidRequest
from functions.contract.request import decode
from functions.dispatch.request import DispatchRequest
from functions.dispatch.sending.progress import Herald, Progress
from functions.dispatch.unit import DispatchUnit
from functions.jobs.outcome import Outcome, Parcel
from functions.jobs.pace import pace_uri, read_pace
from functions.jobs.report import lines as report_lines
from functions.jobs.status import lines, read_job, read_plans, report_of
from tests.dispatch.fakes import FakeSink, FakeWork, MemoryStore, receipt_for

OUT = "file:///job/"


def request_of(*clips: dict[str, Any], **fields: Any) -> DispatchRequest:
    """A dispatch of inspects: one unit a clip, of which no header is read."""
    found = [{"operation": "inspect", "input": "file:///A.mov", **clip} for clip in clips or ({},)]
    return decode(DispatchRequest, {"output": OUT, "clips": found, **fields})


def test_rush_goes_before_normal_and_bulk_last() -> None:
    """Whatever their place in the job; the functions are told nothing of it."""
    work = FakeWork()
    sink = FakeSink(work.store, width=1)
    work.open_sink = sink.open
    order = []
    sink.misfortune = lambda unit, request, attempt: order.append(request)  # type: ignore[func-returns-value]
    names = {"file:///b.mov": "bulk", "file:///n.mov": "normal", "file:///r.mov": "rush"}
    clips = [{"input": uri, "priority": name} for uri, name in names.items()]
    DispatchUnit(request_of(*clips), work).run()
    assert [each["input"] for each in order] == list(names)[::-1]
    assert all(each.keys() == {"input", "output"} for each in order)
    with pytest.raises(InvalidRequest, match=r"clips\[0\].priority: must be one of rush, normal"):
        request_of({"priority": "now"})


@pytest.mark.parametrize(
    ("priority", "weight", "share"), [("rush", 1.0, 4.0), ("normal", 1.0, 1.0), ("bulk", 2.0, 0.5)]
)
def test_a_jobs_share_is_by_priority_and_weight(priority: str, weight: float, share: float) -> None:
    """They are how a job is sent, and no other job."""
    request = request_of(priority=priority, weight=weight)
    assert request.share() == share
    assert request.job().id == request_of().job().id


@pytest.mark.parametrize("text", ["tonight", "18:00", "2026-12-01T18:00:00"])
def test_a_time_has_its_zone(text: str) -> None:
    """An hour of no place is refused, with an example."""
    with pytest.raises(InvalidRequest, match="2026-12-01T18:00:00Z"):
        request_of(ready_by=text)


@pytest.mark.parametrize(("year", "in_time"), [(2001, False), (9000, True)])
def test_a_job_says_whether_it_was_ready(year: int, in_time: bool) -> None:
    """In its report and in what a person reads; the plan says before what cannot be."""
    work = FakeWork()
    work.open_sink = FakeSink(work.store).open
    request = request_of(ready_by=f"{year}-01-01T00:00:00+01:00")
    plan = DispatchUnit(request, work).explain()
    assert (plan.get("in_time"), "units_at_once_needed" in plan) == (
        None if in_time else False,
        in_time,
    )
    found = DispatchUnit(request, work).run().report
    assert found is not None
    assert (found["in_time"], found["ready_by"]) == (in_time, f"{year - 1}-12-31 23:00 UTC")
    assert any(line.endswith("UTC: yes" if in_time else "UTC: no") for line in report_lines(found))
    (plan_there,) = read_plans(OUT, work.store)
    assert report_of(plan_there, work.store)["in_time"] == in_time
    again = DispatchUnit(request, work).run().report
    assert again is not None
    assert again.get("in_time") == (in_time or None)


def parcel(number: int, seconds: float) -> Parcel:
    """One unit."""
    return Parcel(
        unit=f"u{number}",
        operation="inspect",
        request={},
        output=OUT,
        clip=0,
        frames=None,
        count=0,
        seconds=seconds,
    )


def test_word_is_left_now_and_then() -> None:
    """By what units are expected to take, then by the rate that was seen; a reader elsewhere sees
    what was told last."""
    now, store = [0.0], MemoryStore()
    units = [parcel(n, 60.0) for n in range(4)]
    progress = Progress(units, lambda: now[0])
    now[0] = 1000.0
    progress.begin(at_once=2)
    assert progress.left() == 120
    herald = Herald(pace_uri(OUT, "j"), store, progress, 1300.0, lambda: now[0])

    def end(unit: Parcel, at: float) -> str:
        now[0] = at
        receipt = receipt_for("inspect", unit.unit, {})
        progress.note(Outcome(parcel=unit, attempts=1, receipt=receipt))
        return herald.tell()

    assert end(units[0], 1060.0) == "ready about 1970-01-01 00:20 UTC, in time"
    first = read_pace(OUT, "j", store)
    assert first is not None
    assert (first.at, first.ready_at, first.in_time) == (1060.0, 1240.0, True)
    end(units[1], 1064.0)
    assert read_pace(OUT, "j", store) == first
    assert end(units[2], 1300.0).endswith("UTC, 2 min late")
    last = read_pace(OUT, "j", store)
    assert last is not None
    assert (last.ready_at, last.in_time) == (1400.0, False)


def test_status_tells_the_last_word_of_a_job_that_is_not_over() -> None:
    """When it will be ready, in words; once it is, that is no news."""
    work = FakeWork()
    work.open_sink = FakeSink(work.store).open
    request = request_of({}, {"input": "file:///B.mov"})
    DispatchUnit(request, work).run()
    (status,) = read_job(OUT, work.store)
    assert not any("ready" in line for line in lines(status))
    gone = msgspec.structs.replace(status, done=1)
    assert any(line.strip().startswith("ready about") for line in lines(gone))
