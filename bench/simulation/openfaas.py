"""OpenFaaS' asynchronous route: a queue, whose worker calls so many functions at a time.

The gateway takes every unit at once; the sender looks into the storage, less and less often, for
its receipt. A call that breaks is called again by JetStream's worker (Standard) after 10 s, 20 s,
and so on; Community's calls once, and a unit that is lost is sent again when patience ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.simulation.clock import Clock
from bench.simulation.platforms import Workers
from bench.simulation.sender import Reply
from functions.contract.errors import DeadlineExceeded
from functions.contract.operation import Answer
from functions.dispatch.sending.flights import POLL_FIRST, POLL_LONGEST
from functions.jobs.outcome import Parcel

_WAIT, _LONGEST = 10.0, 120.0
_LOST = Answer(None, DeadlineExceeded("no receipt came").problem(), None, foreign=True)


class OpenFaas:
    """Functions behind a queue.

    replicas : of the function, a unit each
    inflight : calls of the queue worker at a time
    retries : whether it calls again what broke
    patience : seconds that a sender waits for a receipt
    """

    def __init__(
        self,
        clock: Clock,
        *,
        replicas: int,
        inflight: int,
        retries: bool,
        patience: float = 3600.0,
        **workers: Any,
    ) -> None:
        self._clock, self._retries, self._patience = clock, retries, patience
        self.workers = Workers(clock, workers=min(replicas, inflight), **workers)

    def send(self, parcel: Parcel, reply: Reply) -> None:
        """Queue it; the reply comes at the look after its receipt."""
        sent = self._clock.now
        self._call(parcel, 0, lambda work: self._found(sent, work, reply))

    def _call(self, parcel: Parcel, tries: int, told: Callable[[float | None], None]) -> None:
        def ended(work: float | None, answer: Answer | None) -> None:
            if work is None and self._retries:
                pause = min(_LONGEST, _WAIT * 2.0**tries)
                self._clock.after(pause, lambda: self._call(parcel, tries + 1, told))
            else:
                told(work)

        self.workers.send(parcel, ended)

    def _found(self, sent: float, work: float | None, reply: Reply) -> None:
        if work is None:
            left = sent + self._patience - self._clock.now
            self._clock.after(max(0.0, left), lambda: reply(None, _LOST))
            return
        waited = self._clock.now - sent
        look, pause = POLL_FIRST, POLL_FIRST
        while look < waited:
            pause = min(pause * 1.5, POLL_LONGEST)
            look += pause
        self._clock.after(look - waited, lambda: reply(work, None))
