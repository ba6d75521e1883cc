"""CloudEvents at the HTTP door: which event is for whom, and the reply in the same mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from cloudevents.core.v1.event import CloudEvent

from functions.contract.errors import Busy, DeadlineExceeded, InvalidRequest, Refused, RushesError
from functions.contract.receipt import Receipt
from functions.serve.events import cloudevents as events
from functions.serve.http.replies import Answer, retry_headers
from functions.serve.http.service import Service
from functions.serve.run.failure_notes import another_unit, is_final, leave_note
from functions.serve.telemetry import trace

if TYPE_CHECKING:
    from functions.serve.telemetry.log import Level


def answer_events(
    service: Service,
    operation: str | None,
    headers: Mapping[str, str],
    body: bytes,
    context: Mapping[str, Any],
) -> Answer:
    """Do what a message of one event or of a batch asks for.

    operation : what the route serves; None lets the event's type choose

    Raises InvalidRequest for what cannot be answered with an event: no CloudEvent, a type
    that is not ours.
    """
    mode = events.mode_of(headers)
    if mode == "batch":
        return _batch(service, operation, body, context)
    event = events.read_event(mode, headers, body)
    named, state = events.meaning(event)
    if state != "requested":
        return Answer(204, {}, b"")
    reply, error = _one(service, operation or named, named, event, context, held=False)
    if isinstance(error, DeadlineExceeded) and _goes_on(service, named, event):
        return Answer(202, {}, b"")
    message = events.write_event(mode, reply)
    headers = {**message.headers, **retry_headers(error)}
    return Answer(error.status if error else 200, headers, message.body)


def _goes_on(service: Service, operation: str, event: CloudEvent) -> bool:
    """Whether a job that ran out of time goes on as a Job by itself."""
    if service.settings.job_sink is None or not service.catalog.load(operation).dispatches:
        return False
    from functions.serve.events.hand_over import hand_over

    return hand_over(event, service.settings, service.log)


def _batch(
    service: Service, operation: str | None, body: bytes, context: Mapping[str, Any]
) -> Answer:
    found = events.read_batch(body)
    meanings = [events.meaning(event) for event in found]
    replies: list[CloudEvent] = []
    # The batch is one piece of work: two batches must not take turns unit by unit.
    with service.gate.unit():
        for event, (named, state) in zip(found, meanings, strict=True):
            if state != "requested":
                continue
            reply, _ = _one(service, operation or named, named, event, context, held=True)
            replies.append(reply)
    message = events.write_batch(replies)
    return Answer(200, message.headers, message.body)


def _one(
    service: Service,
    operation: str,
    named: str,
    event: CloudEvent,
    context: Mapping[str, Any],
    *,
    held: bool,
) -> tuple[CloudEvent, RushesError | None]:
    hop = trace.read(context.get("trace"), context.get("state"))

    def fields() -> Mapping[str, Any]:
        if held and service.gate.stop.is_set():
            raise Busy("this worker is shutting down", retry_after=1)
        if named != operation or operation not in service.operations:
            raise InvalidRequest(
                f"an event for {named!r} came to {', '.join(service.operations)}", field="type"
            )
        return events.request_of(event)

    with service.step(trace.nearest(events.trace_of(event), hop)) as step:
        try:
            answer = service.answer(operation, fields, _facts(event, context), held=held)
        except RushesError as error:
            if named == operation and is_final(error):
                _note(service, operation, event, error)
            return events.reply(event, operation, "failed", error.problem(), step), error
        if isinstance(answer, Receipt) and (wrong := another_unit(event, answer)):
            _note(service, operation, event, wrong)
    data = msgspec.to_builtins(answer)
    assert isinstance(data, dict)
    return events.reply(event, operation, "completed", data, step), None


def _facts(event: CloudEvent, context: Mapping[str, Any]) -> dict[str, Any]:
    """What the event says of its unit, beside what the request's headers say."""
    return {
        **context,
        "event_id": event.get_id(),
        "job": event.get_extension("rushesjob"),
        "asked": event.get_time(),
        "unit": event.get_subject() if event.get_source() == events.DISPATCH else None,
    }


def _note(service: Service, operation: str, event: CloudEvent, error: RushesError) -> None:
    runner = service.runner
    try:
        leave_note(event, operation, error, runner.store, runner.prepare)
    except Exception as why:  # noqa: BLE001 - the answer is the error, whatever a note meets
        # An output outside the roots, or a request that is none: often why the unit failed.
        level: Level = "info" if isinstance(why, Refused | InvalidRequest) else "warning"
        service.log.line("no note", level, operation=operation, detail=str(why))
