"""What a window makes of a sink that is full: on a clock of events, so always the same."""

from __future__ import annotations

import math

import pytest

from bench.simulation.clock import Clock
from bench.simulation.platforms import Workers
from bench.simulation.sender import Sender
from functions.jobs.outcome import Parcel


def parcels(count: int, seconds: float = 10.0, job: str = "u") -> list[Parcel]:
    """Units of one length."""
    return [
        Parcel(
            unit=f"{job}{n}",
            operation="debayer",
            request={},
            output=None,
            clip=0,
            frames=None,
            count=1,
            seconds=seconds,
        )
        for n in range(count)
    ]


def run(*senders: Sender, clock: Clock, units: float = math.inf) -> None:
    """Until so many units have ended together, or all of one sender's."""
    for sender in senders:
        sender.start()
    clock.run(lambda: sum(len(s.ended) for s in senders) >= units or any(s.over for s in senders))


@pytest.mark.parametrize("capacity", [3, 40, 100])
def test_a_queue_is_found_by_how_long_units_wait(capacity: int) -> None:
    """All workers are at work, and few units wait for them, once the window has found its size: a
    job's sixteen, or ten seconds of the sink's work, and what it tries beyond."""
    clock = Clock()
    pool = Workers(clock, workers=capacity, spread=0.3)
    sender = Sender(clock, pool, parcels(10_000, 60.0), first=8, most=1000)
    run(sender, clock=clock, units=4000)
    worked, began, pool.most_waiting = pool.worked, clock.now, 0
    run(sender, clock=clock, units=9000)
    assert (pool.worked - worked) / (clock.now - began) > 0.95 * capacity
    assert pool.most_waiting <= 20 + capacity * (10 / 60 + 0.5)


def test_a_sink_that_turns_away_is_found_too() -> None:
    """With 429 beyond forty workers: most of them are busy, few units are sent in vain."""
    clock = Clock()
    pool = Workers(clock, workers=40, spread=0.3, queue=0)
    sender = Sender(clock, pool, parcels(4000), first=8, most=1000)
    run(sender, clock=clock)
    assert not sender.failed
    assert pool.worked / clock.now > 0.8 * 40
    assert sender.tries < 1.4 * 4000


def test_a_worker_that_dies_is_no_full_sink() -> None:
    """A hundred workers that die twice an hour each: one unit in thirty is broken, and
    nearly all workers stay at work; where half of the units break, few are out."""
    clock = Clock()
    pool = Workers(clock, workers=100, deaths=2.0)
    sender = Sender(clock, pool, parcels(6000, 60.0), first=100, most=100)
    run(sender, clock=clock, units=5000)
    assert pool.wasted > 0
    assert pool.worked / clock.now > 85
    pool = Workers(clock := Clock(), workers=100, deaths=360.0)
    sender = Sender(clock, pool, parcels(4000, 7.0), first=100, most=100, attempts=100)
    run(sender, clock=clock, units=500)
    assert sender.window.limit < 20


def test_nothing_is_learned_from_units_that_are_only_dear() -> None:
    """A hundred workers, units of one second and of two minutes: nobody waits, and the window
    grows as far as it may."""
    clock = Clock()
    pool = Workers(clock, workers=100)
    mixed = [p for pair in zip(parcels(300, 1.0), parcels(300, 120.0, "v")) for p in pair]  # noqa: B905
    sender = Sender(clock, pool, mixed, first=8, most=90)
    run(sender, clock=clock)
    assert sender.window.limit == 90


@pytest.mark.parametrize("queue", [0.0, math.inf])
def test_jobs_share_a_full_sink_by_weight(queue: float) -> None:
    """Two dispatchers that know nothing of each other, weights four and one, forty workers: of what
    is done the one has about four times as much; both get on."""
    clock = Clock()
    pool = Workers(clock, workers=40, spread=0.3, queue=queue)
    heavy = Sender(clock, pool, parcels(20_000, job="h"), first=1, most=1000, weight=4)
    light = Sender(clock, pool, parcels(20_000, job="l"), first=1, most=1000, weight=1)
    run(heavy, light, clock=clock, units=5000)
    before = len(heavy.ended), len(light.ended)
    run(heavy, light, clock=clock, units=13_000)
    shares = len(heavy.ended) - before[0], len(light.ended) - before[1]
    assert 3.2 < shares[0] / shares[1] < 5.5
    assert pool.worked / clock.now > 0.9 * 40
