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
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from functions.contract.errors import RushesError
from functions.contract.receipt import Receipt
from functions.serve.telemetry import trace
from functions.serve.telemetry.log import Course
from functions.serve.telemetry.sampling import SAMPLED, sampler, why_off
from functions.serve.telemetry.spans import Kind, Span, error_of, told, unit_span
from functions.serve.telemetry.trace import Trace

if TYPE_CHECKING:
    from functions.serve.telemetry.tracing_sdk import Spans

Tell = Callable[[str], None]

_FLUSH_SECONDS = 10.0


class Tracing:
    """Takes spans from any thread; another one makes and sends them.

    environ : with the OTEL_ variables
    function : what this process serves, for the service's name
    tell : is told, in a sentence, of what keeps spans from going out
    """

    def __init__(self, environ: Mapping[str, str], function: str | None, tell: Tell) -> None:
        self._service = f"rushes-{function}" if function else "rushes"
        self._tell = tell
        self._off = why_off(environ)
        self._sampler = sampler(environ, tell)
        self._queue: queue.SimpleQueue[Span | threading.Event] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._anything = False

    def step(self, step: Trace) -> Trace:
        """The same step, with the sampler's decision and the way for its spans."""
        sampled = self._sampler(step)
        flags = step.flags | SAMPLED if sampled else step.flags & ~SAMPLED
        return msgspec.structs.replace(step, flags=flags, tracing=self)

    def add(self, span: Span) -> None:
        """Take a span, if its step is sampled."""
        if self._off is None and span.step.flags & SAMPLED:
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
        kind: Kind = "server",
    ) -> None:
        """Take the span of a unit that is over; `logged` are the facts of its log line."""
        self.add(unit_span(step, operation, course, outcome, logged, kind))

    @contextmanager
    def sending(self, step: Trace, name: str, facts: Mapping[str, Any]) -> Iterator[None]:
        """The span of an event that is sent inside."""
        began, error = time.time_ns(), None
        try:
            yield
        except RushesError as failure:
            error = error_of(failure)
            raise
        finally:
            self.add(
                Span(
                    step=step,
                    name=name,
                    kind="producer",
                    began=began,
                    ended=time.time_ns(),
                    facts=told(facts),
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
                try:
                    spans.make(item)
                except Exception as error:  # noqa: BLE001 - a span that is lost is no fault of a unit
                    self._tell(f"a span could not be made: {type(error).__name__}: {error}")

    def _open(self) -> Spans | None:
        if self._off is not None:
            if self._off:
                self._tell(self._off)
            return None
        logger = logging.getLogger("opentelemetry")
        logger.addHandler(_Voice(self._tell))
        logger.propagate = False
        try:
            sdk = importlib.import_module("functions.serve.telemetry.tracing_sdk")
            spans: Spans = sdk.Spans(self._service)
        except ImportError as error:
            self._off = (
                "an endpoint for OpenTelemetry is set, and its libraries are not installed: "
                f"install rushes with the extra otel (rushes[otel]); no span goes out ({error})"
            )
        except Exception as error:  # noqa: BLE001 - it is told, and units go on
            self._off = f"OpenTelemetry does not start; no span goes out ({error})"
        else:
            return spans
        self._tell(self._off)
        return None


class _Voice(logging.Handler):
    """What the SDK says (a collector that is not there, a bad variable) in our log's form."""

    def __init__(self, tell: Tell) -> None:
        super().__init__(logging.WARNING)
        self._say = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._say(record.getMessage())


def run_traced(
    operation: str, course: Course, run: Callable[[], Receipt], asked: Mapping[str, Any]
) -> Receipt:
    """A unit in this process with its span: the step that this thread is in, or a new trace.

    asked : what an event says of it (event_id, job)
    """
    tracing = _of_this_process()
    with trace.inside(tracing.step(trace.current() or trace.start())) as step:
        course.started = course.began
        try:
            receipt = run()
        except RushesError as error:
            tracing.unit(step, operation, course, error, asked, "internal")
            raise
        else:
            tracing.unit(step, operation, course, receipt, asked, "internal")
            return receipt
        finally:
            tracing.close(_FLUSH_SECONDS)


@cache
def _of_this_process() -> Tracing:
    return Tracing(os.environ, None, lambda said: print(f"rushes: {said}", file=sys.stderr))
