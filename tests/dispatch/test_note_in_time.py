"""How long a failure note may stand before it is its unit's outcome, on a clock that is counted:
every pause of the courier moves it, and nothing else does."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from functions.contract.errors import OutputConflict, StoreUnavailable
from functions.contract.operation import Answer
from functions.contract.receipt import failure_uri
from functions.dispatch.sending import flights, send
from functions.dispatch.sending.flights import Flight, Flights
from functions.dispatch.sending.send import Courier
from functions.dispatch.sending.tries import Tries
from functions.jobs.outcome import Outcome, Parcel
from tests.dispatch.fakes import MemoryStore

BOUND = 5.0
"""What docs/deploy.md says."""

OUTPUT = "file:///out/"


class Clock:
    """Seconds; `at` holds what happens when."""

    def __init__(self) -> None:
        self.now = 0.0
        self.at: list[tuple[float, Callable[[], None]]] = []

    def monotonic(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        """It passes, and what happens meanwhile happens at its time."""
        assert seconds > 0
        end = self.now + seconds
        while self.at and min(self.at, key=lambda one: one[0])[0] <= end:
            first = min(self.at, key=lambda one: one[0])
            self.at.remove(first)
            self.now = first[0]
            first[1]()
        self.now = end

    def wait(self, seconds: float) -> None:
        """As an event's that nobody sets."""
        self.pause(seconds)

    def check(self) -> None: ...

    def set(self) -> None: ...

    def clear(self) -> None: ...


class Watched(Courier):
    """A courier in one thread: what it hands to a lane is done at once."""

    def __init__(self, clock: Clock, store: MemoryStore, told: Callable[[Outcome], None]) -> None:
        super().__init__(store, clock, attempts=3, patience=600.0, told=told)
        self._wake: Any = clock
        self._sink: Any = SimpleNamespace(hang_up=self._hung_up)
        self._held: Any = SimpleNamespace(settle=lambda outcome: (), has_free=False)

    def begin(self, units: dict[str, bool], clock: Clock, spread: Callable[[], float]) -> None:
        """Units by whether their events are accepted, each sent at a moment of its own."""
        parcels = {unit: parcel(unit) for unit in units}
        self._flights = Flights(parcels.values(), self._store)
        self._left = len(parcels)
        self._open: dict[str, Flight] = {}
        for unit, accepted in units.items():

            def depart(unit: str = unit, accepted: bool = accepted) -> None:
                flight = Flight(parcels[unit], 0, Tries(unit, 3, 600.0))
                flight.accepted = accepted
                self._open[unit] = flight
                self._flights.add(flight)

            clock.at.append((spread(), depart))

    def _push(self, step: Callable[[], None]) -> None:
        step()

    def _hung_up(self, unit: str) -> None:
        cut = StoreUnavailable("hung up").problem()
        self._weigh(self._open[unit], Answer(None, cut, foreign=True))


def parcel(unit: str) -> Parcel:
    """A unit of one output."""
    return Parcel(
        unit=unit,
        operation="debayer",
        request={},
        output=OUTPUT,
        clip=0,
        frames=None,
        count=1,
        seconds=1.0,
    )


@pytest.mark.parametrize("kind", ["open", "accepted", "both"])
@pytest.mark.parametrize("seed", range(4))
def test_a_note_is_the_outcome_within_its_bound(
    kind: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty units whose POSTs are held open, whose events were accepted, or both; each fails for
    good at some moment of ten minutes."""
    clock, store, draw = Clock(), MemoryStore(), random.Random(seed)
    for module in (flights, send):
        monkeypatch.setattr(module, "time", clock)
    noted: dict[str, float] = {}
    settled: dict[str, float] = {}

    def told(outcome: Outcome) -> None:
        assert outcome.problem is not None
        assert outcome.problem["code"] == "output_conflict"
        settled[outcome.parcel.unit] = clock.now

    def note(unit: str) -> None:
        noted[unit] = clock.now
        problem = OutputConflict("other content stands there").problem()
        store.put(failure_uri(OUTPUT, unit), json.dumps(problem).encode())

    names = [f"u{n}" for n in range(40)]
    units = {name: kind == "accepted" or (kind == "both" and n % 2 == 0)
             for n, name in enumerate(names)}  # fmt: skip
    courier = Watched(clock, store, told)
    courier.begin(units, clock, lambda: draw.uniform(0, 60))
    for name in names:
        clock.at.append((draw.uniform(60, 599), lambda name=name: note(name)))
    courier._look_after()
    waits = {name: settled[name] - noted[name] for name in names}
    assert max(waits.values()) <= BOUND
    assert min(waits.values()) > 0
