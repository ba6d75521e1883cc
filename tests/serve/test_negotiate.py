"""CloudEvents at the HTTP door."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from functions.serve.events import cloudevents as events
from functions.serve.http.app import create_app
from functions.serve.http.service import Service
from functions.serve.telemetry import trace
from tests.serve.conftest import MakeService

ABOVE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
BATCH = {"content-type": "application/cloudevents-batch+json"}


def whole(data: Any, operation: str = "echo", **attributes: Any) -> dict[str, Any]:
    """A requested event as one JSON object."""
    return {
        "specversion": "1.0",
        "type": f"dev.rushes.{operation}.requested.v1",
        "source": "/studio",
        "id": "e1",
        "datacontenttype": "application/json",
        "data": data,
        **attributes,
    }


def send(web: FlaskClient, mode: str, event: dict[str, Any], path: str = "/") -> TestResponse:
    """POST an event in one of the two modes."""
    if mode == "structured":
        heads = {"content-type": "application/cloudevents+json"}
        return web.post(path, data=json.dumps(event), headers=heads)
    heads = {f"ce-{k}": str(v) for k, v in event.items() if k not in ("data", "datacontenttype")}
    heads["content-type"] = event["datacontenttype"]
    return web.post(path, data=json.dumps(event["data"]), headers=heads)


def reply_of(response: TestResponse) -> Any:
    """The event that a response is."""
    heads = dict(response.headers)
    return events.read_event(events.mode_of(heads), heads, response.data)


@pytest.mark.parametrize("mode", ["binary", "structured"])
@pytest.mark.parametrize("path", ["/", "/echo"])
def test_an_event_is_answered_with_the_completed_event(
    web: FlaskClient, fields: dict[str, Any], mode: str, path: str
) -> None:
    """A requested event is answered in its own mode by a completed one with the receipt."""
    response = send(web, mode, whole(fields, subject="s"), path)
    assert response.status_code == 200
    assert events.mode_of(dict(response.headers)) == mode
    reply = reply_of(response)
    receipt = events.request_of(reply)
    assert reply.get_type() == "dev.rushes.echo.completed.v1"
    assert reply.get_subject() == receipt["unit"]
    assert (receipt["operation"], receipt["status"]) == ("echo", "done")


@pytest.mark.parametrize("mode", ["binary", "structured"])
@pytest.mark.parametrize("outcome", [{}, {"fail": "damaged_source"}])
def test_a_reply_is_a_step_of_the_same_trace(
    web: FlaskClient, fields: dict[str, Any], mode: str, outcome: dict[str, Any]
) -> None:
    """Trace id, flags and state are the request's, done or failed; the parent id is the unit's."""
    event = whole({**fields, **outcome}, traceparent=ABOVE, tracestate="congo=1,rojo=2")
    above = trace.read(ABOVE)
    replies = [reply_of(send(web, mode, event)) for _ in range(2)]
    found = [events.trace_of(reply) for reply in replies]
    assert all(step is not None and above is not None for step in found)
    assert {(step.trace, step.flags, step.state) for step in found if step} == {
        (ABOVE[3:35], 1, "congo=1,rojo=2")
    }
    assert len({ABOVE[36:52], *(step.span for step in found if step)}) == 3


def test_the_nearest_step_of_a_trace_is_the_one_above(
    web: FlaskClient, fields: dict[str, Any], lines: list[str]
) -> None:
    """A header of the event's own trace is a hop nearer; one of another trace is the hop's own."""
    event, near = trace.read(ABOVE, "congo=1"), trace.read(ABOVE.replace("b7-", "b8-"))
    assert event is not None
    assert near is not None
    assert trace.nearest(event, near) == trace.Trace(event.trace, near.span, 1, "congo=1")
    assert trace.nearest(event, trace.start()) == event
    assert trace.nearest(None, near) == near
    assert trace.nearest(event, None) == event
    assert trace.nearest(None, None) is None
    other = trace.start()
    web.post(
        "/",
        data=json.dumps(whole(fields, traceparent=ABOVE)),
        headers={"content-type": "application/cloudevents+json", "traceparent": other.parent},
    )
    assert json.loads(lines[-1])["trace_id"] == ABOVE[3:35]


def test_an_event_without_a_trace_begins_one(web: FlaskClient, fields: dict[str, Any]) -> None:
    """What is no traceparent is not passed on, and the reply names a new trace."""
    reply = reply_of(send(web, "binary", whole(fields, traceparent="00-a-b-01", tracestate="x=1")))
    step = events.trace_of(reply)
    assert step is not None
    assert step.state is None


@pytest.mark.parametrize("mode", ["binary", "structured"])
@pytest.mark.parametrize(
    ("code", "status"), [("damaged_source", 422), ("store_unavailable", 503), ("busy", 429)]
)
def test_a_failure_is_the_failed_event_with_its_status(
    web: FlaskClient, fields: dict[str, Any], mode: str, code: str, status: int
) -> None:
    """A failed event carries the problem and its HTTP status, so that brokers retry or not."""
    response = send(web, mode, whole({**fields, "fail": code}, subject="unit-1"))
    assert response.status_code == status
    assert ("Retry-After" in response.headers) == (status in (429, 503))
    reply = reply_of(response)
    assert reply.get_type() == "dev.rushes.echo.failed.v1"
    assert reply.get_subject() == "unit-1"
    assert events.request_of(reply)["code"] == code


def test_a_redelivered_event_is_reused_under_the_same_id(
    web: FlaskClient, fields: dict[str, Any]
) -> None:
    """The same event again does nothing new, and its reply is the same event to a broker."""
    first, second = (reply_of(send(web, "binary", whole(fields))) for _ in range(2))
    assert first.get_id() == second.get_id()
    assert events.request_of(second)["status"] == "reused"


@pytest.mark.parametrize("state", ["completed", "failed"])
def test_news_of_what_is_done_are_taken_in_silence(web: FlaskClient, state: str) -> None:
    """A completed or failed event that a broker brings is acknowledged with an empty 204."""
    response = send(web, "binary", whole({}, type=f"dev.rushes.echo.{state}.v1"))
    assert (response.status_code, response.data) == (204, b"")


def test_an_event_for_another_operation_fails(web: FlaskClient, fields: dict[str, Any]) -> None:
    """An event that came to the wrong function is a failed event with status 400."""
    response = send(web, "binary", whole(fields, operation="debayer"))
    assert response.status_code == 400
    assert reply_of(response).get_type() == "dev.rushes.echo.failed.v1"


def test_the_path_and_the_type_must_agree(
    make_service: MakeService, fields: dict[str, Any]
) -> None:
    """POST /<operation> with an event of another operation is refused."""
    web = create_app(make_service()).test_client()
    response = send(web, "binary", whole(fields, operation="echo"), "/other")
    assert response.status_code == 400


def test_the_type_chooses_where_several_are_served(
    make_service: MakeService, fields: dict[str, Any]
) -> None:
    """POST / on a server of several operations goes by the event's type."""
    web = create_app(make_service()).test_client()
    assert send(web, "structured", whole(fields)).status_code == 200
    assert send(web, "structured", whole(fields, operation="nothing")).status_code == 400


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"ce-id": "1"}, b"{}"),
        ({"content-type": "application/cloudevents+json"}, b"{}"),
        ({"content-type": "application/cloudevents+json"}, b"{"),
        ({"content-type": "application/cloudevents+avro"}, b"x"),
        ({"content-type": "application/cloudevents-batch+json"}, b"{}"),
        (
            {
                "content-type": "application/json",
                "ce-id": "1",
                "ce-source": "/s",
                "ce-specversion": "1.0",
                "ce-type": "com.example.event",
            },
            b"{}",
        ),
    ],
)
def test_what_is_no_event_of_ours_is_a_plain_problem(
    web: FlaskClient, headers: dict[str, str], body: bytes
) -> None:
    """Where there is no event to reply to, the answer is a 400 problem."""
    response = web.post("/", data=body, headers=headers)
    assert response.status_code == 400
    assert response.mimetype == "application/problem+json"


def test_explain_comes_as_an_event_too(web: FlaskClient, fields: dict[str, Any]) -> None:
    """An event whose request says explain is answered with the plan."""
    reply = reply_of(send(web, "binary", whole({**fields, "explain": True})))
    assert events.request_of(reply)["copies"] == 1


def test_a_batch_is_done_in_order(web: FlaskClient, fields: dict[str, Any]) -> None:
    """Each event of a batch has its reply, in order; one failure does not stop the rest."""
    batch = [
        whole({**fields, "count": 2}, id="1"),
        whole({"colour": 1}, id="2"),
        whole({}, id="3", type="dev.rushes.echo.completed.v1"),
        whole({**fields, "count": 2}, id="4"),
    ]
    response = web.post("/", data=json.dumps(batch), headers=BATCH)
    assert response.status_code == 200
    assert response.mimetype == "application/cloudevents-batch+json"
    replies = events.read_batch(response.data)
    assert [r.get_extension("causationid") for r in replies] == ["1", "2", "4"]
    assert [events.meaning(r)[1] for r in replies] == ["completed", "failed", "completed"]
    assert events.request_of(replies[2])["status"] == "reused"


def test_an_empty_batch_is_answered_with_an_empty_one(web: FlaskClient) -> None:
    """There is nothing to do in an empty batch."""
    response = web.post("/", data=b"[]", headers=BATCH)
    assert (response.status_code, json.loads(response.data)) == (200, [])


def test_a_batch_is_busy_as_a_whole(
    web: FlaskClient, service: Service, fields: dict[str, Any]
) -> None:
    """While a unit is in flight a batch is turned away before any of it is done."""
    with service.gate.unit():
        response = web.post("/", data=json.dumps([whole(fields)]), headers=BATCH)
    assert response.status_code == 429


def test_a_stopped_batch_gives_back_the_rest(
    web: FlaskClient, service: Service, fields: dict[str, Any]
) -> None:
    """When the grace ends, events of a batch that were not begun come back as busy."""
    service.gate.stop.set()
    response = web.post("/", data=json.dumps([whole(fields)]), headers=BATCH)
    (reply,) = events.read_batch(response.data)
    assert events.request_of(reply)["code"] == "busy"


def test_the_log_names_event_and_job(
    web: FlaskClient, fields: dict[str, Any], lines: list[str]
) -> None:
    """A unit's log line carries the ids of its event, job and trace."""
    send(web, "binary", whole(fields, rushesjob="j1", traceparent=ABOVE))
    line = json.loads(lines[-1])
    assert (line["event_id"], line["job"]) == ("e1", "j1")
    assert line["trace_id"] == ABOVE[3:35]
    assert line["span_id"] != ABOVE[36:52]
