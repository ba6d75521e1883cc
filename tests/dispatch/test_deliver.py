"""Delivery: bounded, retried, given up, stopped. No clock runs here: pauses are counted."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.contract.errors import (
    Busy,
    DamagedSource,
    DeadlineExceeded,
    RushesError,
    SourceNotFound,
    StoreUnavailable,
)
from functions.contract.operation import Answer
from functions.dispatch.sending import flights
from functions.dispatch.sending.backoff import FIRST, LONGEST, LONGEST_ASKED, backoff
from functions.dispatch.sending.order import in_order
from functions.dispatch.sending.progress import Progress
from functions.dispatch.sending.window import Window
from functions.jobs.outcome import Outcome
from tests.dispatch.delivering import deliver, first_times, parcels
from tests.dispatch.fakes import FakeSink, FakeWork, receipt_for


def test_every_unit_is_delivered_once_and_in_order() -> None:
    """With one in flight the units are done in the order of the job."""
    work = FakeWork()
    sink = FakeSink(work.store)
    outcomes = deliver(work, sink, 20)
    assert sink.log == [f"u{n}" for n in range(20)]
    assert all(o.receipt is not None and o.attempts == 1 for o in outcomes.values())
    assert work.slept == []


def test_work_in_flight_is_bounded() -> None:
    """Three are at the sink at one time when three are asked for, and never more."""
    work = FakeWork()
    three = threading.Barrier(3, timeout=20)

    def wait_for_two_others(unit: str, request: Mapping[str, Any], attempt: int) -> None:
        three.wait()

    sink = FakeSink(work.store, wait_for_two_others)
    assert len(deliver(work, sink, 48, in_flight=3)) == 48
    assert sink.most_in_flight == 3


@pytest.mark.parametrize(
    "error",
    [
        StoreUnavailable("gone"),
        DeadlineExceeded("slow"),
        Answer(None, StoreUnavailable("gone").problem()),
    ],
)
def test_what_is_retryable_is_tried_again_with_back_off(error: Exception | Answer) -> None:
    """Raised or answered, a retryable problem costs an attempt and a pause."""
    work = FakeWork()
    sink = FakeSink(work.store, first_times(error, 3))
    (outcome,) = deliver(work, sink).values()
    assert (outcome.attempts, outcome.receipt is not None) == (4, True)
    assert work.slept == [backoff("u0", n) for n in (1, 2, 3)]


def test_attempts_end() -> None:
    """After the last attempt the unit has failed with its last problem; others go on."""
    work = FakeWork()
    sink = FakeSink(
        work.store, lambda unit, request, n: StoreUnavailable("gone") if unit == "u1" else None
    )
    outcomes = deliver(work, sink, 3, attempts=3)
    assert sink.sent == {"u0": 1, "u1": 3, "u2": 1}
    assert outcomes["u1"].problem == StoreUnavailable("gone").problem()
    assert outcomes["u2"].receipt is not None


def test_what_is_not_retryable_is_not_tried_again() -> None:
    """A damaged source stays damaged: one attempt, no pause."""
    work = FakeWork()
    bad = Answer(None, DamagedSource("cut short", frame=7).problem())
    (outcome,) = deliver(work, FakeSink(work.store, first_times(bad, 9))).values()
    assert outcome.problem is not None
    assert (outcome.problem["frame"], outcome.attempts, work.slept) == (7, 1, [])


def test_busy_is_waiting_and_no_attempt() -> None:
    """A worker that turns a unit away has not tried it; Retry-After is the least wait."""
    work = FakeWork()
    busy = Answer(None, Busy("at work").problem(), seconds_to_retry=2.0)
    (outcome,) = deliver(work, FakeSink(work.store, first_times(busy, 10)), attempts=2).values()
    assert outcome.receipt is not None
    assert outcome.attempts == 1
    assert len(work.slept) == 10
    assert all(2.0 <= pause <= 2.0 + LONGEST for pause in work.slept)


def test_a_sink_that_is_busy_for_ever_fails_the_unit() -> None:
    """Patience ends the waiting, and then attempts count."""
    work = FakeWork()
    sink = FakeSink(work.store, first_times(Busy("at work", retry_after=5), 1000))
    (outcome,) = deliver(work, sink, patience=60.0, attempts=2).values()
    assert outcome.problem is not None
    assert outcome.problem["code"] == "busy"
    assert 60.0 <= sum(work.slept) <= 60.0 + 2 * (5 + LONGEST)


def test_an_accident_in_the_sink_is_one_units_failure() -> None:
    """A fault of the sink's own code fails the unit and not the job."""
    work = FakeWork()
    sink = FakeSink(work.store, lambda u, r, n: RuntimeError("oops") if u == "u0" else None)
    outcomes = deliver(work, sink, 2)
    assert outcomes["u0"].problem is not None
    assert outcomes["u0"].problem["code"] == "internal_error"
    assert "oops" in outcomes["u0"].problem["detail"]
    assert outcomes["u1"].receipt is not None


def test_an_answer_lost_on_the_way_is_found_in_the_storage() -> None:
    """A unit that was done before the connection broke is not sent again."""
    work = FakeWork()
    sink = FakeSink(work.store)

    def done_and_lost(unit: str, request: Mapping[str, Any], attempt: int) -> Exception:
        sink.do("debayer", unit, request)
        return StoreUnavailable("connection reset")

    sink.misfortune = done_and_lost
    (outcome,) = deliver(work, sink).values()
    assert outcome.receipt is not None
    assert sink.sent == {"u0": 1}


def test_another_units_receipt_is_no_answer() -> None:
    """A function of another version names the unit differently: after all tries, said so."""
    work = FakeWork()
    other = Answer(receipt_for("debayer", "other", {}))
    sink = FakeSink(work.store, first_times(other, 9))
    (outcome,) = deliver(work, sink, attempts=3).values()
    assert outcome.problem is not None
    assert "different versions" in outcome.problem["detail"]
    assert sink.sent == {"u0": 3}
    assert outcome.undelivered


FOREIGN = Answer(None, StoreUnavailable("answered 500").problem(), foreign=True)
PAGE = Answer(None, SourceNotFound("answered 404").problem(), foreign=True)


@pytest.mark.parametrize(
    "answer", [FOREIGN, PAGE, Answer(receipt_for("debayer", "other", {}))], ids=str
)
def test_an_answer_that_is_none_is_tried_again(answer: Answer) -> None:
    """Pages, cut bodies and receipts of others end no unit: it is sent again, and done."""
    work = FakeWork()
    (outcome,) = deliver(work, FakeSink(work.store, first_times(answer, 3))).values()
    assert (outcome.receipt is not None, outcome.attempts) == (True, 4)
    assert work.slept == [backoff("u0", n) for n in (1, 2, 3)]


@pytest.mark.parametrize("answer", [FOREIGN, PAGE], ids=str)
def test_the_storage_is_asked_before_another_try(answer: Answer) -> None:
    """Where the receipt stands, an answer that is none costs neither a pause nor a sending; and
    where a note stands, the unit has failed for good."""
    work = FakeWork()
    sink = FakeSink(work.store)

    def done(unit: str, request: Mapping[str, Any], attempt: int) -> Answer:
        if unit == "u0":
            sink.do("debayer", unit, request)
        else:
            sink.fail(unit, request, DamagedSource("cut short"))
        return answer

    sink.misfortune = done
    outcomes = deliver(work, sink, 2)
    assert outcomes["u0"].receipt is not None
    assert outcomes["u1"].problem == DamagedSource("cut short").problem()
    assert (sink.sent, work.slept) == ({"u0": 1, "u1": 1}, [])


def test_a_sink_that_nobody_is_behind_ends_the_job() -> None:
    """When not one of many units is heard of, the address is wrong: the others are not tried."""
    work = FakeWork()
    sink = FakeSink(work.store, first_times(PAGE, 1000))
    with pytest.raises(StoreUnavailable, match="answers nothing that is ours: answered 404"):
        deliver(work, sink, 500, attempts=2)
    assert len(sink.sent) < 500


def test_a_post_that_stays_open_is_hung_up_when_the_unit_has_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broker holds a POST for minutes while it delivers again what has failed for good: the
    note is the outcome, and nobody waits for the broker."""
    monkeypatch.setattr(flights, "OPEN_FIRST", 0)
    monkeypatch.setattr(flights, "OPEN_LOOK", 0)
    work = FakeWork()
    hung_up = threading.Event()

    class Broker(FakeSink):
        def hang_up(self, unit: str) -> None:
            super().hang_up(unit)
            hung_up.set()

    sink = Broker(work.store)

    def hold(unit: str, request: Mapping[str, Any], attempt: int) -> Exception:
        sink.fail(unit, request, DamagedSource("cut short"))
        assert hung_up.wait(20)
        return StoreUnavailable("hung up")

    sink.misfortune = hold
    (outcome,) = deliver(work, sink).values()
    assert outcome.problem == DamagedSource("cut short").problem()
    assert (sink.sent, sink.hung_up) == ({"u0": 1}, ["u0"])


def test_the_window_follows_the_sink() -> None:
    """It doubles in a round at first, halves once for all that were out together when several of
    them broke, then grows by one a round, between one and the most."""
    window = Window(4, 20)
    turns = [window.enter_now() for _ in range(4)]
    assert not window.has_place
    for _ in turns:
        window.succeeded()
        window.leave()
    assert window.limit == 8
    turns = [window.enter_now() for _ in range(8)]
    for turn in turns:
        window.in_trouble(turn)
        window.leave()
    assert window.limit == 4
    for _ in range(5):
        window.succeeded()
    assert window.limit == 5
    for _ in range(1000):
        window.succeeded()
    assert window.limit == 20
    for _ in range(30):
        window.in_trouble(window.enter_now())
        window.leave()
    assert window.limit == 1


@pytest.mark.parametrize("stop_after", [0, 1, 5, 17])
def test_a_stop_ends_the_sending(stop_after: int) -> None:
    """When the worker must go no further unit is sent; what was sent has its outcome or none."""
    work = FakeWork(stop_after=stop_after)
    sink = FakeSink(work.store)
    with pytest.raises(Busy):
        deliver(work, sink, 100, in_flight=2)
    assert len(sink.log) <= stop_after
    assert sum(sink.in_flight.values()) == 0


def test_a_stop_interrupts_a_back_off() -> None:
    """A unit that waits for its next attempt does not hold up the stop."""
    work = FakeWork(stop_after=3)
    sink = FakeSink(work.store, first_times(StoreUnavailable("gone"), 1000))
    with pytest.raises(Busy):
        deliver(work, sink, 2, attempts=1000)
    assert len(work.slept) <= 3


@given(unit=st.text(max_size=40), attempt=st.integers(1, 200))
def test_back_off_grows_to_a_limit_and_repeats(unit: str, attempt: int) -> None:
    """Between nothing and twice as much each time, at most thirty seconds, always the same."""
    wait = backoff(unit, attempt)
    assert 0 <= wait < min(LONGEST, FIRST * 2 ** (attempt - 1))
    assert wait == backoff(unit, attempt)


@given(asked=st.floats(-10, 1e9))
def test_back_off_honours_what_was_asked(asked: float) -> None:
    """Never earlier than Retry-After says, up to ten minutes, and jittered beyond."""
    wait = backoff("u", 3, asked)
    assert min(max(asked, 0), LONGEST_ASKED) <= wait <= LONGEST_ASKED + LONGEST
    assert backoff("v", 3, asked) != wait


def test_jitter_spreads_a_crowd() -> None:
    """A thousand units that failed together come back spread over the whole wait."""
    waits = [backoff(f"unit{n}", 4) for n in range(1000)]
    limit = FIRST * 8
    tenths = [sum(limit * k / 10 <= w < limit * (k + 1) / 10 for w in waits) for k in range(10)]
    assert min(tenths) > 60


def test_problems_are_the_contracts() -> None:
    """An error that the sink raises becomes its problem object, facts and all."""
    work = FakeWork()
    error: RushesError = DamagedSource("bad", frame=3, uri="file:///a")
    (outcome,) = deliver(work, FakeSink(work.store, first_times(error, 9))).values()
    assert outcome.problem == error.problem()


def test_the_longest_units_go_first() -> None:
    """Of about one length they stay in the job's order; of unknown length they go last."""
    costs = (1.0, 0.0, 31.0, 90.0, 30.0, 29.0)
    found = [
        msgspec.structs.replace(parcel, seconds=cost)
        for parcel, cost in zip(parcels(6), costs, strict=True)
    ]
    assert [parcel.seconds for parcel in in_order(found)] == [90.0, 31.0, 30.0, 29.0, 1.0, 0.0]


def test_a_large_job_begins_with_short_units() -> None:
    """The window grows as units end; of one length they are in the job's order all the same."""
    many = parcels(2000)
    assert in_order(many) == many
    longer = [
        msgspec.structs.replace(parcel, seconds=1.0 + number) for number, parcel in enumerate(many)
    ]
    found = in_order(longer)
    assert max(parcel.seconds for parcel in found[:256]) < 300
    assert found[256].seconds > 1400
    assert sorted(p.unit for p in found) == sorted(p.unit for p in many)
    rush = [msgspec.structs.replace(parcel, rank=int(parcel.seconds < 1900)) for parcel in longer]
    assert {parcel.rank for parcel in in_order(rush)[:100]} == {0}


def test_progress_tells_frames_rate_and_what_is_left() -> None:
    """Half of the estimated work done in ten seconds: ten are left; a failure is told."""
    now = [100.0]
    costs = zip(parcels(3), (5.0, 3.0, 2.0), strict=True)
    three = [msgspec.structs.replace(parcel, seconds=cost) for parcel, cost in costs]
    progress = Progress(three, lambda: now[0])
    now[0] += 10
    receipt = receipt_for("debayer", "u0", {"frames": "1-20"})
    assert progress.note(Outcome(parcel=three[0], attempts=1, receipt=receipt)) == (
        "20 frames, 2.0 a second, 10 s left"
    )
    failed = Outcome(parcel=three[1], attempts=1, problem={})
    assert progress.note(failed).endswith("2 s left, 1 failed")
    assert progress.note(Outcome(parcel=three[2], attempts=1, receipt=receipt)) == (
        "40 frames, 4.0 a second, 1 failed"
    )
