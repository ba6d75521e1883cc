"""Probes before Flask is loaded: the same answers, sooner."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterable
from typing import Any

import pytest
from werkzeug.test import Client

from functions.serve.app import create_app
from functions.serve.door import Door, Wsgi
from functions.serve.service import Service
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
            "import functions.serve.server, json, sys; print(json.dumps(sorted(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"flask", "werkzeug", "click", "jinja2", "numpy"}.isdisjoint(json.loads(done.stdout))
