"""Answers of the HTTP door as status, headers and body, whatever carries them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from functions.contract.errors import InternalError, InvalidRequest, RushesError
from functions.contract.receipt import Receipt
from functions.serve.http.json_body import read_object
from functions.serve.http.service import Service

PROBLEM = "application/problem+json"
PLAIN_JSON = (
    "",
    "application/json",
    "text/plain",
    "text/json",
    "application/x-www-form-urlencoded",
)
"""Types of a request that are read as JSON: also what curl -d, faas-cli invoke and a bare client
send when nobody thought of the type."""
_LATER = {"busy": 1, "store_unavailable": 5, "deadline_exceeded": 5}


_ALIVE = ("/healthz", "/_/health")
_READY = ("/readyz", "/_/ready")
PROBES = (*_ALIVE, *_READY)


class Answer(msgspec.Struct, frozen=True):
    """What goes back over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes


def plain(value: Any, status: int = 200) -> Answer:
    """A value as indented JSON."""
    body = msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
    return Answer(status, {"Content-Type": "application/json"}, body)


def probe(service: Service, path: str) -> Answer | None:
    """The answer to GET of a path of health or readiness; None for another path."""
    if path in _ALIVE:
        return plain({"status": "ok"})
    if path not in _READY:
        return None
    reason = service.cold_reason()
    if reason is None:
        return plain({"status": "ready"})
    return plain({"status": "not ready", "detail": reason}, 503)


def problem(error: RushesError, status: int | None = None) -> Answer:
    """An error as problem details (RFC 9457), with Retry-After where a retry may help."""
    told = error.problem()
    # RFC 9457, 3.1.2: the member says what the response's own status says.
    told["status"] = status or error.status
    headers = {"Content-Type": PROBLEM, **retry_headers(error)}
    return Answer(told["status"], headers, msgspec.json.encode(told))


def retry_headers(error: RushesError | None) -> dict[str, str]:
    """Retry-After, where the error may be gone later."""
    if error is None or not error.retryable:
        return {}
    seconds = error.facts.get("retry_after", _LATER.get(error.code, 5))
    return {"Retry-After": str(max(1, round(float(seconds))))}


def fault(service: Service, path: str, error: Exception) -> Answer:
    """A fault of ours: its words go to the log, and not to the caller."""
    service.log.line("fault", "error", path=path, detail=f"{type(error).__name__}: {error}")
    return problem(InternalError("a fault inside rushes; its log says more"))


def call_headers(call: str | None) -> dict[str, str]:
    """X-Call-Id as it came: a gateway's log and the caller's tell of the same call."""
    return {"X-Call-Id": call} if call else {}


def context_of(header: Callable[[str], str | None]) -> dict[str, Any]:
    """What a request's headers say about the unit for its log line.

    header : the value of a header, None where it is not there
    """
    return {
        "call": header("X-Call-Id"),
        "trace": header("traceparent"),
        "state": header("tracestate"),
    }


def answer_request(
    service: Service, operation: str | None, body: bytes, context: Mapping[str, Any]
) -> Answer:
    """Do what a plain JSON request asks for: its receipt, or the plan when it says explain.

    Raises the contract's errors.
    """
    if operation is None:
        raise InvalidRequest(
            f"this server serves several operations: POST to /{service.operations[0]} and so on, "
            "or send a CloudEvent",
            field="operation",
        )
    answer = service.answer(operation, lambda: read_object(body, "the body"), context)
    if isinstance(answer, Receipt):
        return Answer(200, {"Content-Type": "application/json"}, answer.json())
    return plain(answer)
