"""CloudEvents 1.0 over HTTP: requests in, replies out, in the mode in which they came.

    dev.rushes.<operation>.requested.v1   ->   .completed.v1  (data: the receipt)
                                          ->   .failed.v1     (data: the problem)

References
----------
CloudEvents 1.0.2: core, JSON format, HTTP protocol binding.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.http import HTTPMessage, from_binary, to_binary, to_structured
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from functions.contract.errors import InvalidRequest, RushesError, from_problem, leaves
from functions.contract.operation import Answer
from functions.contract.receipt import Receipt
from functions.serve.http.json_body import all_wrong, read_json
from functions.serve.telemetry.trace import Trace
from functions.serve.telemetry.trace import read as read_trace

Mode = Literal["plain", "binary", "structured", "batch"]

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
PROBLEM = "application/problem+json"

_TYPE = re.compile(r"dev\.rushes\.([a-z][a-z0-9-]*)\.(requested|completed|failed)\.v1")
# What a reply says too: it stays true of the answer. `sequence`, `dataref`, `signature` and
# the like describe one event and would be false of another.
_CARRIED = ("partitionkey", "correlationid", "rushesjob")
_FORMAT = JSONFormat()
_NO_EVENT = "this is no CloudEvent 1.0: "

DISPATCH = "/rushes/dispatch"
"""The source of events that a dispatcher sends: their subject is the unit."""


def mode_of(headers: Mapping[str, str]) -> Mode:
    """How a message carries events: by its content type, then by its `ce-` headers.

    Raises InvalidRequest for a CloudEvents format other than JSON.
    """
    media = _header(headers, "content-type").partition(";")[0].strip().lower()
    if media.startswith("application/cloudevents"):
        if media == STRUCTURED:
            return "structured"
        if media == BATCH:
            return "batch"
        raise InvalidRequest(f"events as {media} are not read: send {STRUCTURED} or {BATCH}")
    return "binary" if any(name.lower().startswith("ce-") for name in headers) else "plain"


def read_event(mode: Mode, headers: Mapping[str, str], body: bytes) -> CloudEvent:
    """One event in binary or structured mode.

    Raises InvalidRequest with `problems`, one for each wrong attribute.
    """
    if mode == "binary":
        flat = {name.lower(): value for name, value in headers.items()}
        return _checked(lambda: from_binary(HTTPMessage(flat, body), _FORMAT, _strict))
    return _structured(read_json(body))


def read_batch(body: bytes) -> list[CloudEvent]:
    """The events of a batch, in order.

    Raises InvalidRequest with `problems` of every element that is no event: nothing of a
    batch is done that is partly unreadable.
    """
    found = read_json(body)
    if not isinstance(found, list):
        raise InvalidRequest("a batch is a JSON array of events")
    events: list[CloudEvent] = []
    problems = []
    for index, item in enumerate(found):
        try:
            events.append(_structured(item))
        except InvalidRequest as error:
            problems.append({"field": f"[{index}]", "detail": f"[{index}]: {error.detail}"})
    if problems:
        raise all_wrong(problems)
    return events


def meaning(event: BaseCloudEvent) -> tuple[str, str]:
    """(operation, "requested" | "completed" | "failed") of one of our types.

    Raises InvalidRequest for another type.
    """
    match = _TYPE.fullmatch(event.get_type())
    if not match:
        raise InvalidRequest(
            f"events of type {event.get_type()!r} are not handled here: "
            "dev.rushes.<operation>.requested.v1 are",
            field="type",
        )
    return match[1], match[2]


def request_of(event: BaseCloudEvent) -> dict[str, Any]:
    """The request object that an event's data is."""
    data = event.get_data()
    if isinstance(data, (bytes, bytearray, str)):
        # data_base64 with JSON inside, or JSON under a content type that does not say so.
        data = read_json(data.encode() if isinstance(data, str) else bytes(data))
    if not isinstance(data, dict):
        raise InvalidRequest("the event's data is not a JSON object", field="data")
    return data


def trace_of(event: BaseCloudEvent) -> Trace | None:
    """What the event's Distributed Tracing extension says."""
    parent, state = event.get_extension("traceparent"), event.get_extension("tracestate")
    return read_trace(
        parent if isinstance(parent, str) else None, state if isinstance(state, str) else None
    )


def reply(
    event: BaseCloudEvent,
    operation: str,
    state: Literal["completed", "failed"],
    data: dict[str, Any],
    step: Trace | None = None,
) -> CloudEvent:
    """The event that answers one.

    data : the receipt (or, to `explain`, the plan); of a failed one the problem
    step : the unit's own, which the reply names as the one above what follows
    """
    kind = f"dev.rushes.{operation}.{state}.v1"
    attributes: dict[str, Any] = {
        "type": kind,
        "source": f"/rushes/{operation}",
        "id": make_id(event.get_source(), event.get_id(), kind),
        "time": datetime.now(UTC),
        "datacontenttype": PROBLEM if state == "failed" else "application/json",
        "causationid": event.get_id(),
        **({} if step is None else step.headers()),
    }
    if subject := data.get("unit") or event.get_subject():
        attributes["subject"] = str(subject)
    for name in _CARRIED:
        if (value := event.get_extension(name)) is not None:
            attributes[name] = value
    return CloudEvent(attributes, data)


def write_event(mode: Mode, event: CloudEvent) -> HTTPMessage:
    """An event in binary or structured mode."""
    return to_binary(event, _FORMAT) if mode == "binary" else to_structured(event, _FORMAT)


def write_batch(events: Iterable[CloudEvent]) -> HTTPMessage:
    """Several events as one JSON array."""
    body = b"[" + b",".join(_FORMAT.write(event) for event in events) + b"]"
    return HTTPMessage({"content-type": BATCH}, body)


def make_request_event(
    operation: str,
    unit: str,
    request: Mapping[str, Any],
    *,
    source: str = DISPATCH,
    sent: str = "",
    extensions: Mapping[str, str] | None = None,
) -> CloudEvent:
    """The `requested` event of a unit.

    Its id follows from the unit and from `sent`: an event that is sent twice under one `sent` is
    one event to every broker.
    """
    kind = f"dev.rushes.{operation}.requested.v1"
    attributes: dict[str, Any] = {
        "type": kind,
        "source": source,
        "id": make_id(source, unit, kind, *([sent] if sent else [])),
        "subject": unit,
        "datacontenttype": "application/json",
        **(extensions or {}),
    }
    return CloudEvent(attributes, dict(request))


def make_job_event(job: str, report: Mapping[str, Any], *, sent: str) -> CloudEvent:
    """The event of a job's end, its data the report."""
    kind = "dev.rushes.job.completed.v1"
    attributes: dict[str, Any] = {
        "type": kind,
        "source": DISPATCH,
        "id": make_id(DISPATCH, job, kind, sent),
        "subject": job,
        "datacontenttype": "application/json",
        "rushesjob": job,
    }
    return CloudEvent(attributes, dict(report))


def read_answer(status: int, headers: Mapping[str, str], body: bytes) -> Answer | None:
    """What a function answered over HTTP, to an event in any mode or to a plain request.

    None when it was accepted and not answered (202, 204). What is neither a receipt nor a problem
    of ours (a gateway's page, an answer that was cut, nothing at all under 200) is `foreign`, and
    none of its body is told: it may be of a server that nobody here should read.
    """
    if status in (202, 204):
        return None
    retry = _retry_after(headers)
    data = _data(headers, body)
    if data is not None and status < 300:
        try:
            return Answer(receipt=msgspec.convert(data, Receipt))
        except msgspec.ValidationError:
            pass
    if data is not None and str(data.get("code")) in _CODES and isinstance(data.get("detail"), str):
        # As the contract has it: whether it is worth a retry is by its code.
        problem = from_problem(data).problem()
        return Answer(receipt=None, problem=problem, seconds_to_retry=retry)
    return Answer(
        receipt=None, problem=_foreign(status, body), seconds_to_retry=retry, foreign=True
    )


def _data(headers: Mapping[str, str], body: bytes) -> dict[str, Any] | None:
    try:
        mode = mode_of(headers)
        if mode in ("binary", "structured"):
            return request_of(read_event(mode, headers, body))
        found = read_json(body)
    except RushesError:
        return None
    return found if isinstance(found, dict) else None


_CODES = {leaf.code for leaf in leaves()}
_BY_STATUS = {
    401: "refused",
    403: "refused",
    404: "source_not_found",
    408: "deadline_exceeded",
    413: "limit_exceeded",
    429: "busy",
    500: "store_unavailable",
    502: "store_unavailable",
    503: "store_unavailable",
    504: "deadline_exceeded",
}


def _foreign(status: int, body: bytes) -> dict[str, Any]:
    """A problem for what a gateway or another server said in our function's place."""
    otherwise = "invalid_request" if 400 <= status < 500 else "store_unavailable"
    what = "an answer that is none of ours" if body.strip() else "nothing"
    detail = f"the sink answered {status} with {what}"
    return from_problem({"code": _BY_STATUS.get(status, otherwise), "detail": detail}).problem()


def make_id(*parts: str) -> str:
    """32 hex digits that follow from some texts: of an event, or of what is kept of one."""
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def _structured(found: Any) -> CloudEvent:
    if not isinstance(found, dict):
        raise InvalidRequest("an event is a JSON object")
    # JSON format, 2.2: a string, a boolean or an integer. The SDK lets all else through.
    problems = [
        {"field": name, "detail": f"attribute {name!r} is no string, boolean or integer"}
        for name, value in found.items()
        if isinstance(value, dict | list | float) and name != "data"
    ]
    if problems:
        raise all_wrong(problems, _NO_EVENT)
    return _checked(lambda: _FORMAT.read(_strict, msgspec.json.encode(found)))


def _strict(attributes: dict[str, Any], data: Any) -> CloudEvent:
    # The SDK makes up what is missing. An id of our making would turn each redelivery of
    # one event into another event.
    return CloudEvent({"id": "", "specversion": "", **attributes}, data)


def _checked(read: Callable[[], BaseCloudEvent]) -> CloudEvent:
    try:
        event = read()
    except CloudEventValidationError as error:
        problems = [
            {"field": name, "detail": f"attribute {name!r}: {wrong[0]}"}
            for name, wrong in error.errors.items()
        ]
        raise all_wrong(problems, _NO_EVENT) from error
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        # The SDK lets what its parsers of JSON, time and base64 raise go through.
        raise InvalidRequest(f"{_NO_EVENT}{error}") from error
    assert isinstance(event, CloudEvent)
    return event


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((v for k, v in headers.items() if k.lower() == name), "")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(_header(headers, "retry-after")))
    except ValueError:
        return None
