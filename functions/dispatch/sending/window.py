"""How many units may be in flight: more while all goes well, half when the sink is in trouble.

References
----------
V. Jacobson, "Congestion avoidance and control", SIGCOMM 1988: slow start, additive increase,
multiplicative decrease.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Window:
    """A bound on what is in flight that follows its outcomes. Safe from many threads.

    first, most : where it begins, and what it never passes; the least is 1
    held : nobody enters, and who is in goes on
    """

    def __init__(self, first: int, most: int) -> None:
        self._limit = float(max(1, min(first, most)))
        self._most = max(1, most)
        self._growing = True
        self._free = threading.Condition()
        self._at_work = 0
        self._turn = 0
        self._after = 0
        self.held = False

    @property
    def limit(self) -> int:
        """How many may be in flight now."""
        return int(self._limit)

    def enter(self, check: Callable[[], None]) -> int:
        """Wait for a place; the turn that `succeeded` and `in_trouble` are told.

        check : called while it waits; may raise to stop
        """
        while True:
            check()
            with self._free:
                if self._at_work < self.limit and not self.held:
                    self._at_work += 1
                    self._turn += 1
                    return self._turn
                self._free.wait(0.2)

    def leave(self) -> None:
        """Give the place back."""
        with self._free:
            self._at_work -= 1
            self._free.notify()

    def succeeded(self) -> None:
        """A unit ended as it should: twice as many in each round at first, then one more."""
        with self._free:
            self._limit = min(
                self._most, self._limit + (1.0 if self._growing else 1.0 / self._limit)
            )
            self._free.notify()

    def in_trouble(self, turn: int) -> None:
        """The sink turned one away, was silent or broke: half, once for all that were out."""
        with self._free:
            if turn <= self._after:
                return
            self._after, self._growing = self._turn, False
            self._limit = max(1.0, self._limit / 2)
