"""A caller's own address, to which a gateway posts what became of a call."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


@contextmanager
def listener() -> Iterator[tuple[str, queue.Queue[tuple[dict[str, str], Any]]]]:
    """An address, and what is posted to it."""
    came: queue.Queue[tuple[dict[str, str], Any]] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            came.put((dict(self.headers.items()), json.loads(body)))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/done", came
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
