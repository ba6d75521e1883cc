"""The real server: gunicorn, its workers, and how they leave."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from functions.serve.http.server import Server
from functions.serve.run.catalog import Catalog
from functions.serve.run.settings import Settings
from tests.serve.processes import ECHO_COMMAND, Call, Held, environment, server


def workers_of(master: int) -> list[int]:
    """Process ids of a server's workers."""
    return [int(p) for p in Path(f"/proc/{master}/task/{master}/children").read_text().split()]


def test_it_serves_and_leaves_at_sigterm(tmp_path: Path, fields: dict[str, Any]) -> None:
    """The server prints one line, answers, does not name gunicorn, and ends SIGTERM with 0."""
    with server(tmp_path, FUNCTION="echo") as running:
        response = running.post(fields, path="/")
        assert response.status_code == 200
        assert response.headers["Server"] == "rushes"
        assert running.get("/healthz").status_code == 200
        running.process.send_signal(signal.SIGTERM)
        rest, _ = running.process.communicate(timeout=60)
        assert (running.process.returncode, rest) == (0, "")


def test_one_unit_at_a_time(tmp_path: Path, fields: dict[str, Any]) -> None:
    """A second POST while a unit is in flight is 429; health and metrics answer meanwhile."""
    held = Held(tmp_path)
    with server(tmp_path, FUNCTION="echo") as running:
        first = Call(running, {**fields, **held.fields})
        held.began()
        second = running.post(fields)
        assert (second.status_code, second.json()["code"]) == (429, "busy")
        assert "Retry-After" in second.headers
        assert running.get("/healthz").status_code == 200
        assert "rushes_units_in_flight 1.0" in running.get("/metrics").text
        held.let_go()
        assert first.answer().status_code == 200
        assert running.post(fields).status_code == 200


def test_sigterm_lets_the_unit_in_flight_finish(tmp_path: Path, fields: dict[str, Any]) -> None:
    """A unit in flight at SIGTERM is answered and its receipt stands; then the exit is 0."""
    held = Held(tmp_path)
    with server(tmp_path, FUNCTION="echo") as running:
        call = Call(running, {**fields, **held.fields})
        held.began()
        running.process.send_signal(signal.SIGTERM)
        held.let_go()
        receipt = call.answer().json()
        assert receipt["status"] == "done"
        assert (tmp_path / "out" / ".rushes" / f"{receipt['unit']}.json").exists()
        assert running.process.wait(60) == 0


def test_a_unit_longer_than_the_grace_is_given_back(tmp_path: Path, fields: dict[str, Any]) -> None:
    """A unit that goes on past the grace is answered with busy, for another worker to do."""
    held = Held(tmp_path)
    fields |= {"started": held.fields["started"], "forever": True}
    with server(tmp_path, FUNCTION="echo", RUSHES_GRACE="1") as running:
        call = Call(running, fields)
        held.began()
        running.process.send_signal(signal.SIGTERM)
        answer = call.answer()
        assert (answer.status_code, answer.json()["code"]) == (429, "busy")
        assert running.process.wait(60) == 0
        assert not (tmp_path / "out").exists()


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path, fields: dict[str, Any]) -> None:
    """After a kill -9 of the worker the server answers again, and the unit can be done."""
    held = Held(tmp_path)
    with server(tmp_path, FUNCTION="echo") as running:
        call = Call(running, {**fields, **held.fields})
        held.began()
        (worker,) = workers_of(running.process.pid)
        os.kill(worker, signal.SIGKILL)
        call.join(60)
        assert call.error is not None
        assert running.post(fields).status_code == 200


def test_two_workers_do_two_units_side_by_side(tmp_path: Path, fields: dict[str, Any]) -> None:
    """With two workers no unit is turned away while one of them is idle; metrics tell of both."""
    held = [Held(tmp_path, name) for name in ("one", "two")]
    with server(tmp_path, FUNCTION="echo", RUSHES_WORKERS="2") as running:
        running.until_idle(2)
        calls = []
        for number, unit in enumerate(held):
            calls.append(Call(running, {**fields, **unit.fields, "count": number + 1}))
            unit.began()
        assert "rushes_units_in_flight 2.0" in running.get("/metrics").text
        for unit in held:
            unit.let_go()
        assert [call.answer().status_code for call in calls] == [200, 200]
        text = running.get("/metrics").text
        assert 'rushes_units_total{operation="echo",status="done"} 2.0' in text
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(60) == 0


def test_a_dead_worker_is_not_waited_for(tmp_path: Path, fields: dict[str, Any]) -> None:
    """After a worker died idle, workers that are all at work still answer probes."""
    held = [Held(tmp_path, name) for name in ("one", "two")]
    with server(tmp_path, FUNCTION="echo", RUSHES_WORKERS="2") as running:
        running.until_idle(2)
        dead = workers_of(running.process.pid)[0]
        os.kill(dead, signal.SIGKILL)
        while dead in (now := workers_of(running.process.pid)) or len(now) < 2:
            assert running.process.poll() is None
        running.until_idle(2)
        calls = []
        for number, unit in enumerate(held):
            calls.append(Call(running, {**fields, **unit.fields, "count": number + 2}))
            unit.began()
        assert running.get("/healthz").status_code == 200
        for unit in held:
            unit.let_go()
        assert [call.answer().status_code for call in calls] == [200, 200]


def test_ready_comes_by_itself(tmp_path: Path) -> None:
    """A started server loads its operation and becomes ready without any request for it."""
    with server(tmp_path, FUNCTION="echo") as running:
        while running.get("/readyz").status_code == 503:
            assert running.process.poll() is None
        assert running.get("/readyz").json() == {"status": "ready"}


CHUNK = b"8000\r\n" + b" " * 0x8000 + b"\r\n"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + CHUNK * 32
            + b"2\r\n{}\r\n0\r\n\r\n",
            413,
        ),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            400,
        ),
    ],
    ids=["garbage", "header", "path", "length", "chunks", "small-chunk"],
)
def test_broken_http_is_a_problem_too(tmp_path: Path, raw: bytes, status: int) -> None:
    """What gunicorn turns away before the app, and bodies of any framing, are problem+json."""
    with server(tmp_path, FUNCTION="echo") as running:
        host, port = running.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(raw)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] == str(status).encode()
    assert b"Content-Type: application/problem+json" in head
    assert json.loads(body)["status"] == status


def test_the_log_may_be_text(tmp_path: Path, fields: dict[str, Any]) -> None:
    """RUSHES_LOG=text writes words for people."""
    with server(tmp_path, FUNCTION="echo", RUSHES_LOG="text") as running:
        running.post(fields)
    assert " info unit operation=echo status=done" in (tmp_path / "server.log").read_text()


def test_the_log_is_json_lines(tmp_path: Path, fields: dict[str, Any]) -> None:
    """Every line on standard error is one JSON object, the unit's among them."""
    with server(tmp_path, FUNCTION="echo") as running:
        running.post(fields)
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(60)
    found = [json.loads(line) for line in (tmp_path / "server.log").read_text().splitlines()]
    assert "unit" in {line["event"] for line in found}
    assert all({"time", "level", "event"} <= line.keys() for line in found)


def test_open_roots_are_warned_of(tmp_path: Path) -> None:
    """Without RUSHES_ROOTS the server works and its log says what that means."""
    with server(tmp_path, FUNCTION="echo", RUSHES_ROOTS="") as running:
        assert running.get("/healthz").status_code == 200
    assert "RUSHES_ROOTS is not set" in (tmp_path / "server.log").read_text()


def test_it_says_at_its_start_what_is_open(tmp_path: Path) -> None:
    """Address, roots, sinks and token, in one line of the log."""
    (tmp_path / "token").write_text("secret")
    token = {"RUSHES_TOKEN_FILE": str(tmp_path / "token")}
    with server(tmp_path, FUNCTION="echo", **token) as running:
        url = running.url
    lines = [json.loads(line) for line in (tmp_path / "server.log").read_text().splitlines()]
    (told,) = [line for line in lines if line["event"] == "open"]
    assert (told["level"], told["listens"], told["token"]) == ("info", url, "wanted")
    assert (told["roots"], told["sinks"]) == (f"file://{tmp_path}/", "none")
    assert "secret" not in (tmp_path / "server.log").read_text()


def test_by_itself_it_listens_at_loopback_alone(tmp_path: Path) -> None:
    """Started by hand it is nobody else's; on a pod the image says all addresses."""
    assert Settings.read({}).host == "127.0.0.1"
    assert Settings.read({"RUSHES_HOST": "0.0.0.0"}).host == "0.0.0.0"


def test_a_function_that_is_none_ends_at_once(tmp_path: Path) -> None:
    """FUNCTION of no operation ends with the code of an invalid request and a sentence."""
    done = subprocess.run(
        [*ECHO_COMMAND, "serve"],
        env=environment(tmp_path, FUNCTION="nothing"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 10
    assert done.stderr == "rushes: FUNCTION=nothing: there are echo, other\n"


@pytest.mark.parametrize(
    ("host", "listens"),
    [("127.0.0.1", "127.0.0.1"), ("::", "::"), ("::1", "::1"), ("[::1]", "::1"), ("pod", "pod")],
)
def test_the_host_may_be_of_ipv6(host: str, listens: str) -> None:
    """In clusters that have nothing else, with brackets and without."""
    made = Server(Settings(host=host, port=8081), Catalog(), None, None)
    assert made.cfg.address == [(listens, 8081)]
