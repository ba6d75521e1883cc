"""Events to a server, a broker or a gateway over HTTP."""

from __future__ import annotations

import contextlib
import os
import resource
import threading
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

from functions.contract.errors import RushesError
from functions.contract.operation import Answer, Later
from functions.serve.events.cloudevents import (
    make_job_event,
    make_request_event,
    read_answer,
    write_event,
)
from functions.serve.events.http_calls import Call, Calls
from functions.serve.events.sink_address import SinkAddress
from functions.serve.telemetry.trace import Trace, current, start

SLACK_SECONDS = 60.0
"""A function ends a unit at its own limit and says so; the reader waits a little longer."""

WIDTH = 16
WIDTH_ASYNCHRONOUS = 64
MOST = 4096
"""In flight at most where nobody says: of a synchronous sink each holds a connection."""

MOST_TLS = 200
"""And where each holds a thread too, because it is waited for under TLS."""

_FILES_BESIDE = 128


def _most(address: SinkAddress) -> int:
    """As many as this process may hold connections for."""
    if address.scheme == "https":
        return MOST_TLS
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    open_files = MOST if files == resource.RLIM_INFINITY else files - _FILES_BESIDE
    return max(1, min(MOST, open_files))


class HttpSink:
    """Events in binary mode over HTTP, from many threads.

    address : `http(s)://...` or `openfaas:http(s)://...`
    seconds : that a unit may take before its answer
    width, most : in flight at first, and at most
    direct : do not go through the machine's proxy
    job : what the extension `rushesjob` says
    trace : the step that sends; by default the one that this thread is inside of
    callback : where an asynchronous gateway posts each answer
    """

    def __init__(
        self,
        address: SinkAddress,
        *,
        seconds: float,
        token: str | None = None,
        width: int | None = None,
        most: int | None = None,
        direct: bool = False,
        job: str | None = None,
        trace: Trace | None = None,
        callback: str | None = None,
    ) -> None:
        self.asynchronous = address.gateway
        self._calls = Calls(address, seconds + SLACK_SECONDS, direct=direct)
        self.width = width or (WIDTH_ASYNCHRONOUS if address.gateway else WIDTH)
        self.most = max(most or _most(address), self.width)
        self._trace = trace or current() or start()
        self._job = job
        self._callback = callback
        self._dispatch = os.urandom(8).hex()
        self._sendings: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._authorization = {"authorization": f"Bearer {token}"} if token else {}

    def __enter__(self) -> HttpSink:
        return self

    def __exit__(self, *failure: object) -> None:
        self._calls.close()

    def send(self, operation: str, unit: str, request: Mapping[str, Any]) -> Answer | Later | None:
        """One event; see `contract.operation.Sink`."""
        step = self._trace.child()
        with contextlib.ExitStack() as span:
            if step.tracing is not None:
                facts = {
                    "rushes.operation": operation,
                    "rushes.unit": unit,
                    "rushes.job": self._job,
                }
                span.enter_context(step.tracing.sending(step, f"send {operation}", facts))
            call = self._begin(step, operation, unit, request)
            if self._calls.is_quick(call):
                return self._answer(call)
            still_open = span.pop_all()

        def answer() -> Answer | None:
            with still_open:
                return self._answer(call)

        return Later(partial(self._calls.park, call), answer)

    def ask(self, operation: str, unit: str, request: Mapping[str, Any]) -> Answer | None:
        """One event, waited for however long it takes."""
        answer = self.send(operation, unit, request)
        return answer.answer() if isinstance(answer, Later) else answer

    def hang_up(self, unit: str) -> None:
        """See `contract.operation.Sink`."""
        self._calls.hang_up(unit)

    def job_ended(self, report: Mapping[str, Any]) -> None:
        """Tell a broker or server of the job's end; of a gateway's queue nobody would hear it."""
        if self.asynchronous:
            return
        event = make_job_event(self._job or "", report, sent=self._dispatch)
        message = write_event("structured", event)
        with contextlib.suppress(RushesError):  # the report stands in the storage all the same
            self._calls.post("/", {**message.headers, **self._authorization}, message.body, "job")

    def _begin(self, step: Trace, operation: str, unit: str, request: Mapping[str, Any]) -> Call:
        job = {} if self._job is None else {"rushesjob": self._job}
        event = make_request_event(
            operation, unit, request, sent=self._sent(unit), extensions={**step.headers(), **job}
        )
        message = write_event("binary", event)
        headers = {
            **message.headers,
            **step.headers(),
            **self._call(unit, step),
            **self._authorization,
        }
        path = f"/async-function/rushes-{operation}" if self.asynchronous else "/"
        return self._calls.begin(path, headers, message.body, unit)

    def _answer(self, call: Call) -> Answer | None:
        response = self._calls.finish(call)
        return read_answer(response.status, response.headers, response.body)

    def _sent(self, unit: str) -> str:
        """Which sending of the unit this is, never the same again.

        What drops an id that it has seen (a JobSink does for a day, failed Jobs included) must not
        drop a new try. A unit that is delivered twice is done once.
        """
        with self._lock:
            self._sendings[unit] += 1
            return f"{self._dispatch}.{self._sendings[unit]}"

    def _call(self, unit: str, step: Trace) -> dict[str, str]:
        """What the gateway and its queue call this invocation, and where its answer goes."""
        if not self.asynchronous:
            return {}
        call = {"X-Call-Id": f"{unit}-{step.span}"}
        return call if self._callback is None else {**call, "X-Callback-Url": self._callback}
