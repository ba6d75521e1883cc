"""The dispatch operation from request to report, on fakes."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from functions import media
from functions.contract.errors import Busy, DamagedSource, Refused, StoreUnavailable
from functions.contract.operation import Answer, Result
from functions.contract.receipt import Receipt, failure_uri
from functions.contract.request import decode
from functions.dispatch import unit
from functions.dispatch.control import read_control, say
from functions.dispatch.job import parse_job
from functions.dispatch.request import DispatchRequest
from functions.dispatch.sending import send
from functions.dispatch.unit import DispatchUnit
from functions.jobs.failure_notes import TAKEN_BACK, read_note
from functions.jobs.report import lines
from functions.jobs.status import plan_uri, read_job, report_uri
from tests.dispatch.fakes import FakeSink, FakeWork, headers_of, receipt_for

OUT = "file:///job/"


@pytest.fixture(autouse=True)
def made_up_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clips of frames 1001 to 1100 by any name, without media."""
    headers = headers_of()

    class Opened:
        def __init__(self, uri: str) -> None:
            self.uri = uri
            self.facts = headers(uri, None)[0]

        def close(self) -> None:
            pass

    monkeypatch.setattr(media, "open_clip", lambda uri, s, x: Opened(uri), raising=False)
    resolve = lambda clip, text: headers(clip.uri, text)[1]  # noqa: E731
    monkeypatch.setattr(media, "resolve_frames", resolve, raising=False)


def request_of(*clips: dict[str, Any], **fields: Any) -> DispatchRequest:
    """A dispatch of debayers in units of 25 frames."""
    return decode(
        DispatchRequest,
        {
            "output": OUT,
            "clips": list(clips) or [{"input": "file:///A_%06d.dng"}],
            "defaults": {"operation": "debayer"},
            "units": {"frames": 25},
            **fields,
        },
    )


def ready(sink_of: Any = None) -> tuple[FakeWork, FakeSink]:
    """Work and a sink on one storage."""
    work = FakeWork()
    sink = FakeSink(work.store, sink_of)
    work.open_sink = sink.open
    return work, sink


def report(result: Result) -> dict[str, Any]:
    """The report, which every dispatch has."""
    assert result.report is not None
    return result.report


def test_a_job_is_done_and_reported() -> None:
    """Four units go out, four receipts stand, and the report adds them up."""
    work, sink = ready()
    result = DispatchUnit(request_of(sink="http://functions"), work).run()
    found = report(result)
    assert (found["units"], found["done"], found["reused"], found["failed"]) == (4, 4, 0, 0)
    assert (found["frames"], found["state"], found["seconds"]["decode"]) == (100, "done", 4.0)
    assert found["clips"][0]["range"] == "1001-1100"
    assert sink.opened_with == ["http://functions"]
    assert sink.closed
    assert work.told[0] == (0, 4, "")
    done, total, note = work.told[-1]
    assert (done, total) == (4, 4)
    assert note.startswith("100 frames, ")
    assert msgspec.json.decode(work.store.files[report_uri(OUT, found["job"])]) == found


def test_the_plan_stands_before_anything_is_sent() -> None:
    """Whoever asks while the first unit runs finds the plan in the storage."""
    seen: list[bool] = []
    job = request_of().job().id

    def look(unit: str, request: Any, attempt: int) -> None:
        seen.append(plan_uri(OUT, job) in work.store.files)

    work, _ = ready(look)
    DispatchUnit(request_of(), work).run()
    assert seen == [True] * 4


def test_the_same_dispatch_again_does_nothing_else() -> None:
    """All units are reused, no sink is opened, and no file of the storage changes."""
    work, _ = ready()
    DispatchUnit(request_of(), work).run()
    before = dict(work.store.files)
    work.open_sink = None
    found = report(DispatchUnit(request_of(), work).run())
    assert (found["done"], found["reused"], found["frames_made"]) == (0, 4, 0)
    assert work.store.files == before


def test_a_dispatch_finishes_what_is_missing() -> None:
    """Units without a receipt are sent, and those alone."""
    work, sink = ready()
    found = report(DispatchUnit(request_of(), work).run())
    lost = sink.log[2]
    del work.store.files[f"file:///job/A/.rushes/{lost}.json"]
    sink.log.clear()
    again = report(DispatchUnit(request_of(), work).run())
    assert sink.log == [lost]
    assert (again["done"], again["reused"]) == (1, 3)
    assert again["job"] == found["job"]


def test_failures_are_reported_and_the_rest_is_done() -> None:
    """A damaged unit and a missing clip fail by name; the other units stand."""
    bad = Answer(None, DamagedSource("cut short", frame=1030).problem())
    work, _ = ready(lambda u, r, n: bad if r["frames"] == "1026-1050" else None)
    clips = [{"input": "file:///A_%06d.dng"}, {"input": "file:///missing/B.mov"}]
    result = DispatchUnit(request_of(*clips), work).run()
    found = report(result)
    assert not result.final
    assert (found["units"], found["done"], found["failed"]) == (5, 3, 2)
    assert found["state"] == "failed"
    one, two = found["failures"]
    assert (one["clip"], one["frames"], one["problem"]["frame"]) == (0, "1026-1050", 1030)
    assert (two["clip"], two["unit"], two["problem"]["code"]) == (1, None, "source_not_found")
    text = "\n".join(lines(found))
    assert "2 failed" in text
    assert "1026-1050: damaged_source: cut short" in text


def test_the_report_says_how_long_the_job_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wall seconds are from the first look at the job to its last receipt, and give the rate."""
    times = iter([100.0, 108.0])
    clocks = SimpleNamespace(perf_counter=lambda: next(times), time=time.time)
    monkeypatch.setattr(unit, "time", clocks)
    work, _ = ready()
    found = report(DispatchUnit(request_of(), work).run())
    assert (found["wall_seconds"], found["frames_per_second"]) == (8.0, 12.5)


def test_a_unit_that_failed_far_away_is_reported_and_tried_again() -> None:
    """A note is the answer through a broker; the next dispatch takes it back and sends the unit."""
    work, sink = ready()
    sink.asynchronous = True
    do, bad, noted_when_sent = sink.do, [True], []

    def sometimes(operation: str, unit: str, request: Any) -> Receipt:
        note = work.store.files.get(failure_uri(request["output"], unit))
        if request["frames"] == "1026-1050":
            noted_when_sent.append(note)
            if bad:
                sink.fail(unit, request, DamagedSource("cut short", frame=1030))
                return receipt_for(operation, unit, request)
        return do(operation, unit, request)

    sink.do = sometimes  # type: ignore[method-assign]
    found = report(DispatchUnit(request_of(), work).run())
    assert (found["done"], found["failed"], found["retries"]) == (3, 1, 0)
    assert found["failures"][0]["problem"]["frame"] == 1030
    assert all(pause < 1 for pause in work.slept)
    (status,) = read_job(OUT, work.store)
    assert (status.done, len(status.failures), status.over) == (3, 1, True)
    bad.clear()
    again = report(DispatchUnit(request_of(), work).run())
    assert (again["done"], again["reused"], again["failed"]) == (1, 3, 0)
    assert noted_when_sent == [None, TAKEN_BACK]
    (status,) = read_job(OUT, work.store)
    assert (status.complete, status.failures) == (True, ())


def test_retries_are_counted() -> None:
    """Two bad attempts at each of four units are eight retries and no failure."""
    work, _ = ready(lambda u, r, n: StoreUnavailable("gone") if n < 3 else None)
    found = report(DispatchUnit(request_of(), work).run())
    assert (found["retries"], found["failed"]) == (8, 0)


def test_overwrite_goes_to_every_unit() -> None:
    """The job's overwrite is said to each function."""
    said: list[Any] = []
    work, _ = ready(lambda u, r, n: said.append(r.get("overwrite")))
    DispatchUnit(request_of(overwrite=True), work).run()
    assert said == [True] * 4


def test_in_flight_is_the_sinks_width_unless_said() -> None:
    """The request may narrow what the sink would take."""
    work, sink = ready()
    DispatchUnit(request_of(in_flight=1), work).run()
    assert sink.most_in_flight == 1


def test_a_stopped_dispatch_closes_its_sink_and_says_busy() -> None:
    """The plan and what was done stay; nothing is left in flight."""
    work, sink = ready()
    work.stop_after = 4
    with pytest.raises(Busy):
        DispatchUnit(request_of(), work).run()
    assert sink.closed
    assert sum(sink.in_flight.values()) == 0
    assert [t.name for t in threading.enumerate() if t.name.startswith("dispatch")] == []
    work.stop_after = None
    done_before = len(sink.log)
    found = report(DispatchUnit(request_of(), work).run())
    assert (found["reused"], found["done"]) == (done_before, 4 - done_before)


def test_a_plan_of_changed_sources_takes_the_old_ones_place() -> None:
    """The job keeps its id, and its plan names the units that will be made."""
    work, _ = ready()
    job = request_of().job().id
    work.store.put(plan_uri(OUT, job), b"{}")
    DispatchUnit(request_of(), work).run()
    plan = msgspec.json.decode(work.store.files[plan_uri(OUT, job)])
    assert len(plan["clips"][0]["units"]) == 4


def test_explain_sends_and_writes_nothing() -> None:
    """The units are listed from headers; the storage is as it was."""
    work = FakeWork()
    found = DispatchUnit(request_of(), work).explain()
    assert found["units"] == 4
    assert found["clips"][0]["units"][0] == "1001-1025"
    assert found["core_seconds_estimated"] > 0
    assert work.store.files == {}


def test_a_dispatch_is_looked_at_anew_each_time() -> None:
    """It has no sources and leaves no receipt that would hide a unit that went missing."""
    work, _ = ready()
    assert DispatchUnit(request_of(), work).sources() == ()
    assert not DispatchUnit(request_of(), work).run().final
    assert parse_job(OUT, [{"operation": "debayer"}]).id != request_of().job().id


def failed_before(work: FakeWork, sink: FakeSink) -> dict[str, Any]:
    """A job of which one unit has failed for good behind a broker; its report."""

    def damaged(unit: str, request: Any, attempt: int) -> Answer | None:
        if request["frames"] != "1026-1050":
            return None
        error = DamagedSource("cut short", frame=1030)
        sink.fail(unit, request, error)
        return Answer(None, error.problem())

    sink.misfortune = damaged
    found = report(DispatchUnit(request_of(), work).run())
    assert [f["problem"]["code"] for f in found["failures"]] == ["damaged_source"]
    return found


@pytest.mark.parametrize("units", [1, 20])
def test_a_wrong_sink_does_not_hide_why_a_unit_failed(units: int) -> None:
    """Dispatched again to an address where nobody is, the unit's own failure is what is told: in
    the report, by its note, and when the dispatcher gives up."""
    work, sink = ready()
    found = failed_before(work, sink)
    unit = found["failures"][0]["unit"]
    page = Answer(None, StoreUnavailable("answered 404").problem(), foreign=True)
    sink.misfortune = lambda unit, request, attempt: page
    if units == 1:
        again = report(DispatchUnit(request_of(), work).run())
        assert [f["problem"]["code"] for f in again["failures"]] == ["damaged_source"]
    else:
        for uri in [u for u in work.store.files if "/.rushes/" in u and unit not in u]:
            if "/jobs/" not in uri:
                del work.store.files[uri]
        many = request_of(units={"frames": 25}, attempts=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(send, "_GIVE_UP", 1)
            with pytest.raises(StoreUnavailable):
                DispatchUnit(many, work).run()
    (status,) = read_job(OUT, work.store)
    assert [f["problem"]["code"] for f in status.failures if f["unit"] == unit] == [
        "damaged_source"
    ]
    assert read_note(f"{OUT}A/", unit, work.store) is not None


def test_a_storage_that_stumbles_does_not_end_the_job() -> None:
    """A connection that breaks while the plan, the report or a receipt is read or written is
    tried again."""
    work, _ = ready()
    stumbles: dict[str, int] = {}

    def stumbling(verb: Any) -> Any:
        def call(*given: Any) -> Any:
            key = f"{verb.__name__} {given[0]}"
            stumbles[key] = stumbles.get(key, 0) + 1
            if stumbles[key] <= 2:
                raise StoreUnavailable("reset")
            return verb(*given)

        return call

    inner = work.store
    outer = SimpleNamespace(
        files=inner.files,
        **{
            verb: stumbling(getattr(inner, verb))
            for verb in ("list", "folders", "unlisted", "stat", "read", "read_range", "open")
        },
        put=stumbling(inner.put),
        put_if_absent=stumbling(inner.put_if_absent),
    )
    work.store = outer  # type: ignore[assignment]
    assert report(DispatchUnit(request_of(), work).run())["state"] == "done"
    assert len(stumbles) > 5


def test_the_end_of_a_job_is_told_at_the_sink() -> None:
    """Once, with the report that stands in the storage; a job with nothing to do tells nobody."""
    work, sink = ready()
    found = report(DispatchUnit(request_of(), work).run())
    assert sink.ended == [found]
    DispatchUnit(request_of(), work).run()
    assert sink.ended == [found]


def test_a_job_is_cancelled_paused_and_resumed_from_anywhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A small object beside the plan: cancelled, the dispatcher ends for good and says so; let go
    on, the next does what is missing; paused, nothing is sent until it is let go on."""
    monkeypatch.setattr(send, "_LOOK", 0.01)
    monkeypatch.setattr(send, "_CONTROL_LOOK", 0)
    job = request_of().job().id
    work, sink = ready()
    cancelled = threading.Event()

    def cancel(unit: str, request: Any, attempt: int) -> None:
        if not cancelled.is_set():
            say(OUT, job, "cancelled", work.store)
            cancelled.set()
        time.sleep(0.1)

    sink.misfortune = cancel
    with pytest.raises(Refused, match="is cancelled"):
        DispatchUnit(request_of(in_flight=1), work).run()
    assert 0 < len(sink.log) < 4
    say(OUT, job, "paused", work.store)
    sink.misfortune = None
    before, looks = len(sink.log), []

    def look(uri: str, store: Any) -> str:
        looks.append(len(sink.log))
        if len(looks) == 5:
            say(OUT, job, "running", store)
        return read_control(uri, store)

    monkeypatch.setattr(send, "read_control", look)
    found = report(DispatchUnit(request_of(in_flight=1), work).run())
    assert found["state"] == "done"
    assert len(looks) >= 5
    assert looks[:5] == [before] * 5
