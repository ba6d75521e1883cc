"""The worker's WSGI door: probes are answered while Flask is still being loaded.

A pod is ready when its kernels and its storage are. Flask and Werkzeug cost a start 50 ms that
only a request needs, so they are loaded after that; a request that comes earlier waits for them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import msgspec

from functions.serve.service import Service

_ALIVE = ("/healthz", "/_/health")
_READY = ("/readyz", "/_/ready")

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Door:
    """The application of one worker.

    make_app : called once, in whichever thread needs it first
    """

    def __init__(self, service: Service, make_app: Callable[[Service], Wsgi]) -> None:
        self._service = service
        self._make_app = make_app
        self._app: Wsgi | None = None
        self._lock = threading.Lock()

    def open(self) -> Wsgi:
        """The whole application, loaded now when it is not."""
        if self._app is None:
            with self._lock:
                if self._app is None:
                    self._app = self._make_app(self._service)
        return self._app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO"), environ.get("REQUEST_METHOD")
        if self._app is None and method == "GET" and path in (*_ALIVE, *_READY):
            status, answer = self._service.alive() if path in _ALIVE else self._service.readiness()
            body = msgspec.json.format(msgspec.json.encode(answer), indent=1) + b"\n"
            start_response(
                f"{status} {HTTPStatus(status).phrase}",
                [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
            )
            return [body]
        return self.open()(environ, start_response)
