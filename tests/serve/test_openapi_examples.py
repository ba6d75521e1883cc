"""The examples of /openapi.json are what a person may send, and what comes back."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from functions.contract.errors import InvalidRequest, leaves
from functions.contract.receipt import Receipt
from functions.contract.request import decode
from functions.serve.events.cloudevents import meaning, read_event
from functions.serve.http.openapi import document
from functions.serve.run.catalog import OPERATIONS, Catalog

DOCUMENT: dict[str, Any] = json.loads(json.dumps(document(Catalog(), OPERATIONS)))


def fits(media: dict[str, Any]) -> None:
    """Raise where an example does not fit its schema, formats and all."""
    schema = {**media["schema"], "components": DOCUMENT["components"]}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema, format_checker=checker).validate(media["example"])


@pytest.fixture(params=OPERATIONS)
def operation(request: pytest.FixtureRequest) -> str:
    """Each of the catalog."""
    return str(request.param)


def posted(operation: str) -> dict[str, Any]:
    """Its description."""
    found: dict[str, Any] = DOCUMENT["paths"][f"/{operation}"]["post"]
    return found


def test_each_operation_is_told_in_words(operation: str) -> None:
    """Summary, description, and every field of its request has a description."""
    found = posted(operation)
    assert len(found["summary"]) > 15
    assert found["description"].endswith(".")
    name = found["requestBody"]["content"]["application/json"]["schema"]["$ref"].split("/")[-1]
    fields = DOCUMENT["components"]["schemas"][name]["properties"]
    assert [field for field, told in fields.items() if not told.get("description")] == []


def test_each_request_example_is_taken(operation: str) -> None:
    """It fits its schema, plain, as an event and in a batch, and the decoder takes it."""
    content = posted(operation)["requestBody"]["content"]
    assert set(content) == {
        "application/json",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
    }
    for media in content.values():
        fits(media)
    plain = content["application/json"]["example"]
    decode(Catalog().load(operation).request, plain)
    event = content["application/cloudevents+json"]["example"]
    read = read_event("structured", {}, json.dumps(event).encode())
    assert (meaning(read), read.get_data()) == ((operation, "requested"), plain)


def test_each_answers_example_is_one(operation: str) -> None:
    """Receipts and problems fit their schemas; a receipt repeats its request."""
    found = posted(operation)
    examples = 0
    for status, response in found["responses"].items():
        for media in response.get("content", {}).values():
            if "example" in media:
                fits(media)
                examples += 1
                told = media["example"].get("data", media["example"])
                assert status == "200" or str(told["status"]) == status
    assert examples == 2 + 2 * len(leaves())
    receipt = found["responses"]["200"]["content"]["application/json"]["example"]
    assert set(receipt) == set(Receipt.__struct_fields__)
    asked = found["requestBody"]["content"]["application/json"]["example"]
    assert receipt["request"].items() <= asked.items()


def test_formats_stand_where_they_belong() -> None:
    """A URI's format is of the text and not of the list; what may be null says so in its type."""
    text = json.dumps(DOCUMENT["components"]["schemas"])
    assert '"anyOf": [{"description"' not in text
    parts = DOCUMENT["components"]["schemas"]["StitchRequest"]["properties"]["parts"]
    assert (parts["items"], "format" in parts) == ({"type": "string", "format": "uri"}, False)
    frames = DOCUMENT["components"]["schemas"]["InspectRequest"]["properties"]["frames"]
    assert frames["type"] == ["string", "null"]


def test_a_token_is_asked_for_where_it_is() -> None:
    """With a token the operations name it and 401; without, neither stands there."""
    for token in (False, True):
        found = document(Catalog(), ["inspect"], token=token)["paths"]["/inspect"]["post"]
        assert ("security" in found) == ("401" in found["responses"]) == token


def test_the_example_of_a_bad_request_is_what_the_decoder_says() -> None:
    """Word for word, for a request with an unknown field and one of the wrong type."""
    described = posted("inspect")["responses"]["400"]["content"]["application/problem+json"]
    asked = {**posted("inspect")["requestBody"]["content"]["application/json"]["example"]}
    with pytest.raises(InvalidRequest) as caught:
        decode(Catalog().load("inspect").request, {**asked, "frame": 1001, "explain": "yes"})
    assert caught.value.problem() == described["example"]
