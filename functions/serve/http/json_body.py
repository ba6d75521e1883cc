"""JSON from outside: whatever is wrong with it is the caller's error and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec

from functions.contract.errors import InvalidRequest
from functions.contract.request import NOT_JSON


def all_wrong(problems: list[dict[str, str]], what: str = "") -> InvalidRequest:
    """The error of {"field", "detail"} of all that is wrong, in a sentence after `what`."""
    detail = what + "; ".join(each["detail"] for each in problems)
    return InvalidRequest(detail, field=problems[0]["field"], problems=problems)


def read_json(body: bytes | str, what: str = "the body") -> Any:
    """The value of a JSON text. Raises InvalidRequest, for bombs of brackets too."""
    try:
        return msgspec.json.decode(body)
    except NOT_JSON as error:
        raise InvalidRequest(f"{what} is not JSON: {error}") from error


def read_object(body: bytes | str, what: str = "a request") -> dict[str, Any]:
    """A JSON object. Raises InvalidRequest."""
    value = read_json(body, what)
    if not isinstance(value, dict):
        raise InvalidRequest(f"{what} is a JSON object, and this is none")
    return value
