"""A dispatcher: the order, the window and the retries of `functions.dispatch.sending`, on a clock.

It stands in for the threads of `Courier` and for nothing else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from bench.simulation.clock import Clock
from functions.contract.operation import Answer
from functions.dispatch.sending.order import in_order
from functions.dispatch.sending.tries import Tries
from functions.dispatch.sending.window import Window
from functions.jobs.outcome import Parcel

Reply = Callable[[float | None, Answer | None], None]
"""Seconds that the work took, where a receipt stands; else the answer."""


class Platform(Protocol):
    """Takes units and replies, at once or later."""

    def send(self, parcel: Parcel, reply: Reply) -> None: ...


class Sender:
    """One job on its way.

    first, most, weight : of its window
    ended : (time, parcel) of each unit that is done
    """

    def __init__(
        self,
        clock: Clock,
        platform: Platform,
        parcels: Iterable[Parcel],
        *,
        first: int = 16,
        most: int = 256,
        weight: float = 1.0,
        attempts: int = 5,
        patience: float = 3600.0,
    ) -> None:
        self._clock, self._platform = clock, platform
        self._waiting = deque(in_order(parcels))
        self._attempts, self._patience = attempts, patience
        self.window = Window(first, most, weight)
        self.total = len(self._waiting)
        self.ended: list[tuple[float, Parcel]] = []
        self.failed: list[Parcel] = []
        self.tries = 0
        self.in_flight = 0

    @property
    def over(self) -> bool:
        """Whether every unit has ended."""
        return len(self.ended) + len(self.failed) == self.total

    def start(self) -> None:
        """Send what there is room for; what ends lets the next one in."""
        while self._waiting and (turn := self.window.enter_now()) is not None:
            parcel = self._waiting.popleft()
            self.in_flight += 1
            self._try(parcel, Tries(parcel.unit, self._attempts, self._patience), turn)

    def _try(self, parcel: Parcel, tries: Tries, turn: int) -> None:
        began = self._clock.now
        self.tries += 1

        def reply(work: float | None, answer: Answer | None) -> None:
            if work is not None:
                self.window.took(turn, self._clock.now - began, work)
                self.ended.append((self._clock.now, parcel))
                self._end()
                return
            assert answer is not None
            pause = tries.again(answer)
            if pause is None:
                self.failed.append(parcel)
                self._end()
                return
            self.window.in_trouble(turn, turned_away=answer.busy)
            self._clock.after(pause, lambda: self._try(parcel, tries, turn))

        self._platform.send(parcel, reply)

    def _end(self) -> None:
        self.window.succeeded()
        self.window.leave()
        self.in_flight -= 1
        self.start()
