"""Probes before Flask is loaded: the same answers, sooner."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from demo.make_clip import make_clip
from functions.serve.http.app import create_app
from functions.serve.http.early_door import Door, Wsgi
from functions.serve.http.service import Service
from functions.serve.run.catalog import Catalog
from tests.serve.conftest import MakeService

PROBES = ("/healthz", "/readyz", "/_/health", "/_/ready")


def never(service: Service) -> Wsgi:
    """An application that nothing may need."""
    raise AssertionError("the application was loaded")


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("path", PROBES)
def test_probes_are_answered_as_flask_answers_them(
    make_service: MakeService, path: str, warm: bool
) -> None:
    """Status, type and body are the same before and after the application is loaded."""
    service = make_service()
    if warm:
        service.warm_up()
    early = Client(Door(service, never)).get(path)
    late = Client(create_app(service)).get(path)
    assert (early.status_code, early.data) == (late.status_code, late.data)
    assert early.headers["Content-Type"] == late.headers["Content-Type"]
    assert int(early.headers["Content-Length"]) == len(early.data)


@pytest.mark.parametrize("path", ["/healthz", "/echo", "/nothing"])
def test_a_gateways_call_id_comes_back(
    make_service: MakeService, fields: dict[str, Any], path: str
) -> None:
    """X-Call-Id is in every answer as it came, early or late, done or failed; none is made up."""
    service = make_service()
    for web in (Client(Door(service, create_app)), Client(create_app(service))):
        for call in ("shot-7", ""):
            answer = web.open(
                path,
                method="GET" if path == "/healthz" else "POST",
                json=None if path == "/healthz" else fields,
                headers={"X-Call-Id": call},
            )
            assert answer.headers.get("X-Call-Id", "") == call
            assert ("X-Call-Id" in answer.headers) is bool(call)


def test_the_call_of_an_event_comes_back(make_service: MakeService, fields: dict[str, Any]) -> None:
    """An asynchronous gateway passes events on: their replies name the call too, and failures."""
    web = Client(create_app(make_service(FUNCTION="echo")))
    for more, status in (({}, 200), ({"fail": "damaged_source"}, 422)):
        answer = web.post(
            "/",
            json={**fields, **more},
            headers={
                "ce-specversion": "1.0",
                "ce-id": "1",
                "ce-source": "/s",
                "ce-type": "dev.rushes.echo.requested.v1",
                "X-Call-Id": "shot-7",
            },
        )
        assert (answer.status_code, answer.headers["X-Call-Id"]) == (status, "shot-7")


PLAIN = [
    ("/echo", b'{"input": "SOURCE", "output": "OUT"}'),
    ("/echo", b'{"input": "SOURCE", "output": "OUT", "explain": true}'),
    ("/echo", b'{"input": "SOURCE"}'),
    ("/echo", b'{"input": "SOURCE", "nonsense": 1}'),
    ("/echo", b"[1]"),
    ("/echo", b"{"),
]


@pytest.mark.parametrize(("path", "body"), PLAIN)
def test_plain_requests_are_answered_as_flask_answers_them(
    make_service: MakeService, tmp_path: Path, path: str, body: bytes
) -> None:
    """Receipts, plans and problems of plain JSON are the same with and without Flask."""
    source, answers = tmp_path / "a.txt", []
    source.write_text("x")
    makers: dict[str, Callable[[Service], Wsgi]]
    makers = {"early": lambda service: Door(service, never), "late": create_app}
    for name, make in makers.items():
        sent = body.replace(b"SOURCE", source.as_uri().encode())
        sent = sent.replace(b"OUT", f"file://{tmp_path}/{name}/".encode())
        answer = Client(make(make_service())).post(path, data=sent, content_type="application/json")
        told = json.loads(answer.data)
        for measured in ("seconds", "unit"):
            told.pop(measured, None)
        for measured in ("trace", "start_seconds"):
            told.get("machine", {}).pop(measured, None)
        text = json.dumps(told).replace(name, "NAME")
        answers.append((answer.status_code, answer.headers["Content-Type"], text))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/cloudevents+json"},
        {"Content-Type": "application/json", "ce-type": "x"},
        {"Content-Type": "application/json", "Origin": "http://elsewhere"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "text/csv"},
    ],
)
def test_what_is_not_plain_is_the_applications(
    make_service: MakeService, headers: dict[str, str]
) -> None:
    """Events, other sites, compressed bodies and other types get the whole application's answer."""
    service = make_service()
    door, whole = (
        Client(app).post("/echo", data=b"{}", headers=headers)
        for app in (Door(service, create_app), create_app(service))
    )
    assert (door.status_code, door.data) == (whole.status_code, whole.data)


def test_a_token_is_asked_for_before_flask_is_there(
    make_service: MakeService, tmp_path: Path
) -> None:
    """With a token file a plain request without its token is refused."""
    token = tmp_path / "token"
    token.write_text("secret")
    service = make_service(RUSHES_TOKEN_FILE=str(token))
    assert Client(Door(service, create_app)).post("/echo", json={}).status_code == 401


@pytest.mark.parametrize(("method", "path"), [("POST", "/readyz"), ("GET", "/"), ("GET", "/x")])
def test_all_else_waits_for_the_application(
    make_service: MakeService, method: str, path: str
) -> None:
    """Whatever is no probe is answered by the whole application, loaded then."""
    service = make_service()
    door = Client(Door(service, create_app)).open(path, method=method)
    whole = Client(create_app(service)).open(path, method=method)
    assert (door.status_code, door.data) == (whole.status_code, whole.data)


def test_the_application_is_made_once(make_service: MakeService) -> None:
    """Requests of several threads that come first together share one application."""
    made: list[Wsgi] = []
    together = threading.Barrier(4)

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [b""]

    def make(service: Service) -> Wsgi:
        made.append(app)
        return app

    door = Door(make_service(), make)

    def ask() -> None:
        together.wait(30)
        door.open()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert made == [app]


def test_a_probe_needs_no_flask() -> None:
    """What answers the first probes imports neither Flask nor the command line's library."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import functions.serve.http.server, json, sys; print(json.dumps(sorted(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"flask", "werkzeug", "click", "jinja2", "numpy", "opentelemetry"}
    assert heavy.isdisjoint(json.loads(done.stdout))


_COLD_UNIT = """
import io, json, sys
from functions.serve.run.catalog import Catalog
from functions.serve.http.early_door import Door
from functions.serve.run.runner import Runner
from functions.serve.http.service import Service
from functions.serve.run.settings import Settings

settings, body = Settings.read({"FUNCTION": "debayer"}), sys.argv[1].encode()
service = Service(settings, Catalog(), Runner(settings, Catalog()))
service.warm_up_beside()
door = Door(service, lambda service: sys.exit("the application was loaded"))
environ = {
    "REQUEST_METHOD": "POST", "PATH_INFO": "/", "CONTENT_TYPE": "application/json",
    "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body),
}
(answer,) = door(environ, lambda status, headers: print(status))
print(json.dumps([json.loads(answer)["machine"]["kernels"]["mode"], sorted(sys.modules)]))
"""


def test_a_first_frame_imports_what_it_needs(tmp_path: Path) -> None:
    """A plain request for a DNG's frame loads no web framework, no codec, no compiler."""
    make_clip(tmp_path / "A001", frames=1, width=320, height=180)
    body = {"input": f"file://{tmp_path}/A001/", "output": f"file://{tmp_path}/out/"}
    command = [sys.executable, "-c", _COLD_UNIT, json.dumps(body)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *_, status, told = done.stdout.splitlines()
    assert status == "200 OK"
    mode, modules = json.loads(told)
    heavy = "flask werkzeug click jinja2 rich requests cloudevents OpenImageIO OpenEXR av rawpy"
    heavy += " tifffile imagecodecs PyOpenColorIO opentimelineio lxml obstore prometheus_client"
    heavy += " opentelemetry logging.config"
    heavy += " functions.serve.telemetry.tracing functions.serve.http.openapi"
    heavy += " functions.contract.amf functions.media.stills.facts"
    assert set(heavy.split()).isdisjoint(modules)
    # In a checkout without an object of this machine the kernels are numba's.
    compiler = {"numba", "llvmlite", "html", "importlib.metadata", "difflib"}
    assert mode == "jit" or compiler.isdisjoint(modules)


@pytest.mark.parametrize("name", Catalog().names())
def test_what_an_operation_loads_is_there(name: str) -> None:
    """Every module that a ready worker imports can be imported."""
    for module in Catalog().load(name).loads:
        importlib.import_module(module)
