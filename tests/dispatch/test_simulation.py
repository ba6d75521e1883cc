"""The model holds to its source and to arithmetic: Knative's own vectors, and what queues obey."""

from __future__ import annotations

import math

import pytest

from bench.simulation.clock import Clock
from bench.simulation.jobs import raw_clips, turnover
from bench.simulation.knative import Knative
from bench.simulation.kpa import Autoscaler, Settings
from bench.simulation.openfaas import OpenFaas
from bench.simulation.platforms import Workers
from bench.simulation.plot import drawing
from bench.simulation.sender import Sender

# (stable, panic, pods ready, seconds, pods wanted), as knative/serving's
# pkg/autoscaler/scaling/autoscaler_test.go has them; (target, rate up, rate down) before.
_KNATIVE = {
    "StableModeDecrease": ((10, 10, 10), [(100, 100, 8, 0, 10), (50, 50, 8, 0, 5)]),
    "StableModeIncrease": ((10, 10, 10), [(50, 10, 1, 0, 5), (100, 10, 1, 0, 10)]),
    "NoTrafficScaleToZero": ((10, 10, 10), [(1, 0, 1, 0, 1), (0, 0, 1, 0, 0)]),
    "UnpanicAfterSlowIncrease": (
        (1, 10, 10),
        [(11, 25, 10, 0, 25), (30, 41, 40, 30, 41), (50, 56, 55, 62, 50)],
    ),
    "ExtendPanicWindow": ((1, 10, 10), [(11, 25, 10, 0, 25), (30, 80, 40, 30, 80)]),
    "PanicModeExponential": (
        (1, 10, 10),
        [(6, 6, 1, 0, 6), (36, 36, 6, 0, 36), (216, 216, 36, 1, 216), (1296, 1296, 216, 1, 1296)],
    ),
    "PanicThenUnPanicScaleDown": (
        (10, 10, 10),
        [(100, 100, 1, 0, 10), (100, 1000, 10, 0, 100), (1, 1, 10, 30, 100), (1, 1, 10, 61, 1)],
    ),
    "RateLimitScaleUp": ((10, 10, 10), [(1000, 1001, 1, 0, 10), (1000, 1001, 10, 0, 100)]),
    "RateLimitScaleDown": ((10, 10, 10), [(1, 1, 100, 0, 10), (1, 1, 10, 0, 1)]),
    "SmallScaleUpRate": ((1, 1.1, 10), [(3, 3.1, 2, 0, 3)]),
    "SmallScaleDownRate": ((10, 10, 1.1), [(1, 1, 100, 0, 90)]),
    "PanicModeDoublePodCount": ((10, 10, 10), [(50, 100, 1, 0, 10)]),
}


@pytest.mark.parametrize("name", _KNATIVE)
def test_the_autoscaler_decides_as_knatives_does(name: str) -> None:
    """Its published vectors, decision by decision."""
    (target, up, down), decisions = _KNATIVE[name]
    scaler = Autoscaler(Settings(target=target, up=up, down=down))
    for stable, panic, ready, now, wanted in decisions:
        assert scaler.scale(now, stable, panic, ready) == wanted


def test_fewer_pods_wait_for_the_delay() -> None:
    """TestAutoscalerScaleDownDelay: the most that was wanted in the last five minutes counts."""
    scaler = Autoscaler(Settings(target=10, up=10, down=10, threshold=100, delay=300))
    said = [(2, 40), (300, 0), (302, 0), (540, 40), (600, 30), (660, 0), (840, 0), (900, 0)]
    wanted = [scaler.scale(now, units, units, 0) for now, units in said]
    assert wanted == [4, 4, 0, 4, 4, 4, 3, 0]


def test_a_burst_panics_and_drains_as_by_hand() -> None:
    """Twenty units of ten seconds at once: the first tick wants twenty pods, which are there after
    their start; all is done at 13.5 s, and the pods stay while the stable window remembers."""
    clock = Clock()
    pool = Knative(clock, Settings(), cold=1.5, nodes=100)
    parcels = raw_clips(20, 80, None)
    assert {round(p.seconds, 3) for p in parcels} == {round(parcels[0].seconds, 3)}
    seconds = parcels[0].seconds
    sender = Sender(clock, pool, parcels, first=20)
    sender.start()
    clock.run(lambda: sender.over)
    assert clock.now == pytest.approx(2 + 1.5 + seconds)
    assert pool.pods[1] == (2.0, 0)
    assert pool.pods[2] == (4.0, 20)
    clock.run(lambda: not pool.workers)
    # No unit is inside: the panic ends a stable window after its last crossing, then the mean of
    # the window falls to nothing, then the last pod has its minute.
    assert 60 < clock.now - sender.ended[-1][0] < 200


def test_pods_that_nobody_needs_any_more_do_not_start() -> None:
    """Ten pods end a burst before the thirty that were asked for it have started: those are called
    off, and never counted."""
    clock = Clock()
    pool = Knative(clock, Settings(), cold=150.0, nodes=100)
    before, burst = (
        Sender(clock, pool, raw_clips(count, frames, 1000), first=40)
        for count, frames in ((10, 800), (40, 10))
    )
    before.start()
    clock.run(lambda: before.over)
    burst.start()
    clock.run(lambda: clock.now > 600)
    assert burst.over
    assert max(pods for _, pods in pool.pods) == 10
    assert (pool.workers, pool.starting, pool.leaving, pool.idle) == (0, 0, 0, 0)


@pytest.mark.parametrize("deaths", [0.0, 3.0])
def test_work_is_conserved_and_littles_law_holds(deaths: float) -> None:
    """Every unit ends once; what workers did is the units' own seconds; units inside over time are
    their stays added up, and more than one worker's time is never spent in a second."""
    clock = Clock()
    parcels = raw_clips(30, 500, 20)
    pool = Workers(clock, workers=25, deaths=deaths)
    sender = Sender(clock, pool, parcels, first=64)
    sender.start()
    clock.run(lambda: sender.over)
    pool.settle()
    assert sorted(p.unit for _, p in sender.ended) == sorted(p.unit for p in parcels)
    assert pool.worked == pytest.approx(sum(p.seconds for p in parcels))
    assert (pool.wasted > 0) == (deaths > 0)
    assert pool.integral == pytest.approx(pool.waits)
    assert pool.inside == 0
    assert pool.worked + pool.wasted <= pool.paid == pytest.approx(25 * clock.now)


def test_the_same_seed_is_the_same_run() -> None:
    """To the last digit, pods and turnaround."""

    def run() -> tuple[float, int, list[tuple[float, int]]]:
        clock = Clock()
        pool = Knative(clock, Settings(most=50), cold=1.0, nodes=50, spread=0.3, deaths=1.0)
        sender = Sender(clock, pool, turnover(100))
        sender.start()
        clock.run(lambda: sender.over)
        return clock.now, sender.tries, pool.pods

    assert run() == run()


def test_a_gateway_that_forgets_costs_patience() -> None:
    """A call that broke is called again by Standard's queue worker; of Community's nothing is heard
    until patience ends. Without deaths they are alike."""

    def minutes(retries: bool, deaths: float) -> float:
        clock = Clock()
        pool = OpenFaas(
            clock, replicas=8, inflight=8, retries=retries, patience=900.0, deaths=deaths
        )
        sender = Sender(clock, pool, raw_clips(4, 1000, 20), first=64, patience=900.0)
        sender.start()
        clock.run(lambda: sender.over)
        assert not sender.failed
        return clock.now

    assert minutes(True, 0.0) == minutes(False, 0.0)
    assert minutes(False, 10.0) > 900 > minutes(True, 10.0)


def test_a_drawing_has_its_points_where_they_belong() -> None:
    """The corners of a line from 1 to 100, on axes of tens: a third and all of the way."""
    svg = drawing("t", "x", "y", {"a": [(1, 1), (10, 100)]}, logarithmic=True)
    assert 'points="70.0,275.0 490.0,30.0"' in svg
    assert svg.startswith("<svg") and math.isclose(svg.count("<text"), 1 + 2 + 3 + 2 + 1)
