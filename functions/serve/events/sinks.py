"""Where a dispatcher's events go: functions on this machine, a server or broker, a gateway."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from functions.contract.errors import DeadlineExceeded, InvalidRequest, StoreUnavailable
from functions.contract.operation import Answer, Sink
from functions.serve.events.cloudevents import make_request_event, read_answer, write_event
from functions.serve.run.settings import Settings
from functions.serve.telemetry.trace import Trace, current, start

CONNECT_SECONDS = 10.0
SLACK_SECONDS = 60.0
"""A function ends a unit at its own limit and says so; the reader waits a little longer."""

WIDTH = 16
WIDTH_ASYNCHRONOUS = 64
_OPENFAAS = "openfaas:"


@contextmanager
def open_sink(address: str | None, settings: Settings, job: str | None = None) -> Iterator[Sink]:
    """Open the way to the functions; what was started for it is stopped at the end.

    Parameters
    ----------
    address : None (what K_SINK says, else this machine), "local" (this machine),
        `http(s)://...` (a functions server, a broker, a Sequence), or
        `openfaas:http(s)://gateway` (the gateway's asynchronous route).
    job : named in each event

    Events go on with the trace that this thread is inside of, else with a new one.

    Raises InvalidRequest for another address, InternalError when the functions of this
    machine do not start.
    """
    where = address or settings.sink or "local"
    if where == "local":
        from functions.serve.local.server import local_functions

        with local_functions(settings, job) as sink:
            yield sink
        return
    token = settings.token_file.read_text().strip() if settings.token_file else None
    with HttpSink(
        where,
        seconds=settings.limits.seconds,
        token=token,
        job=job,
        callback=settings.callback,
    ) as remote:
        yield remote


class HttpSink:
    """Events in binary mode over HTTP, from many threads.

    address : `http(s)://...` or `openfaas:http(s)://...`
    seconds : that a unit may take before its answer
    direct : do not go through the machine's proxy
    job : what the extension `rushesjob` says
    trace : the step that sends; by default the one that this thread is inside of
    callback : where an asynchronous gateway posts each answer
    """

    def __init__(
        self,
        address: str,
        *,
        seconds: float,
        token: str | None = None,
        width: int | None = None,
        direct: bool = False,
        job: str | None = None,
        trace: Trace | None = None,
        callback: str | None = None,
    ) -> None:
        self._gateway = address.startswith(_OPENFAAS)
        self._base = address.removeprefix(_OPENFAAS).rstrip("/")
        if not self._base.startswith(("http://", "https://")) or " " in self._base:
            raise InvalidRequest(
                f"sink {address!r} is none of local, http(s)://... and openfaas:http(s)://...",
                field="sink",
            )
        self._timeout = (CONNECT_SECONDS, seconds + SLACK_SECONDS)
        self._width = width or (WIDTH_ASYNCHRONOUS if self._gateway else WIDTH)
        self._trace = trace or current() or start()
        self._job = job
        self._callback = callback
        self._dispatch = os.urandom(8).hex()
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._session = requests.Session()
        self._session.trust_env = not direct
        if token:
            self._session.headers["authorization"] = f"Bearer {token}"
        # A queue at the pool would be a second bound on the work in flight: leave it one.
        pool = HTTPAdapter(pool_maxsize=max(self._width, WIDTH_ASYNCHRONOUS))
        self._session.mount("http://", pool)
        self._session.mount("https://", pool)

    def __enter__(self) -> HttpSink:
        return self

    def __exit__(self, *failure: object) -> None:
        self._session.close()

    @property
    def width(self) -> int:
        return self._width

    @property
    def asynchronous(self) -> bool:
        return self._gateway

    def send(self, operation: str, unit: str, request: Mapping[str, Any]) -> Answer | None:
        """One event; see `contract.operation.Sink`."""
        step = self._trace.child()
        if step.tracing is None:
            return self._deliver(step, operation, unit, request)
        facts = {"rushes.operation": operation, "rushes.unit": unit, "rushes.job": self._job}
        with step.tracing.sending(step, f"send {operation}", facts):
            return self._deliver(step, operation, unit, request)

    def _deliver(
        self, step: Trace, operation: str, unit: str, request: Mapping[str, Any]
    ) -> Answer | None:
        job = {} if self._job is None else {"rushesjob": self._job}
        event = make_request_event(
            operation, unit, request, sent=self._sent(unit), extensions={**step.headers(), **job}
        )
        message = write_event("binary", event)
        headers = {**message.headers, **step.headers(), **self._call(unit, step)}
        try:
            response = self._session.post(
                self._url(operation),
                data=message.body,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            raise StoreUnavailable(f"{self._base} cannot be reached: {error}") from error
        except requests.Timeout as error:
            raise DeadlineExceeded(f"{self._base} did not answer in time: {error}") from error
        except requests.RequestException as error:
            raise InvalidRequest(f"sink {self._base!r}: {error}", field="sink") from error
        if response.status_code < 300:
            with self._lock:
                self._taken[unit] += 1
        return read_answer(response.status_code, response.headers, response.content)

    def _sent(self, unit: str) -> str:
        """Which sending of the unit this is: the same again until somebody has taken it.

        A broker that drops what it has seen must drop the echo of a broken connection, and not
        the second try of a unit that was lost or has failed.
        """
        with self._lock:
            return f"{self._dispatch}.{self._taken[unit]}"

    def _call(self, unit: str, step: Trace) -> dict[str, str]:
        """What the gateway and its queue call this invocation, and where its answer goes."""
        if not self._gateway:
            return {}
        call = {"X-Call-Id": f"{unit}-{step.span}"}
        return call if self._callback is None else {**call, "X-Callback-Url": self._callback}

    def _url(self, operation: str) -> str:
        if self._gateway:
            return f"{self._base}/async-function/rushes-{operation}"
        return self._base + "/"
