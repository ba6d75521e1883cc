"""The questions that docs/simulation.md answers, each a table and a drawing."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bench.simulation.clock import Clock
from bench.simulation.jobs import raw_clips, turnover
from bench.simulation.knative import Knative
from bench.simulation.kpa import Settings
from bench.simulation.openfaas import OpenFaas
from bench.simulation.plot import drawing
from bench.simulation.sender import Sender
from functions.jobs.outcome import Parcel

COLD = 1.3
"""Seconds from a pod's decision to work, the image on the node: docs/deploy.md has 1.26 s."""

_SPREAD, _START = 0.25, 0.1


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """A table, and the drawing beside it."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    svg: str | None = None

    def markdown(self) -> str:
        """The table."""
        rows = [self.head, ["---"] * len(self.head), *self.rows]
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _knative(clock: Clock, pods: int, *, delay: float = 0.0, deaths: float = 0.0) -> Knative:
    settings = Settings(most=pods, delay=delay)
    return Knative(
        clock, settings, cold=COLD, nodes=pods, start=_START, spread=_SPREAD, deaths=deaths
    )


def _finish(clock: Clock, sender: Sender) -> float:
    """Seconds until all have ended."""
    sender.start()
    clock.run(lambda: sender.over)
    return clock.now


_WINDOWS = (
    ("usual", 16, 256),
    ("in_flight 256", 256, 256),
    ("in_flight 1,024", 1024, 1024),
    ("10,000", 10_000, 10_000),
)
"""Names, and how many are in flight at first and at most."""


def pool_size() -> Study:
    """Turnaround of 3,000 plates by the size of the pool."""
    pools = (10, 30, 100, 300, 1000, 3000, 10_000)
    plates = turnover()
    work, longest = sum(p.seconds for p in plates), max(p.seconds for p in plates)
    lines: dict[str, list[tuple[float, float]]] = {}
    rows = []
    for pods in pools:
        row = [f"{pods:,}"]
        for name, first, most in _WINDOWS:
            clock = Clock()
            sender = Sender(clock, _knative(clock, pods), plates, first=first, most=most)
            took = _finish(clock, sender)
            lines.setdefault(name, []).append((pods, took / 60))
            row.append(f"{took / 60:.1f}")
        least = max(work / pods, longest) / 60
        lines.setdefault("least there is", []).append((pods, least))
        rows.append([*row, f"{least:.1f}"])
    head = ["pods", *(name for name, *_ in _WINDOWS), "least there is"]
    svg = drawing("3,000 plates", "pods", "minutes", lines, logarithmic=True)
    return Study(name="pool-size", head=head, rows=rows, svg=svg)


_DEATHS = (("calm", 0.0), ("a death in two hours", 0.5), ("two in an hour", 2.0))


def unit_size() -> Study:
    """Cost and waste by how long units are, where machines die."""
    targets = (2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
    lines: dict[str, list[tuple[float, float]]] = {}
    rows = []
    for target in targets:
        parcels = raw_clips(40, 5000, target)
        work = sum(parcel.seconds for parcel in parcels)
        row = [f"{target:g}", f"{len(parcels):,}"]
        for name, deaths in _DEATHS:
            clock = Clock()
            pool = _knative(clock, 100, deaths=deaths)
            sender = Sender(clock, pool, parcels)
            took = _finish(clock, sender)
            pool.settle()
            lines.setdefault(name, []).append((target, 100 * (pool.paid / work - 1)))
            lost = f", {len(sender.failed)} failed" if sender.failed else ""
            row.append(f"{took / 60:.1f} / {pool.paid / work:.2f} / {pool.wasted / work:.3f}{lost}")
        rows.append(row)
    head = ["target seconds", "units", *(name for name, _ in _DEATHS)]
    svg = drawing(
        "paid above the work itself", "seconds a unit", "percent", lines, logarithmic=True
    )
    return Study(name="unit-size", head=head, rows=rows, svg=svg)


def after_the_queue() -> Study:
    """How soon pods go once nothing waits."""
    plates = turnover(1000)
    lines: dict[str, list[tuple[float, float]]] = {}
    rows = []
    for name, delay in (("no delay", 0.0), ("a minute", 60.0), ("five minutes", 300.0)):
        clock = Clock()
        pool = _knative(clock, 200, delay=delay)
        sender = Sender(clock, pool, plates)
        took = _finish(clock, sender)
        pool.settle()
        paid = pool.paid
        clock.run(lambda pool=pool: not pool.workers)  # type: ignore[misc]
        pool.settle()
        lines[name] = [(t / 60, float(pods)) for t, pods in pool.pods]
        half = next(t for t, pods in pool.pods if t >= took and pods <= 100)
        rows.append(
            [
                name,
                f"{took / 60:.1f}",
                f"{half - took:.0f}",
                f"{clock.now - took:.0f}",
                f"{(pool.paid - paid) / paid * 100:.1f} %",
            ]
        )
    head = [
        "scale-down-delay",
        "job, minutes",
        "half the pods gone after, s",
        "all, s",
        "paid after",
    ]
    svg = drawing("pods while 1,000 plates are made and after", "minutes", "pods", lines)
    return Study(name="after-the-queue", head=head, rows=rows, svg=svg)


def two_jobs() -> Study:
    """A rush job that comes while a bulk job is at work, at 64 pods."""
    lines: dict[str, list[tuple[float, float]]] = {}
    rows = []
    alone = Clock()
    took = _finish(alone, Sender(alone, _knative(alone, 64), turnover(300, 2, "R"), first=16))
    rows.append(["300 plates alone", f"{took / 60:.1f}", "", ""])
    for name, rush, bulk in (("same weight", 1.0, 1.0), ("rush and bulk", 4.0, 0.25)):
        clock = Clock()
        pool = _knative(clock, 64)
        large = Sender(clock, pool, turnover(3000), weight=bulk)
        small = Sender(clock, pool, turnover(300, 2, "R"), weight=rush)
        large.start()
        clock.after(600.0, small.start)
        clock.run(lambda small=small, large=large: small.over and large.over)  # type: ignore[misc]
        ends = small.ended[-1][0] - 600, large.ended[-1][0]
        busy = 100 * pool.worked / (64 * clock.now)
        rows.append([name, f"{ends[0] / 60:.1f}", f"{ends[1] / 60:.1f}", f"{busy:.0f} %"])
        for job, sender in (("small", small), ("large", large)):
            lines[f"{job}, {name}"] = _done(sender)
    head = ["", "300 plates, minutes", "3,000 plates, minutes", "pods at work"]
    svg = drawing("done of a job of 3,000 and one of 300", "minutes", "percent", lines)
    return Study(name="two-jobs", head=head, rows=rows, svg=svg)


def _done(sender: Sender) -> list[tuple[float, float]]:
    """Percent by minutes, in a hundred steps."""
    step = max(1, sender.total // 100)
    return [
        (time / 60, 100 * (number + 1) / sender.total)
        for number, (time, _) in enumerate(sender.ended)
        if number % step == 0
    ]


def gateway() -> Study:
    """OpenFaaS' queue with and without its own retries."""
    parcels: list[Parcel] = raw_clips(20, 2000, None)
    rows = []
    for name, retries in (("Standard: retries", True), ("Community: none", False)):
        for deaths in (0.0, 1.0):
            for patience in (3600.0, 300.0):
                clock = Clock()
                pool = OpenFaas(
                    clock,
                    replicas=64,
                    inflight=64,
                    retries=retries,
                    patience=patience,
                    start=_START,
                    spread=_SPREAD,
                    deaths=deaths,
                )
                took = _finish(clock, Sender(clock, pool, parcels, first=64, patience=patience))
                minutes = f"{took / 60:.1f}"
                rows.append([name, f"{deaths:g}", f"{patience:g}", minutes])
    least = sum(p.seconds for p in parcels) / 64 / 60
    head = ["queue worker", "deaths an hour", "patience, s", f"minutes (least {least:.1f})"]
    return Study(name="gateway", head=head, rows=rows)


STUDIES = (pool_size, unit_size, after_the_queue, two_jobs, gateway)
