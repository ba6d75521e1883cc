"""gunicorn's threaded worker, whose threads never wait for a client.

A connection is the worker's loop's until its request is whole (`arrival`), so that clients who
send a byte now and then cost a socket and no thread; health and readiness are answered by the
loop itself, whatever the threads do.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import selectors
import socket
import sys
import time
from collections import Counter
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any

from gunicorn import http, util  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from functions.contract.errors import Busy, LimitExceeded, RushesError
from functions.serve.http.arrival import MOST_HEAD, Arrival
from functions.serve.http.gunicorn_log import speak_as_rushes, write_problem
from functions.serve.http.replies import call_headers, probe
from functions.serve.run.scratch import files_kept_in, sweep

if TYPE_CHECKING:
    from functions.serve.http.server import Server

HEAD_SECONDS = 10.0
BODY_SECONDS, BODY_RATE = 60.0, 64 << 10
ANSWER_SECONDS = 60.0
"""Between two reads of a client that takes its answer."""
LINGER_SECONDS = 2.0

MOST_A_CLIENT, MOST_IN_ALL = 100, 400
"""Requests on their way at once; more of them, and the oldest of the busiest client goes."""

_MOST_BUFFERED = 64 << 20
_MOST_LINGERING = 200
_PART = 64 << 10
_DRAINED_AT_MOST = 1 << 20
_YIELD_SECONDS = 0.2
_QUIET_SECONDS = 0.25
# A collector that is not there must not hold back a pod that scales to zero.
_FLUSH_SECONDS = 5.0


class Arriving(TConn):  # type: ignore[misc]
    """A connection, its request as far as it came, and when its time is over."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any, body: int) -> None:
        super().__init__(cfg, sock, client, server)
        self.arrival = Arrival(body)
        self.host = client[0] if isinstance(client, tuple) else ""
        self.until = time.monotonic() + HEAD_SECONDS
        self.drained = 0

    def init(self) -> None:
        super().init()
        # In a thread of the pool: the request is there, and a client that does not read its
        # answer holds the thread no longer than this.
        self.sock.settimeout(ANSWER_SECONDS)

    def take(self, part: bytes) -> None:
        """Feed it what came; the time for the body begins when the head is there."""
        began = self.arrival.head
        self.arrival.feed(part)
        if self.arrival.head and not began:
            self.until = time.monotonic() + BODY_SECONDS + self.arrival.most_body / BODY_RATE
            if self.arrival.take_out(b"expect") and not self.arrival.whole:
                self.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")


class Worker(ThreadWorker):  # type: ignore[misc]
    """A threaded worker that leaves connections to an idle sibling while it is at work."""

    def init_process(self) -> None:
        server: Server = self.app
        sweep(server.settings.scratch)  # of a worker that was killed, and that this one replaces
        files = contextlib.ExitStack()
        files.enter_context(files_kept_in(server.settings.scratch))
        atexit.register(files.close)
        service = server.make_service(self.age)
        self.server = server
        self.service, self.gate, self.tracing = service, service.gate, service.tracing
        self.arriving: dict[Arriving, None] = {}
        self.lingering: dict[Arriving, None] = {}

        def loaded() -> None:
            try:
                assert server.door is not None
                # A unit that came with the start has the processor to itself, and the next one
                # that its sender has ready: nothing is at work at both ends of a quiet time.
                quiet = 0
                while quiet < 2:
                    stopped = service.gate.stop.wait(_QUIET_SECONDS)
                    if service.gate.draining:
                        return
                    quiet = 0 if stopped or service.gate.at_work else quiet + 1
                server.door.open()
                if service.tracing is not None:
                    service.tracing.load()
            finally:
                gc.enable()

        # Modules are no garbage: looking for it while they load costs a start a twentieth.
        gc.disable()
        service.warm_up_beside(then=loaded)
        super().init_process()

    def run(self) -> None:
        speak_as_rushes()
        self.gate.on_change = lambda: self.method_queue.defer(lambda: None)
        super().run()
        if self.tracing is not None:
            left = self.cfg.graceful_timeout * 0.9 - self.gate.drained
            self.tracing.close(min(max(left, 0.1), _FLUSH_SECONDS))
        # Nothing else is left to save: receipts are the only state, and a unit that is cut off is
        # one to be done again. Python would first wait for the unit's thread, then take the
        # libraries apart, which costs a pod a quarter of a second.
        sys.stderr.flush()
        os._exit(0)

    def is_parent_alive(self) -> bool:
        alive = bool(super().is_parent_alive())
        if not alive:
            self.gate.drain(0)
        return alive

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        self.gate.stop.set()
        super().handle_quit(sig, frame)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        if self.alive:
            yields = self.gate.leave_to_others()
            self.set_accept_enabled(not yields and self.nr_conns < self.worker_connections)
            if yields:
                timeout = min(timeout, _YIELD_SECONDS)
        else:
            # Not in the signal's handler: what that interrupts may hold the locks of threading.
            self.gate.drain(self.cfg.graceful_timeout * 0.8)
        super().wait_for_and_dispatch_events(timeout)
        self._end_what_is_late()

    def accept(self, listener: Any) -> None:
        try:
            sock, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        body = self.server.settings.body
        conn = Arriving(self.cfg, sock, address, listener.getsockname(), body)
        self.arriving[conn] = None
        self.poller.register(sock, selectors.EVENT_READ, partial(self._read, conn))
        self._keep_within_limits()

    def finish_request(self, conn: Any, fs: Any) -> None:
        # No connection is used again (keepalive 0). gunicorn waits here, in the loop, for the
        # client to hang up.
        self._linger(conn)

    def _read(self, conn: Arriving, sock: socket.socket) -> None:
        try:
            part = sock.recv(_PART)
            if part:
                conn.take(part)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            part = b""
        arrival = conn.arrival
        if arrival.too_large and arrival.head:
            most = f"the request has more than {arrival.most_body} bytes"
            self._turn_away(conn, 413, "Content Too Large", most, LimitExceeded(most))
        elif arrival.too_large:
            self._turn_away(
                conn, 431, "Request Header Fields Too Large", f"headers over {MOST_HEAD} bytes"
            )
        elif arrival.whole or (not part and arrival.head):
            # What ends too early is for the parser to say.
            self._hand_over(conn)
        elif not part:
            self._drop(conn)
        else:
            self._keep_within_limits()

    def _hand_over(self, conn: Arriving) -> None:
        """Answer a probe here; give any other request to a thread."""
        del self.arriving[conn]
        self.poller.unregister(conn.sock)
        method, path = conn.arrival.line
        answer = probe(self.service, path.decode("latin-1")) if method == b"GET" else None
        if answer is not None:
            call = (conn.arrival.header(b"x-call-id") or b"").decode("latin-1")
            # The parser, which would refuse a header with a line break in it, has not seen it.
            headers = {**answer.headers, **call_headers(call if call.isprintable() else None)}
            # Far smaller than the socket's buffer; who has hung up misses it.
            with contextlib.suppress(OSError):
                conn.sock.send(_message(answer.status, headers, answer.body))
            self._linger(conn)
            return
        conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
        conn.parser.unreader.unread(bytes(conn.arrival.data))
        # All of it is there: were the parser to want more, it meets the end and does not wait.
        conn.parser.unreader.chunk = lambda *_: b""
        conn.arrival.data = bytearray()
        conn.data_ready = True
        self.enqueue_req(conn)

    def _turn_away(
        self, conn: Arriving, status: int, reason: str, why: str, error: RushesError | None = None
    ) -> None:
        write_problem(conn.sock, status, reason, why, error)
        del self.arriving[conn]
        self.poller.unregister(conn.sock)
        self._linger(conn)

    def _drop(self, conn: Arriving) -> None:
        del self.arriving[conn]
        self.poller.unregister(conn.sock)
        self._close(conn)

    def _close(self, conn: Arriving) -> None:
        self.nr_conns -= 1
        conn.close()

    def _linger(self, conn: Arriving) -> None:
        """Close it when the client has read its answer and hangs up, or soon (RFC 9112, 9.6)."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))
        except (OSError, ValueError):
            self._close(conn)
            return
        conn.until = time.monotonic() + LINGER_SECONDS
        self.lingering[conn] = None
        if len(self.lingering) > _MOST_LINGERING:
            self._let_go(next(iter(self.lingering)))

    def _drain(self, conn: Arriving, sock: socket.socket) -> None:
        try:
            part = sock.recv(_PART)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            part = b""
        conn.drained += len(part)
        if not part or conn.drained > _DRAINED_AT_MOST:
            self._let_go(conn)

    def _let_go(self, conn: Arriving) -> None:
        del self.lingering[conn]
        self.poller.unregister(conn.sock)
        self._close(conn)

    def _keep_within_limits(self) -> None:
        """Turn the oldest request of the busiest client away while there are too many, or the
        largest while they hold too much."""
        clients = Counter(conn.host for conn in self.arriving)
        host, count = clients.most_common(1)[0]
        if count > MOST_A_CLIENT or len(self.arriving) > MOST_IN_ALL:
            self._too_many(next(conn for conn in self.arriving if conn.host == host))
        held = sum(len(conn.arrival.data) for conn in self.arriving)
        if held > max(_MOST_BUFFERED, 4 * self.server.settings.body):
            self._too_many(max(self.arriving, key=lambda conn: len(conn.arrival.data)))

    def _too_many(self, conn: Arriving) -> None:
        why = "too many requests are on their way"
        self._turn_away(conn, 429, "Too Many Requests", why, Busy(why, retry_after=1))

    def _end_what_is_late(self) -> None:
        now = time.monotonic()
        # A worker that leaves does not wait for requests that may never be whole.
        leaving = LINGER_SECONDS if not self.alive else HEAD_SECONDS + BODY_SECONDS
        for conn in [c for c in self.arriving if c.until < now or c.until - now > leaving]:
            if not self.alive and not conn.arrival.data:
                self._drop(conn)
            elif conn.until < now:
                what = "body" if conn.arrival.head else "headers"
                why = f"the request's {what} did not come in time"
                self._turn_away(conn, 408, "Request Timeout", why)
            elif not self.alive:
                conn.until = now + LINGER_SECONDS
        for conn in [c for c in self.lingering if c.until < now]:
            self._let_go(conn)


def _message(status: int, headers: dict[str, str], body: bytes) -> bytes:
    reason = {200: "OK", 503: "Service Unavailable"}[status]
    lines = [
        f"HTTP/1.1 {status} {reason}",
        "Server: rushes",
        f"Date: {util.http_date()}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body
