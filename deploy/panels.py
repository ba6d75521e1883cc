"""What the dashboard shows: rows of panels, each with its queries, its unit and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

_RATE = "[$__rate_interval]"
_OF = 'operation=~"$operation"'


class Panel(NamedTuple):
    """One picture.

    queries : legend -> PromQL
    unit : as Grafana writes it
    wide : of 24 columns
    about : what it means, and what to do about it
    """

    title: str
    kind: Literal["stat", "timeseries"]
    unit: str
    wide: int
    queries: Mapping[str, str]
    about: str
    stacked: bool = False


def _rate(name: str, more: str = "") -> str:
    return f"rate({name}{{{_OF}{more}}}{_RATE})"


def _quantile(part: float, name: str, by: str = "operation") -> str:
    labels = f"{{{_OF}}}" if by else ""
    over = f"le, {by}" if by else "le"
    return f"histogram_quantile({part}, sum by ({over}) (rate({name}_bucket{labels}{_RATE})))"


_DONE = _rate("rushes_units_total")
_REUSED = _rate("rushes_units_total", ', status="reused"')
_FAILED = _rate("rushes_errors_total", ', code!="busy"')

ROWS: Mapping[str, tuple[Panel, ...]] = {
    "Now": (
        Panel(
            "Units at work",
            "stat",
            "short",
            4,
            {"units": "sum(rushes_units_in_flight)"},
            "Units in flight in all workers.",
        ),
        Panel(
            "Idle workers",
            "stat",
            "short",
            4,
            {"workers": "sum(rushes_workers_idle)"},
            "Workers that would take a unit at once; 0 with units waiting: allow more pods.",
        ),
        Panel(
            "Units answered",
            "stat",
            "ops",
            4,
            {"units": f"sum({_DONE})"},
            "Receipts a second, done and reused.",
        ),
        Panel(
            "Failed",
            "stat",
            "percentunit",
            4,
            {"failed": f"sum({_FAILED}) / (sum({_FAILED}) + sum({_DONE}))"},
            "Of all units that were answered; those that were only turned away do not count.",
        ),
        Panel(
            "Reused",
            "stat",
            "percentunit",
            4,
            {"reused": f"sum({_REUSED}) / sum({_DONE})"},
            "Units whose receipt stood: a job that was sent again, an event that came twice.",
        ),
        Panel(
            "Versions",
            "stat",
            "short",
            4,
            {"{{version}}": "count by (version) (rushes_info)"},
            "Pods by the version that they run.",
        ),
    ),
    "Work": (
        Panel(
            "Units",
            "timeseries",
            "ops",
            8,
            {"{{operation}} {{status}}": f"sum by (operation, status) ({_DONE})"},
            "Receipts a second.",
            stacked=True,
        ),
        Panel(
            "Frames",
            "timeseries",
            "suffix: frames/s",
            8,
            {"{{operation}}": f"sum by (operation) ({_rate('rushes_frames_total')})"},
            "Frames made; reused ones are not made.",
            stacked=True,
        ),
        Panel(
            "Bytes",
            "timeseries",
            "binBps",
            8,
            {"{{direction}}": f"sum by (direction) ({_rate('rushes_bytes_total')})"},
            "Inputs read and outputs written. Files count whole, also where ranges were read.",
        ),
    ),
    "Time": (
        Panel(
            "Seconds of a unit",
            "timeseries",
            "s",
            8,
            {
                "{{operation}} half": _quantile(0.5, "rushes_unit_seconds"),
                "{{operation}} 95 %": _quantile(0.95, "rushes_unit_seconds"),
            },
            "Dispatch aims at 30 s; the functions' own limit is RUSHES_LIMITS_SECONDS.",
        ),
        Panel(
            "Threads by stage",
            "timeseries",
            "short",
            8,
            {"{{stage}}": f"sum by (stage) ({_rate('rushes_stage_seconds_total')})"},
            "Seconds a second: how many threads are in each stage. Much fetch: storage is slow.",
            stacked=True,
        ),
        Panel(
            "Seconds of a frame by stage",
            "timeseries",
            "s",
            8,
            {
                "{{stage}}": f"sum by (stage) ({_rate('rushes_stage_seconds_total')}) "
                f"/ scalar(sum({_rate('rushes_frames_total')}))"
            },
            "What one frame costs, summed over threads.",
            stacked=True,
        ),
    ),
    "Scaling": (
        Panel(
            "Seconds in the queue",
            "timeseries",
            "s",
            8,
            {
                "{{operation}} half": _quantile(0.5, "rushes_queue_seconds"),
                "{{operation}} 95 %": _quantile(0.95, "rushes_queue_seconds"),
            },
            "From a unit's event to the begin of its work: broker, schedule, pull and start.",
        ),
        Panel(
            "Cold starts",
            "timeseries",
            "percentunit",
            8,
            {
                "{{operation}}": f"sum by (operation) ({_rate('rushes_cold_starts_total')}) "
                f"/ sum by (operation) ({_rate('rushes_queue_seconds_count')})"
            },
            "Units that were the first of their worker, of all that were let in.",
        ),
        Panel(
            "Seconds of a start",
            "timeseries",
            "s",
            8,
            {
                "half": _quantile(0.5, "rushes_start_seconds", ""),
                "95 %": _quantile(0.95, "rushes_start_seconds", ""),
            },
            "From a worker's start to its readiness; schedule and pull come before.",
        ),
    ),
    "Trouble": (
        Panel(
            "Errors by code",
            "timeseries",
            "ops",
            8,
            {"{{operation}} {{code}}": f"sum by (operation, code) ({_FAILED})"},
            "Problems a second. store_unavailable, deadline_exceeded: tried again by themselves.",
            stacked=True,
        ),
        Panel(
            "Turned away",
            "timeseries",
            "ops",
            8,
            {"busy": f"sum(rate(rushes_busy_total{_RATE}))"},
            "Units that came to a worker at its work and were sent again: more than a few say "
            "that concurrency is not 1.",
        ),
        Panel(
            "Kernels",
            "timeseries",
            "ops",
            8,
            {
                "calls {{mode}}": f"sum by (mode) (rate(rushes_kernel_calls_total{_RATE}))",
                "{{how}} here": f"sum by (how) (rate(rushes_kernel_units_total{_RATE}))",
            },
            "Calls of compiled code. In the image nothing is ever compiled: `compiled` stays 0.",
        ),
    ),
}
