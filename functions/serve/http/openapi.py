"""/openapi.json: OpenAPI 3.1, made from the request types that the decoder itself uses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from functions.contract.errors import RushesError, leaves
from functions.contract.operation import Operation
from functions.contract.receipt import Receipt
from functions.contract.request import request_schema
from functions.contract.version import VERSION
from functions.footage.search import Question
from functions.serve.http import openapi_examples as examples
from functions.serve.http.openapi_schemas import (
    PLAN,
    PROBLEM,
    answered,
    ref,
    replied,
    requested,
    tidied,
)
from functions.serve.run.catalog import Catalog

_JSON = "application/json"
_EVENT = "application/cloudevents+json"
_BATCH = "application/cloudevents-batch+json"
_PROBLEM = "application/problem+json"

_ABOUT = """\
One POST is one unit: one operation on one clip or a part of it. The answer is the unit's receipt, \
which also stands at `<output>/.rushes/<unit>.json`; the same request again is answered with it at \
once, `reused`.

A request is plain JSON, or a CloudEvent 1.0 of type `dev.rushes.<operation>.requested.v1` in \
structured, binary (`ce-` headers and the request as the body) or batch mode. An event is answered \
with an event in its own mode, `.completed.v1` with the receipt or `.failed.v1` with the problem.

Errors are problem details (RFC 9457) with a `code`. What is `retryable` comes with `Retry-After`: \
a worker does one unit at a time, and is `busy` meanwhile.
"""


def document(
    catalog: Catalog, operations: Iterable[str], root: str | None = None, *, token: bool = False
) -> dict[str, Any]:
    """The description of a server.

    operations : what it serves, at `/<operation>`
    root : the one that `POST /` is for, if it serves one
    token : whether POST demands a bearer token
    """
    chosen = [catalog.load(name) for name in operations]
    kinds = [operation.request for operation in chosen]
    reports = [operation.report() for operation in chosen if operation.report]
    _, components = msgspec.json.schema_components(
        [*kinds, *reports, Receipt], ref_template=ref("{name}")["$ref"]
    )
    # Through JSON: a default of () is an array there, and a tuple here is none.
    schemas = tidied(msgspec.json.decode(msgspec.json.encode(components)))
    schemas |= {"Problem": PROBLEM, "Plan": PLAN}
    paths: dict[str, Any] = {}
    for operation in chosen:
        name = operation.request.__name__
        answer = answered(operation)
        schemas[f"{name}Event"] = requested(operation.name, name)
        schemas[f"{name}Completed"] = replied(operation.name, "completed", answer)
        schemas[f"{name}Failed"] = replied(operation.name, "failed", ref("Problem"))
        paths[f"/{operation.name}"] = {"post": _post(operation, operation.name, token)}
        if operation.name == root:
            paths["/"] = {"post": _post(operation, f"{operation.name}_at_root", token)}
    for path, get in {
        "/": _get("about", "Name, version and operations", _WHO),
        "/healthz": _get("healthz", "Whether the server is alive", _STATUS),
        "/readyz": _get("readyz", "Whether it is ready for a unit", _STATUS),
        "/metrics": _get("metrics", "Prometheus metrics", _TEXT, *_METRICS),
        "/openapi.json": _get("openapi", "This document", _OBJECT),
        "/docs": _get("docs", "This document as a page", _TEXT, "text/html"),
        "/formats": _get("formats", "Every format of camera files, and what is done", _OBJECT),
        "/find": _find(token),
    }.items():
        paths.setdefault(path, {})["get"] = get
    paths["/readyz"]["get"]["responses"]["503"] = _response("Not ready, and why", _STATUS, _JSON)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "rushes",
            "version": VERSION,
            "summary": "Serverless functions for camera files",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": _PARAMETERS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "tags": [
            {"name": "operations", "description": "what makes and checks files"},
            {"name": "server", "description": "what platforms ask"},
        ],
    }


_TEXT, _OBJECT = {"type": "string"}, {"type": "object"}
_METRICS = ("text/plain", "application/openmetrics-text")
_WHO = {
    "type": "object",
    "required": ["name", "version", "operation", "operations"],
    "properties": {
        "name": {"const": "rushes"},
        "version": {"type": "string"},
        "operation": {"type": ["string", "null"], "description": "what POST / is for"},
        "operations": {"type": "array", "items": {"type": "string"}},
    },
}
_FOUND = {
    "type": "object",
    "required": ["file", "found", "clips"],
    "properties": {
        "file": {"type": "string", "description": "the index that answered"},
        "found": {"type": "integer", "description": "clips in all"},
        "clips": {"type": "array", "items": {"type": "object"}},
    },
}
_STATUS = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"enum": ["ok", "ready", "not ready"]},
        "detail": {"type": "string", "description": "why it is not ready"},
    },
}
_PARAMETERS = {
    key: {"name": name, "in": "header", "description": about, "schema": _TEXT}
    for key, name, about in (
        ("CallId", "X-Call-Id",
         "the caller's own name for this call; the log and the span carry it"),
        ("TraceParent", "traceparent",
         "W3C trace context: the unit is a step below it; one that cannot be read is left alone"),
        ("TraceState", "tracestate", "W3C trace context, passed on"),
    )
}  # fmt: skip


def _post(operation: Operation, key: str, token: bool) -> dict[str, Any]:
    name = operation.request.__name__
    example, receipt = operation.example, examples.receipt(operation)
    request = dict(example.request) if example else None
    asked = examples.event(operation.name, "requested", request) if request else None
    done = examples.event(operation.name, "completed", receipt) if receipt else None
    replies = [ref(f"{name}Completed"), ref(f"{name}Failed")]
    found: dict[str, Any] = {
        "operationId": key,
        "summary": operation.summary,
        "description": operation.request.__doc__ or operation.summary,
        "tags": ["operations"],
        "parameters": [{"$ref": f"#/components/parameters/{each}"} for each in _PARAMETERS],
        "requestBody": {
            "required": True,
            "content": {
                _JSON: _media(ref(name), request),
                _EVENT: _media(ref(f"{name}Event"), asked),
                _BATCH: _media(
                    {"type": "array", "items": ref(f"{name}Event")}, [asked] if asked else None
                ),
            },
        },
        "responses": {
            "200": {
                "description": "The receipt; to `explain`, the plan; to an event, the completed "
                "event that holds it; to a batch, an event for each",
                "content": {
                    _JSON: _media(answered(operation), receipt),
                    _EVENT: _media(ref(f"{name}Completed"), done),
                    _BATCH: _media({"type": "array", "items": {"anyOf": replies}}, None),
                },
            },
            "204": {"description": "The event tells what is done and asks for nothing"},
            **{str(leaf.status): _problem(leaf, operation, name) for leaf in leaves()},
        },
    }
    if token:
        found["security"] = [{"token": []}]
        found["responses"]["401"] = _unknown_caller()
    return found


def _media(schema: dict[str, Any], example: Any) -> dict[str, Any]:
    return {"schema": schema} if example is None else {"schema": schema, "example": example}


def _problem(leaf: type[RushesError], operation: Operation, name: str) -> dict[str, Any]:
    example = examples.problem(leaf)
    failed = examples.event(operation.name, "failed", example)
    answer: dict[str, Any] = {
        "description": leaf.title,
        "content": {
            _PROBLEM: _media(ref("Problem"), example),
            _EVENT: _media(ref(f"{name}Failed"), failed),
        },
    }
    if leaf.retryable:
        answer["headers"] = {
            "Retry-After": {
                "description": "seconds",
                "required": True,
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    return answer


def _unknown_caller() -> dict[str, Any]:
    return {
        "description": "No bearer token",
        "content": {_PROBLEM: {"schema": ref("Problem")}},
        "headers": {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
    }


def _get(key: str, about: str, schema: dict[str, Any], *media: str) -> dict[str, Any]:
    return {
        "operationId": key,
        "summary": about,
        "tags": ["server"],
        "responses": {"200": _response(about, schema, *(media or (_JSON,)))},
    }


def _find(token: bool) -> dict[str, Any]:
    """Questions to an index of footage; its parameters are the fields of the question."""
    schema = request_schema(Question)
    found = _get("find", "Clips in an index of footage", _FOUND)
    found["parameters"] = [
        {"name": name, "in": "query", "required": name in schema["required"],
         "description": field.get("description", ""), "schema": field}
        for name, field in schema["properties"].items()
    ]  # fmt: skip
    for leaf in leaves():
        content = {_PROBLEM: _media(ref("Problem"), examples.problem(leaf))}
        found["responses"][str(leaf.status)] = {"description": leaf.title, "content": content}
    if token:
        found["security"] = [{"token": []}]
        found["responses"]["401"] = _unknown_caller()
    return found


def _response(about: str, schema: dict[str, Any], *media: str) -> dict[str, Any]:
    return {"description": about, "content": {each: {"schema": schema} for each in media}}
