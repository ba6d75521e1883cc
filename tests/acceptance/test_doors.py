"""One request through every door gives the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

import rushes
from tests.acceptance.conftest import run_rushes

FIELDS = {"frames": "2-4", "compression": "zip", "method": "fast"}


def frames_of(folder: Path) -> dict[str, bytes]:
    """EXR files by name."""
    return {p.name: p.read_bytes() for p in folder.glob("*.exr")}


def event(fields: dict[str, Any]) -> dict[str, Any]:
    """A requested event in structured form."""
    return {
        "specversion": "1.0",
        "type": "dev.rushes.debayer.requested.v1",
        "source": "/tests",
        "id": "42",
        "datacontenttype": "application/json",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "data": fields,
    }


@pytest.fixture(scope="module")
def reference(camera: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Frames made through Python's door."""
    out = tmp_path_factory.mktemp("python")
    receipt = rushes.debayer(input=str(camera), output=str(out), **FIELDS)
    assert (receipt.status, receipt.frames.count) == ("done", 3)
    frames = frames_of(out)
    assert len(frames) == 3
    return frames


def test_the_command_line(camera: Path, tmp_path: Path, reference: dict[str, bytes]) -> None:
    """Flags make the same request."""
    flags = [word for name, value in FIELDS.items() for word in (f"--{name}", value)]
    ended = run_rushes("debayer", str(camera), str(tmp_path), *flags, "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["operation"] == "debayer"
    assert frames_of(tmp_path) == reference


def test_plain_http(camera: Path, tmp_path: Path, reference: dict[str, bytes], server: str) -> None:
    """A plain JSON body is answered with the receipt, and again with the same, reused."""
    body = {"input": f"file://{camera}", "output": f"file://{tmp_path}", **FIELDS}
    answer = requests.post(f"{server}/debayer", json=body, timeout=60)
    assert (answer.status_code, answer.json()["status"]) == (200, "done")
    assert frames_of(tmp_path) == reference
    again = requests.post(f"{server}/debayer", json=body, timeout=60).json()
    assert (again["status"], again["unit"]) == ("reused", answer.json()["unit"])


def test_a_structured_event(
    camera: Path, tmp_path: Path, reference: dict[str, bytes], server: str
) -> None:
    """A structured CloudEvent is answered with a completed event of the same trace."""
    fields = {"input": f"file://{camera}", "output": f"file://{tmp_path}", **FIELDS}
    answer = requests.post(
        server,
        data=json.dumps(event(fields)),
        headers={"Content-Type": "application/cloudevents+json"},
        timeout=60,
    )
    reply = answer.json()
    assert answer.status_code == 200, reply
    assert reply["type"] == "dev.rushes.debayer.completed.v1"
    assert reply["data"]["status"] == "done"
    assert reply["traceparent"].split("-")[1] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert frames_of(tmp_path) == reference


def test_a_binary_event(
    camera: Path, tmp_path: Path, reference: dict[str, bytes], server: str
) -> None:
    """A binary CloudEvent is answered in binary mode."""
    fields = {"input": f"file://{camera}", "output": f"file://{tmp_path}", **FIELDS}
    structured = event(fields)
    headers = {
        f"ce-{name}": value
        for name, value in structured.items()
        if name not in ("data", "datacontenttype")
    }
    answer = requests.post(server, json=fields, headers=headers, timeout=60)
    assert answer.headers["ce-type"] == "dev.rushes.debayer.completed.v1"
    assert answer.json()["status"] == "done"
    assert frames_of(tmp_path) == reference


def test_the_python_client(
    camera: Path, tmp_path: Path, reference: dict[str, bytes], server: str
) -> None:
    """A client of a running function gets the receipt as a value."""
    client = rushes.Client(server)
    receipt = client.debayer(input=str(camera), output=str(tmp_path), **FIELDS)
    assert receipt.frames.count == 3
    assert frames_of(tmp_path) == reference


def test_an_error_is_the_same_through_every_door(camera: Path, tmp_path: Path, server: str) -> None:
    """Code and sentence do not depend on the door."""
    fields = {"input": f"file://{camera}", "output": f"file://{tmp_path}", "frames": "90-99"}
    plain = requests.post(f"{server}/debayer", json=fields, timeout=60)
    failed = requests.post(
        server,
        data=json.dumps(event(fields)),
        headers={"Content-Type": "application/cloudevents+json"},
        timeout=60,
    )
    ended = run_rushes("debayer", str(camera), str(tmp_path), "--frames", "90-99")
    with pytest.raises(ValueError, match="90") as caught:
        rushes.debayer(**fields)
    problem = plain.json()
    assert plain.headers["Content-Type"] == "application/problem+json"
    assert (plain.status_code, problem["code"]) == (400, "invalid_request")
    assert failed.status_code == 400
    assert failed.json()["type"] == "dev.rushes.debayer.failed.v1"
    assert failed.json()["data"]["detail"] == problem["detail"] == str(caught.value)
    assert (ended.code, problem["detail"] in ended.err) == (10, True)
