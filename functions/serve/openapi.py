"""/openapi.json: OpenAPI 3.1, made from the request types that the decoder itself uses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from functions.contract.errors import RushesError, leaves
from functions.contract.receipt import Receipt
from functions.contract.version import VERSION
from functions.serve.catalog import Catalog

_REF = "#/components/schemas/{name}"

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457, with the code and facts of rushes",
    "required": ["type", "title", "status", "detail", "code", "retryable"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": [leaf.code for leaf in leaves()]},
        "retryable": {"type": "boolean"},
        "field": {"type": "string"},
        "uri": {"type": "string"},
        "frame": {"type": "integer"},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


def document(
    catalog: Catalog, operations: Iterable[str], root: str | None = None
) -> dict[str, Any]:
    """The description of a server.

    operations : what it serves, at `/<operation>`
    root : the one that `POST /` is for, if it serves one
    """
    chosen = [catalog.load(name) for name in operations]
    kinds = [operation.request for operation in chosen]
    _, components = msgspec.json.schema_components([*kinds, Receipt], ref_template=_REF)
    # Through JSON: a default of () is an array there, and a tuple here is none.
    schemas = msgspec.json.decode(msgspec.json.encode(components))
    schemas["Problem"] = _PROBLEM
    paths: dict[str, Any] = {}
    for operation in chosen:
        name = operation.request.__name__
        schemas[f"{name}Event"] = _event(operation.name, name)
        paths[f"/{operation.name}"] = {
            "post": _post(operation.name, operation.summary, name, operation.name)
        }
        if operation.name == root:
            paths["/"] = {"post": _post(operation.name, operation.summary, name, "root")}
    paths.setdefault("/", {})["get"] = _get("about", "Name, version and operation")
    for path, (key, about) in _GETS.items():
        paths[path] = {"get": _get(key, about)}
    paths["/readyz"]["get"]["responses"]["503"] = _json_response("Not ready, and why")
    paths["/metrics"]["get"]["responses"]["200"]["content"] = {
        "text/plain": {"schema": {"type": "string"}}
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "rushes",
            "version": VERSION,
            "summary": "Serverless functions for camera files",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "tags": [{"name": "operations"}, {"name": "server"}],
    }


_GETS = {
    "/healthz": ("healthz", "Whether the server is alive"),
    "/readyz": ("readyz", "Whether kernels are loaded and the storage settings are valid"),
    "/metrics": ("metrics", "Prometheus metrics"),
    "/openapi.json": ("openapi", "This document"),
}


def _post(operation: str, summary: str, name: str, key: str) -> dict[str, Any]:
    return {
        "operationId": operation if key == operation else f"{operation}_at_root",
        "summary": summary,
        "tags": ["operations"],
        # Both stand because a server without RUSHES_TOKEN_FILE asks for none.
        "security": [{}, {"token": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _ref(name)},
                "application/cloudevents+json": {"schema": _ref(f"{name}Event")},
            },
        },
        "responses": {
            "200": {
                "description": "The receipt; to a CloudEvent, the completed event that holds it; "
                "to explain, the plan",
                "content": {
                    "application/json": {
                        "schema": {"anyOf": [_ref("Receipt"), {"type": "object"}]}
                    },
                    "application/cloudevents+json": {"schema": {"type": "object"}},
                },
            },
            "204": {"description": "The event tells what is done and asks for nothing"},
            **{str(s): _problem(leaf) for s, leaf in _by_status().items()},
            "405": _problem(None),
        },
    }


def _by_status() -> dict[int, type[RushesError]]:
    return {leaf.status: leaf for leaf in leaves()}


def _problem(leaf: type[RushesError] | None) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": leaf.title if leaf else "The method is not for this path",
        "content": {
            "application/problem+json": {"schema": _ref("Problem")},
            "application/cloudevents+json": {"schema": {"type": "object"}},
        },
    }
    if leaf is not None and leaf.retryable:
        answer["headers"] = {
            "Retry-After": {"description": "seconds", "schema": {"type": "integer", "minimum": 1}}
        }
    return answer


def _get(key: str, about: str) -> dict[str, Any]:
    return {
        "operationId": key,
        "summary": about,
        "tags": ["server"],
        "responses": {"200": _json_response(about)},
    }


def _json_response(about: str) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": {"type": "object"}}}}


def _event(operation: str, name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": "CloudEvents 1.0, JSON format",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "minLength": 1},
            "source": {"type": "string", "minLength": 1},
            "type": {"const": f"dev.rushes.{operation}.requested.v1"},
            "subject": {"type": "string", "minLength": 1},
            "data": _ref(name),
        },
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF.format(name=name)}
