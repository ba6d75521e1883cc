"""Sinks against small HTTP servers that answer as functions, brokers and gateways do."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from functions.contract.errors import DeadlineExceeded, InvalidRequest, StoreUnavailable
from functions.contract.operation import Answer
from functions.contract.receipt import Receipt
from functions.serve.events import http_sink
from functions.serve.events.http_sink import HttpSink
from functions.serve.events.sink_address import parse_address
from functions.serve.events.sinks import open_sink
from functions.serve.run.settings import Settings
from functions.serve.telemetry import trace

UNIT = "0123456789abcdef" * 2
REQUEST = {"input": "file:///a.dng", "output": "file:///out/"}
RECEIPT = Receipt(
    rushes="0",
    operation="debayer",
    unit=UNIT,
    status="done",
    request=REQUEST,
    assumed={},
    inputs=(),
    outputs=(),
    frames=None,
    seconds={},
    machine={},
)


@dataclass
class Stub:
    """What a server saw, and what it answers."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False
    keep: bool = False
    ports: set[int] = field(default_factory=set)
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A server on loopback that answers every POST the same way."""
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        def setup(self) -> None:
            self.protocol_version = "HTTP/1.1" if stub.keep else "HTTP/1.0"
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            stub.ports.add(self.client_address[1])
            stub.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if stub.cut:
                return
            self.send_response(stub.status)
            for name, value in stub.headers.items():
                self.send_header(name, value)
            if "content-length" not in stub.headers:
                self.send_header("content-length", str(len(stub.body)))
            self.end_headers()
            self.wfile.write(stub.body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield stub
    server.shutdown()
    thread.join()
    server.server_close()


def send(stub: Stub, address: str | None = None, **settings: Any) -> Answer | None:
    """One unit through the sink of an address."""
    with open_sink(None, Settings(**{"sink": address or stub.url, **settings})) as sink:
        return sink.ask("debayer", UNIT, REQUEST)


def test_a_unit_is_one_binary_cloudevent(stub: Stub) -> None:
    """The attributes are headers, the data is the request, and the trace is W3C's."""
    send(stub)
    path, headers, body = stub.seen[0]
    assert path == "/"
    assert headers["ce-type"] == "dev.rushes.debayer.requested.v1"
    assert headers["ce-specversion"] == "1.0"
    assert headers["ce-subject"] == UNIT
    assert headers["content-type"] == "application/json"
    assert headers["ce-traceparent"] == headers["traceparent"]
    assert trace.read(headers["traceparent"]) is not None
    assert "ce-rushesjob" not in headers
    assert json.loads(body) == REQUEST


def test_every_event_of_a_dispatch_is_a_step_of_one_trace(stub: Stub) -> None:
    """The trace, flags and state are those of whoever asked; each sending has its own parent id."""
    above = trace.read(f"00-{'a' * 32}-{'b' * 16}-00", "congo=1")
    assert above is not None
    with trace.inside(above), open_sink(None, Settings(sink=stub.url), "j1") as sink:
        pass_on = threading.Thread(target=lambda: sink.ask("debayer", UNIT, REQUEST))
        pass_on.start()  # from a thread that knows of no trace
        pass_on.join()
        sink.ask("debayer", UNIT, REQUEST)
    found = [headers for _, headers, _ in stub.seen]
    steps = [trace.read(h["ce-traceparent"], h["ce-tracestate"]) for h in found]
    assert all(step is not None and step.trace == above.trace for step in steps)
    assert all(step is not None and (step.flags, step.state) == (0, "congo=1") for step in steps)
    assert len({above.span, *(step.span for step in steps if step)}) == 3
    assert [h["tracestate"] for h in found] == ["congo=1"] * 2
    assert [h["ce-rushesjob"] for h in found] == ["j1"] * 2


def test_dispatches_that_nobody_traces_have_traces_of_their_own(stub: Stub) -> None:
    """Without a step to go on from, a dispatch begins a trace."""
    send(stub)
    send(stub)
    one, two = (trace.read(headers["ce-traceparent"]) for _, headers, _ in stub.seen)
    assert one is not None
    assert two is not None
    assert one.trace != two.trace


def ids(stub: Stub) -> list[tuple[str, str]]:
    """(source, id) of each event that came."""
    return [(headers["ce-source"], headers["ce-id"]) for _, headers, _ in stub.seen]


@pytest.mark.parametrize("status", [503, 429])
def test_no_new_try_repeats_an_id(stub: Stub, status: int) -> None:
    """A JobSink drops an id that it has seen, whatever became of its Job: each sending has one of
    its own, after a broken connection too."""
    stub.status = status
    with open_sink(None, Settings(sink=stub.url)) as sink:
        sink.ask("debayer", UNIT, REQUEST)
        stub.cut = True
        with pytest.raises(StoreUnavailable):
            sink.ask("debayer", UNIT, REQUEST)
        stub.cut, stub.status = False, 202
        sink.ask("debayer", UNIT, REQUEST)
    assert len(set(ids(stub))) == len(stub.seen) == 3


def test_a_unit_that_is_tried_again_is_another_event(stub: Stub) -> None:
    """What was taken before, by this dispatch or another, must not be dropped as a duplicate."""
    stub.status = 202
    for _ in range(2):
        with open_sink(None, Settings(sink=stub.url)) as sink:
            sink.ask("debayer", UNIT, REQUEST)
            sink.ask("debayer", UNIT, REQUEST)
            sink.ask("debayer", UNIT[::-1], REQUEST)
    assert len(set(ids(stub))) == 6


def test_a_receipt_is_the_answer(stub: Stub) -> None:
    """A plain or a completed event's receipt is read back as it was."""
    stub.headers, stub.body = {"content-type": "application/json"}, RECEIPT.json()
    assert send(stub) == Answer(RECEIPT)
    stub.headers |= {
        "ce-specversion": "1.0",
        "ce-type": "dev.rushes.debayer.completed.v1",
        "ce-source": "/x",
        "ce-id": "1",
    }
    assert send(stub) == Answer(RECEIPT)


@pytest.mark.parametrize("status", [202, 204])
def test_an_accepted_event_has_no_answer_yet(stub: Stub, status: int) -> None:
    """A broker's 202 and a function's 204 say that the receipt will come in the storage."""
    stub.status = status
    assert send(stub) is None


FOREIGN = [
    (200, b""),
    (200, b"<html>welcome</html>"),
    (200, RECEIPT.json()[:100]),
    (500, b"Internal Server Error"),
    (404, b"secret things of another server"),
    (500, b'{"code": 1234, "detail": "secret"}'),
    (403, b'{"code": "secret", "detail": "secret"}'),
]


@pytest.mark.parametrize(("status", "body"), FOREIGN)
def test_what_is_none_of_ours_is_foreign_and_not_told(stub: Stub, status: int, body: bytes) -> None:
    """Pages, cut and empty answers say nothing about the unit, and nobody learns what they hold."""
    stub.status, stub.body = status, body
    answer = send(stub)
    assert answer is not None and answer.problem is not None
    assert (answer.receipt, answer.foreign) == (None, True)
    told = json.dumps(answer.problem)
    assert str(status) in told
    assert not any(word in told for word in ("welcome", "secret", "Internal Server", "camera"))


def test_an_answer_that_breaks_off_is_retryable(stub: Stub) -> None:
    """Fewer bytes than were announced are no answer."""
    stub.headers, stub.body = {"content-length": "5000"}, RECEIPT.json()
    with pytest.raises(StoreUnavailable, match="broke off"):
        send(stub)


def test_a_problem_is_the_answer_with_its_time_to_retry(stub: Stub) -> None:
    """The problem object and Retry-After reach the dispatcher."""
    stub.status = 429
    stub.headers = {"content-type": "application/problem+json", "retry-after": "3"}
    stub.body = json.dumps({"code": "busy", "retryable": True, "detail": "at work"}).encode()
    answer = send(stub)
    assert answer is not None
    assert answer.problem is not None
    assert (answer.problem["code"], answer.seconds_to_retry) == ("busy", 3.0)


def test_a_gateways_own_page_becomes_a_problem(stub: Stub) -> None:
    """A 503 in HTML is the storage error that a retry may cure."""
    stub.status, stub.body = 503, b"<h1>no upstream</h1>"
    answer = send(stub)
    assert answer is not None
    assert answer.problem is not None
    assert answer.problem["code"] == "store_unavailable"


def test_a_redirect_is_not_followed(stub: Stub) -> None:
    """A token must not travel to where a server points."""
    stub.status, stub.headers = 307, {"location": stub.url + "/else"}
    answer = send(stub)
    assert answer is not None
    assert answer.problem is not None
    assert len(stub.seen) == 1


def test_a_connection_that_breaks_is_retryable(stub: Stub) -> None:
    """Refused and cut connections are store_unavailable."""
    stub.cut = True
    with pytest.raises(StoreUnavailable):
        send(stub)
    with pytest.raises(StoreUnavailable):
        send(stub, "http://127.0.0.1:9")


def test_silence_is_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that does not answer in its own time and some slack is given up."""
    monkeypatch.setattr(http_sink, "SLACK_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = parse_address(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with HttpSink(address, seconds=0.1) as sink, pytest.raises(DeadlineExceeded):
            sink.ask("debayer", UNIT, REQUEST)


def test_an_open_call_is_hung_up(stub: Stub) -> None:
    """A POST that a broker holds open ends when the unit's end is known otherwise."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = parse_address(f"http://127.0.0.1:{silent.getsockname()[1]}")
        ended: list[Exception] = []

        def wait() -> None:
            with pytest.raises(StoreUnavailable) as caught:
                sink.ask("debayer", UNIT, REQUEST)
            ended.append(caught.value)

        with HttpSink(address, seconds=600) as sink:
            thread = threading.Thread(target=wait)
            thread.start()
            connection, _ = silent.accept()
            connection.recv(1)
            sink.hang_up(UNIT)
            thread.join(20)
            connection.close()
        assert len(ended) == 1


def test_openfaas_is_called_on_its_asynchronous_route(stub: Stub) -> None:
    """The gateway gets the event at the function's name and its 202 is no answer yet."""
    stub.status = 202
    with open_sink(None, Settings(sink=f"openfaas:{stub.url}")) as sink:
        assert sink.asynchronous
        assert sink.ask("debayer", UNIT, REQUEST) is None
    path, headers, _ = stub.seen[0]
    assert path == "/async-function/rushes-debayer"
    assert headers["ce-type"] == "dev.rushes.debayer.requested.v1"
    assert headers["x-call-id"].startswith(f"{UNIT}-")
    assert "x-callback-url" not in headers


def test_openfaas_is_told_where_answers_go(stub: Stub) -> None:
    """Each call has an id of its own that begins with its unit, and the settings' callback."""
    stub.status = 202
    sink = f"openfaas:{stub.url}"
    settings = Settings(sink=sink, callback="http://pipeline:9000/done")
    with open_sink(None, settings) as sink:
        sink.ask("debayer", UNIT, REQUEST)
        sink.ask("debayer", UNIT, REQUEST)
    calls = [headers["x-call-id"] for _, headers, _ in stub.seen]
    assert len(set(calls)) == 2
    assert {call.partition("-")[0] for call in calls} == {UNIT}
    assert {h["x-callback-url"] for _, h, _ in stub.seen} == {"http://pipeline:9000/done"}


def test_others_than_openfaas_are_not_called_so(stub: Stub) -> None:
    """A functions server or a broker gets no headers of OpenFaaS."""
    send(stub, callback="http://pipeline:9000/done")
    assert not {"x-call-id", "x-callback-url"} & stub.seen[0][1].keys()


def test_k_sink_is_where_events_go_when_nobody_says(stub: Stub) -> None:
    """What Knative put into the environment is used for no address, and an address wins."""
    with open_sink(None, Settings(sink=stub.url)) as sink:
        sink.ask("debayer", UNIT, REQUEST)
    settings = Settings(sink="http://127.0.0.1:9", sinks=(stub.url,))
    with open_sink(stub.url, settings) as sink:
        sink.ask("debayer", UNIT, REQUEST)
    assert len(stub.seen) == 2


@pytest.mark.parametrize("address", ["ftp://x", "gateway:8080", "openfaas:gateway", "http:// x"])
def test_another_address_is_refused(address: str) -> None:
    """The field is named and the forms that are known are listed."""
    with (
        pytest.raises(InvalidRequest, match="openfaas:http") as error,
        open_sink(address, Settings()),
    ):
        pass
    assert error.value.facts["field"] == "sink"


def test_many_threads_share_a_sink(stub: Stub) -> None:
    """As many events as the sink is wide, at once, each with its own answer."""
    stub.body = RECEIPT.json()
    answers: list[Answer | None] = []
    with HttpSink(parse_address(stub.url), seconds=5, width=32) as sink:
        threads = [
            threading.Thread(target=lambda: answers.append(sink.ask("debayer", UNIT, REQUEST)))
            for _ in range(sink.width)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [Answer(RECEIPT)] * 32


def test_connections_are_kept(stub: Stub) -> None:
    """Two hundred events of one thread go over one connection, where the server keeps it."""
    stub.body, stub.keep = RECEIPT.json(), True
    with HttpSink(parse_address(stub.url), seconds=5) as sink:
        for _ in range(200):
            assert sink.ask("debayer", UNIT, REQUEST) == Answer(RECEIPT)
    assert len(stub.ports) == 1


def test_a_kept_connection_that_has_died_is_made_again(stub: Stub) -> None:
    """A server that closes after each answer, as ours does, costs a connection and no try."""
    stub.body, stub.keep = RECEIPT.json(), True
    with HttpSink(parse_address(stub.url), seconds=5) as sink:
        sink.ask("debayer", UNIT, REQUEST)
        (idle,) = sink._calls._idle
        assert idle.sock is not None
        idle.sock.shutdown(socket.SHUT_RDWR)
        assert sink.ask("debayer", UNIT, REQUEST) == Answer(RECEIPT)


def test_a_jobs_end_is_an_event(stub: Stub) -> None:
    """Its data is the report, and who hears of it knows the job; a gateway's queue is not told."""
    stub.status = 204
    for address in (stub.url, f"openfaas:{stub.url}"):
        with HttpSink(parse_address(address), seconds=5, job="j1") as sink:
            sink.job_ended({"job": "j1", "state": "done"})
    ((_, headers, body),) = stub.seen
    event = json.loads(body)
    assert headers["content-type"].startswith("application/cloudevents+json")
    assert (event["type"], event["subject"]) == ("dev.rushes.job.completed.v1", "j1")
    assert event["data"]["state"] == "done"
