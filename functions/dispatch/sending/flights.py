"""Units that are out, and when each is looked for in the storage.

A POST that stays open is looked after by the clock; an event that was accepted is looked for less
and less often. Neither holds a thread.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable

from functions.contract.errors import RushesError
from functions.contract.store import Store
from functions.dispatch.sending.tries import Tries
from functions.jobs.failure_notes import look
from functions.jobs.outcome import Parcel

POLL_FIRST = 0.25
POLL_LONGEST = 4.0
# A POST that is open for so long is looked after in the storage, and then so often.
OPEN_FIRST, OPEN_LOOK = 2.0, 1.5


class Flight:
    """A unit from its first attempt to its end.

    turn : of the window
    tries : what they have come to
    accepted : the sink has it and will not answer; `waited` seconds ago
    known : its end stood already at the last look, and its POST is open still
    """

    def __init__(self, parcel: Parcel, turn: int, tries: Tries) -> None:
        self.parcel, self.turn, self.tries = parcel, turn, tries
        self.depart(time.monotonic())

    def depart(self, now: float) -> None:
        """It is sent, once more."""
        self.sent_at, self.look_at = now, now + OPEN_FIRST
        self.accepted = self.looking = self.known = False
        self.waited, self.look_in, self.pace = 0.0, POLL_FIRST, POLL_FIRST

    def due(self, passed: float, now: float) -> bool:
        """Whether it is time to look, `passed` seconds after this was asked last."""
        if not self.accepted:
            if self.looking or now < self.look_at:
                return False
            self.look_at = now + OPEN_LOOK
            return True
        self.waited += passed
        self.look_in -= passed
        if self.looking or self.look_in > 1e-9:
            return False
        self.pace = min(self.pace * 1.5, POLL_LONGEST)
        self.look_in = self.pace
        return True


class Flights:
    """Those that are at the sink or accepted. Safe from many threads."""

    def __init__(self, parcels: Iterable[Parcel], store: Store) -> None:
        self._crowds = Counter(p.output for p in parcels if p.output is not None)
        self._store = store
        self._lock = threading.Lock()
        self._out: dict[str, Flight] = {}

    def add(self, flight: Flight) -> None:
        """It is on its way."""
        with self._lock:
            self._out[flight.parcel.unit] = flight

    def remove(self, flight: Flight) -> bool:
        """Its answer is here; False where it was here before."""
        with self._lock:
            return self._out.pop(flight.parcel.unit, None) is not None

    def units(self) -> list[str]:
        """All that are out."""
        with self._lock:
            return list(self._out)

    def next_look(self) -> float | None:
        """Seconds until one is due; None where no accepted one is looked for."""
        now = time.monotonic()
        with self._lock:
            out = [f for f in self._out.values() if not f.looking]
        if not any(f.accepted for f in out):
            return None
        # A broker may hold some POSTs and accept others: those that are held do not wait for the
        # longer pauses of these.
        waits = (f.look_in if f.accepted else f.look_at - now for f in out)
        return max(POLL_FIRST, min(waits))

    def ended(self, passed: float, patience: float) -> list[Flight]:
        """Those of which something stands in the storage, and those that were lost.

        passed : seconds since it was asked last
        patience : seconds after which an accepted one is lost
        """
        now = time.monotonic()
        with self._lock:
            due = [f for f in self._out.values() if f.due(passed, now)]
        lost = {f.parcel.unit for f in due if f.accepted and f.waited >= patience}
        places = [(f.parcel.output, f.parcel.unit) for f in due if f.parcel.output is not None]
        try:
            found = look([p for p in places if p[1] not in lost], self._store, self._crowds)
        except RushesError:  # not to be had just now: the next look will tell
            return [f for f in due if f.parcel.unit in lost]
        ready = found.receipts | found.notes | lost
        chosen = [f for f in due if f.parcel.unit in ready]
        for flight in due:
            flight.known = flight.known and flight.parcel.unit in ready
        for flight in chosen:
            flight.looking = True
        return chosen
