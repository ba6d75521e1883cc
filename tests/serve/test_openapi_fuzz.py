"""Schemathesis: what /openapi.json says of each operation is what the application does.

Requests are generated from the document (fixed seed), valid ones and broken ones; each answer must
be of a declared status, content type and schema, and never a server error.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import schemathesis
from flask import Flask, Response
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from demo.make_clip import make_clip
from functions.serve.http.app import create_app
from functions.serve.http.service import Service
from functions.serve.run.catalog import OPERATIONS, Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Log

BATCH = "application/cloudevents-batch+json"
URIS = {"input", "output", "amf", "looks", "config", "fdl", "template_file", "sound", "parts"}
# What is valid by its schema may still be refused: frames that the clip has not, sizes over a
# limit, names of nothing. What the document promises is how it is then answered.
NOT_PROMISED = [positive_data_acceptance]


class Described(NamedTuple):
    """A server and what schemathesis read from it."""

    folder: Path
    schema: Any
    app: Flask
    lines: list[str]

    def cases(self, path: str, mode: GenerationMode, method: str = "post") -> SearchStrategy[Any]:
        """Requests for one operation."""
        return self.schema[path][method].as_strategy(generation_mode=mode)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Described:
    """All operations, with a clip of two frames, a text and little patience."""
    folder = tmp_path_factory.mktemp("fuzz")
    make_clip(folder / "A001", frames=2, width=320, height=180)
    (folder / "notes.txt").write_text("x")
    limits = {"RUSHES_LIMITS_PIXELS": "100000", "RUSHES_LIMITS_SECONDS": "10"}
    told = Settings.read({"RUSHES_SCRATCH": str(folder), "RUSHES_ROOTS": str(folder), **limits})
    lines: list[str] = []
    log = Log(write=lines.append)
    service = Service(told, Catalog(), Runner(told, Catalog()), log=log)
    service.warm_up()
    app = create_app(service)
    return Described(folder, schemathesis.openapi.from_wsgi("/openapi.json", app), app, lines)


def try_all(cases: SearchStrategy[Any], count: int, check: Callable[[Any], None]) -> None:
    """So many requests, the same ones each time."""

    @seed(20)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def each(case: Any) -> None:
        check(case)

    each()


def test_the_document_is_openapi(server: Described) -> None:
    """What the running application serves is a valid OpenAPI 3.1 document."""
    found = server.app.test_client().get("/openapi.json").json
    assert found is not None
    assert found["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(found).iter_errors()) == []


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/openapi.json"])
def test_what_platforms_ask_is_answered_as_described(server: Described, path: str) -> None:
    """Every GET conforms."""
    try_all(
        server.cases(path, GenerationMode.POSITIVE, "get"), 3, lambda case: case.call_and_validate()
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_broken_requests_are_refused_as_described(server: Described, operation: str) -> None:
    """What violates the schema is a 4xx problem; in a batch each event has its own answer."""

    def check(case: Any) -> None:
        # The events of a batch are answered one by one, with 200 over all of them.
        batch = [negative_data_rejection] if case.media_type == BATCH else []
        case.call_and_validate(excluded_checks=[*NOT_PROMISED, *batch])

    try_all(server.cases(f"/{operation}", GenerationMode.NEGATIVE), 12, check)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_valid_requests_are_answered_as_described(server: Described, operation: str) -> None:
    """Any options on clips that are there, no clips, and nothing: receipts, plans and problems
    conform, and no request meets a fault of ours."""
    choose = random.Random(7)
    before = len(server.lines)
    seen: set[int] = set()

    def check(case: Any) -> None:
        case.body = grounded(case.body, server.folder, choose)
        if operation == "dispatch":
            for request in requests_in(case.body):
                request["explain"] = True  # nothing is sent to functions that are not there
        answer = case.call_and_validate(excluded_checks=NOT_PROMISED)
        seen.add(answer.status_code)

    try_all(server.cases(f"/{operation}", GenerationMode.POSITIVE), 18, check)
    faults = [line for line in server.lines[before:] if json.loads(line)["level"] == "error"]
    assert faults == []
    assert 200 in seen
    assert len(seen) > 1


def grounded(value: Any, folder: Path, choose: random.Random, field: str = "") -> Any:
    """The same request with URIs of this machine in place of generated ones."""
    if isinstance(value, dict):
        return {name: grounded(each, folder, choose, name) for name, each in value.items()}
    if isinstance(value, list):
        return [grounded(each, folder, choose, field) for each in value]
    if isinstance(value, str) and field in URIS:
        there = ["out/"] if field == "output" else ["A001/", "A001/", "notes.txt", "nothing"]
        return f"file://{folder}/{choose.choice(there)}"
    return value


def requests_in(body: Any) -> Iterator[dict[str, Any]]:
    """The request, or those of one event or of a batch."""
    for each in body if isinstance(body, list) else [body]:
        yield each.get("data", each)


def _without_status(found: dict[str, Any]) -> None:
    del found["paths"]["/inspect"]["post"]["responses"]["404"]


def _without_media(found: dict[str, Any]) -> None:
    for response in found["paths"]["/inspect"]["post"]["responses"].values():
        response.get("content", {}).pop("application/problem+json", None)


def _wrong_receipt(found: dict[str, Any]) -> None:
    for name in ("Receipt", "Plan"):
        found["components"]["schemas"][name]["required"].append("cost")


def _wrong_code(found: dict[str, Any]) -> None:
    found["components"]["schemas"]["Problem"]["properties"]["code"]["enum"] = ["busy"]


@pytest.mark.parametrize("spoil", [_without_status, _without_media, _wrong_receipt, _wrong_code])
def test_a_document_that_is_not_true_is_found(server: Described, spoil: Any) -> None:
    """A status, type or code that is not declared, a field that no receipt has: each is told."""
    text = json.loads(server.app.test_client().get("/openapi.json").data)
    spoil(text)

    def other(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/openapi.json":
            return server.app(environ, start)
        return Response(json.dumps(text), content_type="application/json")(environ, start)

    spoiled = server._replace(schema=schemathesis.openapi.from_wsgi("/openapi.json", other))
    choose = random.Random(7)

    def check(case: Any) -> None:
        if case.media_type != BATCH:
            case.body = grounded(case.body, server.folder, choose)
            case.call_and_validate(excluded_checks=NOT_PROMISED)

    with pytest.raises(BaseExceptionGroup):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try_all(spoiled.cases("/inspect", mode), 25, check)
