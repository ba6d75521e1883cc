"""How many units may be in flight: more while all goes well, half when the sink is in trouble.

Trouble is units that were turned away, that broke or of which nothing was heard. A sink that lets
units wait is full too: then the window goes back to what is at work and a few more, not below where
it began. A receipt tells how long the work took, so that dear units are no queue. Growth, and the
few that may wait, are by weight: of jobs at one sink that is full each has its share.

References
----------
V. Jacobson, "Congestion avoidance and control", SIGCOMM 1988: slow start, additive increase,
multiplicative decrease.
L. S. Brakmo and L. L. Peterson, "TCP Vegas: end to end congestion avoidance on a global Internet",
IEEE Journal on Selected Areas in Communications 13(8), 1995, doi:10.1109/49.464716: a few of one's
own in the queue, and no more.
D.-M. Chiu and R. Jain, "Analysis of the increase and decrease algorithms for congestion avoidance
in computer networks", Computer Networks and ISDN Systems 17, 1989: what is added makes the shares.
"""

from __future__ import annotations

import threading

_BROKEN, _FEW = 0.1, 3.0
"""Of what is out, and of a few: one worker in ten that dies is no sign of a sink that is full."""

_QUEUE = 16.0
"""Units of a job of weight 1 that may wait at the sink for others of its own and of other jobs."""

_REGAIN = 0.25
"""Of what is out, more in a round in which nobody waits at a sink where many waited before."""

_SLACK = 10.0
"""Seconds that are no queue: a platform that starts workers for what waits takes so long."""


class Window:
    """A bound on what is in flight that follows its outcomes. Safe from many threads.

    first, most : where it begins, and what it never passes; the least is 1
    weight : places that are added in a round; of two windows at one sink, their shares
    held : nobody enters, and who is in goes on
    """

    def __init__(self, first: int, most: int, weight: float = 1.0) -> None:
        self._limit = float(max(1, min(first, most)))
        self._first = self._limit
        self._most = max(1, most)
        self._weight = weight
        self._growing = True
        self._lock = threading.Lock()
        self._round: list[float] = []
        self._round_of = self.limit
        self._broken = 0.0
        self._was_late = self._room = False
        self._at_work = 0
        self._turn = 0
        self._after = 0
        self.held = False

    @property
    def limit(self) -> int:
        """How many may be in flight now."""
        return int(self._limit)

    @property
    def has_place(self) -> bool:
        """Whether one more may go."""
        return self._at_work < self.limit and not self.held

    def enter_now(self) -> int | None:
        """A turn, which `took` and `in_trouble` are told; None where there is no place."""
        with self._lock:
            if not self.has_place:
                return None
            self._at_work += 1
            self._turn += 1
            return self._turn

    def leave(self) -> None:
        """Give the place back."""
        with self._lock:
            self._at_work -= 1

    def succeeded(self) -> None:
        """A unit ended as it should: at first twice as many in each round, then `weight` more."""
        with self._lock:
            more = min(1.0, self._weight) if self._growing else self._weight / self._limit
            more = max(more, _REGAIN) if self._room else more
            self._limit = min(self._most, self._limit + more)
            self._broken = max(0.0, self._broken - _BROKEN)

    def took(self, turn: int, seconds: float, work: float) -> None:
        """A unit's receipt came after so many seconds, of which its work was so many.

        A round of units decides, by what three quarters of them have waited or more: a few wait for
        a worker that starts.
        """
        with self._lock:
            if turn <= self._after:  # sent before the window was made smaller
                return
            waited = seconds - work > _SLACK
            self._round.append(seconds / work if waited and work > 0 else 1.0)
            if len(self._round) < self._round_of:
                return
            late = sorted(self._round)[len(self._round) // 4]
            self._round.clear()
            queued = self._limit * (1 - 1 / late)
            self._room = self._was_late and not queued
            if queued > _QUEUE * self._weight:
                self._after, self._growing, self._was_late = self._turn, False, True
                fits = self._limit - queued + _QUEUE / 2 * self._weight
                self._limit = max(min(self._first, self._limit), fits)
            self._round_of = self.limit

    def in_trouble(self, turn: int, *, turned_away: bool = False) -> None:
        """The sink was silent or broke, more often than one time in ten: half, once for all that
        were out; a quarter where it only turned some away, for the others are at work."""
        with self._lock:
            if turn <= self._after:
                return
            self._broken += not turned_away
            if not turned_away and self._broken < max(_FEW, self._limit * _BROKEN):
                return
            self._after, self._growing, self._broken = self._turn, False, 0.0
            self._was_late = self._room = False
            # A heavy job has more out and is turned away more often: it gives less each time.
            less = (4 if turned_away else 2) * max(1.0, self._weight)
            self._limit = max(1.0, self._limit * (1 - 1 / less))
