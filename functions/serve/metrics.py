"""What /metrics tells: kept as plain numbers, put into Prometheus' form when it asks.

prometheus_client is imported at the first scrape and not before the first unit: it costs
50 ms, and its multi-process mode wants a variable in the environment before the import.
Several workers leave their numbers in a folder that they share, a file each.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from functions.contract.receipt import Receipt
from functions.contract.version import VERSION

_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)

_COUNTERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "rushes_units": ("Units answered with a receipt", ("operation", "status")),
    "rushes_errors": ("Requests answered with a problem", ("operation", "code")),
    "rushes_frames": ("Frames made", ("operation",)),
    "rushes_bytes": ("Bytes of inputs (in) and outputs (out)", ("operation", "direction")),
    "rushes_stage_seconds": ("Seconds by stage, summed over threads", ("operation", "stage")),
    "rushes_busy": ("Units turned away because the worker was at work or leaving", ()),
    "rushes_kernel_calls": ("Calls of compiled kernels, native or jit", ("mode",)),
    "rushes_kernel_units": ("Kernels compiled, or found cached, after the build", ("how",)),
}

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
            found += [
                ("rushes_stage_seconds", (operation, k), v) for k, v in receipt.seconds.items()
            ]
            found += [
                ("rushes_frames", (operation,), receipt.frames.count if receipt.frames else 0),
                ("rushes_bytes", (operation, "in"), sum(i.bytes for i in receipt.inputs)),
                ("rushes_bytes", (operation, "out"), sum(o.bytes for o in receipt.outputs)),
            ]
            total = receipt.seconds.get("total", 0.0)
            found += [("unit_seconds", (operation, "sum"), total)]
            found += [
                ("unit_seconds", (operation, _edge(edge)), 1.0 if total <= edge else 0.0)
                for edge in (*_BUCKETS, float("inf"))
            ]
        self._add(found)

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

    def text(self, in_flight: int, idle: int) -> tuple[bytes, str]:
        """(body, content type) of /metrics."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.exposition import CONTENT_TYPE_LATEST

        numbers = self._everyone()

        class Collector:
            def collect(self) -> Iterable[Any]:
                return _families(numbers, in_flight, idle)

        registry = CollectorRegistry()
        registry.register(Collector())
        return generate_latest(registry), CONTENT_TYPE_LATEST

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
        family = CounterMetricFamily(name, about, labels=labels)
        for key, value in sorted(
            numbers.get(name, {}).items() or ([("", 0.0)] if not labels else [])
        ):
            family.add_metric(tuple(key.split("\n")) if labels else (), value)
        yield family
    seconds = HistogramMetricFamily(
        "rushes_unit_seconds", "Seconds of a unit", labels=("operation",)
    )
    row = numbers.get("unit_seconds", {})
    for operation in sorted({key.partition("\n")[0] for key in row}):
        buckets = [(_edge(e), row[f"{operation}\n{_edge(e)}"]) for e in (*_BUCKETS, float("inf"))]
        seconds.add_metric((operation,), buckets, row[f"{operation}\nsum"])
    yield seconds
