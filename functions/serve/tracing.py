"""OpenTelemetry: a span for each unit and for each event that is sent, by OTLP over HTTP.

Its libraries are imported in a thread of its own and only where an endpoint is told, so that no
unit waits for them: what was done is noted, and made into spans afterwards. The environment's
OTEL_ variables are the SDK's own, but for the sampler, which decides before a span is made.

References
----------
OpenTelemetry: environment variables, trace SDK (sampling), OTLP exporter. Semantic conventions
for functions (`faas.`), errors and CloudEvents.
"""

from __future__ import annotations

import importlib
import logging
import os
import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from functions.contract.errors import Busy, InternalError, RushesError
from functions.contract.receipt import Receipt
from functions.serve.log import Course
from functions.serve.trace import Trace

if TYPE_CHECKING:
    from functions.serve.tracing_sdk import Spans

Kind = Literal["server", "consumer", "producer", "internal"]
Tell = Callable[[str], None]

_PROTOCOL = "http/protobuf"
_SAMPLED = 0x01
# Of a unit's log line: what its request said of it, and the picture that it failed with.
_NAMES = {
    "job": "rushes.job",
    "call": "rushes.call",
    "event_id": "cloudevents.event_id",
    "uri": "rushes.uri",
    "frame": "rushes.frame",
}
_LOW_HALF = (1 << 64) - 1


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


class Tracing:
    """Takes spans from any thread; another one makes and sends them.

    environ : with the OTEL_ variables
    function : what this process serves, for the service's name
    tell : is told, in a sentence, of what keeps spans from going out
    """

    def __init__(self, environ: Mapping[str, str], function: str | None, tell: Tell) -> None:
        self._service = f"rushes-{function}" if function else "rushes"
        self._tell = tell
        self._off = _why_off(environ)
        self._sampler = _sampler(environ, tell)
        self._queue: queue.SimpleQueue[Span | threading.Event] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._anything = False

    def step(self, step: Trace) -> Trace:
        """The same step, with the sampler's decision and the way for its spans."""
        sampled = self._sampler(step)
        flags = step.flags | _SAMPLED if sampled else step.flags & ~_SAMPLED
        return msgspec.structs.replace(step, flags=flags, tracing=self)

    def add(self, span: Span) -> None:
        """Take a span, if its step is sampled."""
        if self._off is None and span.step.flags & _SAMPLED:
            self._anything = True
            self.load()
            self._queue.put(span)

    def load(self) -> None:
        """Begin to import what it needs."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="tracing", daemon=True)
                self._thread.start()

    def close(self, seconds: float) -> None:
        """Return when all spans are out, or after so many seconds."""
        if self._anything:
            sent = threading.Event()
            self._queue.put(sent)
            sent.wait(seconds)

    def unit(
        self,
        step: Trace,
        operation: str,
        course: Course,
        outcome: Receipt | Mapping[str, Any] | RushesError,
        logged: Mapping[str, Any],
    ) -> None:
        """Take the span of a unit that is over; `logged` are the facts of its log line."""
        facts = {_NAMES[name]: fact for name, fact in logged.items() if name in _NAMES}
        kind: Kind = "server" if logged.get("event_id") is None else "consumer"
        self.add(unit_span(step, operation, course, outcome, facts, kind))

    @contextmanager
    def sending(self, step: Trace, name: str, facts: Mapping[str, Any]) -> Iterator[None]:
        """The span of an event that is sent inside."""
        began, error = time.time_ns(), None
        try:
            yield
        except RushesError as failure:
            error = _error(failure)
            raise
        finally:
            self.add(
                Span(
                    step=step,
                    name=name,
                    kind="producer",
                    began=began,
                    ended=time.time_ns(),
                    facts=_told(facts),
                    error=error,
                )
            )

    def _work(self) -> None:
        spans = self._open()
        while True:
            item = self._queue.get()
            if isinstance(item, threading.Event):
                if spans is not None:
                    spans.flush()
                item.set()
            elif spans is not None:
                spans.make(item)

    def _open(self) -> Spans | None:
        if self._off is not None:
            if self._off:
                self._tell(self._off)
            return None
        logger = logging.getLogger("opentelemetry")
        logger.addHandler(_Voice(self._tell))
        logger.propagate = False
        try:
            sdk = importlib.import_module("functions.serve.tracing_sdk")
        except ImportError as error:
            self._off = (
                "an endpoint for OpenTelemetry is set, and its libraries are not installed: "
                f"install rushes with the extra otel (rushes[otel]); no span goes out ({error})"
            )
            self._tell(self._off)
            return None
        spans: Spans = sdk.Spans(self._service)
        return spans


class _Voice(logging.Handler):
    """What the SDK says (a collector that is not there, a bad variable) in our log's form."""

    def __init__(self, tell: Tell) -> None:
        super().__init__(logging.WARNING)
        self._say = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._say(record.getMessage())


def unit_span(
    step: Trace,
    operation: str,
    course: Course,
    outcome: Receipt | Mapping[str, Any] | RushesError,
    facts: Mapping[str, Any],
    kind: Kind,
) -> Span:
    """The span of a unit that is over.

    facts : what else is known of it, by the attribute's name
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
        **facts,
    }
    return Span(
        step=step,
        name=operation,
        kind=kind,
        began=moment(course.began),
        ended=now,
        facts=_told(found),
        error=_error(outcome) if isinstance(outcome, RushesError) else None,
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
    return {
        "rushes.status": outcome.status,
        "rushes.unit": outcome.unit,
        "rushes.frames": outcome.frames.count if outcome.frames else None,
        "rushes.bytes_in": sum(each.bytes for each in outcome.inputs),
        "rushes.bytes_out": sum(each.bytes for each in outcome.outputs),
    }


def _error(error: RushesError) -> tuple[str, str, str] | None:
    if isinstance(error, Busy):
        return None  # turned away, and done by somebody else: nothing went wrong
    # Only a fault of ours is explained by where it happened.
    ours = isinstance(error, InternalError)
    inside = "".join(traceback.format_exception(error)) if ours else ""
    return type(error).__name__, error.detail, inside


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def _why_off(environ: Mapping[str, str]) -> str | None:
    """None when spans are to go out; a sentence when they cannot; "" when they need not."""
    exporter = _one(environ, "OTEL_TRACES_EXPORTER") or "otlp"
    protocol = _one(environ, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    endpoint = _one(environ, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    if _one(environ, "OTEL_SDK_DISABLED") == "true" or exporter == "none":
        return ""
    if exporter != "otlp":
        return f"OTEL_TRACES_EXPORTER={exporter}: only otlp is spoken here; no span goes out"
    if protocol not in ("", _PROTOCOL):
        return f"OTLP as {protocol} is not spoken here, {_PROTOCOL} is; no span goes out"
    if not endpoint.startswith(("http://", "https://")):
        return f"OTLP endpoint {endpoint!r} is not http(s)://...; no span goes out"
    return None


def _one(environ: Mapping[str, str], *names: str) -> str:
    return next((v for n in names if (v := environ.get(n, "").strip().lower())), "")


def _sampler(environ: Mapping[str, str], tell: Tell) -> Callable[[Trace], bool]:
    """OTEL_TRACES_SAMPLER: whether a step is sampled, from its ids and its parent alone.

    The decision is part of what a unit passes on, and the SDK may not be there yet.
    """
    name = _one(environ, "OTEL_TRACES_SAMPLER") or "parentbased_always_on"
    base = name.removeprefix("parentbased_")
    ratio = {"always_on": 1.0, "always_off": 0.0}.get(base, 1.0)
    if base == "traceidratio":
        try:
            ratio = float(environ.get("OTEL_TRACES_SAMPLER_ARG") or 1.0)
        except ValueError:
            ratio = -1.0
        if not 0.0 <= ratio <= 1.0:
            tell("OTEL_TRACES_SAMPLER_ARG is not between 0 and 1: all is sampled")
            ratio = 1.0
    elif base not in ("always_on", "always_off"):
        tell(f"OTEL_TRACES_SAMPLER={name} is not known here: parentbased_always_on is taken")
        name = "parentbased_always_on"
    bound = round(ratio * (_LOW_HALF + 1))

    def decide(step: Trace) -> bool:
        if name.startswith("parentbased_") and step.above is not None:
            return bool(step.flags & _SAMPLED)
        return int(step.trace, 16) & _LOW_HALF < bound

    return decide


def open_tracing(function: str | None, tell: Tell) -> Tracing:
    """The way for spans that this process's environment describes."""
    return Tracing(os.environ, function, tell)
