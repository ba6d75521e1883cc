"""One unit at a time in each worker, and what happens to it when the worker must go."""

from __future__ import annotations

import mmap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from functions.contract.errors import Busy

_IDLE, _AT_WORK = 1, 2


class Slots:
    """Which workers of one server are idle, in memory that they share after the fork.

    A worker at its work leaves new connections to an idle one; without this the kernel
    hands every other request to a worker that can only say "busy".
    """

    def __init__(self, size: int = 1024) -> None:
        self._table = mmap.mmap(-1, size)

    def mark(self, worker: int, state: int) -> None:
        """`worker` is any number that no other live worker has, modulo the table's size."""
        self._table[worker % len(self._table)] = state

    def forget(self, worker: int) -> None:
        """The worker has gone."""
        self.mark(worker, 0)

    def idle(self) -> int:
        """How many workers would take a unit at once."""
        return self._table[:].count(_IDLE)

    def at_work(self) -> int:
        """How many units are in flight in this server."""
        return self._table[:].count(_AT_WORK)


class Gate:
    """Admits one unit at a time.

    slots : of all workers of this server
    draining : this worker takes no more units
    stop : set when the unit in flight must give up (the grace after SIGTERM ends)
    on_change : called when the worker becomes busy or idle
    """

    def __init__(self, slots: Slots | None = None, worker: int = 0) -> None:
        self.stop = threading.Event()
        self.on_change: Callable[[], None] = lambda: None
        self.slots = slots or Slots(1)
        self.draining = False
        self._worker = worker
        self._lock = threading.Lock()
        self._asked_to_go: float | None = None
        self.slots.mark(worker, _IDLE)

    @property
    def at_work(self) -> bool:
        """Whether a unit is in flight here."""
        return self._lock.locked()

    @property
    def drained(self) -> float:
        """Seconds since it was asked to take no more; 0 before."""
        return 0.0 if self._asked_to_go is None else time.monotonic() - self._asked_to_go

    def leave_to_others(self) -> bool:
        """Whether a new connection had better go to another worker."""
        return self.at_work and self.slots.idle() > 0

    def drain(self, grace: float) -> None:
        """Take no more units; ask the one in flight to give up after `grace` seconds."""
        if self.draining:
            return
        self.draining = True
        self._asked_to_go = time.monotonic()
        self.slots.forget(self._worker)
        timer = threading.Timer(grace, self.stop.set)
        timer.daemon = True
        timer.start()

    @contextmanager
    def unit(self) -> Iterator[threading.Event]:
        """Hold the worker for one unit (or one batch) and give its stop event.

        Raises Busy at once when another unit is in flight or the worker is going away.
        """
        if self.draining:
            raise Busy("this worker is shutting down", retry_after=1)
        if not self._lock.acquire(blocking=False):
            raise Busy("this worker is at another unit: it does one at a time", retry_after=1)
        try:
            self.slots.mark(self._worker, _AT_WORK)
            self.on_change()
            yield self.stop
        finally:
            # Before another unit is let in, whose mark this one would overwrite.
            self.slots.mark(self._worker, 0 if self.draining else _IDLE)
            self._lock.release()
            self.on_change()
