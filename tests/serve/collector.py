"""A stand-in of an OpenTelemetry collector: takes OTLP over HTTP and decodes its protobuf."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent


class Seen(msgspec.Struct, frozen=True):
    """One span as it came, ids in hex."""

    name: str
    trace: str
    span: str
    above: str
    kind: str
    state: str
    remote: bool
    began: int
    ended: int
    facts: dict[str, Any]
    events: tuple[tuple[str, dict[str, Any]], ...]
    status: tuple[int, str]
    resource: dict[str, Any]


class Collector:
    """What has come so far; `address` is for OTEL_EXPORTER_OTLP_ENDPOINT."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self._spans: list[Seen] = []
        self._came = threading.Condition()

    def add(self, path: str, headers: dict[str, str], body: bytes) -> None:
        """One export."""
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        request = ExportTraceServiceRequest.FromString(body)
        with self._came:
            self.paths.append(path)
            self.headers.append(headers)
            for group in request.resource_spans:
                about = _facts(group.resource.attributes)
                for scope in group.scope_spans:
                    self._spans += [_seen(span, about) for span in scope.spans]
            self._came.notify_all()

    @property
    def spans(self) -> list[Seen]:
        """All of them, in the order in which they came."""
        with self._came:
            return list(self._spans)

    def until(self, count: int) -> list[Seen]:
        """Return when so many are there."""
        with self._came:
            assert self._came.wait_for(lambda: len(self._spans) >= count, 60), self._spans
            return list(self._spans)


@contextmanager
def collector() -> Iterator[Collector]:
    """One that listens on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.add(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Collector(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


def _seen(span: Any, resource: dict[str, Any]) -> Seen:
    return Seen(
        name=span.name,
        trace=span.trace_id.hex(),
        span=span.span_id.hex(),
        above=span.parent_span_id.hex(),
        kind=Sent.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        state=span.trace_state,
        # Bits 8 and 9 of the proto's flags: "is remote" is known, and true.
        remote=span.flags & 0x300 == 0x300,
        began=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        facts=_facts(span.attributes),
        events=tuple((event.name, _facts(event.attributes)) for event in span.events),
        status=(span.status.code, span.status.message),
        resource=resource,
    )


def _facts(attributes: Any) -> dict[str, Any]:
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in attributes}
