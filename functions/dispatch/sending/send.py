"""Units out as events, bounded in flight; receipts back, or the problem that stopped them.

A unit holds a thread while it is sent, while its answer is read and while it backs off, and none
while it is out: neither for an answer that is still to come nor for a receipt of what was accepted.
How many are in flight follows the sink (`window`). What a sink answers is believed where it is a
receipt of the unit or a problem of ours; of anything else, and of what is out, the storage is
asked (`flights`).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Protocol

import msgspec

from functions.contract.errors import (
    DeadlineExceeded,
    InternalError,
    Refused,
    RushesError,
    StoreUnavailable,
)
from functions.contract.operation import Answer, Later, Sink
from functions.contract.receipt import Receipt, failure_uri, receipt_uri
from functions.contract.store import Store
from functions.dispatch.control import read_control
from functions.dispatch.sending.flights import Flight, Flights
from functions.dispatch.sending.held import Held
from functions.dispatch.sending.tries import Tries
from functions.dispatch.sending.window import Window
from functions.jobs.failure_notes import TAKEN_BACK, read_note
from functions.jobs.outcome import Outcome, Parcel
from functions.storage.documents import read_document

_LOOK = 0.2
_CONTROL_LOOK = 2.0
# So many units of which nobody says anything, and none of which somebody does: a wrong address.
_GIVE_UP = 8
# Threads that send and read. More come one look after another while nothing goes on: as many units
# may be backing off, or at a sink that is waited for in a thread.
_LANES, _MOST_LANES, _MORE_LANES = 24, 256, 16


class Pace(Protocol):
    """The part of `Work` that delivery needs; both raise when the job must stop."""

    def check(self) -> None: ...

    def pause(self, seconds: float) -> None: ...


class Courier:
    """Delivers parcels to one sink.

    attempts : how often a unit is sent before a retryable problem becomes its outcome.
    patience : seconds without a receipt after which an accepted unit counts as lost, and
        that a unit waits for a busy function.
    told : called with each outcome, from several threads, one at a time.
    control : where a person says that the job pauses or is cancelled.
    beat : called now and then while units are at work.

    Use: `start`, `finish`, and after the sink is closed `join`, whatever happened.
    """

    def __init__(
        self,
        store: Store,
        pace: Pace,
        *,
        attempts: int,
        patience: float,
        told: Callable[[Outcome], None],
        control: str | None = None,
        beat: Callable[[], object] = lambda: None,
    ) -> None:
        self._beat = beat
        self._control, self._control_at = control, 0.0
        self._store = store
        self._pace = pace
        self._attempts = attempts
        self._patience = patience
        self._told = told
        self._telling = threading.Lock()
        self._lost, self._heard, self._last_lost = 0, False, ""
        self._over = threading.Event()  # no more is sent
        self._wake = threading.Event()  # for who looks into the storage
        self._pool: ThreadPoolExecutor | None = None
        # What follows is guarded by this.
        self._free = threading.Condition()
        self._waiting: deque[Parcel] = deque()
        self._ready: deque[Callable[[], None]] = deque()
        self._window = Window(1, 1)
        self._left = self._lanes = self._idle = self._steps = 0
        self._fault: BaseException | None = None

    def at_work(self) -> tuple[str, ...]:
        """Units that were sent and have not ended."""
        return tuple(self._flights.units())

    def start(
        self,
        parcels: list[Parcel],
        sink: Sink,
        in_flight: int | None = None,
        weight: float = 1.0,
    ) -> None:
        """Begin to send, in order.

        in_flight : at most so many at a time, and as many at first; the sink's own where None
        weight : this job's, beside others at the same sink
        """
        self._sink = sink
        self._held = Held(parcel for parcel in parcels if parcel.after)
        self._flights = Flights(parcels, self._store)
        self._waiting.extend(parcel for parcel in parcels if not parcel.after)
        self._left = len(parcels)
        self._window = Window(in_flight or sink.width, in_flight or sink.most, weight)
        self._obey()
        self._pool = ThreadPoolExecutor(_MOST_LANES + 1, thread_name_prefix="dispatch")
        self._pool.submit(self._guarded, self._look_after)
        with self._free:
            for _ in range(min(self._window.limit, len(parcels), _LANES)):
                self._add_lane()

    def finish(self) -> None:
        """Wait for all outcomes. Raises Busy or DeadlineExceeded when the job must stop,
        and then sends no more."""
        steps = -1
        try:
            while True:
                with self._free:
                    if self._fault is not None:
                        raise self._fault
                    if self._left == 0:
                        return
                    if steps == self._steps and not self._idle and (self._ready or self._more()):
                        for _ in range(_MORE_LANES):
                            self._add_lane(_MOST_LANES)
                    steps = self._steps
                self._over.wait(_LOOK)
                self._pace.check()
                self._obey()
                self._beat()
        finally:
            self._stop()
            for unit in self._flights.units():
                self._sink.hang_up(unit)

    def join(self) -> None:
        """Send no more, and wait for what is in a thread's hands."""
        self._stop()
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def _stop(self) -> None:
        self._over.set()
        self._wake.set()
        with self._free:
            self._free.notify_all()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - whoever waits in `finish` raises it
            with self._free:
                self._fault = self._fault or error
            self._stop()

    def _lane(self) -> None:
        while (step := self._next()) is not None:
            step()

    def _next(self) -> Callable[[], None] | None:
        with self._free:
            while not self._over.is_set() and self._left:
                if self._ready:
                    step = self._ready.popleft()
                elif self._more() and (turn := self._window.enter_now()) is not None:
                    step = partial(self._attempt, self._flight(turn))
                else:
                    self._idle += 1
                    self._free.wait(1.0)
                    self._idle -= 1
                    continue
                self._steps += 1
                if not self._idle and (self._ready or self._more()):
                    self._add_lane()
                return step
            return None

    def _flight(self, turn: int) -> Flight:
        # What a last part set free goes first: its clip is all but done.
        parcel = self._held.freed() or self._waiting.popleft()
        return Flight(parcel, turn, Tries(parcel.unit, self._attempts, self._patience))

    def _more(self) -> bool:
        return self._window.has_place and bool(self._waiting or self._held.has_free)

    def _add_lane(self, most: int = _LANES) -> None:
        if self._lanes < most and self._pool is not None and not self._over.is_set():
            self._lanes += 1
            self._pool.submit(self._guarded, self._lane)

    def _push(self, step: Callable[[], None]) -> None:
        with self._free:
            self._ready.append(step)
            if self._idle:
                self._free.notify()
            else:
                self._add_lane()

    def _attempt(self, flight: Flight) -> None:
        if self._lost >= _GIVE_UP and not self._heard:
            raise StoreUnavailable(f"the sink answers nothing that is ours: {self._last_lost}")
        self._pace.check()
        flight.depart(time.monotonic())
        self._flights.add(flight)
        parcel = flight.parcel
        self._ask(flight, lambda: self._sink.send(parcel.operation, parcel.unit, parcel.request))

    def _ask(self, flight: Flight, ask: Callable[[], Answer | Later | None]) -> None:
        try:
            answer = ask()
        except RushesError as error:
            asked = error.facts.get("retry_after")
            after = float(asked) if asked is not None else None
            answer = Answer(None, error.problem(), after, foreign=error.retryable)
        except Exception as error:  # noqa: BLE001 - one unit's accident is not the job's end
            answer = _broken(flight.parcel, f"{type(error).__name__}: {error}")
        if isinstance(answer, Later):
            answer.then(partial(self._push, partial(self._ask, flight, answer.answer)))
            return
        if answer is None:
            if flight.parcel.output is not None:
                flight.accepted = True
                self._wake.set()
                return
            answer = _broken(flight.parcel, "no output, so nowhere to look")
        self._weigh(flight, answer)

    def _weigh(self, flight: Flight, answer: Answer) -> None:
        """An answer is here: the unit has ended, or is tried again, or the job has stopped."""
        parcel = flight.parcel
        if not self._flights.remove(flight):
            return  # another lane has its end
        if answer.receipt is not None and answer.receipt.unit != parcel.unit:
            answer = _another_unit(parcel, answer.receipt)
        if answer.receipt is None and answer.foreign and not self._over.is_set():
            # The answer may have been lost on the way and the work done, or failed for good.
            answer = self._ended(parcel) or answer
        if answer.receipt is not None:
            if answer.receipt.status == "done":
                work = answer.receipt.seconds.get("total", 0.0)
                self._window.took(flight.turn, time.monotonic() - flight.sent_at, work)
            self._done(flight, answer.receipt)
            return
        if self._over.is_set():
            return
        if answer.problem is None:
            answer = _broken(parcel, "answered nothing")
        attempt = flight.tries.attempt
        if (pause := flight.tries.again(answer)) is None:
            outcome = Outcome(
                parcel=parcel,
                attempts=attempt,
                problem=answer.problem,
                undelivered=answer.foreign,
            )
            self._end(flight, outcome)
            return
        self._window.in_trouble(flight.turn, turned_away=answer.busy)
        self._forget_note(parcel)
        self._pace.pause(pause)
        if (receipt := self._receipt(parcel)) is not None:
            self._done(flight, receipt)
        else:
            self._push(partial(self._attempt, flight))

    def _done(self, flight: Flight, receipt: Receipt) -> None:
        self._end(
            flight, Outcome(parcel=flight.parcel, attempts=flight.tries.attempt, receipt=receipt)
        )

    def _end(self, flight: Flight, outcome: Outcome) -> None:
        with self._telling:
            if outcome.undelivered:
                self._lost += 1
                self._last_lost = str((outcome.problem or {}).get("detail", ""))
            else:
                self._heard = True
            outcomes = (outcome, *self._held.settle(outcome))
            for each in outcomes:
                self._told(each)
        with self._free:
            self._window.leave()
            if not outcome.undelivered:
                self._window.succeeded()
            self._left -= len(outcomes)
            if self._left == 0:
                self._over.set()
                self._wake.set()
                self._free.notify_all()
            elif self._idle and self._more():
                self._free.notify()

    def _obey(self) -> None:
        """What a person said of the job, from any machine: see `control`."""
        if self._control is None or time.monotonic() < self._control_at:
            return
        self._control_at = time.monotonic() + _CONTROL_LOOK
        said = read_control(self._control, self._store)
        if said == "cancelled":
            raise Refused(
                "the job is cancelled; `rushes resume` lets it go on when dispatched again"
            )
        with self._free:
            self._window.held = said == "paused"
            self._free.notify_all()

    def _look_after(self) -> None:
        """What is out, as long as the job lasts: see `flights`."""
        while not self._over.is_set():
            wait = self._flights.next_look()
            if wait is None:
                self._wake.wait(_LOOK)
                self._wake.clear()
            else:
                self._pace.pause(wait)
            for flight in self._flights.ended(wait or 0.0, self._patience):
                self._push(partial(self._landed, flight, flight.sent_at))

    def _landed(self, flight: Flight, sent_at: float) -> None:
        """Something stands of what is out since then, or it was lost."""
        if flight.sent_at != sent_at:
            return
        answer = self._ended(flight.parcel)
        if not flight.accepted:
            # A broker may hold a POST for minutes, delivering again what a note says has failed
            # for good. The answer of a unit that has just ended is on its way: once more, then
            # no more.
            if answer is not None and flight.known:
                self._sink.hang_up(flight.parcel.unit)
            flight.known, flight.looking = answer is not None, False
            return
        if answer is None and flight.waited >= self._patience:
            said = f"the event was accepted, and no receipt came in {self._patience:g} seconds"
            error = DeadlineExceeded(said, unit=flight.parcel.unit)
            answer = Answer(None, error.problem(), foreign=True)
        if answer is not None:
            self._weigh(flight, answer)
            return
        flight.looking = False
        self._wake.set()

    def _ended(self, parcel: Parcel) -> Answer | None:
        if (receipt := self._receipt(parcel)) is not None:
            return Answer(receipt)
        if parcel.output is None:
            return None
        problem = read_note(parcel.output, parcel.unit, self._store)
        if problem is None:
            return None
        # Another delivery of the same event may have gone well between the two looks.
        receipt = self._receipt(parcel)
        return Answer(None, problem) if receipt is None else Answer(receipt)

    def _forget_note(self, parcel: Parcel) -> None:
        """A note of what is worth another try (a dead letter left it) is none of the next one."""
        if parcel.output is not None and read_note(parcel.output, parcel.unit, self._store):
            with suppress(RushesError):
                self._store.put(failure_uri(parcel.output, parcel.unit), TAKEN_BACK)

    def _receipt(self, parcel: Parcel) -> Receipt | None:
        if parcel.output is None:
            return None
        try:
            return read_document(self._store, receipt_uri(parcel.output, parcel.unit), Receipt)
        except RushesError:
            return None  # not there, or not to be had just now: the next look will tell


def _another_unit(parcel: Parcel, receipt: Receipt) -> Answer:
    said = (
        f"the function answered unit {receipt.unit} for {parcel.unit}: its source changed after it "
        "was planned, or function and dispatcher are of different versions"
    )
    return msgspec.structs.replace(_broken(parcel, said), foreign=True)


def _broken(parcel: Parcel, said: str) -> Answer:
    error = InternalError(f"{parcel.operation}: {said}", unit=parcel.unit)
    return Answer(None, error.problem())
