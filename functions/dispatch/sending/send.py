"""Units out as events, bounded in flight; receipts back, or the problem that stopped them.

Each unit in flight holds one thread, from its first attempt to its receipt. How many are in flight
follows the sink (`window`). What a sink answers is believed where it is a receipt of the unit or a
problem of ours; of anything else, and of a POST that stays open, the storage is asked.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any, Protocol

import msgspec

from functions.contract.errors import (
    Busy,
    DeadlineExceeded,
    InternalError,
    Refused,
    RushesError,
    StoreUnavailable,
)
from functions.contract.operation import Answer, Sink
from functions.contract.receipt import Receipt, failure_uri, receipt_uri
from functions.contract.store import Store
from functions.dispatch.control import read_control
from functions.dispatch.sending.tries import Tries
from functions.dispatch.sending.window import Window
from functions.jobs.failure_notes import TAKEN_BACK, read_note
from functions.jobs.outcome import Outcome, Parcel

_POLL_FIRST = 0.25
_POLL_LONGEST = 5.0
_LOOK = 0.2
# A POST that is open for so long is looked after in the storage, and then so often.
_OPEN_FIRST, _OPEN_LOOK = 2.0, 1.5
_CONTROL_LOOK = 2.0
# So many units of which nobody says anything, and none of which somebody does: a wrong address.
_GIVE_UP = 8


class Held:
    """Parcels that wait for others. Safe from many threads."""

    def __init__(self, parcels: Iterable[Parcel] = ()) -> None:
        self._lock = threading.Lock()
        self._parcels = {parcel.unit: parcel for parcel in parcels}
        self._missing = {unit: set(parcel.after) for unit, parcel in self._parcels.items()}
        self._waiters: dict[str, list[str]] = {}
        for unit, parcel in self._parcels.items():
            for part in parcel.after:
                self._waiters.setdefault(part, []).append(unit)
        self._free: deque[Parcel] = deque()

    def freed(self) -> Parcel | None:
        """A parcel that waits for nothing any more, None if there is none."""
        with self._lock:
            return self._free.popleft() if self._free else None

    def settle(self, outcome: Outcome) -> list[Outcome]:
        """Free what waited for this unit alone; with a problem, what waited has failed too."""
        failed: list[Outcome] = []
        with self._lock:
            for unit in self._waiters.pop(outcome.parcel.unit, ()):
                parcel = self._parcels.get(unit)
                if parcel is None:
                    continue
                if outcome.problem is not None:
                    failed.append(_not_sent(self._parcels.pop(unit), outcome))
                    continue
                self._missing[unit].discard(outcome.parcel.unit)
                if not self._missing[unit]:
                    self._free.append(self._parcels.pop(unit))
        return failed


def _not_sent(parcel: Parcel, part: Outcome) -> Outcome:
    problem = dict(part.problem or {})
    where = f"frames {part.parcel.frames}" if part.parcel.frames else part.parcel.unit
    said = f"not joined, for a part failed: {where}: {problem.get('detail', '')}"
    return Outcome(
        parcel=parcel, attempts=1, problem={**problem, "detail": said, "retryable": False}
    )


class _Open:
    """A `send` that has not come back."""

    def __init__(self, parcel: Parcel, sink: Sink, now: float) -> None:
        self.parcel, self.sink = parcel, sink
        self.look_at, self.known = now + _OPEN_FIRST, False


class Pace(Protocol):
    """The part of `Work` that delivery needs; both raise when the job must stop."""

    def check(self) -> None: ...

    def pause(self, seconds: float) -> None: ...


class Courier:
    """Delivers parcels to one sink.

    Parameters
    ----------
    attempts : how often a unit is sent before a retryable problem becomes its outcome.
    patience : seconds without a receipt after which an accepted unit counts as lost, and
        that a unit waits for a busy function.
    told : called with each outcome, from several threads, one at a time.
    control : where a person says that the job pauses or is cancelled.

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
    ) -> None:
        self._control, self._control_at = control, 0.0
        self._store = store
        self._pace = pace
        self._attempts = attempts
        self._patience = patience
        self._told = told
        self._telling = threading.Lock()
        self._halt = threading.Event()
        self._waiting: queue.SimpleQueue[Parcel] = queue.SimpleQueue()
        self._held = Held()
        self._pool: ThreadPoolExecutor | None = None
        self._window = Window(1, 1)
        self._clock = time.monotonic
        self._opening = threading.Lock()
        self._open: dict[str, _Open] = {}
        self._lost, self._heard, self._last_lost = 0, False, ""
        self._lanes: list[Any] = []

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
        self._held = Held(parcel for parcel in parcels if parcel.after)
        for parcel in parcels:
            if not parcel.after:
                self._waiting.put(parcel)
        most = in_flight or sink.most
        self._window = Window(in_flight or sink.width, most, weight)
        self._obey()
        lanes = max(1, min(most, len(parcels)))
        self._pool = ThreadPoolExecutor(lanes, thread_name_prefix="dispatch")
        self._lanes = [self._pool.submit(self._lane, sink) for _ in range(lanes)]

    def finish(self) -> None:
        """Wait for all outcomes. Raises Busy or DeadlineExceeded when the job must stop,
        and then sends no more."""
        pending = set(self._lanes)
        try:
            while pending:
                done, pending = wait(pending, timeout=_LOOK)
                for lane in done:
                    lane.result()
                if pending:
                    self._pace.check()
                    self._hang_up()
                    self._obey()
        except BaseException:
            self._halt.set()
            self._hang_up(at_once=True)
            raise

    def join(self) -> None:
        """Send no more, and wait for what is in flight."""
        self._halt.set()
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def _lane(self, sink: Sink) -> None:
        while not self._halt.is_set():
            # What a last part set free goes first: its clip is all but done.
            parcel = self._held.freed()
            if parcel is None:
                try:
                    parcel = self._waiting.get_nowait()
                except queue.Empty:
                    return
            turn = self._window.enter(self._go_on)
            try:
                outcome = self._deliver(parcel, sink, turn)
            finally:
                self._window.leave()
            if outcome is not None:
                self._tell(outcome)

    def _go_on(self) -> None:
        if self._halt.is_set():
            raise Busy("the job stops")
        if self._lost >= _GIVE_UP and not self._heard:
            raise StoreUnavailable(f"the sink answers nothing that is ours: {self._last_lost}")
        self._pace.check()

    def _tell(self, outcome: Outcome) -> None:
        with self._telling:
            if outcome.undelivered:
                self._lost += 1
                self._last_lost = str((outcome.problem or {}).get("detail", ""))
            else:
                self._heard = True
                self._window.succeeded()
            for each in (outcome, *self._held.settle(outcome)):
                self._told(each)

    def _deliver(self, parcel: Parcel, sink: Sink, turn: int) -> Outcome | None:
        """None when the job stopped before the unit ended."""
        tries = Tries(parcel.unit, self._attempts, self._patience)
        while True:
            self._pace.check()
            began = self._clock()
            answer = self._send_once(parcel, sink)
            if answer.receipt is None and answer.foreign and not self._halt.is_set():
                # The answer may have been lost on the way and the work done, or failed for good.
                answer = self._ended(parcel) or answer
            if answer.receipt is not None:
                if answer.receipt.status == "done":
                    work = answer.receipt.seconds.get("total", 0.0)
                    self._window.took(turn, self._clock() - began, work)
                return Outcome(parcel=parcel, attempts=tries.attempt, receipt=answer.receipt)
            if answer.problem is None:
                answer = Answer(None, _broken(parcel, "answered nothing").problem())
            if self._halt.is_set():
                return None
            attempt = tries.attempt
            if (pause := tries.again(answer)) is None:
                return Outcome(
                    parcel=parcel,
                    attempts=attempt,
                    problem=answer.problem,
                    undelivered=answer.foreign,
                )
            self._window.in_trouble(turn, turned_away=answer.busy)
            self._forget(parcel)
            self._pace.pause(pause)
            if (receipt := self._look(parcel)) is not None:
                return Outcome(parcel=parcel, attempts=tries.attempt, receipt=receipt)

    def _send_once(self, parcel: Parcel, sink: Sink) -> Answer:
        with self._opening:
            self._open[parcel.unit] = _Open(parcel, sink, self._clock())
        try:
            answer = sink.send(parcel.operation, parcel.unit, parcel.request)
        except RushesError as error:
            asked = error.facts.get("retry_after")
            after = float(asked) if asked is not None else None
            return Answer(None, error.problem(), after, foreign=error.retryable)
        except Exception as error:  # noqa: BLE001 - one unit's accident is not the job's end
            return Answer(None, _broken(parcel, f"{type(error).__name__}: {error}").problem())
        finally:
            with self._opening:
                self._open.pop(parcel.unit, None)
        if answer is None:
            return self._await_receipt(parcel)
        if answer.receipt is None or answer.receipt.unit == parcel.unit:
            return answer
        said = (
            f"the function answered unit {answer.receipt.unit} for {parcel.unit}: its "
            "source changed after it was planned, or function and dispatcher are of "
            "different versions"
        )
        return Answer(None, _broken(parcel, said).problem(), foreign=True)

    def _obey(self) -> None:
        """What a person said of the job, from any machine: see `control`."""
        if self._control is None or self._clock() < self._control_at:
            return
        self._control_at = self._clock() + _CONTROL_LOOK
        said = read_control(self._control, self._store)
        if said == "cancelled":
            raise Refused(
                "the job is cancelled; `rushes resume` lets it go on when dispatched again"
            )
        self._window.held = said == "paused"

    def _hang_up(self, *, at_once: bool = False) -> None:
        """End POSTs that stay open though their unit's end is known: a broker may hold one for
        minutes, delivering again what a note says has failed for good."""
        now = self._clock()
        with self._opening:
            calls = [one for one in self._open.values() if at_once or now >= one.look_at]
        for call in calls:
            known = at_once or self._ended(call.parcel) is not None
            with self._opening:
                # The answer of a unit that has just ended is on its way: once more, then no more.
                ready, call.known = known and (at_once or call.known), known
                call.look_at = now + _OPEN_LOOK
            if ready:
                call.sink.hang_up(call.parcel.unit)

    def _await_receipt(self, parcel: Parcel) -> Answer:
        """Look into the storage, less and less often, until the receipt or a note stands."""
        if parcel.output is None:
            return Answer(None, _broken(parcel, "no output, so nowhere to look").problem())
        wait_next, waited = _POLL_FIRST, 0.0
        while waited < self._patience:
            self._pace.pause(wait_next)
            waited += wait_next
            if (answer := self._ended(parcel)) is not None:
                return answer
            if self._halt.is_set():
                break
            wait_next = min(wait_next * 1.5, _POLL_LONGEST)
        error = DeadlineExceeded(
            f"the event was accepted, and no receipt came in {self._patience:g} seconds",
            unit=parcel.unit,
        )
        return Answer(None, error.problem(), foreign=True)

    def _ended(self, parcel: Parcel) -> Answer | None:
        if (receipt := self._look(parcel)) is not None:
            return Answer(receipt)
        if parcel.output is None:
            return None
        problem = read_note(parcel.output, parcel.unit, self._store)
        if problem is None:
            return None
        # Another delivery of the same event may have gone well between the two looks.
        receipt = self._look(parcel)
        return Answer(None, problem) if receipt is None else Answer(receipt)

    def _forget(self, parcel: Parcel) -> None:
        """A note of what is worth another try (a dead letter left it) is none of the next one."""
        if parcel.output is not None and read_note(parcel.output, parcel.unit, self._store):
            with suppress(RushesError):
                self._store.put(failure_uri(parcel.output, parcel.unit), TAKEN_BACK)

    def _look(self, parcel: Parcel) -> Receipt | None:
        if parcel.output is None:
            return None
        try:
            raw = self._store.read(receipt_uri(parcel.output, parcel.unit))
            return msgspec.json.decode(raw, type=Receipt)
        except (RushesError, msgspec.DecodeError):
            return None  # not there, or not to be had just now: the next look will tell


def _broken(parcel: Parcel, said: str) -> InternalError:
    return InternalError(f"{parcel.operation}: {said}", unit=parcel.unit)
