"""Spans as values: what OpenTelemetry is told of a step that is over.

References
----------
OpenTelemetry semantic conventions: functions (`faas.`), errors, exceptions, CloudEvents.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from functions.contract.errors import Busy, InternalError, RushesError
from functions.contract.receipt import Receipt
from functions.serve.telemetry.log import Course
from functions.serve.telemetry.trace import Trace

Kind = Literal["server", "consumer", "producer", "internal"]

# Of a unit's log line: what its request said of it, and the picture that it failed with.
_NAMES = {
    "job": "rushes.job",
    "call": "rushes.call",
    "event_id": "cloudevents.event_id",
    "uri": "rushes.uri",
    "frame": "rushes.frame",
}


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A step that is over.

    began, ended : nanoseconds since 1970
    error : (kind, sentence, traceback or "") of what it ended with
    stages : (name, began, ended, facts) of its parts
    remote : whether the step above is of another process
    """

    step: Trace
    name: str
    kind: Kind
    began: int
    ended: int
    facts: dict[str, Any]
    error: tuple[str, str, str] | None = None
    stages: tuple[tuple[str, int, int, dict[str, Any]], ...] = ()
    remote: bool = False


def unit_span(
    step: Trace,
    operation: str,
    course: Course,
    outcome: Receipt | Mapping[str, Any] | RushesError,
    logged: Mapping[str, Any],
    kind: Kind,
) -> Span:
    """The span of a unit that is over.

    logged : the facts of its log line
    """
    now, clock = time.time_ns(), time.perf_counter()

    def moment(then: float) -> int:
        return now - round((clock - then) * 1e9)

    found: dict[str, Any] = {
        "rushes.operation": operation,
        "rushes.unit": course.unit,
        "faas.coldstart": course.cold,
        "rushes.wait_seconds": None if course.waited is None else round(course.waited, 6),
        **_outcome(outcome),
        **{_NAMES[name]: fact for name, fact in logged.items() if name in _NAMES},
    }
    return Span(
        step=step,
        name=operation,
        kind=kind if logged.get("event_id") is None else "consumer",
        began=moment(course.began),
        ended=now,
        facts=told(found),
        error=error_of(outcome) if isinstance(outcome, RushesError) else None,
        stages=tuple(
            (
                name,
                moment(first),
                moment(last),
                {"rushes.seconds": round(spent, 6), "rushes.times": times},
            )
            for name, (first, last, spent, times) in course.stages.items()
        ),
        remote=step.above is not None,
    )


def _outcome(outcome: Receipt | Mapping[str, Any] | RushesError) -> dict[str, Any]:
    if isinstance(outcome, RushesError):
        return {
            "rushes.status": "failed",
            "rushes.code": outcome.code,
            "rushes.retryable": outcome.retryable,
            "error.type": outcome.code,
        }
    if not isinstance(outcome, Receipt):
        return {"rushes.status": "explained", "rushes.unit": outcome.get("unit")}
    found = {"rushes.status": outcome.status, "rushes.unit": outcome.unit}
    if outcome.status == "reused":
        return found
    return {
        **found,
        "rushes.frames": outcome.frames.count if outcome.frames else None,
        "rushes.bytes_in": sum(each.bytes for each in outcome.inputs),
        "rushes.bytes_out": sum(each.bytes for each in outcome.outputs),
    }


def error_of(error: RushesError) -> tuple[str, str, str] | None:
    """(kind, sentence, traceback or "") of an error; None for one that is no fault."""
    if isinstance(error, Busy):
        return None  # turned away, and done by somebody else: nothing went wrong
    # Only a fault of ours is explained by where it happened.
    ours = isinstance(error, InternalError)
    inside = "".join(traceback.format_exception(error)) if ours else ""
    return type(error).__name__, error.detail, inside


def told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts that are known."""
    return {name: value for name, value in facts.items() if value is not None}
