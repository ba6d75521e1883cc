"""Writes each event that could not be delivered as one JSON line, and takes it.

Runs in the image of rushes with nothing but the standard library. The broker adds the
attributes knativeerrordest, knativeerrorcode and knativeerrordata (base64 of the answer).
"""

from __future__ import annotations

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_MOST = 1 << 20


class DeadLetters(BaseHTTPRequestHandler):
    """Health for probes, and 204 for every event."""

    def do_GET(self) -> None:
        self._answer(200 if self.path in ("/", "/healthz", "/readyz") else 404)

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(size, _MOST)).decode("utf-8", "replace")
        # A structured event has its attributes in the body, a binary one in headers.
        attributes = {k[3:].lower(): v for k, v in self.headers.items() if k[:3].lower() == "ce-"}
        line = {"event": "dead letter", "attributes": attributes, "data": body}
        # One write: lines of several threads must not mix.
        os.write(sys.stdout.fileno(), json.dumps(line).encode() + b"\n")
        self._answer(204)

    def log_message(self, format: str, *args: object) -> None:
        """Probes are no news."""

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def main() -> None:
    """Serve on $PORT until SIGTERM."""
    # As process 1 of a container it would not be ended by a signal without a handler.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    port = int(os.environ.get("PORT", "8080"))
    with ThreadingHTTPServer(("", port), DeadLetters) as server:
        print(f"dead letters at port {server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
