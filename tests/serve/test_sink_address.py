"""Which sinks a request may name, and whose token goes where: a job is somebody else's word."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from functions.contract.errors import InvalidRequest, Refused
from functions.serve.cli.main import run_cli
from functions.serve.events import sink_address
from functions.serve.events.cloudevents import make_request_event
from functions.serve.events.hand_over import hand_over
from functions.serve.events.http_sink import HttpSink
from functions.serve.events.sink_address import (
    allowed,
    parse_address,
    reachable,
    refuse_addresses,
    token_of,
)
from functions.serve.events.sinks import open_sink
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Log
from tests.media.takes import frame_file

UNIT = "ab" * 16


@pytest.fixture
def evil() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that notes the headers of every POST, and answers with words of its own."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            seen.append({k.lower(): v for k, v in self.headers.items()})
            self.send_response(404)
            self.end_headers()
            self.wfile.write(b"internal secrets")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", seen
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("listed", "named", "may"),
    [
        ("http://broker", "http://broker/", True),
        ("http://broker", "http://BROKER:80/rushes", True),
        ("http://broker/a", "http://broker/a/b", True),
        ("http://broker/a", "http://broker/ab", False),
        ("http://broker", "http://broker.evil", False),
        ("http://broker", "https://broker", False),
        ("http://broker", "http://broker:8080", False),
        ("http://broker", "openfaas:http://broker", False),
        ("openfaas:http://gw:8080", "openfaas:http://gw:8080", True),
    ],
)
def test_a_request_names_what_is_listed(listed: str, named: str, may: bool) -> None:
    """Host, port, scheme and kind are the same, and the path is at or below."""
    assert allowed(parse_address(named), Settings(sinks=(listed,))) is may
    assert allowed(parse_address(named), Settings(sink=listed)) is may
    assert not allowed(parse_address(named), Settings())


@pytest.mark.parametrize(
    "text",
    [
        "http://user@broker/",
        "http://broker/?x=1",
        "http://broker/#x",
        "http://broker\\@evil/",
        "http://broker/a/../b",
        "http://broker/%2e%2e/b",
        "http://bro ker/",
        "http://broker:99999/",
        "file:///etc/passwd",
    ],
)
def test_odd_addresses_are_no_sinks(text: str) -> None:
    """What two readers could take for two things is refused."""
    with pytest.raises(InvalidRequest):
        parse_address(text)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fe80::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "fd00:ec2::254",
        "100.100.100.200",
        "2002:a9fe:a9fe::1",
    ],
)
def test_addresses_of_the_link_are_refused(address: str) -> None:
    """In every spelling, whoever names them."""
    with pytest.raises(Refused):
        refuse_addresses("x", [address])
    with pytest.raises(Refused):
        reachable(address, 80)


def test_a_number_and_a_name_are_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that is a number in disguise, a metadata name, and a name that leads to the link."""
    with pytest.raises(Refused):
        reachable("2852039166", 80)
    with pytest.raises(Refused):
        reachable("Metadata.Google.Internal", 80)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.1.1", 80))]
    monkeypatch.setattr(sink_address.socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(Refused), HttpSink(parse_address("http://nice"), seconds=5) as sink:
        sink.send("debayer", UNIT, {})
    settings = Settings(sink="openfaas:http://127.0.0.1:9", callback="http://nice/done")
    with pytest.raises(Refused), open_sink(None, settings):
        pass


def test_a_request_goes_nowhere_else(evil: tuple[str, list[dict[str, str]]]) -> None:
    """A sink that is not listed is refused before anything is sent."""
    url, seen = evil
    with pytest.raises(Refused, match="RUSHES_SINKS"), open_sink(url, Settings()):
        pass
    assert seen == []


def test_this_servers_own_token_goes_nowhere(
    evil: tuple[str, list[dict[str, str]]], tmp_path: Path
) -> None:
    """RUSHES_TOKEN_FILE is what callers show to this server, and no sink sees it."""
    url, seen = evil
    (tmp_path / "token").write_text("sesame")
    with open_sink(None, Settings(sink=url, token_file=tmp_path / "token")) as sink:
        answer = sink.send("debayer", UNIT, {})
    assert answer is not None and "secrets" not in str(answer.problem)
    assert [headers.get("authorization") for headers in seen] == [None]


@pytest.mark.parametrize(
    ("content", "settings", "to", "token"),
    [
        ("t1", {"sink": "http://a"}, "http://a/x", "t1"),
        ("t1", {"sink": "http://a", "sinks": ("http://b",)}, "http://b", None),
        ("t1", {"sinks": ("http://b",)}, "http://b", "t1"),
        ("t1", {"sinks": ("http://b",)}, "http://c", None),
        ("t1", {}, "http://c", None),
        ("t1", {"sink": "http://typed", "sink_typed": True}, "http://typed", "t1"),
        (
            "t1",
            {"sink": "http://typed", "sink_typed": True, "sinks": ("http://b",)},
            "http://typed",
            None,
        ),
        ("http://a t1\nhttp://b t2", {"sinks": ("http://a", "http://b")}, "http://b", "t2"),
        ("http://a t1\nhttp://b t2", {"sink": "http://c"}, "http://c", None),
    ],
)
def test_a_token_belongs_to_its_sink(
    tmp_path: Path, content: str, settings: dict[str, Any], to: str, token: str | None
) -> None:
    """By the setting, and to nobody beside."""
    file = tmp_path / "token"
    file.write_text(content)
    found = token_of(parse_address(to), Settings(sink_token_file=file, **settings))
    assert found == token


def test_one_token_of_several_sinks_is_an_error(tmp_path: Path) -> None:
    """Nobody guesses whose it is."""
    file = tmp_path / "token"
    file.write_text("t1")
    settings = Settings(sink_token_file=file, sinks=("http://a", "http://b"))
    with pytest.raises(InvalidRequest, match="a line of URL and token for each"):
        token_of(parse_address("http://a"), settings)


@pytest.mark.parametrize(
    ("sink", "why"),
    [
        ("http://jobs/%41", "path that is not plain"),
        ("http://jobs", "cannot be read"),
        ("http://127.0.0.1:1", "cannot be reached"),
    ],
)
def test_a_job_that_is_not_handed_over_is_told(tmp_path: Path, sink: str, why: str) -> None:
    """An address that is none, a token file that has gone, nobody there: the job's own answer
    stands, which is delivered again."""
    logged: list[str] = []
    gone = None if sink.endswith(":1") else tmp_path / "gone"
    settings = Settings(job_sink=sink, sink_token_file=gone)
    event = make_request_event("dispatch", "j", {})
    assert not hand_over(event, settings, Log(write=logged.append))
    (line,) = logged
    assert '"not handed over"' in line
    assert why in line


def test_a_jobs_sink_is_refused_and_a_typed_one_is_not(
    evil: tuple[str, list[dict[str, str]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The job's own word needs the list; the person's does not, and no token goes with it."""
    url, seen = evil
    (tmp_path / "token").write_text("sesame")
    monkeypatch.setenv("RUSHES_TOKEN_FILE", str(tmp_path / "token"))
    (tmp_path / "A_0001.dng").write_bytes(frame_file(1))
    clip = {"operation": "debayer", "input": str(tmp_path / "A_0001.dng")}
    job = {"output": str(tmp_path / "out"), "clips": [clip], "sink": url, "attempts": 1}
    (tmp_path / "job.json").write_text(json.dumps(job))
    assert run_cli(["dispatch", str(tmp_path / "job.json")]) == Refused.exit_code
    assert seen == []
    assert run_cli(["dispatch", str(tmp_path / "job.json"), "--sink", url, "--json"]) != 0
    assert seen and all("authorization" not in headers for headers in seen)
    told = capsys.readouterr()
    assert "internal secrets" not in told.out + told.err


def test_a_host_that_cannot_be_one_is_not_reached() -> None:
    """Labels that are empty or too long are as unknown as any other name."""
    for host in ("a..b", "a" * 64):
        with pytest.raises(socket.gaierror):
            sink_address.reachable(host, 80)
