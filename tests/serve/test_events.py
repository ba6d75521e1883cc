"""CloudEvents 1.0: what is read, what is written, and what is neither."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cloudevents.core.v1.event import CloudEvent

from functions.contract.errors import Busy, InvalidRequest
from functions.contract.receipt import STAGES, Receipt
from functions.serve.events import cloudevents as events

HEADERS = {
    "Ce-Specversion": "1.0",
    "Ce-Type": "dev.rushes.echo.requested.v1",
    "Ce-Source": "/studio",
    "Ce-Id": "e1",
    "Content-Type": "application/json",
}
ABOVE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
STRUCTURED = {"content-type": "application/cloudevents+json; charset=utf-8"}


def structured(**attributes: Any) -> bytes:
    """An event in structured mode; None leaves an attribute out."""
    whole = {
        "specversion": "1.0",
        "type": "dev.rushes.echo.requested.v1",
        "source": "/studio",
        "id": "e1",
        "data": {"a": 1},
        **attributes,
    }
    return json.dumps({k: v for k, v in whole.items() if v is not None}).encode()


def receipt(unit: str = "ab" * 16) -> Receipt:
    """A receipt of nothing much."""
    return Receipt(
        rushes="0.1.0",
        operation="echo",
        unit=unit,
        status="done",
        request={},
        assumed={},
        inputs=(),
        outputs=(),
        frames=None,
        seconds=dict.fromkeys(STAGES, 0.0),
        machine={},
    )


@pytest.mark.parametrize(
    ("headers", "mode"),
    [
        ({"Content-Type": "application/json"}, "plain"),
        ({}, "plain"),
        ({"content-type": "application/json", "ce-id": "1"}, "binary"),
        ({"CE-SpecVersion": "1.0"}, "binary"),
        ({"Content-Type": "application/cloudevents+json"}, "structured"),
        ({"Content-Type": "Application/CloudEvents+JSON; charset=UTF-8"}, "structured"),
        ({"Content-Type": "application/cloudevents-batch+json"}, "batch"),
        # HTTP binding, 3: a content type of events decides before headers do.
        ({"Content-Type": "application/cloudevents+json", "ce-id": "1"}, "structured"),
    ],
)
def test_the_mode_is_told_by_the_headers(headers: dict[str, str], mode: str) -> None:
    """Content type first, then ce- headers, as the HTTP binding has it."""
    assert events.mode_of(headers) == mode


@pytest.mark.parametrize("media", ["application/cloudevents+avro", "application/cloudevents+xml"])
def test_formats_other_than_json_are_named(media: str) -> None:
    """An event format that we do not read is an invalid request that says what is read."""
    with pytest.raises(InvalidRequest, match=r"application/cloudevents\+json"):
        events.mode_of({"content-type": media})


def scenarios(feature: str) -> list[tuple[str, dict[str, str], bytes]]:
    """(mode, headers, body) of each example in the conformance feature file."""
    found = []
    for block in feature.split("Scenario Outline:")[1:]:
        raw = re.search(r'"""\n(.*?)\n\s*"""', block, re.S)
        assert raw
        lines = [line.strip() for line in raw[1].splitlines()]
        blank = lines.index("")
        body = "\n".join(lines[blank + 1 :]).encode()
        for media in re.findall(r"^\s*\|\s*(application/[^|]*?)\s*\|$", block, re.M):
            heads = dict(line.split(": ", 1) for line in lines[1:blank])
            if "<contentType>" in raw[1]:
                heads = {k: v.replace("<contentType>", media) for k, v in heads.items()}
            found.append((media, heads, body))
    return found


def test_the_conformance_examples_are_read(shared_data: Path) -> None:
    """Every example of the CloudEvents conformance suite's HTTP feature gives its attributes."""
    examples = scenarios((shared_data / "events" / "http-protocol-binding.feature").read_text())
    assert len(examples) == 4
    for media, headers, body in examples:
        mode = events.mode_of(headers)
        assert mode == ("structured" if "cloudevents" in media else "binary")
        event = events.read_event(mode, headers, body)
        assert event.get_id() == "1234-1234-1234"
        assert event.get_type() == "com.example.someevent"
        assert event.get_source() == "/mycontext/subcontext"
        time = event.get_time()
        assert time is not None
        assert time.isoformat() == "2018-04-05T03:56:24+00:00"
        assert event.get_datacontenttype() == (media if mode == "binary" else "application/json")
        assert events.request_of(event) == {"message": "Hello World!"}


def test_binary_mode_reads_headers_of_any_case() -> None:
    """Header names are matched without case, percent-encoding is undone."""
    event = events.read_event("binary", {**HEADERS, "cE-SubJect": "a%20%E2%82%ACb"}, b'{"a": 1}')
    assert event.get_subject() == "a \u20acb"
    assert events.request_of(event) == {"a": 1}


def test_base64_data_is_read_as_json() -> None:
    """data_base64 with JSON inside is the same request as data."""
    body = structured(data=None, data_base64="eyJhIjogMn0=")
    assert events.request_of(events.read_event("structured", STRUCTURED, body)) == {"a": 2}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": None}, "id"),
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"source": None}, "source"),
        ({"type": None}, "type"),
        ({"specversion": None}, "specversion"),
        ({"specversion": "0.3"}, "specversion"),
        ({"subject": ""}, "subject"),
        ({"Upper": "x"}, "Upper"),
        ({"under_score": "x"}, "under_score"),
        ({"time": "yesterday"}, None),
        ({"time": 7}, None),
        ({"time": "2018-04-05T03:56:24"}, "time"),
        ({"rushesjob": {"a": 1}}, "rushesjob"),
        ({"sequence": 1.5}, "sequence"),
        ({"traceparent": ["x"]}, "traceparent"),
    ],
)
def test_what_is_no_event_is_named(changes: dict[str, Any], field: str | None) -> None:
    """Missing and wrong attributes are an invalid request that names them."""
    with pytest.raises(InvalidRequest) as caught:
        events.read_event("structured", STRUCTURED, structured(**changes))
    if field:
        assert caught.value.facts["field"] == field


def test_all_wrong_attributes_are_named_at_once() -> None:
    """An event with three faults is one error with three problems."""
    with pytest.raises(InvalidRequest) as caught:
        events.read_event("structured", STRUCTURED, structured(id="", source=None, subject=""))
    named = {p["field"] for p in caught.value.facts["problems"]}
    assert named == {"id", "source", "subject"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"[" * 100_000])
def test_a_body_that_is_no_object_is_no_event(body: bytes) -> None:
    """Structured mode wants one JSON object."""
    with pytest.raises(InvalidRequest):
        events.read_event("structured", STRUCTURED, body)


@pytest.mark.parametrize("body", [b"", b"text", b"[1]", b"7", b"null", b"{'a': 1}"])
def test_data_that_is_no_object_is_no_request(body: bytes) -> None:
    """A request is a JSON object, whatever else an event may carry."""
    event = events.read_event("binary", HEADERS, body)
    with pytest.raises(InvalidRequest):
        events.request_of(event)


@pytest.mark.parametrize(
    "told",
    [{"code": []}, {"code": {"a": 1}}, {"code": "busy", "detail": 7}, {"code": None}],
)
def test_a_problem_that_is_none_of_ours_is_foreign(told: dict[str, Any]) -> None:
    """Whatever stands where a code should: it is of another server, and no fault here."""
    body = json.dumps({"detail": "d", **told}).encode()
    answer = events.read_answer(503, {"content-type": "application/json"}, body)
    assert answer is not None
    assert answer.foreign


def test_facts_of_a_problem_may_have_any_name() -> None:
    """Another server's words for them are kept beside the sentence."""
    told = {"code": "busy", "detail": "d", "self": 1, "facts": 2, "args": 3}
    answer = events.read_answer(
        429, {"content-type": "application/json"}, json.dumps(told).encode()
    )
    assert answer is not None
    assert answer.problem is not None
    assert not answer.foreign
    assert {**answer.problem, **told} == answer.problem


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_brackets_without_end_are_no_event(mode: Any) -> None:
    """A bomb of brackets is an invalid request in either mode."""
    with pytest.raises(InvalidRequest):
        events.read_event(mode, HEADERS if mode == "binary" else STRUCTURED, b'{"a":' * 5000)


@pytest.mark.parametrize("coded", ["%%%", "", "e30"])
def test_wrong_base64_is_no_request(coded: str) -> None:
    """data_base64 that is none, or is empty, is an invalid request."""
    body = structured(data=None, data_base64=coded)
    with pytest.raises(InvalidRequest):
        events.request_of(events.read_event("structured", STRUCTURED, body))


@pytest.mark.parametrize(
    "kind",
    [
        "com.example.someevent",
        "dev.rushes.echo.requested.v2",
        "dev.rushes..requested.v1",
        "dev.rushes.echo.requested.v1.more",
        "DEV.rushes.echo.requested.v1",
        "dev.rushes.echo.requested.v1\n",
    ],
)
def test_types_of_others_are_not_ours(kind: str) -> None:
    """An event of another type is an invalid request that says which are handled."""
    event = events.read_event("binary", {**HEADERS, "Ce-Type": kind}, b"{}")
    with pytest.raises(InvalidRequest, match="requested"):
        events.meaning(event)


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_a_reply_is_a_valid_event_of_the_same_mode(shared_data: Path, mode: Any) -> None:
    """Replies validate against the CloudEvents schema and read back as what was meant."""
    event = events.read_event(
        "binary",
        {**HEADERS, "ce-traceparent": ABOVE, "ce-partitionkey": "A001", "ce-sequence": "9"},
        b"{}",
    )
    above = events.trace_of(event)
    assert above is not None
    assert above.parent == ABOVE
    step = above.child()
    reply = events.reply(event, "echo", "completed", {"unit": "u1", "status": "done"}, step)
    message = events.write_event(mode, reply)
    assert events.mode_of(message.headers) == mode
    back = events.read_event(mode, message.headers, message.body)
    assert back.get_type() == "dev.rushes.echo.completed.v1"
    assert (back.get_source(), back.get_subject()) == ("/rushes/echo", "u1")
    assert back.get_extension("traceparent") == step.parent
    assert back.get_extension("partitionkey") == "A001"
    assert back.get_extension("causationid") == "e1"
    assert back.get_extension("sequence") is None
    assert back.get_time() is not None
    assert events.request_of(back) == {"unit": "u1", "status": "done"}
    schema = json.loads((shared_data / "events" / "cloudevents.json").read_text())
    whole = events.write_event("structured", reply).body
    jsonschema.validate(json.loads(whole), schema, cls=jsonschema.Draft7Validator)


def test_a_failed_reply_holds_the_problem() -> None:
    """The failed event's data is the problem, and its content type says so."""
    event = events.read_event("binary", {**HEADERS, "Ce-Subject": "u9"}, b"{}")
    reply = events.reply(event, "echo", "failed", Busy("later").problem())
    message = events.write_event("binary", reply)
    assert message.headers["content-type"] == "application/problem+json"
    assert message.headers["ce-type"] == "dev.rushes.echo.failed.v1"
    assert message.headers["ce-subject"] == "u9"
    assert json.loads(message.body)["code"] == "busy"


def test_the_same_request_has_the_same_reply_id() -> None:
    """A redelivered event gets a reply of the same id; another event or outcome another."""
    first = events.read_event("binary", HEADERS, b"{}")
    second = events.read_event("binary", {**HEADERS, "Ce-Id": "e2"}, b"{}")
    ids = [
        events.reply(first, "echo", "completed", {}).get_id(),
        events.reply(first, "echo", "completed", {}).get_id(),
        events.reply(second, "echo", "completed", {}).get_id(),
        events.reply(first, "echo", "failed", {}).get_id(),
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_a_batch_is_read_whole_or_not_at_all() -> None:
    """One element that is no event makes the batch invalid, named by its index."""
    good = json.loads(structured())
    assert len(events.read_batch(json.dumps([good, good]).encode())) == 2
    assert events.read_batch(b"[]") == []
    with pytest.raises(InvalidRequest) as caught:
        events.read_batch(json.dumps([good, {}, 7]).encode())
    assert [p["field"] for p in caught.value.facts["problems"]] == ["[1]", "[2]"]
    with pytest.raises(InvalidRequest):
        events.read_batch(b"{}")


def test_a_request_event_is_the_same_for_the_same_unit() -> None:
    """The event's id follows from unit and sending: told twice it is one event, else another."""
    made = [events.make_request_event("echo", "u1", {"a": 1}, sent=s) for s in ("", "", "1", "2")]
    assert made[0].get_id() == made[1].get_id()
    assert len({event.get_id() for event in made}) == 3
    message = events.write_event("binary", made[0])
    event = events.read_event("binary", message.headers, message.body)
    assert events.meaning(event) == ("echo", "requested")
    assert (event.get_subject(), events.request_of(event)) == ("u1", {"a": 1})


@pytest.mark.parametrize("mode", ["binary", "structured", "plain"])
def test_an_answer_with_a_receipt_is_read(mode: Any) -> None:
    """The dispatcher finds the receipt in an answer of any mode."""
    if mode == "plain":
        headers, body = {"Content-Type": "application/json"}, receipt().json()
    else:
        event = events.read_event("binary", HEADERS, b"{}")
        message = events.write_event(
            mode, events.reply(event, "echo", "completed", json.loads(receipt().json()))
        )
        headers, body = message.headers, message.body
    answer = events.read_answer(200, headers, body)
    assert answer is not None
    assert answer.receipt == receipt()


def test_a_problem_in_an_answer_is_read_with_its_delay() -> None:
    """A failed answer gives the problem and what Retry-After said."""
    body = json.dumps(Busy("later").problem()).encode()
    answer = events.read_answer(429, {"Retry-After": "3", "content-type": "x/y"}, body)
    assert answer is not None
    assert answer.problem is not None
    assert (answer.problem["code"], answer.seconds_to_retry) == ("busy", 3.0)


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (400, "invalid_request", False),
        (404, "source_not_found", False),
        (408, "deadline_exceeded", True),
        (429, "busy", True),
        (500, "store_unavailable", True),
        (502, "store_unavailable", True),
        (503, "store_unavailable", True),
        (504, "deadline_exceeded", True),
        (200, "store_unavailable", True),
    ],
)
def test_what_a_gateway_says_becomes_a_problem(status: int, code: str, retryable: bool) -> None:
    """HTML or text of a proxy in the function's place is the problem of its status."""
    answer = events.read_answer(status, {"content-type": "text/html"}, b"<h1>no</h1>\nmore")
    assert answer is not None
    assert answer.problem is not None
    assert (answer.problem["code"], answer.problem["retryable"]) == (code, retryable)
    assert answer.foreign


@pytest.mark.parametrize(("status", "body"), [(202, b"x"), (202, b""), (204, b"")])
def test_accepted_is_no_answer_yet(status: int, body: bytes) -> None:
    """A gateway or broker that took the event has not answered it."""
    assert events.read_answer(status, {}, body) is None


def test_an_event_survives_a_round_trip() -> None:
    """Text outside ASCII and quotes come back from headers as they were."""
    event = CloudEvent(
        {"type": "dev.rushes.echo.requested.v1", "source": "/s", "id": 'a"% \u00e9'},
        {"n": "\u00e9"},
    )
    message = events.write_event("binary", event)
    back = events.read_event("binary", message.headers, message.body)
    assert (back.get_id(), events.request_of(back)) == ('a"% \u00e9', {"n": "\u00e9"})
