"""Units out as events, bounded in flight; receipts back, or the problem that stopped them.

Each unit in flight holds one thread, from its first attempt to its receipt: a unit that
waits out a back-off holds its place too, which is how a sink in trouble is sent less.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, Protocol

import msgspec

from functions.contract.errors import Busy, DeadlineExceeded, InternalError, RushesError
from functions.contract.operation import Answer, Sink
from functions.contract.receipt import Receipt, receipt_uri
from functions.contract.store import Store
from functions.dispatch.backoff import backoff
from functions.dispatch.failure_notes import read_note

_POLL_FIRST = 0.25
_POLL_LONGEST = 5.0
_LOOK = 0.2
# A busy function says itself when to come again; only the crowd needs spreading.
_BUSY_TRIES = 2


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A unit on its way: what is sent, and where its receipt will stand.

    after : units of this delivery that must have ended with receipts before this is sent
    """

    unit: str
    operation: str
    request: dict[str, Any]
    output: str | None
    clip: int
    frames: str | None
    count: int
    after: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a unit ended: with a receipt, or with the problem of its last attempt."""

    parcel: Parcel
    attempts: int
    receipt: Receipt | None = None
    problem: dict[str, Any] | None = None


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
    ) -> None:
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
        self._lanes: list[Any] = []

    def start(self, parcels: list[Parcel], sink: Sink, in_flight: int) -> None:
        """Begin to send, in order, at most `in_flight` at a time."""
        self._held = Held(parcel for parcel in parcels if parcel.after)
        for parcel in parcels:
            if not parcel.after:
                self._waiting.put(parcel)
        lanes = max(1, min(in_flight, len(parcels)))
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
        except BaseException:
            self._halt.set()
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
            outcome = self._deliver(parcel, sink)
            if outcome is not None:
                with self._telling:
                    for each in (outcome, *self._held.settle(outcome)):
                        self._told(each)

    def _deliver(self, parcel: Parcel, sink: Sink) -> Outcome | None:
        """None when the job stopped before the unit ended."""
        attempt, turned_away, waited = 1, 0, 0.0
        while True:
            self._pace.check()
            answer = self._send_once(parcel, sink)
            if answer.receipt is not None:
                return Outcome(parcel=parcel, attempts=attempt, receipt=answer.receipt)
            problem = answer.problem or _broken(parcel, "answered nothing").problem()
            if self._halt.is_set():
                return None
            # A worker at other work has not tried: that is waiting and no attempt.
            busy = problem.get("code") == Busy.code and waited < self._patience
            if not busy and (not problem.get("retryable") or attempt >= self._attempts):
                return Outcome(parcel=parcel, attempts=attempt, problem=problem)
            tries = min(turned_away + 1, _BUSY_TRIES) if busy else attempt
            pause = backoff(parcel.unit, tries, answer.seconds_to_retry)
            self._pace.pause(pause)
            if busy:
                turned_away, waited = turned_away + 1, waited + pause
            else:
                attempt += 1
            # The answer may have been lost on the way and the work done.
            if (receipt := self._look(parcel)) is not None:
                return Outcome(parcel=parcel, attempts=attempt, receipt=receipt)

    def _send_once(self, parcel: Parcel, sink: Sink) -> Answer:
        try:
            answer = sink.send(parcel.operation, parcel.unit, parcel.request)
        except RushesError as error:
            asked = error.facts.get("retry_after")
            return Answer(None, error.problem(), float(asked) if asked is not None else None)
        except Exception as error:  # noqa: BLE001 - one unit's accident is not the job's end
            return Answer(None, _broken(parcel, f"{type(error).__name__}: {error}").problem())
        if answer is None:
            return self._await_receipt(parcel)
        if answer.receipt is None:
            return answer
        if answer.receipt.unit != parcel.unit:
            said = (
                f"the function answered unit {answer.receipt.unit} for {parcel.unit}: its "
                "source changed after it was planned, or function and dispatcher are of "
                "different versions"
            )
            return Answer(None, _broken(parcel, said).problem())
        return answer

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
        return Answer(None, error.problem())

    def _ended(self, parcel: Parcel) -> Answer | None:
        if (receipt := self._look(parcel)) is not None:
            return Answer(receipt)
        assert parcel.output is not None
        problem = read_note(parcel.output, parcel.unit, self._store)
        if problem is None:
            return None
        # Another delivery of the same event may have gone well between the two looks.
        receipt = self._look(parcel)
        return Answer(None, problem) if receipt is None else Answer(receipt)

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
