"""The Java client against a real server, and against one that answers all that can be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rushes
from functions.contract.errors import (
    DeadlineExceeded,
    InvalidRequest,
    RushesError,
    StoreUnavailable,
    leaves,
)
from functions.serve.http.client import Client
from tests.clients.conftest import TOKEN
from tests.clients.java_driver import Java, java
from tests.clients.stub import Stub, stub

RECEIPT = '{"operation":"inspect","seconds":{"total":0.1000000000000000055511151231257827}}'


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Java]:
    """The compiled client."""
    with java(tmp_path_factory.mktemp("classes")) as made:
        yield made


@pytest.fixture
def answers() -> Iterator[Stub]:
    """A server with laid answers."""
    with stub() as made:
        yield made


def steady(receipt: dict[str, Any]) -> dict[str, Any]:
    """A receipt without what differs from run to run."""
    return {k: v for k, v in receipt.items() if k not in ("seconds", "machine")}


def test_the_same_receipt_as_the_python_client(driver: Java, server: str, place: Path) -> None:
    """One request through Java and through Python gives one receipt."""
    request = {"input": f"file://{place}/A001/", "frames": "1001-1002"}
    asked = driver.ask("call", url=server, token=TOKEN, operation="inspect", request=request)
    receipt = Client(server, token=TOKEN).call("inspect", **request)
    assert steady(asked["value"]) == steady(json.loads(receipt.json()))
    assert asked["value"]["status"] == "done"


def test_frames_are_made_and_a_second_call_is_reused(
    driver: Java, server: str, place: Path
) -> None:
    """The unit that Java had done is reused by the next client, of whatever language."""
    request = {
        "input": f"file://{place}/A001/",
        "output": f"file://{place}/java/",
        "method": "draft",
    }
    asked = driver.ask("call", url=server, token=TOKEN, operation="debayer", request=request)
    receipt = Client(server, token=TOKEN).debayer(**request)
    assert (asked["value"]["status"], receipt.status) == ("done", "reused")
    assert asked["value"]["unit"] == receipt.unit
    assert len(list((place / "java").glob("*.exr"))) == 4


def test_explain_writes_nothing(driver: Java, server: str, place: Path) -> None:
    """The plan comes back, and no file."""
    request = {"input": f"file://{place}/A001/", "output": f"file://{place}/planned/"}
    asked = driver.ask("explain", url=server, token=TOKEN, operation="debayer", request=request)
    plan = Client(server, token=TOKEN).explain("debayer", **request)
    assert asked["value"] == plan
    assert not (place / "planned").exists()


def test_an_event_is_answered_with_the_receipt(driver: Java, server: str, place: Path) -> None:
    """The same request as a CloudEvent gives the same unit."""
    request = {"input": f"file://{place}/A001/"}
    sent = driver.ask(
        "send", url=server, token=TOKEN, operation="inspect", request=request, id="shot 7 é"
    )
    receipt = Client(server, token=TOKEN).call("inspect", **request)
    assert steady(sent["value"]) == steady(json.loads(receipt.json()))


def test_a_job_is_followed(driver: Java, server: str, place: Path) -> None:
    """The report tells how many units were done, and again that all stood."""
    clip = {"operation": "debayer", "input": f"file://{place}/A001/", "method": "draft"}
    lost = {"operation": "debayer", "input": f"file://{place}/B002/"}
    job = {"output": f"file://{place}/job/", "units": {"frames": 2}, "clips": [clip]}
    first = driver.ask("dispatch", url=server, token=TOKEN, request=job)
    assert first["value"] == ["done", True, 2, 2, 0, 0, []]
    again = driver.ask("dispatch", url=server, token=TOKEN, request=job)
    assert again["value"] == ["done", True, 2, 0, 2, 0, []]
    partly = driver.ask("dispatch", url=server, token=TOKEN, request={**job, "clips": [lost]})
    state, complete, _, _, _, failed, failures = partly["value"]
    assert (state, complete, failed) == ("failed", False, 1)
    assert failures[0]["problem"]["code"] == "source_not_found"


def test_problems_of_a_real_server(driver: Java, server: str, place: Path) -> None:
    """A wrong request, a missing clip and a missing token are the contract's errors."""
    request = {"input": f"file://{place}/A001/", "frame": "1", "outputs": "x"}
    with pytest.raises(InvalidRequest) as caught:
        Client(server, token=TOKEN).call("inspect", **request)
    wrong = driver.ask("call", url=server, token=TOKEN, operation="inspect", request=request)
    assert wrong["error"] == "InvalidRequest"
    assert wrong["detail"] == caught.value.detail
    assert wrong["facts"]["problems"] == caught.value.facts["problems"]
    request = {"input": f"file://{place}/B002/"}
    lost = driver.ask("call", url=server, token=TOKEN, operation="inspect", request=request)
    assert (lost["error"], lost["status"]) == ("SourceNotFound", 404)
    unknown = driver.ask("call", url=server, operation="inspect", request=request)
    assert (unknown["error"], unknown["code"]) == ("Refused", "refused")


@pytest.mark.parametrize("leaf", leaves(), ids=lambda leaf: leaf.code)
def test_the_tree_is_the_contracts(driver: Java, answers: Stub, leaf: type[RushesError]) -> None:
    """Every error of the contract has its class, code, status, retry, sentence and facts."""
    problem = leaf("what happened", frame=7, uri="s3://a/b").problem()
    headers = {"Content-Type": "application/problem+json", "Retry-After": "3"}
    answers.answers = [(leaf.status, headers, json.dumps(problem))]
    said = driver.ask("call", url=answers.url, operation="inspect", request={})
    assert said["error"] == leaf.__name__
    assert (said["code"], said["status"], said["retryable"]) == (
        leaf.code,
        leaf.status,
        leaf.retryable,
    )
    assert (said["detail"], said["after"]) == ("what happened", 3)
    assert said["facts"] == {"frame": 7, "uri": "s3://a/b"}


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (503, "<h1>no upstream</h1>", "StoreUnavailable"),
        (502, "", "StoreUnavailable"),
        (504, "late", "DeadlineExceeded"),
        (429, "", "Busy"),
        (413, "", "LimitExceeded"),
        (404, '{"message": "no function"}', "InvalidRequest"),
        (500, "", "InternalError"),
        (307, "", "InternalError"),
        (200, "hello", "InternalError"),
        (200, "[1]", "InternalError"),
        (200, '{"status": "ok"}', "InternalError"),
        (202, "", "InternalError"),
        (204, "", "InternalError"),
    ],
)
def test_what_others_say_in_the_functions_place(
    driver: Java, answers: Stub, status: int, body: str, error: str
) -> None:
    """Pages of gateways and answers that are none become errors; no redirect is followed."""
    answers.answers = [(status, {"Location": "http://127.0.0.1:9/"} if status == 307 else {}, body)]
    said = driver.ask("call", url=answers.url, operation="inspect", request={})
    assert said["error"] == error
    assert len(answers.seen) == 1
    with pytest.raises(RushesError) as caught:
        rushes.Client(answers.url).call("inspect", input="file:///x")
    assert type(caught.value).__name__ == error


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_broker_takes_an_event_without_an_answer(
    driver: Java, answers: Stub, status: int
) -> None:
    """No body is no receipt and no error; the event's attributes are headers, in ASCII."""
    answers.answers = [(status, {}, "")]
    request = {"input": "s3://a/é"}
    said = driver.ask("send", url=answers.url, operation="inspect", request=request, id='é "%')
    assert said == {"value": None}
    path, headers, body = answers.seen[0]
    assert (path, json.loads(body)) == ("/", request)
    assert headers["ce-type"] == "dev.rushes.inspect.requested.v1"
    assert headers["ce-specversion"] == "1.0"
    assert headers["ce-id"] == "%C3%A9%20%22%25"
    assert headers["ce-source"] == "/java%20tests"


def test_nobody_there_and_no_answer(driver: Java, answers: Stub) -> None:
    """A refused connection is StoreUnavailable, a silent server DeadlineExceeded."""
    said = driver.ask("call", url="http://127.0.0.1:9", operation="inspect", request={})
    assert said["error"] == "StoreUnavailable"
    answers.silent = True
    said = driver.ask("call", url=answers.url, operation="inspect", request={}, wait=50)
    assert said["error"] == "DeadlineExceeded"


def test_half_an_answer(driver: Java, answers: Stub) -> None:
    """A connection that breaks in the body is StoreUnavailable, one that stalls there late."""
    answers.answers = [(200, {}, RECEIPT)]
    answers.short = True
    said = driver.ask("call", url=answers.url, operation="inspect", request={})
    assert said["error"] == "StoreUnavailable"
    with pytest.raises(StoreUnavailable):
        rushes.Client(answers.url).call("inspect", input="file:///x")
    answers.short, answers.stalls = False, True
    said = driver.ask("call", url=answers.url, operation="inspect", request={}, wait=200)
    assert said["error"] == "DeadlineExceeded"
    with pytest.raises(DeadlineExceeded):
        rushes.Client(answers.url, timeout=0.2).call("inspect", input="file:///x")


def test_the_python_client_finds_nobody_and_no_answer(answers: Stub) -> None:
    """The same two errors as Java's."""
    with pytest.raises(StoreUnavailable, match=r"^http://127\.0\.0\.1:9 .*: Connection refused$"):
        rushes.Client("http://127.0.0.1:9").call("inspect", input="file:///x")
    answers.silent = True
    with pytest.raises(DeadlineExceeded):
        rushes.Client(answers.url, timeout=0.05).call("inspect", input="file:///x")


def test_the_python_client_retries_when_told(
    answers: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With attempts it waits as Java's Retry does, and gives up as it does."""
    waits: list[float] = []
    monkeypatch.setattr("functions.serve.http.client._pause", waits.append)
    monkeypatch.setattr("functions.dispatch.sending.backoff.jitter", lambda unit, attempt: 0.5)
    busy = json.dumps({"code": "busy", "detail": "at work"})
    ready = '{"unit": "u"}'
    answers.answers = [(429, {"Retry-After": "3"}, busy), (503, {}, ""), (200, {}, ready)]
    client = rushes.Client(answers.url, attempts=5)
    assert client.explain("inspect", input="file:///x") == {"unit": "u"}
    assert waits == [3.25, 0.5]
    waits.clear()
    answers.answers = [(503, {"Retry-After": "7"}, "")]
    with pytest.raises(StoreUnavailable):
        rushes.Client(answers.url, attempts=3).call("inspect", input="file:///x")
    assert waits == [7.25, 7.5]
    waits.clear()
    answers.answers = [(404, {}, json.dumps({"code": "source_not_found", "detail": "x"}))]
    with pytest.raises(RushesError):
        client.call("inspect", input="file:///x")
    with pytest.raises(RushesError):
        rushes.Client(answers.url).call("inspect", input="file:///x")
    assert waits == []


def test_the_token_goes_along(driver: Java, answers: Stub) -> None:
    """With a token there is a bearer header, and none without."""
    answers.answers = [(200, {}, RECEIPT)]
    driver.ask("call", url=answers.url + "/", token="t0", operation="inspect", request={})
    driver.ask("call", url=answers.url, operation="inspect", request={})
    assert [headers.get("authorization") for _, headers, _ in answers.seen] == ["Bearer t0", None]
    assert [path for path, _, _ in answers.seen] == ["/inspect", "/inspect"]


def test_retry_waits_as_asked(driver: Java, answers: Stub) -> None:
    """Retry-After is honoured, the back-off doubles, and the receipt of the last try comes."""
    busy = json.dumps({"code": "busy", "detail": "at work"})
    late = {"Retry-After": "2"}
    answers.answers = [
        *((429, {"Retry-After": "3"}, busy), (503, {}, ""), (503, late, "")),
        (200, {}, RECEIPT),
    ]
    said = driver.ask("retry", url=answers.url, operation="inspect", request={}, attempts=5)
    assert said["value"]["operation"] == "inspect"
    assert said["waits"] == [3250, 500, 3000]


def test_retry_gives_up(driver: Java, answers: Stub) -> None:
    """What no retry cures is told at once, what one may cure after the last attempt."""
    answers.answers = [(503, {}, "")]
    said = driver.ask("retry", url=answers.url, operation="inspect", request={}, attempts=3)
    assert (said["error"], said["waits"], len(answers.seen)) == ("StoreUnavailable", [250, 500], 3)
    answers.answers = [(404, {}, json.dumps({"code": "source_not_found", "detail": "x"}))]
    said = driver.ask("retry", url=answers.url, operation="inspect", request={}, attempts=3)
    assert (said["error"], said["waits"]) == ("SourceNotFound", [])


@pytest.mark.parametrize(
    ("url", "operation"), [("ftp://x", "inspect"), ("http://", "inspect"), ("http://x", "../x")]
)
def test_nonsense_is_refused_before_it_is_sent(driver: Java, url: str, operation: str) -> None:
    """Another scheme, no host and a name that climbs are InvalidRequest."""
    said = driver.ask("call", url=url, operation=operation, request={})
    assert said["error"] == "InvalidRequest"


@pytest.mark.parametrize(
    "text",
    [
        '{"a":[1,-2,3.50,1e-7,true,false,null],"b":{},"c":[]}',
        '"\\"\\\\\\n\\u0000é\\ud83d\\ude00/"',
        "123456789012345678901234567890",
        "0.1000000000000000055511151231257827",
        " [ 1 , { } ] ",
    ],
)
def test_json_is_kept_to_the_last_digit(driver: Java, text: str) -> None:
    """What Java writes again is the same value to Python."""
    from decimal import Decimal

    said = driver.ask("json", text=text)
    one = json.loads(said["value"], parse_float=Decimal)
    assert one == json.loads(text, parse_float=Decimal)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[1,]", '{"a":1,}', '{"a":1,"a":2}', "01", "1.", ".5", "+1", "1e", "NaN"),
        *("nul", "'a'", '"\t"', '"\\x"', '"\\u12g4"', '"a', "1 2", "[1 2]", '{"a" 1}', "{1:2}"),
        "[" * 201 + "]" * 201,
    ],
)
def test_what_is_no_json_is_refused(driver: Java, text: str) -> None:
    """A lax reader would take a cut answer for a receipt."""
    assert driver.ask("json", text=text)["error"] == "IllegalArgumentException"


def test_nan_is_not_written(driver: Java) -> None:
    """JSON has no word for it."""
    assert driver.ask("nan")["error"] == "IllegalArgumentException"
