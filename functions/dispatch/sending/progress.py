"""How far a job is while it is sent: frames, rate and what is left, in one line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from functions.jobs.outcome import Outcome, Parcel


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
        self._clock, self._began = clock, clock()

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
            told.append(f"{_span(passed * (self._all - self._spent) / self._spent)} left")
        if self._failed:
            told.append(f"{self._failed} failed")
        return ", ".join(told)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
