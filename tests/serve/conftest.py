"""A service, a web client and an input for the doors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from functions.serve.http.app import create_app
from functions.serve.http.service import Service
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Log
from tests.serve.echo_main import ECHO


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a developer's shell sets is not what is tested."""
    for name in tuple(os.environ):
        if name.startswith(("RUSHES_", "AWS_", "S3_")) or name in ("FUNCTION", "PORT", "K_SINK"):
            monkeypatch.delenv(name)


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    """A file to echo."""
    path = tmp_path / "in" / "hello.txt"
    path.parent.mkdir()
    path.write_text("hello\n")
    return path


@pytest.fixture
def lines() -> list[str]:
    """What the service logged."""
    return []


MakeService = Callable[..., Service]


@pytest.fixture
def make_service(tmp_path: Path, lines: list[str]) -> MakeService:
    """A service of the echo catalog with settings from an environment."""

    def make(**environ: str) -> Service:
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        settings = Settings.read(
            {"RUSHES_SCRATCH": str(scratch), "RUSHES_ROOTS": str(tmp_path), **environ}
        )
        return Service(settings, ECHO, Runner(settings, ECHO), log=Log("json", lines.append))

    return make


@pytest.fixture
def service(make_service: MakeService) -> Service:
    """A server of the operation echo."""
    return make_service(FUNCTION="echo")


@pytest.fixture
def web(service: Service) -> Iterator[FlaskClient]:
    """Flask's test client on that service."""
    with create_app(service).test_client() as client:
        yield client


@pytest.fixture
def fields(tmp_path: Path, hello: Path) -> dict[str, Any]:
    """A good request."""
    return {"input": f"file://{hello}", "output": f"file://{tmp_path}/out/"}
