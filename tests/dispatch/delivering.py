"""Units handed to a sink: no clock runs, pauses are counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from functions.contract.operation import Answer
from functions.dispatch.sending.send import Courier
from functions.jobs.outcome import Outcome, Parcel
from tests.dispatch.fakes import FakeSink, FakeWork

OUT = "file:///job/A/"
Misfortune = Callable[[str, Mapping[str, Any], int], Exception | Answer | None]


def parcels(count: int) -> list[Parcel]:
    """Units u0, u1, ... of one clip."""
    return [
        Parcel(
            unit=f"u{n}",
            operation="debayer",
            request={"input": "file:///a", "output": OUT, "frames": str(n)},
            output=OUT,
            clip=0,
            frames=str(n),
            count=1,
        )
        for n in range(count)
    ]


def deliver(
    work: FakeWork,
    sink: FakeSink,
    count: int = 1,
    *,
    attempts: int = 4,
    patience: float = 60.0,
    in_flight: int = 1,
) -> dict[str, Outcome]:
    """Deliver units to a sink; outcomes by unit."""
    outcomes: dict[str, Outcome] = {}

    def told(outcome: Outcome) -> None:
        assert outcome.parcel.unit not in outcomes
        outcomes[outcome.parcel.unit] = outcome

    courier = Courier(work.store, work, attempts=attempts, patience=patience, told=told)
    try:
        courier.start(parcels(count), sink, in_flight)
        courier.finish()
    finally:
        courier.join()
    return outcomes


def first_times(error: Exception | Answer, times: int) -> Misfortune:
    """The same misfortune on the first attempts at each unit."""
    return lambda unit, request, attempt: error if attempt <= times else None
