"""Clients that are slow, stuck or many: the server answers everybody else meanwhile."""

from __future__ import annotations

import json
import os
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from functions.serve.http.worker import MOST_A_CLIENT
from tests.serve.processes import Held, Server, server

HALF = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
CHUNKED = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def connect(running: Server, sent: bytes) -> socket.socket:
    """A connection that has sent so much and stays."""
    host, port = running.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    connection.sendall(sent)
    return connection


def answer(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    """Status and JSON of what comes until the server closes."""
    got = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = got.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def answers_everybody(running: Server, fields: dict[str, Any]) -> None:
    """Probes, the application and a unit are answered."""
    for path in ("/healthz", "/readyz", "/_/health", "/_/ready", "/", "/metrics"):
        assert running.get(path).status_code == 200
    assert running.post(fields).status_code == 200


def test_half_requests_hold_no_thread(tmp_path: Path, fields: dict[str, Any]) -> None:
    """Eighty clients that sent a byte, half a head or half a body leave the server to others."""
    starts = (b"G", b"POST /echo HTTP/1.1\r\nHost:", HALF, CHUNKED + b"5\r\n12", CHUNKED + b"5")
    with server(tmp_path, FUNCTION="echo") as running, ExitStack() as stack:
        for number in range(80):
            stack.enter_context(connect(running, starts[number % len(starts)]))
        answers_everybody(running, fields)


def test_answers_that_nobody_takes_hold_no_thread(tmp_path: Path, fields: dict[str, Any]) -> None:
    """Clients that got their answer and neither read nor hang up are left behind."""
    request = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    with server(tmp_path, FUNCTION="echo") as running, ExitStack() as stack:
        for _ in range(30):
            stack.enter_context(connect(running, request))
        answers_everybody(running, fields)


def test_probes_are_answered_beside_a_unit_and_slow_clients(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    """A pod stays ready with a unit at work and clients at the door."""
    held = Held(tmp_path)
    with server(tmp_path, FUNCTION="echo") as running, ExitStack() as stack:
        working = stack.enter_context(
            connect(running, _whole(json.dumps({**fields, **held.fields}).encode()))
        )
        held.began()
        for _ in range(20):
            stack.enter_context(connect(running, HALF))
        assert running.get("/healthz").status_code == 200
        assert running.get("/readyz").status_code == 200
        assert running.post(fields).status_code == 429
        held.let_go()
        assert answer(working)[0] == 200


def test_one_client_has_so_many_requests_on_their_way(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    """Over the limit its oldest are turned away with 429; its next whole one is answered."""
    with server(tmp_path, FUNCTION="echo") as running, ExitStack() as stack:
        many = [stack.enter_context(connect(running, b"G")) for _ in range(MOST_A_CLIENT + 5)]
        for oldest in many[:5]:
            status, problem = answer(oldest)
            assert (status, problem["code"]) == (429, "busy")
        answers_everybody(running, fields)


def test_late_requests_are_turned_away(tmp_path: Path, fields: dict[str, Any]) -> None:
    """A head or body that does not come in its time is 408, in our form."""
    late = {"RUSHES_LOG": "text"}
    with _impatient(tmp_path, **late) as running, ExitStack() as stack:
        for sent in (b"GET / HT", HALF, CHUNKED + b"5\r\n"):
            connection = stack.enter_context(connect(running, sent))
            status, problem = answer(connection)
            assert (status, problem["status"]) == (408, 408)
            assert "in time" in problem["detail"]
        answers_everybody(running, fields)


@pytest.mark.parametrize(
    "body",
    [b"ZZZ\r\n{}\r\n0\r\n\r\n", b"2\r\n{}XX0\r\n\r\n", b"-2\r\n{}\r\n", b"2;\r\r\n{}\r\n0\r\n\r\n"],
    ids=["size", "end", "sign", "extension"],
)
def test_bad_chunks_are_the_callers_fault(tmp_path: Path, body: bytes) -> None:
    """Chunks that are none are 400, and no fault in the log."""
    with (
        server(tmp_path, FUNCTION="echo") as running,
        connect(running, CHUNKED + body) as connection,
    ):
        connection.shutdown(socket.SHUT_WR)
        status, problem = answer(connection)
    assert (status, problem["code"]) == (400, "invalid_request")
    assert "fault" not in (tmp_path / "server.log").read_text()


def test_a_client_that_asks_first_is_told_to_go_on(tmp_path: Path, fields: dict[str, Any]) -> None:
    """Expect: 100-continue is answered once, before the body, and the request as any other."""
    body = json.dumps(fields).encode()
    head, _, _ = _whole(body).partition(b"\r\n\r\n")
    with (
        server(tmp_path, FUNCTION="echo") as running,
        connect(running, head + b"\r\nExpect: 100-continue\r\n\r\n") as connection,
    ):
        told = b""
        while not told.endswith(b"\r\n\r\n"):
            told += connection.recv(1)
        assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        status, receipt = answer(connection)
    assert (status, receipt["status"]) == (200, "done")


def test_it_leaves_though_requests_are_on_their_way(tmp_path: Path) -> None:
    """SIGTERM ends a server with clients that never finish."""
    with server(tmp_path, FUNCTION="echo") as running, ExitStack() as stack:
        for sent in (b"", b"G", HALF):
            stack.enter_context(connect(running, sent))
        assert running.get("/healthz").status_code == 200
        running.process.terminate()
        assert running.process.wait(60) == 0


def _whole(body: bytes) -> bytes:
    return (
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


def _impatient(folder: Path, **environ: str) -> Any:
    """A server whose patience is half a second."""
    (folder / "sitecustomize.py").write_text(
        "from functions.serve.http import worker\n"
        "worker.HEAD_SECONDS, worker.BODY_SECONDS, worker.BODY_RATE = 0.5, 0.5, 1 << 40\n"
    )
    here = str(Path(__file__).resolve().parents[2])
    return server(
        folder, FUNCTION="echo", PYTHONPATH=os.pathsep.join([str(folder), here]), **environ
    )
