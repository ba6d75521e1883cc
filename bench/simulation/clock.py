"""Time that jumps from one event to the next."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count


class Clock:
    """Events in order of time; of one time, in the order in which they were made."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call it so many seconds from now."""
        heapq.heappush(self._events, (self.now + seconds, next(self._number), call))

    def run(self, until: Callable[[], bool]) -> None:
        """Let time pass until it says so, or nothing more happens."""
        while self._events and not until():
            self.now, _, call = heapq.heappop(self._events)
            call()
