"""What is wrong with a field, in a person's words; the decoder's own speak of types and regexes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

_TYPES = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false",
          "array": "a list", "object": "an object", "null": "null"}  # fmt: skip
_BOUNDS = {">=": "of at least", "<=": "of at most", ">": "above", "<": "below"}
_EXPECTED = re.compile(r"Expected `([^`]+)`(?:, got `(\w+)`| (of length )?([<>]=?) (\S+))$")
_PLACE = re.compile(r" - at `\$\[?([^`\]]*)\]?`$")


def of_field(name: str, value: Any, said: str, schema: Mapping[str, Any]) -> str:
    """One sentence.

    value : what the request has there
    said : msgspec's message
    schema : the field's JSON Schema, its choices and the description of its form among it
    """
    place = _PLACE.search(said)
    where = f"field {name!r}"
    if place is not None:
        said = said[: place.start()]
        where += f", item {place[1]}" if place[1].isdigit() else ""
    told = [schema, *schema.get("anyOf", ()), schema.get("items", {})]
    form = next((each["x-form"] for each in told if "x-form" in each), None)
    if "matching regex" in said and form is not None:
        return f"{where}: {value!r} is not taken: {form}"
    if said.startswith("Invalid enum value"):
        names = [str(n) for each in told for n in each.get("enum", ()) if n is not None]
        return f"{where}: {value!r} is none of {', '.join(names)}{did_you_mean(str(value), names)}"
    found = _EXPECTED.match(said)
    if found is None:
        return f"{where}: {said}"
    kinds = " or ".join(_TYPES.get(kind, kind) for kind in found[1].split(" | "))
    if found[2]:
        return f"{where} takes {kinds}, not {_TYPES.get(found[2], found[2])}"
    bound = f"{_BOUNDS[found[4]]} {found[5].removesuffix('.0')}"
    return f"{where} takes {kinds} {'with a length ' if found[3] else ''}{bound}, not {value!r}"


def unknown(name: str, known: Iterable[str]) -> str:
    """Of a field that is not there."""
    return f"unknown field {name!r}{did_you_mean(name, known)}"


def did_you_mean(said: str, known: Iterable[str]) -> str:
    """The one that was meant, as far as its letters tell."""
    near = difflib.get_close_matches(said.lower(), list(known), 1)
    return f" (did you mean {near[0]!r}?)" if near else ""
