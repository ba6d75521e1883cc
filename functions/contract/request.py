"""Requests from JSON objects: every bad field is named at once, URIs are made canonical."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from functions.contract import uris
from functions.contract.errors import InvalidRequest, RushesError
from functions.contract.operation import Request

R = TypeVar("R", bound=Request)

_NOT_IDENTITY = ("overwrite", "explain")
NOT_JSON = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What msgspec raises for a text that is none, is of another type, or is a bomb of brackets."""


def decode(kind: type[R], fields: Mapping[str, Any]) -> R:
    """The typed request of an operation.

    Raises
    ------
    InvalidRequest with `problems`: one {"field", "detail"} for each unknown, missing or
        wrong field. Refused when a URI alone is at fault.
    """
    if not isinstance(fields, Mapping):
        raise InvalidRequest("a request is a JSON object")
    known = _defaults(kind)
    problems = [
        {"field": str(name), "detail": f"unknown field {str(name)!r}{_near(str(name), known)}"}
        for name in fields
        if name not in known
    ]
    values: dict[str, Any] = {}
    refused: RushesError | None = None
    for name, default in known.items():
        if name not in fields:
            if default is msgspec.NODEFAULT:
                problems.append({"field": name, "detail": f"field {name!r} is missing"})
            continue
        try:
            value = msgspec.convert(fields[name], _hint(kind, name), strict=True)
            if is_uri(kind, name):
                value = _canonical(value, name)
            msgspec.json.encode(value)  # as receipts and identities hold it
            values[name] = value
        except UnicodeEncodeError:
            detail = f"field {name!r} holds half of a character, which no text has"
            problems.append({"field": name, "detail": detail})
        except msgspec.ValidationError as error:
            schema = request_schema(kind)["properties"][name]
            said = _in_words(name, fields[name], str(error), schema)
            problems.append({"field": name, "detail": said})
        except InvalidRequest as error:
            problems.append({"field": name, "detail": f"field {name!r}: {error.detail}"})
        except RushesError as error:
            refused = error
    whole = all(name in values or name not in fields for name in known) and not any(
        default is msgspec.NODEFAULT and name not in fields for name, default in known.items()
    )
    request: R | None = None
    if whole:
        try:
            request = kind(**values)
        except (TypeError, ValueError) as error:  # a __post_init__ that weighs fields together
            facts = error.facts if isinstance(error, InvalidRequest) else {}
            alone = {"field": facts.get("field", ""), "detail": str(error)}
            problems += facts.get("problems", [alone])
    if problems:
        detail = "; ".join(p["detail"] for p in problems)
        field = problems[0]["field"] or None
        raise InvalidRequest(detail, field=field, problems=problems)
    if refused is not None:
        raise refused
    assert request is not None
    return request


@cache
def _hint(kind: type[Request], name: str) -> Any:
    """A field's type, alone: to read those of all fields of all classes is 2 ms of a start."""
    owner = next(base for base in kind.__mro__ if name in getattr(base, "__annotations__", ()))
    alone = SimpleNamespace(__annotations__={name: owner.__annotations__[name]})
    return get_type_hints(alone, vars(sys.modules[owner.__module__]), include_extras=True)[name]


def _canonical(value: Any, field: str) -> Any:
    if isinstance(value, tuple):
        return tuple(_canonical(each, field) for each in value)
    return uris.canonical(value, field=field) if isinstance(value, str) else value


@cache
def is_uri(kind: type[Request], name: str) -> bool:
    """Whether a field holds a URI, or a list of them: its Meta says so."""
    # Not through the schema: a cold start would make one for this alone, 4 ms of its time.
    return _says_uri(_hint(kind, name))


@cache
def _defaults(kind: type[Request]) -> dict[str, Any]:
    """Every field with its default, `msgspec.NODEFAULT` where it must be said."""
    # Not msgspec.structs.fields: it reads every annotation, 2 ms of a start.
    names, defaults = kind.__struct_fields__, kind.__struct_defaults__
    said = (msgspec.NODEFAULT,) * (len(names) - len(defaults)) + defaults
    return dict(zip(names, said, strict=True))


def _says_uri(hint: Any) -> bool:
    for note in getattr(hint, "__metadata__", ()):
        if (getattr(note, "extra_json_schema", None) or {}).get("format") == "uri":
            return True
    return any(_says_uri(part) for part in get_args(hint))


def field_schema(kind: type[Request], name: str) -> dict[str, Any]:
    """JSON Schema of one field, with its description."""
    schema = request_schema(kind)["properties"][name]
    assert isinstance(schema, dict)
    for option in schema.get("anyOf", ()):
        if option.get("format"):
            return {**schema, "format": option["format"]}
    return schema


@cache
def request_schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """JSON Schema (2020-12) of a request, flat: what /openapi.json and the command line use."""
    _, components = msgspec.json.schema_components(
        [kind], ref_template="#/components/schemas/{name}"
    )
    # Through JSON: a default of () is an array there, and a tuple here is none.
    schema: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(components[kind.__name__]))
    return schema


def canonical_request(request: Request) -> dict[str, Any]:
    """The request as plain JSON values: fields that differ from their default, sorted.

    What a request leaves out and what it says as the default are the same request.
    """
    defaults = _defaults(type(request))
    plain: dict[str, Any] = {}
    for name in sorted(defaults):
        value = getattr(request, name)
        if name not in _NOT_IDENTITY and not _same(value, defaults[name]):
            plain[name] = msgspec.to_builtins(value)
    return plain


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)


_TYPES = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false",
          "array": "a list", "object": "an object", "null": "null"}  # fmt: skip
_BOUNDS = {">=": "of at least", "<=": "of at most", ">": "above", "<": "below"}
_EXPECTED = r"Expected `([^`]+)`(?:, got `(\w+)`| (of length )?([<>]=?) (\S+))$"
_PLACE = r" - at `\$\[?([^`\]]*)\]?`$"


def _in_words(name: str, value: Any, said: str, schema: Mapping[str, Any]) -> str:
    """What is wrong with a field, for a person; the decoder speaks of types and regexes.

    value : what the request has there
    said : msgspec's message
    schema : the field's JSON Schema, its choices and the description of its form among it
    """
    where = f"field {name!r}"
    place = re.search(_PLACE, said)
    if place is not None:
        said = said[: place.start()]
        where += f", item {place[1]}" if place[1].isdigit() else ""
    told = [schema, *schema.get("anyOf", ()), schema.get("items", {})]
    form = next((each["x-form"] for each in told if "x-form" in each), None)
    if "matching regex" in said and form is not None:
        return f"{where}: {value!r} is not taken: {form}"
    if said.startswith("Invalid enum value"):
        names = [str(n) for each in told for n in each.get("enum", ()) if n is not None]
        return f"{where}: {value!r} is none of {', '.join(names)}{_near(str(value), names)}"
    found = re.match(_EXPECTED, said)
    if found is None:
        return f"{where}: {said}"
    kinds = " or ".join(_TYPES.get(kind, kind) for kind in found[1].split(" | "))
    if found[2]:
        return f"{where} takes {kinds}, not {_TYPES.get(found[2], found[2])}"
    bound = f"{_BOUNDS[found[4]]} {found[5].removesuffix('.0')}"
    return f"{where} takes {kinds} {'with a length ' if found[3] else ''}{bound}, not {value!r}"


def _near(said: str, known: Iterable[str]) -> str:
    import difflib  # a first frame does without

    near = difflib.get_close_matches(said.lower(), list(known), 1)
    return f" (did you mean {near[0]!r}?)" if near else ""
