"""Plain JSON over HTTP: receipts, problems, and the routes that platforms probe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from functions.contract.errors import leaves
from functions.contract.version import VERSION
from functions.serve.http.app import create_app
from functions.serve.http.service import Service
from tests.serve.conftest import MakeService


def problem(response: TestResponse) -> dict[str, Any]:
    """The problem of a response that must be one."""
    assert response.mimetype == "application/problem+json"
    found: dict[str, Any] = json.loads(response.data)
    assert found["status"] == response.status_code
    assert found["type"] == f"https://rushes.dev/problems/{found['code']}"
    assert {"title", "detail", "retryable"} <= found.keys()
    return found


def test_a_request_is_answered_with_its_receipt(
    web: FlaskClient, fields: dict[str, Any], tmp_path: Path
) -> None:
    """POST / on a function's own server does the unit and answers with the receipt."""
    response = web.post("/", json=fields)
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    receipt = json.loads(response.data)
    assert (receipt["operation"], receipt["status"]) == ("echo", "done")
    assert (tmp_path / "out" / "echo.0000.txt").read_text() == "hello\n"
    standing = tmp_path / "out" / ".rushes" / f"{receipt['unit']}.json"
    assert standing.read_bytes() == response.data


def test_the_same_request_again_is_reused(web: FlaskClient, fields: dict[str, Any]) -> None:
    """A unit whose receipt stands is answered as reused, by the named route as well."""
    first = json.loads(web.post("/", json=fields).data)
    again = json.loads(web.post("/echo", json=fields).data)
    assert again == {**first, "status": "reused"}


def test_explain_is_answered_with_the_plan(
    web: FlaskClient, fields: dict[str, Any], tmp_path: Path
) -> None:
    """A request with explain says what would happen and writes nothing."""
    plan = json.loads(web.post("/", json={**fields, "explain": True}).data)
    assert plan["copies"] == 1
    assert plan["done_already"] is False
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("leaf", leaves(), ids=lambda leaf: leaf.code)
def test_each_error_has_its_status_and_problem(
    web: FlaskClient, fields: dict[str, Any], leaf: Any
) -> None:
    """Every error of the tree comes as problem+json with its status, code and facts."""
    response = web.post("/", json={**fields, "fail": leaf.code})
    found = problem(response)
    assert response.status_code == leaf.status
    assert (found["code"], found["retryable"]) == (leaf.code, leaf.retryable)
    assert (found["detail"], found["frame"]) == ("as was asked", 7)
    assert ("Retry-After" in response.headers) == leaf.retryable


def test_a_fault_of_ours_is_told_without_its_inside(
    web: FlaskClient, fields: dict[str, Any], lines: list[str]
) -> None:
    """A mistake of the code is a 500 problem; its traceback goes to the log alone."""
    response = web.post("/", json={**fields, "fail": "fault"})
    assert problem(response)["code"] == "internal_error"
    assert b"Traceback" not in response.data
    (line,) = (json.loads(text) for text in lines)
    assert "ZeroDivisionError" in line["traceback"]


def test_all_bad_fields_are_named_at_once(web: FlaskClient, fields: dict[str, Any]) -> None:
    """Unknown, missing and wrong fields are one problem that names each."""
    bad = {"output": fields["output"], "count": "two", "colour": 1}
    found = problem(web.post("/", json=bad))
    assert {p["field"] for p in found["problems"]} == {"input", "count", "colour"}


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"null", "application/json", 400),
        (b"\xff\xfe{}", "application/json", 400),
        (b'{"input": NaN}', "application/json", 400),
        (b"[" * 200_000, "application/json", 400),
        (b'{"a":' * 200_000, "application/json", 400),
        (b"{}", "application/xml", 415),
        (b"{}", "multipart/form-data; boundary=x", 415),
        (b"{}", "image/png", 415),
        (b"x" * (1 << 20) + b"x", "application/json", 413),
        (b"{}", "application/json", 400),
    ],
)
def test_malformed_bodies_are_problems(
    web: FlaskClient, body: bytes, media: str, status: int
) -> None:
    """Bodies that are no request end in a 4xx problem, whatever is wrong with them."""
    response = web.post("/", data=body, content_type=media)
    assert response.status_code == status
    assert problem(response)["retryable"] is False


@pytest.mark.parametrize(
    "media",
    [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain",
        None,
        "application/x-www-form-urlencoded",
        "application/vnd.studio+json",
    ],
)
def test_what_simple_clients_send_is_read_as_json(
    web: FlaskClient, fields: dict[str, Any], media: str | None
) -> None:
    """curl -d and faas-cli invoke work without a content type option."""
    response = web.post("/", data=json.dumps(fields), content_type=media)
    assert response.status_code == 200


def test_compressed_bodies_are_turned_away(web: FlaskClient) -> None:
    """A body that says gzip is a problem and is not guessed at."""
    response = web.post("/", data=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert problem(response)["code"] == "invalid_request"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/nothing", 404),
        ("POST", "/other", 404),
        ("GET", "/nothing", 404),
        ("GET", "/echo", 405),
        ("PUT", "/", 405),
        ("DELETE", "/healthz", 405),
        ("POST", "/metrics/deep/er", 404),
    ],
)
def test_wrong_routes_are_problems(web: FlaskClient, method: str, path: str, status: int) -> None:
    """Unknown paths, operations that are not served and wrong methods are problem+json."""
    response = web.open(path, method=method, json={} if method == "POST" else None)
    assert response.status_code == status
    assert problem(response)["code"] == "invalid_request"
    assert ("Allow" in response.headers) == (status == 405)


def test_a_server_of_several_says_where_to_post(make_service: MakeService) -> None:
    """POST / with plain JSON on a server of several operations names the routes."""
    client = create_app(make_service()).test_client()
    assert "/echo" in problem(client.post("/", json={}))["detail"]


def test_a_server_of_several_answers_each_at_its_path(
    make_service: MakeService, fields: dict[str, Any]
) -> None:
    """POST /<operation> works on a server of several operations."""
    client = create_app(make_service()).test_client()
    assert client.post("/echo", json=fields).status_code == 200


def test_the_roots_are_obeyed(web: FlaskClient, fields: dict[str, Any]) -> None:
    """A URI outside RUSHES_ROOTS is refused."""
    response = web.post("/", json={**fields, "input": "file:///etc/passwd"})
    assert response.status_code == 403
    assert problem(response)["code"] == "refused"


@pytest.mark.parametrize("path", ["/healthz", "/_/health"])
def test_health_answers_before_anything_is_loaded(web: FlaskClient, path: str) -> None:
    """The server is alive from its first moment."""
    assert web.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/readyz", "/_/ready"])
def test_ready_means_loaded(web: FlaskClient, service: Service, path: str) -> None:
    """Ready is 503 with the reason until the operations are loaded, and while draining."""
    cold = web.get(path)
    assert (cold.status_code, json.loads(cold.data)["detail"]) == (503, "loading")
    service.warm_up()
    assert web.get(path).status_code == 200
    service.gate.drain(1000)
    assert web.get(path).status_code == 503


def test_a_handler_that_does_not_import_is_told_by_ready(make_service: MakeService) -> None:
    """A server whose operation cannot be loaded stays up, is not ready and says why."""
    service = make_service(FUNCTION="other")
    service.warm_up()
    response = create_app(service).test_client().get("/readyz")
    assert response.status_code == 503
    assert "tests.serve.nowhere" in json.loads(response.data)["detail"]


def test_the_root_says_who_is_there(web: FlaskClient) -> None:
    """GET / answers 200 with name, version and operation."""
    found = json.loads(web.get("/").data)
    assert found == {
        "name": "rushes",
        "version": VERSION,
        "operation": "echo",
        "operations": ["echo"],
    }


def test_the_metrics_count_what_was_done(web: FlaskClient, fields: dict[str, Any]) -> None:
    """Units, frames, bytes, stages and errors are counted; a reused unit moves no bytes."""
    web.post("/", json={**fields, "count": 3})
    web.post("/", json={**fields, "count": 3})
    web.post("/", json={})
    response = web.get("/metrics")
    assert response.mimetype == "text/plain"
    rows = dict(
        line.rsplit(" ", 1) for line in response.text.splitlines() if not line.startswith("#")
    )
    assert rows['rushes_units_total{operation="echo",status="done"}'] == "1.0"
    assert rows['rushes_units_total{operation="echo",status="reused"}'] == "1.0"
    assert rows['rushes_frames_total{operation="echo"}'] == "3.0"
    assert rows['rushes_bytes_total{direction="in",operation="echo"}'] == "6.0"
    assert rows['rushes_bytes_total{direction="out",operation="echo"}'] == "18.0"
    assert rows['rushes_errors_total{code="invalid_request",operation="echo"}'] == "1.0"
    assert float(rows['rushes_stage_seconds_total{operation="echo",stage="commit"}']) > 0
    assert 'stage="total"' not in response.text
    assert rows['rushes_unit_seconds_count{operation="echo"}'] == "1.0"
    assert rows["rushes_units_in_flight"] == "0.0"


def test_a_second_unit_is_busy_and_health_still_answers(
    web: FlaskClient, service: Service, fields: dict[str, Any]
) -> None:
    """While a unit is in flight another is 429 with Retry-After; health and plans answer."""
    with service.gate.unit():
        response = web.post("/", json=fields)
        assert (response.status_code, response.headers["Retry-After"]) == (429, "1")
        assert problem(response)["code"] == "busy"
        assert web.get("/healthz").status_code == 200
        assert "rushes_units_in_flight 1.0" in web.get("/metrics").text
        assert web.post("/", json={**fields, "explain": True}).status_code == 200
    assert web.post("/", json=fields).status_code == 200


def test_a_draining_worker_takes_nothing(
    web: FlaskClient, service: Service, fields: dict[str, Any]
) -> None:
    """After SIGTERM a unit is turned away as busy, for another worker to take."""
    service.gate.drain(1000)
    assert problem(web.post("/", json=fields))["code"] == "busy"


@pytest.fixture
def guarded(make_service: MakeService, tmp_path: Path) -> FlaskClient:
    """A server that demands a token."""
    (tmp_path / "token").write_text("sesame\n")
    service = make_service(FUNCTION="echo", RUSHES_TOKEN_FILE=str(tmp_path / "token"))
    return create_app(service).test_client()


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("Basic c2VzYW1l", 401),
        ("Bearer", 401),
        ("Bearer  ", 401),
        ("Bearer wrong", 403),
        ("Bearer sesam\xe9", 403),
        ("Bearer sesame", 200),
        ("bearer sesame", 200),
    ],
)
def test_post_demands_the_token(
    guarded: FlaskClient, fields: dict[str, Any], header: str | None, status: int
) -> None:
    """With RUSHES_TOKEN_FILE, POST wants its bearer token and says so."""
    headers = {"Authorization": header} if header else {}
    for path in ("/", "/echo"):
        response = guarded.post(path, json=fields, headers=headers)
        assert response.status_code == status
        assert ("WWW-Authenticate" in response.headers) == (status == 401)
        if status != 200:
            assert problem(response)["code"] == "refused"


def test_probes_need_no_token(guarded: FlaskClient) -> None:
    """Health, metrics and the document are open, as platforms probe them without secrets."""
    for path in ("/", "/healthz", "/metrics", "/openapi.json"):
        assert guarded.get(path).status_code == 200


def test_a_rotated_token_is_seen(
    guarded: FlaskClient, fields: dict[str, Any], tmp_path: Path
) -> None:
    """A new token in the file is what counts from the next request on."""
    first = guarded.post("/", json=fields, headers={"Authorization": "Bearer sesame"})
    assert first.status_code == 200
    fresh = tmp_path / "fresh"
    fresh.write_text("open")
    fresh.replace(tmp_path / "token")
    old = guarded.post("/", json=fields, headers={"Authorization": "Bearer sesame"})
    new = guarded.post("/", json=fields, headers={"Authorization": "Bearer open"})
    assert (old.status_code, new.status_code) == (403, 200)


def test_an_emptied_token_file_lets_nobody_in(
    guarded: FlaskClient, fields: dict[str, Any], tmp_path: Path
) -> None:
    """A token file that is empty for a moment does not make the empty token right."""
    (tmp_path / "token").write_text("")
    response = guarded.post("/", json=fields, headers={"Authorization": "Bearer x"})
    assert response.status_code >= 400


def test_pages_of_other_sites_are_refused(web: FlaskClient, fields: dict[str, Any]) -> None:
    """A browser on another site's page cannot make this server work."""
    for origin in ("https://example.com", "http://[", "null"):
        assert web.post("/echo", json=fields, headers={"Origin": origin}).status_code == 403
    there = web.post("/", json=fields, headers={"Origin": "https://example.com"})
    here = web.post("/", json=fields, headers={"Origin": "http://localhost"})
    assert problem(there)["code"] == "refused"
    assert here.status_code == 200


def test_each_unit_is_one_line_of_json(
    web: FlaskClient, fields: dict[str, Any], lines: list[str]
) -> None:
    """The log tells unit, operation, status, seconds and the caller's ids."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    web.post("/", json=fields, headers={"X-Call-Id": "c1", "traceparent": trace})
    (line,) = (json.loads(text) for text in lines)
    assert (line["event"], line["operation"], line["status"]) == ("unit", "echo", "done")
    assert len(line["unit"]) == 32
    assert (line["call"], line["trace_id"], line["frames"]) == ("c1", trace[3:35], 1)
    assert line["seconds"] > 0
