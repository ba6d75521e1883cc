"""gunicorn's own words in our forms: its log, its name, its answers to what is no HTTP."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from typing import Any

import msgspec
from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.http import wsgi  # type: ignore[import-untyped]

from functions.contract.errors import InternalError, InvalidRequest, RushesError
from functions.serve.telemetry.log import Log


def speak_as_rushes() -> None:
    """Replace what gunicorn says in its own name, and its clock; it offers no setting."""
    # The Server header need not tell what to look up exploits for.
    wsgi.SERVER = "rushes"
    util.write_error = write_problem
    util.http_date = http_date


def http_date(seconds: float | None = None) -> str:
    """A moment since 1970, or now, as RFC 9110 has it (5.6.7); gunicorn's own loads 17 modules."""
    # In English: Python leaves the locale of times alone.
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(seconds))


def write_problem(
    sock: socket.socket, status: int, reason: str, message: str, error: RushesError | None = None
) -> None:
    """Answer a request that was too broken, slow or many to reach the app."""
    kind = InvalidRequest if status < 500 else InternalError
    problem = {**(error or kind(message or reason)).problem(), "status": status}
    body = msgspec.json.encode(problem)
    later = "Retry-After: 1\r\n" if problem["retryable"] else ""
    head = (
        f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\n{later}"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    # A client that has gone, or reads nothing, gets no answer.
    with contextlib.suppress(OSError):
        util.write_nonblock(sock, head.encode("latin-1", "replace") + body)


def log_class(log: Log) -> type:
    """The class that gunicorn makes its logger of, writing to `log`."""
    return type("GunicornLog", (_GunicornLog,), {"sink": log})


class _GunicornLog:
    """gunicorn's chatter below a warning is dropped; units are logged by the service."""

    sink: Log

    def __init__(self, cfg: Any) -> None: ...

    def _nothing(self, *args: Any, **kwargs: Any) -> None: ...

    setup = debug = info = access = reopen_files = close_on_exec = _nothing

    def warning(self, message: str, *args: Any, **kwargs: Any) -> None:
        self.sink.line("server", "warning", detail=_filled(message, args))

    def error(self, message: str, *args: Any, **kwargs: Any) -> None:
        self.sink.line("server", "error", detail=_filled(message, args))

    critical = error

    def exception(self, message: str, *args: Any, **kwargs: Any) -> None:
        fault = sys.exc_info()[1]
        self.sink.line("server", "error", detail=_filled(message, args), fault=repr(fault))

    def log(self, level: Any, message: str, *args: Any, **kwargs: Any) -> None:
        self.warning(message, *args)


def _filled(message: str, args: tuple[Any, ...]) -> str:
    return str(message) % args if args else str(message)
