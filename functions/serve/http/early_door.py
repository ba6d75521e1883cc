"""The worker's WSGI door: probes and plain requests are answered without Flask until it is loaded.

A pod is ready when its kernels and its storage are. Flask, Werkzeug and what they import cost a
start 50 ms, which the first unit of a pod need not wait for: they are loaded when that is done, or
by the first request that wants more than a probe or plain JSON (an event, a token, metrics).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from functions.contract.errors import InvalidRequest, RushesError
from functions.serve.http import replies
from functions.serve.http.service import Service

# Headers that want a decision which only the whole application takes.
_NOT_PLAIN = ("HTTP_ORIGIN", "HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING", "HTTP_CE_")

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
        answer = self._early(environ) if self._app is None else None
        if answer is None:
            return self.open()(environ, start_response)
        call = replies.call_headers(environ.get("HTTP_X_CALL_ID"))
        headers = {**answer.headers, **call, "Content-Length": str(len(answer.body))}
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        start_response(status, list(headers.items()))
        return [answer.body]

    def _early(self, environ: Mapping[str, Any]) -> replies.Answer | None:
        method, path = environ.get("REQUEST_METHOD"), environ.get("PATH_INFO")
        if method == "GET":
            return replies.probe(self._service, str(path))
        if method == "POST" and self._is_plain(environ):
            return self._unit(environ)
        return None

    def _is_plain(self, environ: Mapping[str, Any]) -> bool:
        """Whether it is a request for one of our operations that nothing else is to be asked of."""
        settings, operation = self._service.settings, self._operation(environ)
        length = str(environ.get("CONTENT_LENGTH") or "")
        return (
            operation in self._service.operations
            and not settings.token_wanted
            and environ.get("CONTENT_TYPE") == "application/json"
            and length.isdecimal()
            and int(length) <= settings.body
            and not any(name.startswith(_NOT_PLAIN) for name in environ)
        )

    def _operation(self, environ: Mapping[str, Any]) -> str | None:
        return str(environ.get("PATH_INFO")).removeprefix("/") or self._service.settings.function

    def _unit(self, environ: Mapping[str, Any]) -> replies.Answer:
        service = self._service
        context = replies.context_of(
            lambda name: environ.get("HTTP_" + name.upper().replace("-", "_"))
        )
        try:
            return replies.answer_request(
                service, self._operation(environ), _body(environ), context
            )
        except RushesError as error:
            return replies.problem(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a problem
            return replies.fault(service, str(environ.get("PATH_INFO")), error)


def _body(environ: Mapping[str, Any]) -> bytes:
    length = int(environ["CONTENT_LENGTH"])
    try:
        body: bytes = environ["wsgi.input"].read(length)
    except OSError as error:
        raise InvalidRequest(f"the request's body does not come: {error}") from error
    if len(body) < length:
        raise InvalidRequest(f"the request's body ends after {len(body)} of {length} bytes")
    return body
