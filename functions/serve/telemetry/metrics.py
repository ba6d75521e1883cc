"""What /metrics tells: kept as plain numbers, put into Prometheus' form when it asks.

prometheus_client is imported at the first scrape and not before the first unit: it costs
50 ms, and its multi-process mode wants a variable in the environment before the import.
Several workers leave their numbers in a folder that they share, a file each.

What a server will count stands there as 0 from its start: a pod that does one unit between two
scrapes would else begin at 1, and Prometheus' `increase` sees no step.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from functions.contract.errors import leaves
from functions.contract.receipt import STAGES, Receipt
from functions.contract.version import VERSION

_UNIT_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)
_WAIT_BUCKETS = (0.01, 0.05, 0.25, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)
_START_BUCKETS = (0.1, 0.2, 0.3, 0.5, 0.75, 1, 2.5, 5, 10, 30, 60, 300)

_COUNTERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "rushes_units": ("Units answered with a receipt", ("operation", "status")),
    "rushes_errors": ("Requests answered with a problem", ("operation", "code")),
    "rushes_frames": ("Frames made", ("operation",)),
    "rushes_bytes": ("Bytes of inputs (in) and outputs (out)", ("operation", "direction")),
    "rushes_stage_seconds": ("Seconds by stage, summed over threads", ("operation", "stage")),
    "rushes_cold_starts": ("Units that were the first of their worker", ("operation",)),
    "rushes_busy": ("Units turned away because the worker was at work or leaving", ()),
    "rushes_kernel_calls": ("Calls of compiled kernels, native or jit", ("mode",)),
    "rushes_kernel_units": ("Kernels compiled, or found cached, after the build", ("how",)),
}

_HISTOGRAMS: Mapping[str, tuple[str, tuple[str, ...], tuple[float, ...]]] = {
    "rushes_unit_seconds": ("Seconds of a unit that was done", ("operation",), _UNIT_BUCKETS),
    "rushes_queue_seconds": (
        "Seconds from a unit's event, or its request, to the begin of its work",
        ("operation",),
        _WAIT_BUCKETS,
    ),
    "rushes_start_seconds": ("Seconds from a worker's start until it is ready", (), _START_BUCKETS),
}

_STAGES = tuple(stage for stage in STAGES if stage != "total")
_VALUES: Mapping[str, tuple[str, ...]] = {
    "status": ("done", "reused"),
    "code": tuple(leaf.code for leaf in leaves()),
    "direction": ("in", "out"),
    "stage": _STAGES,
}
"""What labels can say, beside the operations: all of it stands at 0 from the start."""

Numbers = dict[str, dict[str, float]]
"""Counter's name, then its label values joined by newlines."""

Count = tuple[str, tuple[str, ...], float]
"""Name, label values, how many more."""


class Metrics:
    """Counts of one worker; `shared` is the folder where its siblings' counts are."""

    def __init__(self, shared: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._numbers: Numbers = {}
        self._shared = shared
        self._kernels: dict[str, int] = {}

    def done(self, receipt: Receipt) -> None:
        """Count a unit; one that was reused moved no frames and bytes."""
        operation = receipt.operation
        found: list[Count] = [("rushes_units", (operation, receipt.status), 1.0)]
        if receipt.status == "done":
            # Not "total": a sum over stages would count every second twice.
            found += [
                ("rushes_stage_seconds", (operation, stage), receipt.seconds.get(stage, 0.0))
                for stage in _STAGES
            ]
            found += [
                ("rushes_frames", (operation,), receipt.frames.count if receipt.frames else 0),
                ("rushes_bytes", (operation, "in"), sum(i.bytes for i in receipt.inputs)),
                ("rushes_bytes", (operation, "out"), sum(o.bytes for o in receipt.outputs)),
            ]
            total = receipt.seconds.get("total", 0.0)
            found += _observed("rushes_unit_seconds", (operation,), total)
        self._add(found)

    def began(self, operation: str, waited: float, cold: bool) -> None:
        """Count a unit that is let in, the seconds that it waited, and whether it is the first."""
        found = _observed("rushes_queue_seconds", (operation,), waited)
        if cold:
            found.append(("rushes_cold_starts", (operation,), 1.0))
        self._add(found)

    def ready(self, seconds: float) -> None:
        """Count a start."""
        self._add(_observed("rushes_start_seconds", (), seconds))

    def failed(self, operation: str, code: str) -> None:
        """Count a problem."""
        found: list[Count] = [("rushes_errors", (operation, code), 1.0)]
        if code == "busy":
            found.append(("rushes_busy", (), 1.0))
        self._add(found)

    def kernels(self, facts: Mapping[str, Any]) -> None:
        """Count what `kernels.runtime()` tells beyond what it told before.

        With native objects no unit is ever compiled or found cached: those counts stay 0.
        """
        counted = {name: int(facts[name]) for name in ("calls", "compiled", "cached")}
        with self._lock:
            more = {name: n - self._kernels.get(name, 0) for name, n in counted.items()}
            self._kernels = counted
        self._add(
            [
                ("rushes_kernel_calls", (str(facts["mode"]),), more["calls"]),
                ("rushes_kernel_units", ("compiled",), more["compiled"]),
                ("rushes_kernel_units", ("cached",), more["cached"]),
            ]
        )

    def text(
        self, in_flight: int, idle: int, operations: Iterable[str] = (), accept: str = ""
    ) -> tuple[bytes, str]:
        """(body, content type) of /metrics.

        operations : whose counts stand there before there is anything to count
        accept : the scraper's Accept header; OpenMetrics when it asks for that
        """
        from prometheus_client import CollectorRegistry
        from prometheus_client.exposition import choose_encoder

        numbers = self._everyone()
        for name, key in _zeros(tuple(operations)):
            numbers.setdefault(name, {}).setdefault(key, 0.0)

        class Collector:
            def collect(self) -> Iterable[Any]:
                return _families(numbers, in_flight, idle)

        registry = CollectorRegistry()
        registry.register(Collector())
        encode, media = choose_encoder(accept)
        return encode(registry), media

    def _add(self, found: Iterable[Count]) -> None:
        with self._lock:
            for name, labels, value in found:
                row = self._numbers.setdefault(name, {})
                key = "\n".join(labels)
                row[key] = row.get(key, 0.0) + value
            if self._shared is not None:
                # Named by process, so a worker that died leaves its counts: counters never fall.
                whole = self._shared / f"{os.getpid()}.json"
                part = whole.with_suffix(".part")
                part.write_bytes(msgspec.json.encode(self._numbers))
                part.replace(whole)

    def _everyone(self) -> Numbers:
        with self._lock:
            total: Numbers = {name: dict(row) for name, row in self._numbers.items()}
        if self._shared is not None:
            for path in sorted(self._shared.glob("*.json")):
                if path.stem != str(os.getpid()):
                    for name, row in msgspec.json.decode(path.read_bytes(), type=Numbers).items():
                        mine = total.setdefault(name, {})
                        for key, value in row.items():
                            mine[key] = mine.get(key, 0.0) + value
        return total


def _edge(edge: float) -> str:
    return "+Inf" if edge == float("inf") else f"{edge:g}"


def _edges(name: str) -> tuple[float, ...]:
    return (*_HISTOGRAMS[name][2], float("inf"))


def _observed(name: str, labels: tuple[str, ...], seconds: float) -> list[Count]:
    """One value of a histogram: cumulative buckets, and the sum."""
    edges = [(name, (*labels, _edge(e)), 1.0 if seconds <= e else 0.0) for e in _edges(name)]
    return [*edges, (name, (*labels, "sum"), seconds)]


def _zeros(operations: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    values = {"operation": operations, **_VALUES}
    for name, (_, labels) in _COUNTERS.items():
        if all(label in values for label in labels):
            for row in product(*(values[label] for label in labels)):
                yield name, "\n".join(row)
    for name, (_, labels, _) in _HISTOGRAMS.items():
        for row in product(*(values[label] for label in labels)):
            for last in (*map(_edge, _edges(name)), "sum"):
                yield name, "\n".join((*row, last))


def _families(numbers: Numbers, in_flight: int, idle: int) -> Iterable[Any]:
    from prometheus_client.core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
    )

    info = GaugeMetricFamily("rushes_info", "The version that runs", labels=("version",))
    info.add_metric((VERSION,), 1)
    yield info
    yield GaugeMetricFamily("rushes_units_in_flight", "Units at work now", value=in_flight)
    yield GaugeMetricFamily("rushes_workers_idle", "Workers that would take a unit", value=idle)
    for name, (about, labels) in _COUNTERS.items():
        unit = next((u for u in ("seconds", "bytes") if name.endswith(u)), "")
        family = CounterMetricFamily(name, about, labels=labels, unit=unit)
        for key, value in sorted(numbers.get(name, {}).items()):
            family.add_metric(tuple(key.split("\n")) if labels else (), value)
        yield family
    for name, (about, labels, _) in _HISTOGRAMS.items():
        seconds = HistogramMetricFamily(name, about, labels=labels, unit="seconds")
        row = numbers.get(name, {})
        for key in sorted({key.rpartition("\n")[0] for key in row}):
            values = tuple(key.split("\n")) if labels else ()
            buckets = [(_edge(e), row["\n".join((*values, _edge(e)))]) for e in _edges(name)]
            seconds.add_metric(values, buckets, row["\n".join((*values, "sum"))])
        yield seconds
