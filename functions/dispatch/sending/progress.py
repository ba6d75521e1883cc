"""How far a job is while it is sent: frames, rate and what is left, in one line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import msgspec

from functions.contract.errors import RushesError
from functions.contract.store import Store
from functions.jobs.outcome import Outcome, Parcel
from functions.jobs.pace import Pace, span

_EVERY = 5.0


class Progress:
    """Counts outcomes. What is left is by the estimated seconds of units, which a plan weighs
    against each other well and measures badly.
    """

    def __init__(
        self,
        parcels: Iterable[Parcel],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cost = {parcel.unit: parcel.seconds or 1.0 for parcel in parcels}
        self._all, self._spent = sum(self._cost.values()), 0.0
        self._frames = self._failed = 0
        self._clock = clock
        self.begin(at_once=1)

    def begin(self, at_once: int) -> None:
        """Now it is sent: what a sink took to open tells nothing of the units.

        at_once : units that are done side by side at first
        """
        self._began, self._at_once = self._clock(), at_once

    def left(self) -> float:
        """Seconds until all have ended: at the rate so far; before there is one, by what units are
        expected to take."""
        if not self._spent:
            return self._all / self._at_once
        passed = self._clock() - self._began
        return passed * (self._all - self._spent) / self._spent

    def note(self, outcome: Outcome) -> str:
        """`240 frames, 12.0 a second, 3 min left, 1 failed`; what is nothing is left out."""
        self._spent += self._cost.get(outcome.parcel.unit, 0.0)
        if outcome.receipt is None:
            self._failed += 1
        elif outcome.receipt.frames is not None and outcome.parcel.count:
            self._frames += outcome.receipt.frames.count
        passed = self._clock() - self._began
        told = []
        if self._frames:
            rate = f", {self._frames / passed:.1f} a second" if passed > 0 else ""
            told.append(f"{self._frames} frames{rate}")
        if 0 < self._spent < self._all:
            told.append(f"{span(self.left())} left")
        if self._failed:
            told.append(f"{self._failed} failed")
        return ", ".join(told)


class Herald:
    """Leaves word in the storage, now and then, of when the job will be ready: see `jobs.pace`.

    ready_by : when it must be, in seconds since 1970
    at_work : units that are sent and have not ended
    """

    def __init__(
        self,
        uri: str,
        store: Store,
        progress: Progress,
        ready_by: float | None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._uri, self._store, self._progress = uri, store, progress
        self._ready_by, self._now, self._next = ready_by, now, 0.0
        self.at_work: Callable[[], Iterable[str]] = tuple

    def tell(self) -> str:
        """Called with each outcome and now and then; in words where a time was set."""
        now = self._now()
        ready, by = now + self._progress.left(), self._ready_by
        in_time = None if by is None else ready <= by
        pace = Pace(at=now, ready_at=ready, ready_by=by, in_time=in_time)
        if now >= self._next:
            self._next = now + _EVERY
            told = msgspec.structs.replace(pace, at_work=tuple(self.at_work()))
            with suppress(RushesError):  # news: the next one tells more
                self._store.put(self._uri, msgspec.json.encode(told) + b"\n")
        return pace.words() if by is not None else ""
