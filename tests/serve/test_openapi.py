"""/openapi.json: valid, and true of the decoder."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from functions.contract.errors import InvalidRequest, leaves
from functions.contract.request import decode
from functions.serve.http.openapi import document
from functions.serve.run.catalog import Catalog
from tests.serve.echo import EchoRequest


@pytest.fixture
def described(web: FlaskClient) -> dict[str, Any]:
    """The document of the running server."""
    response = web.get("/openapi.json")
    assert response.mimetype == "application/json"
    found: dict[str, Any] = json.loads(response.data)
    return found


def test_the_document_is_valid(described: dict[str, Any]) -> None:
    """OpenAPI's own validator finds nothing wrong."""
    assert list(OpenAPIV31SpecValidator(described).iter_errors()) == []


def test_the_document_of_all_operations_is_valid() -> None:
    """The project's own operations together are described validly, each at its path."""
    catalog = Catalog()
    described = document(catalog, catalog.names())
    assert list(OpenAPIV31SpecValidator(described).iter_errors()) == []
    assert {f"/{name}" for name in catalog.names()} <= described["paths"].keys()


def test_every_route_is_in_the_document(described: dict[str, Any], web: FlaskClient) -> None:
    """What the server answers and what it describes are the same routes, but for what the console's
    own pages ask."""
    rules = {
        (str(rule), method.lower())
        for rule in web.application.url_map.iter_rules()
        for method in rule.methods or ()
        if method in ("GET", "POST") and not str(rule).startswith(("/_/", "/console/"))
    }
    assert rules == {(p, m) for p, methods in described["paths"].items() for m in methods}


@pytest.mark.parametrize(
    "fields",
    [
        {"input": "file:///a"},
        {"input": "file:///a", "count": 3, "mode": "upper", "words": ["a"], "share": 0.5},
        {"input": "file:///a", "count": 0},
        {"input": "file:///a", "count": 10},
        {"input": "file:///a", "mode": "sideways"},
        {"input": "file:///a", "words": [1]},
        {"input": "file:///a", "unknown": 1},
        {"input": 7},
        {},
    ],
)
def test_the_schema_and_the_decoder_agree(
    described: dict[str, Any], fields: dict[str, Any]
) -> None:
    """A request is valid by the document exactly when the decoder takes it."""
    schema = {**described["components"]["schemas"]["EchoRequest"]}
    valid = jsonschema.Draft202012Validator(schema).is_valid(fields)
    try:
        decode(EchoRequest, fields)
        taken = True
    except InvalidRequest:
        taken = False
    assert valid == taken


def test_a_receipt_matches_its_schema(
    described: dict[str, Any], web: FlaskClient, fields: dict[str, Any]
) -> None:
    """What the server answers validates against what it describes."""
    receipt = json.loads(web.post("/", json=fields).data)
    problem = json.loads(web.post("/", json={}).data)
    for name, value in (("Receipt", receipt), ("Problem", problem)):
        schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
        jsonschema.Draft202012Validator(schema).validate(value)


def test_every_error_status_is_described(described: dict[str, Any]) -> None:
    """Each status of the error tree is a response of each operation."""
    responses = described["paths"]["/echo"]["post"]["responses"]
    assert {str(leaf.status) for leaf in leaves()} <= responses.keys()
