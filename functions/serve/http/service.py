"""Between the doors of HTTP and the runner: admission, counting, logging, readiness."""

from __future__ import annotations

import contextlib
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from functions.contract.errors import Busy, InternalError, RushesError
from functions.contract.receipt import Receipt
from functions.serve.console.options import ConsoleOptions
from functions.serve.run.admission import Gate
from functions.serve.run.catalog import Catalog
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Course, Level, Log
from functions.serve.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from functions.serve.box.runner import BoxedRunner
    from functions.serve.run.runner import Runner
    from functions.serve.telemetry.trace import Trace
    from functions.serve.telemetry.tracing import Tracing

Fields = Mapping[str, Any]

# What is told of a request to count it and to find its trace: its log line says it otherwise.
_NOT_LOGGED = ("trace", "state", "asked", "unit")


class Service(msgspec.Struct):
    """One worker's work, whatever the door.

    Its methods are called from several threads at once; the gate lets one unit through.
    """

    settings: Settings
    catalog: Catalog
    runner: Runner | BoxedRunner
    gate: Gate = msgspec.field(default_factory=Gate)
    log: Log = msgspec.field(default_factory=Log)
    metrics: Metrics = msgspec.field(default_factory=Metrics)
    tracing: Tracing | None = None
    console: ConsoleOptions = msgspec.field(default_factory=ConsoleOptions)
    _born: float = msgspec.field(default_factory=time.monotonic)
    _used: bool = False
    _ready_after: float = 0.0
    _warm: threading.Event = msgspec.field(default_factory=threading.Event)
    _cold_reason: str = "loading"
    _warming: threading.Event | None = None

    @property
    def operations(self) -> tuple[str, ...]:
        """What this server serves."""
        return (self.settings.function,) if self.settings.function else self.catalog.names()

    @contextlib.contextmanager
    def step(self, above: Trace | None) -> Iterator[Trace]:
        """Be the step below that one, or the first of a new trace, in this thread."""
        from functions.serve.telemetry import trace

        step = trace.start() if above is None else above.child()
        with trace.inside(step if self.tracing is None else self.tracing.step(step)) as here:
            yield here

    def answer(
        self,
        operation: str,
        fields: Fields | Callable[[], Fields],
        context: Mapping[str, Any],
        *,
        held: bool = False,
    ) -> Receipt | dict[str, Any]:
        """A receipt, or the plan when the request says explain.

        fields : the request, or what reads it: one that cannot be read is a failed one
        held : the caller is inside `gate.unit()` already (a batch)
        context : facts for the log line (call, event_id, job); trace and state, the texts of
            traceparent and tracestate, where this thread is inside no step yet; asked, when the
            event was sent; unit, what its sender takes it for

        Raises the contract's errors.
        """
        from functions.serve.telemetry import trace

        here, course = trace.current(), Course(self.gate.stop)
        above = trace.read(context.get("trace"), context.get("state"))
        with contextlib.nullcontext(here) if here else self.step(above) as step:
            try:
                read = fields() if callable(fields) else fields
                outcome = self._do(operation, read, course, context, held)
            except RushesError as error:
                self._tell(step, operation, course, error, context)
                raise
            self._tell(step, operation, course, outcome, context)
            return outcome

    def _do(
        self,
        operation: str,
        fields: Fields,
        course: Course,
        context: Mapping[str, Any],
        held: bool,
    ) -> Receipt | dict[str, Any]:
        if self._warming is not None:
            # Two threads that import the same modules take turns five milliseconds long.
            self._warming.wait()
        # Reads headers only, so it is answered beside a unit at work.
        if fields.get("explain") is True:
            return self.runner.explain(operation, fields)
        with contextlib.nullcontext() if held else self.gate.unit():
            self._begin(operation, course, context.get("asked"))
            return self.runner.run(operation, fields, course)

    def _begin(self, operation: str, course: Course, asked: datetime | None) -> None:
        course.started = time.perf_counter()
        course.cold, self._used = not self._used, True
        course.start = self._ready_after
        course.waited = course.started - course.began
        if asked is not None:
            # Clocks of two machines differ: what was asked in the future has not waited.
            course.waited = max(course.waited, (datetime.now(UTC) - asked).total_seconds())
        self.metrics.began(operation, course.waited, course.cold)

    def _tell(
        self,
        step: Trace,
        operation: str,
        course: Course,
        outcome: Receipt | dict[str, Any] | RushesError,
        context: Mapping[str, Any],
    ) -> None:
        """Count it, log it, and note its span."""
        self._count_kernels()
        if isinstance(outcome, RushesError):
            # What was asked for and is not served here must not make labels of its own.
            known_here = operation in self.operations
            self.metrics.failed(operation if known_here else "none", outcome.code)
        elif isinstance(outcome, Receipt):
            self.metrics.done(outcome)
        if course.unit is None:
            course.unit = context.get("unit")
        known = {
            n: fact for n, fact in context.items() if n not in _NOT_LOGGED and fact is not None
        }
        level, told = _told(outcome)
        facts = {
            "operation": operation,
            **told,
            "unit": told.get("unit") or course.unit,
            **known,
            "seconds": round(time.perf_counter() - course.began, 6),
            "trace_id": step.trace,
            "span_id": step.span,
        }
        self.log.line("unit", level, **facts)
        if self.tracing is not None:
            self.tracing.unit(step, operation, course, outcome, facts)

    def _count_kernels(self) -> None:
        if facts := self.runner.kernels():
            self.metrics.kernels(facts)

    def cold_reason(self) -> str | None:
        """Why this worker is not ready yet, or None when it is."""
        if self.gate.draining:
            return "shutting down"
        return None if self._warm.is_set() else self._cold_reason

    def warm_up(self) -> None:
        """Load what the served operations need, so that the first unit does not pay for it.

        What fails is told by /readyz and the log; the server stays up to tell it.
        """
        began = time.monotonic()
        try:
            shapes = {shape for name in self.operations for shape in self.catalog.load(name).shapes}
            facts = self.runner.warm_up("kernels" in shapes)
        except Exception as error:  # noqa: BLE001 - whatever it is, the probe has to say it
            self._cold_reason = f"{type(error).__name__}: {error}"
            self.log.line("not ready", "error", detail=self._cold_reason)
            return
        self._count_kernels()
        self._ready_after = time.monotonic() - self._born
        self._warm.set()
        self.metrics.ready(self._ready_after)
        self.log.line("ready", seconds=round(time.monotonic() - began, 6), **facts)

    def _load_modules(self) -> None:
        """Import what every unit of the one operation imports; a fault is the first unit's."""
        import_module("functions.serve.telemetry.trace")
        if self._warm.is_set() and self.settings.function:
            with contextlib.suppress(Exception):
                self.runner.load(self.catalog.load(self.settings.function).loads)

    def warm_up_beside(self, then: Callable[[], object] | None = None) -> None:
        """The same in a thread of its own, and `then`: health routes answer meanwhile."""
        over = self._warming = threading.Event()

        def work() -> None:
            try:
                self.warm_up()
                self._load_modules()
            finally:
                over.set()
            if then is not None:
                then()

        threading.Thread(target=work, name="warm-up", daemon=True).start()


def _told(outcome: Receipt | dict[str, Any] | RushesError) -> tuple[Level, dict[str, Any]]:
    """What a unit's log line says of its end."""
    if isinstance(outcome, Receipt):
        frames = outcome.frames.count if outcome.frames else None
        told = {"status": outcome.status, "unit": outcome.unit, "frames": frames}
        job = (outcome.report or {}).get("job")
        return "info", told if job is None else {**told, "job": job}
    if not isinstance(outcome, RushesError):
        return "info", {"status": "explained", "unit": outcome.get("unit")}
    ours = isinstance(outcome, InternalError)
    return "error" if ours else "info" if isinstance(outcome, Busy) else "warning", {
        "status": "failed",
        "code": outcome.code,
        "detail": outcome.detail,
        "uri": outcome.facts.get("uri"),
        "frame": outcome.facts.get("frame"),
        # A fault of ours is told with its traceback to the log, and never to the caller.
        "traceback": "".join(traceback.format_exception(outcome)) if ours else None,
    }
