"""One line of JSON for each unit, with the ids that lead to it from everywhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from functions.serve.events import cloudevents as events
from functions.serve.http.app import create_app
from functions.serve.http.service import Service
from tests.serve.conftest import MakeService
from tests.serve.test_negotiate import ABOVE, BATCH, send, whole

UNIT = "0123456789abcdef" * 2


def asked(fields: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    """An event as a dispatcher sends it."""
    attributes = {"rushesjob": "j1", "traceparent": ABOVE, "subject": UNIT, **attributes}
    return whole(fields, source=events.DISPATCH, **attributes)


@pytest.mark.parametrize("mode", ["binary", "structured"])
@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, "done"),
        ({"explain": True}, "explained"),
        ({"fail": "damaged_source"}, "failed"),
        ({"fail": "busy"}, "failed"),
        ({"fail": "fault"}, "failed"),
        ({"count": "many"}, "failed"),
        ({"input": "file:///not/here"}, "failed"),
    ],
)
def test_a_dispatched_units_line_has_all_ids(
    web: FlaskClient,
    fields: dict[str, Any],
    lines: list[str],
    mode: str,
    more: dict[str, Any],
    status: str,
) -> None:
    """Job, unit, event and trace are on the line, however the unit ended."""
    send(web, mode, asked({**fields, **more}))
    (line,) = (found for text in lines if (found := json.loads(text))["event"] == "unit")
    assert (line["status"], line["operation"]) == (status, "echo")
    assert (line["job"], line["event_id"], line["trace_id"]) == ("j1", "e1", ABOVE[3:35])
    assert len(line["unit"]) == 32
    assert len(line["span_id"]) == 16
    assert line["span_id"] != ABOVE[36:52]
    assert ("code" in line) == (status == "failed")


def test_a_reused_units_line_has_all_ids(
    web: FlaskClient, fields: dict[str, Any], lines: list[str]
) -> None:
    """The same event again is the same unit, job and trace, and another span."""
    for _ in range(2):
        send(web, "binary", asked(fields))
    first, again = (json.loads(text) for text in lines)
    same = ("unit", "job", "event_id", "trace_id", "operation")
    assert {name: first[name] for name in same} == {name: again[name] for name in same}
    assert (first["status"], again["status"]) == ("done", "reused")
    assert first["span_id"] != again["span_id"]


def test_each_event_of_a_batch_has_its_own_line(
    web: FlaskClient, fields: dict[str, Any], lines: list[str]
) -> None:
    """The line of each names its event and job."""
    batch = [asked(fields, id=f"e{n}", rushesjob=f"j{n}") for n in range(3)]
    web.post("/", data=json.dumps(batch), headers=BATCH)
    found = [json.loads(text) for text in lines]
    assert [(line["event_id"], line["job"]) for line in found] == [
        (f"e{n}", f"j{n}") for n in range(3)
    ]


def test_a_request_that_nobody_traces_gets_a_trace(
    web: FlaskClient, fields: dict[str, Any], lines: list[str]
) -> None:
    """Two plain requests without traceparent are two traces."""
    for _ in range(2):
        web.post("/", json=fields)
    one, two = (json.loads(text)["trace_id"] for text in lines)
    assert len(one) == len(two) == 32
    assert one != two


def test_what_cannot_be_read_is_told_and_counted(
    web: FlaskClient, fields: dict[str, Any], lines: list[str]
) -> None:
    """A body that is no JSON and an event for another operation have lines and counts too."""
    web.post("/", data=b"{", content_type="application/json")
    send(web, "binary", whole(fields, operation="other"))
    found = [json.loads(text) for text in lines]
    codes = [(line["event"], line["code"]) for line in found if line["event"] == "unit"]
    assert codes == [("unit", "invalid_request")] * 2
    text = web.get("/metrics").text
    assert 'rushes_errors_total{code="invalid_request",operation="echo"} 2.0' in text


def test_names_from_outside_make_no_labels(
    make_service: MakeService, fields: dict[str, Any]
) -> None:
    """An event for an operation that nobody has is counted without its name."""
    client = create_app(make_service()).test_client()
    send(client, "binary", whole(fields, operation="forged"))
    text = client.get("/metrics").text
    assert 'rushes_errors_total{code="invalid_request",operation="none"} 1.0' in text
    assert "forged" not in text


@pytest.mark.parametrize(
    ("ago", "least", "most"), [(100.0, 100.0, 300.0), (-100.0, 0.0, 30.0)], ids=["late", "early"]
)
def test_the_queue_wait_is_from_the_events_time(
    web: FlaskClient, fields: dict[str, Any], ago: float, least: float, most: float
) -> None:
    """What was sent a while ago has waited so long; a sender's clock that is ahead counts as 0."""
    when = datetime.now(UTC) - timedelta(seconds=ago)
    send(web, "binary", whole(fields, time=when.isoformat()))
    rows = dict(line.rsplit(" ", 1) for line in web.get("/metrics").text.splitlines())
    assert rows['rushes_queue_seconds_count{operation="echo"}'] == "1.0"
    assert least <= float(rows['rushes_queue_seconds_sum{operation="echo"}']) < most


def test_what_a_batch_gives_back_has_its_lines(
    web: FlaskClient, service: Service, fields: dict[str, Any], lines: list[str]
) -> None:
    """Events that are not begun because the worker leaves are told and counted as busy."""
    service.gate.stop.set()
    web.post("/", data=json.dumps([asked(fields, id=f"e{n}") for n in range(2)]), headers=BATCH)
    found = [json.loads(text) for text in lines]
    assert [(line["event_id"], line["code"]) for line in found] == [("e0", "busy"), ("e1", "busy")]
    assert "rushes_busy_total 2.0" in web.get("/metrics").text
