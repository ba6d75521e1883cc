"""Finished steps as OpenTelemetry's spans: the only file that imports its libraries."""

from __future__ import annotations

import os
from typing import Any

from opentelemetry import trace as api
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace.status import Status, StatusCode

from functions.contract.version import VERSION
from functions.serve.telemetry.spans import Span

_KINDS = {
    "server": api.SpanKind.SERVER,
    "consumer": api.SpanKind.CONSUMER,
    "producer": api.SpanKind.PRODUCER,
    "internal": api.SpanKind.INTERNAL,
}


class Spans:
    """Makes spans with the ids that their steps have had all along; used by one thread."""

    def __init__(self, service: str) -> None:
        self._ids = _Ids()
        # What the environment names goes before what we are called by default.
        named = {"service.name": service} if not _service_is_named() else {}
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,  # decided before
            resource=Resource.create({"service.version": VERSION, **named}),
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("rushes", VERSION)

    def make(self, span: Span) -> None:
        """One span and those of its stages, into the queue of what is sent."""
        self._ids.following = span.step.trace, span.step.span
        made = self._tracer.start_span(
            span.name,
            context=_above(span),
            kind=_KINDS[span.kind],
            attributes=span.facts,
            start_time=span.began,
        )
        within = api.set_span_in_context(made)
        for name, began, ended, facts in span.stages:
            part = self._tracer.start_span(name, context=within, attributes=facts, start_time=began)
            part.end(ended)
        if span.error is not None:
            kind, sentence, inside = span.error
            raised: dict[str, Any] = {"exception.type": kind, "exception.message": sentence}
            if inside:
                raised["exception.stacktrace"] = inside
            made.add_event("exception", raised, timestamp=span.ended)
            made.set_status(Status(StatusCode.ERROR, sentence))
        made.end(span.ended)

    def flush(self) -> None:
        """Send all that is there."""
        self._provider.force_flush()


class _Ids(IdGenerator):
    """The ids of the span that is made next; random ones for its stages."""

    def __init__(self) -> None:
        self.following: tuple[str, str] | None = None
        self._random = RandomIdGenerator()

    def generate_trace_id(self) -> int:
        return int(self.following[0], 16) if self.following else self._random.generate_trace_id()

    def generate_span_id(self) -> int:
        if self.following is None:
            return self._random.generate_span_id()
        (_, span), self.following = self.following, None
        return int(span, 16)


def _above(span: Span) -> Any:
    """A context with the step above; an empty one, so that nothing is found by chance."""
    if span.step.above is None:
        return api.set_span_in_context(api.INVALID_SPAN)
    above = api.SpanContext(
        int(span.step.trace, 16),
        int(span.step.above, 16),
        is_remote=span.remote,
        trace_flags=api.TraceFlags(span.step.flags),
        trace_state=api.TraceState.from_header([span.step.state] if span.step.state else []),
    )
    return api.set_span_in_context(api.NonRecordingSpan(above))


def _service_is_named() -> bool:
    told = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return bool(os.environ.get("OTEL_SERVICE_NAME")) or "service.name=" in told
