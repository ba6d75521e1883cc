"""A server that answers what a test has laid ready."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Stub:
    """answers : (status, headers, body) each; the last one again and again
    seen : (path, headers, body) of what came
    silent : do not answer until the end
    stalls : headers and a first half of the body, and then nothing until the end
    short : close the connection within the body
    """

    answers: list[tuple[int, dict[str, str], str]] = field(default_factory=list)
    seen: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    silent: bool = False
    stalls: bool = False
    short: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    url: str = ""


@contextmanager
def stub() -> Iterator[Stub]:
    """One on loopback."""
    made = Stub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            made.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if made.silent:
                made.over.wait()
                return
            status, headers, answer = (
                made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.encode())))
            self.end_headers()
            whole = answer.encode()
            if made.stalls or made.short:
                self.wfile.write(whole[: len(whole) // 2])
                self.wfile.flush()
                if made.stalls:
                    made.over.wait()
                self.close_connection = True
                return
            self.wfile.write(whole)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield made
    finally:
        made.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
