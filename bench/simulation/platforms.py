"""Workers that do a unit at a time, and what stands before them."""

from __future__ import annotations

import math
import random
from collections import deque

from bench.simulation.clock import Clock
from bench.simulation.sender import Reply
from functions.contract.errors import Busy, StoreUnavailable
from functions.contract.operation import Answer
from functions.jobs.outcome import Parcel

_TURNED_AWAY = Answer(None, Busy("at work").problem(), 1.0)
_BROKEN = Answer(None, StoreUnavailable("the worker died").problem(), None, foreign=True)


class Workers:
    """A queue, and workers that come, work, die and go.

    start : seconds of a unit beside its frames, on a warm worker
    spread : standard deviation of the logarithm of what a unit takes beside what it is expected to
    deaths : of a worker in an hour; the unit under way is lost
    queue : units that may wait; more are turned away
    """

    def __init__(
        self,
        clock: Clock,
        *,
        workers: int = 0,
        start: float = 0.0,
        spread: float = 0.0,
        deaths: float = 0.0,
        queue: float = math.inf,
        seed: int = 1,
    ) -> None:
        self._clock, self._random = clock, random.Random(seed)
        self._start, self._spread, self._deaths, self._queue = start, spread, deaths, queue
        self.idle = self.workers = workers
        self.waiting: deque[tuple[Parcel, Reply]] = deque()
        self.worked = self.wasted = self.paid = 0.0
        self.inside = 0
        self.waits = 0.0
        self.integral = 0.0
        self._since = 0.0
        self.most_waiting = 0

    @property
    def busy(self) -> int:
        """Workers with a unit."""
        return self.workers - self.idle

    def send(self, parcel: Parcel, reply: Reply) -> None:
        """Take a unit, or turn it away."""
        if not self.idle and len(self.waiting) >= self._queue:
            self._clock.after(0.0, lambda: reply(None, _TURNED_AWAY))
            return
        self._count(1)
        arrived = self._clock.now

        def told(work: float | None, answer: Answer | None) -> None:
            self._count(-1)
            self.waits += self._clock.now - arrived
            reply(work, answer)

        self.waiting.append((parcel, told))
        self.work()
        self.most_waiting = max(self.most_waiting, len(self.waiting))

    def work(self) -> None:
        """Give idle workers what waits."""
        while self.idle > 0 and self.waiting:
            parcel, reply = self.waiting.popleft()
            self.idle -= 1
            needs = self._start + parcel.seconds * math.exp(self._random.gauss(0, self._spread))
            rate = self._deaths / 3600
            dies = self._random.expovariate(rate) if rate else math.inf
            if dies < needs:
                self._clock.after(dies, lambda r=reply, s=dies: self._lost(r, s))  # type: ignore[misc]
            else:
                self._clock.after(needs, lambda r=reply, s=needs: self._done(r, s))  # type: ignore[misc]

    def settle(self) -> None:
        """Count what has passed until now."""
        self._count(0)

    def _done(self, reply: Reply, seconds: float) -> None:
        self.settle()
        self.worked += seconds
        self.free()
        reply(seconds, None)

    def _lost(self, reply: Reply, seconds: float) -> None:
        """Another worker takes the dead one's place."""
        self.settle()
        self.wasted += seconds
        self.free()
        reply(None, _BROKEN)

    def free(self) -> None:
        """A worker has ended its unit."""
        self.idle += 1
        self.work()

    def _count(self, more: int) -> None:
        """Units inside and workers there, over time."""
        passed = self._clock.now - self._since
        self.integral += self.inside * passed
        self.paid += self.workers * passed
        self._since = self._clock.now
        self.inside += more
