"""`python -m functions.serve.events.dead_letters`: keeps events that a broker could not deliver.

Each is a line of the log, and a file beside what it should have made:
`<output>/.rushes/dead/<unit>.json`. Of a dispatcher's event it leaves a failure note as well, so
that nobody waits for a unit that no broker brings any more.

The broker adds the attributes knativeerrordest, knativeerrorcode and knativeerrordata (base64 of
the answer, cut at 1024 characters), and none of them where it had no answer at all.

References
----------
Knative Eventing: event delivery, "dead letter sink" and its extension attributes.
"""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
from cloudevents.core.base import BaseCloudEvent

from functions.contract import uris
from functions.contract.errors import (
    InvalidRequest,
    RushesError,
    SourceNotFound,
    StoreUnavailable,
    from_problem,
)
from functions.contract.store import Store
from functions.jobs.dead_letters import letter_uri
from functions.jobs.failure_notes import read_note
from functions.serve.events.cloudevents import (
    make_id,
    meaning,
    mode_of,
    read_answer,
    read_event,
    request_of,
)
from functions.serve.http.token import Token
from functions.serve.run.failure_notes import dispatched_unit, leave_note
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Log
from functions.storage import open_store

MOST_BYTES = 1 << 20
"""Of a letter's body: more is told in part by the log, and not kept."""

_CUT = 1024


class DeadLetters:
    """Letters in, files and notes out. Safe from many threads."""

    def __init__(self, store: Store, log: Log) -> None:
        self._store, self._log = store, log
        self._lock = threading.Lock()
        self._counts = {"yes": 0, "no": 0}

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """Keep one letter where it names a place that is ours, and log it in any case.

        Raises StoreUnavailable where it is to be sent again.
        """
        told = {k[3:].lower(): v for k, v in headers.items() if k[:3].lower() == "ce-"}
        kept: str | None = None
        why: str | None = None
        try:
            if len(body) > MOST_BYTES:
                raise InvalidRequest(f"it has more than {MOST_BYTES} bytes")
            plain = mode_of(headers) == "binary"
            event = read_event("binary" if plain else "structured", headers, body)
            told = event.get_attributes()
            kept = self._keep(event)
        except RushesError as error:
            why = error.detail
            if isinstance(error, StoreUnavailable):
                raise
        finally:
            data = body[:MOST_BYTES].decode("utf-8", "replace")
            self._log.line(
                "dead letter", "warning", kept=kept, detail=why, attributes=told, data=data
            )
        with self._lock:
            self._counts["no" if kept is None else "yes"] += 1

    def metrics(self) -> bytes:
        """In Prometheus' text form."""
        name = "rushes_dead_letters_total"
        lines = [f"# HELP {name} Events that no retry delivered", f"# TYPE {name} counter"]
        lines += [f'{name}{{kept="{kept}"}} {n}' for kept, n in self._counts.items()]
        return "\n".join([*lines, ""]).encode()

    def _keep(self, event: BaseCloudEvent) -> str:
        operation, _ = meaning(event)
        request = request_of(event)
        if not isinstance(request.get("output"), str):
            raise InvalidRequest("its request names no output, so there is no place to keep it")
        output = uris.folder(uris.canonical(request["output"], field="output"))
        problem = _problem(event)
        unit = dispatched_unit(event)
        uri = letter_uri(output, unit or make_id(event.get_source(), event.get_id()))
        letter = {"problem": problem, "event": event.get_attributes(), "data": request}
        self._store.put(uri, msgspec.json.format(msgspec.json.encode(letter), indent=1) + b"\n")
        if unit is not None and read_note(output, unit, self._store) is None:
            # What the function said of it is better than what the broker heard.
            error = from_problem({**problem, "letter": uri})
            leave_note(event, operation, error, self._store, _no_unit)
        return uri


def _problem(event: BaseCloudEvent) -> dict[str, Any]:
    """Why the broker gave up: the answer's own problem where it came whole."""
    try:
        status = int(str(event.get_extension("knativeerrorcode")))
    except ValueError:
        status = 0
    answer = None
    if status >= 300:
        body = b""
        with contextlib.suppress(ValueError):
            body = base64.b64decode(str(event.get_extension("knativeerrordata") or "")[:_CUT])
        answer = read_answer(status, {"content-type": "application/problem+json"}, body)
    if answer is None or answer.problem is None:
        return StoreUnavailable("the broker gave the event up without an answer").problem()
    if answer.foreign:
        said = f"the broker gave the event up: {answer.problem['detail']}"
        return {**answer.problem, "detail": said}
    return answer.problem


def _no_unit(operation: str, fields: Mapping[str, Any]) -> Any:
    raise SourceNotFound("a letter's unit is its event's subject")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, letters: DeadLetters, settings: Settings) -> None:
        super().__init__(("", port), _Door)
        self.letters, self.token = letters, Token(settings)


class _Door(BaseHTTPRequestHandler):
    """Health for probes, numbers for a scraper, and 204 for every event."""

    server: _Server
    timeout = 30

    def do_GET(self) -> None:
        if self.path == "/metrics":
            self._answer(200, self.server.letters.metrics())
        else:
            self._answer(200 if self.path in ("/", "/healthz", "/readyz") else 404)

    def do_POST(self) -> None:
        if not self._may():
            self._answer(401)
            return
        if "Transfer-Encoding" in self.headers:
            self._answer(411)  # chunks are not read here, and an empty letter tells nothing
            return
        try:
            size = max(0, int(self.headers.get("Content-Length") or 0))
        except ValueError:
            self._answer(400)
            return
        # One byte more than is kept tells that there was more.
        body = self.rfile.read(min(size, MOST_BYTES + 1))
        try:
            self.server.letters.take(dict(self.headers.items()), body)
        except StoreUnavailable:
            self._answer(503)  # a broker brings a letter again as often as an event
            return
        self._answer(204)

    def _may(self) -> bool:
        return self.server.token.refusal(self.headers.get("Authorization")) is None

    def log_message(self, format: str, *args: object) -> None:
        """Probes are no news."""

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve on $PORT until SIGTERM."""
    # As process 1 of a container it would not be ended by a signal without a handler.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    try:
        settings = Settings.read(os.environ)
    except InvalidRequest as error:
        Log().line("not ready", "error", detail=error.detail)
        raise SystemExit(error.exit_code) from None
    log = Log(settings.log)
    letters = DeadLetters(open_store(settings.roots, settings.s3, settings.scratch), log)
    with _Server(settings.port, letters, settings) as server:
        log.line("dead letters", port=server.server_address[1])
        server.serve_forever()


if __name__ == "__main__":
    main()
