"""Failure notes: what a function leaves for whoever waits for its receipt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from functions.contract.errors import DamagedSource
from functions.contract.receipt import failure_uri, receipt_uri
from functions.serve.cli.operation_command import operation_command
from functions.serve.events import cloudevents as events
from functions.serve.http.service import Service
from functions.serve.run import in_process as here
from functions.serve.run.runner import Runner
from functions.serve.telemetry import trace
from tests.serve.echo_main import ECHO
from tests.serve.test_negotiate import BATCH, send, whole

UNIT = "0123456789abcdef" * 2


def notes(folder: Path) -> dict[str, Any]:
    """Every note below a folder by the name of its file."""
    return {path.name: json.loads(path.read_bytes()) for path in folder.rglob("*.failed.json")}


@pytest.mark.parametrize("mode", ["binary", "structured"])
@pytest.mark.parametrize("code", ["damaged_source", "source_not_found", "limit_exceeded"])
def test_a_unit_that_failed_for_good_leaves_its_problem(
    web: FlaskClient, tmp_path: Path, fields: dict[str, Any], mode: str, code: str
) -> None:
    """Where the receipt would be stands the problem, under the name that is the subject."""
    reply = send(web, mode, whole({**fields, "fail": code}, subject=UNIT))
    event = events.read_event(events.mode_of(dict(reply.headers)), dict(reply.headers), reply.data)
    problem = events.request_of(event)
    uri = failure_uri(fields["output"], UNIT)
    note = json.loads(Path(uri.removeprefix("file://")).read_bytes())
    assert note == {**problem, "operation": "echo", "unit": UNIT}
    assert (note["code"], note["frame"]) == (code, 7)


def test_a_note_is_the_same_each_time(
    web: FlaskClient, tmp_path: Path, fields: dict[str, Any]
) -> None:
    """No clock, host or attempt is in it: delivered twice, the same bytes stand."""
    event = whole({**fields, "fail": "damaged_source"}, subject=UNIT)
    path = Path(failure_uri(fields["output"], UNIT).removeprefix("file://"))
    send(web, "binary", event)
    before = path.read_bytes()
    send(web, "binary", event)
    assert path.read_bytes() == before


@pytest.mark.parametrize("code", ["store_unavailable", "busy", "deadline_exceeded", "fault"])
def test_what_a_retry_may_cure_leaves_no_note(
    web: FlaskClient, tmp_path: Path, fields: dict[str, Any], code: str
) -> None:
    """A 429, a 5xx and a fault of ours are delivered again: nobody has failed for good."""
    send(web, "binary", whole({**fields, "fail": code}, subject=UNIT))
    assert notes(tmp_path) == {}


def test_a_plain_request_leaves_no_note(
    web: FlaskClient, tmp_path: Path, fields: dict[str, Any]
) -> None:
    """Who asks without an event has the answer in hand."""
    assert web.post("/", json={**fields, "fail": "damaged_source"}).status_code == 422
    assert notes(tmp_path) == {}


def test_a_request_that_is_none_leaves_a_note_too(
    web: FlaskClient, tmp_path: Path, fields: dict[str, Any]
) -> None:
    """Where the output is named, an unknown field is told there, as is a source that is gone."""
    send(web, "binary", whole({**fields, "colour": 1}, subject=UNIT))
    assert notes(tmp_path)[f"{UNIT}.failed.json"]["code"] == "invalid_request"
    gone = {**fields, "input": fields["input"] + ".not"}
    send(web, "binary", whole(gone, subject=UNIT))
    assert notes(tmp_path)[f"{UNIT}.failed.json"]["code"] == "source_not_found"


@pytest.mark.parametrize("subject", ["shot-7", f"{UNIT}\n"])
def test_without_a_unit_for_a_subject_the_request_says_which(
    web: FlaskClient, tmp_path: Path, service: Service, fields: dict[str, Any], subject: str
) -> None:
    """An event with any other subject leaves its note where the receipt of its unit would be."""
    request = {**fields, "fail": "damaged_source"}
    runner = service.runner
    assert isinstance(runner, Runner)
    unit = runner.prepare("echo", request).unit
    send(web, "structured", whole(request, subject=subject))
    assert list(notes(tmp_path)) == [f"{unit}.failed.json"]


@pytest.mark.parametrize(
    "change",
    [
        {"output": None},
        {"output": "file:///elsewhere/"},
        {"output": 7},
        {"output": "no uri"},
        {"explain": True, "input": "file:///elsewhere/x"},
    ],
)
def test_where_nothing_can_be_left_the_answer_is_the_same(
    web: FlaskClient, tmp_path: Path, fields: dict[str, Any], change: dict[str, Any]
) -> None:
    """No output, one outside the roots, or a plan: the failed event comes without a note."""
    response = send(web, "binary", whole({**fields, "fail": "refused", **change}, subject=UNIT))
    assert 400 <= response.status_code < 500
    assert response.headers["ce-type"] == "dev.rushes.echo.failed.v1"
    assert notes(tmp_path) == {}


def test_a_receipt_that_stands_gets_no_note(
    web: FlaskClient, tmp_path: Path, fields: dict[str, Any]
) -> None:
    """The echo of an event whose source is gone by now does not spoil what is done."""
    done = json.loads(send(web, "binary", whole(fields)).data)
    gone = {**fields, "input": fields["input"] + ".not"}
    send(web, "binary", whole(gone, subject=done["unit"]))
    assert Path(receipt_uri(fields["output"], done["unit"]).removeprefix("file://")).exists()
    assert notes(tmp_path) == {}


def test_each_event_of_a_batch_has_its_note(
    web: FlaskClient, tmp_path: Path, fields: dict[str, Any]
) -> None:
    """Two of three fail, and two notes stand."""
    bad = {**fields, "fail": "damaged_source"}
    batch = [
        whole(fields, id="1"),
        whole(bad, id="2", subject=UNIT),
        whole(bad, id="3", subject=UNIT[::-1]),
    ]
    web.post("/", data=json.dumps(batch), headers=BATCH)
    assert notes(tmp_path).keys() == {f"{UNIT}.failed.json", f"{UNIT[::-1]}.failed.json"}


def test_a_dispatched_unit_that_became_another_is_noted(
    web: FlaskClient, tmp_path: Path, fields: dict[str, Any]
) -> None:
    """A source changed since the plan: the work is done, and a note of the planned unit says so."""
    event = whole(fields, subject=UNIT, source=events.DISPATCH)
    done = json.loads(send(web, "binary", event).data)
    assert done["status"] == "done"
    note = notes(tmp_path)[f"{UNIT}.failed.json"]
    assert done["unit"] in note["detail"]
    assert "different versions" in note["detail"]
    send(web, "binary", whole(fields, subject=UNIT[::-1], source="/studio"))
    assert len(notes(tmp_path)) == 1


def test_the_command_of_a_job_leaves_the_note_too(
    tmp_path: Path, fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`rushes OPERATION --request EVENT` fails with its code, and the note stands."""
    file = tmp_path / "event"
    file.write_text(json.dumps(whole({**fields, "fail": "damaged_source"}, subject=UNIT)))
    command = operation_command(ECHO, "echo")
    monkeypatch.setenv("RUSHES_ROOTS", str(tmp_path))
    with pytest.raises(DamagedSource):
        command.main(["--request", str(file)], standalone_mode=False)
    assert notes(tmp_path)[f"{UNIT}.failed.json"]["code"] == "damaged_source"
    file.write_text(json.dumps(whole(fields, subject=UNIT[::-1], source=events.DISPATCH)))
    command.main(["--request", str(file)], standalone_mode=False)
    assert "different versions" in notes(tmp_path)[f"{UNIT[::-1]}.failed.json"]["detail"]


def test_the_command_of_a_job_goes_on_with_its_events_trace(
    tmp_path: Path, fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `--request EVENT` does, and a dispatcher sends, is below the event's step; a request
    that is no event has no trace to go on with."""
    seen: list[trace.Trace | None] = []

    def run(*_: Any) -> Any:
        seen.append(trace.current())
        raise DamagedSource("seen enough")

    monkeypatch.setattr(here, "run_here", run)
    above = trace.start()
    file = tmp_path / "event"
    for content in (whole(fields, **above.headers()), fields):
        file.write_text(json.dumps(content))
        with pytest.raises(DamagedSource):
            operation_command(ECHO, "echo").main(["--request", str(file)], standalone_mode=False)
    step, none = seen
    assert step is not None
    assert (step.trace, step.above) == (above.trace, above.span)
    assert none is None
