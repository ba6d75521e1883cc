"""A page per operation, made from the request that its decoder uses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from functions.contract.operation import Operation
from functions.contract.request import field_schema
from functions.serve.cli.usage import typed
from functions.serve.run.catalog import Catalog

_OVERVIEW = """\
# Operations

One function each. Its page is made from the request that its own decoder uses: no field is missing
there, and none stands there that the function does not know. All come through the same
[four doors](guide.md#four-doors-one-request).

| operation | does |
| --- | --- |"""
_OWN = "Its own fields"
_EXCLUSIVE = {"exclusiveMinimum": "more than {}", "exclusiveMaximum": "less than {}"}


def pages(catalog: Catalog) -> dict[str, str]:
    """Place on the site to text, for every operation of the catalog."""
    each = {place(name): page(catalog.load(name)) for name in catalog.names()}
    return {"operations.md": overview(catalog), **each}


def place(name: str) -> str:
    """Of an operation's page on the site."""
    return f"operations/{name}.md"


def overview(catalog: Catalog) -> str:
    """The list of all operations."""
    rows = [f"| [`{name}`]({place(name)}) | {catalog.summary(name)} |" for name in catalog.names()]
    return "\n".join([_OVERVIEW, *rows, ""])


def page(operation: Operation) -> str:
    """One operation: what it does, its example by three doors, its fields."""
    lines = [f"# {operation.name}", "", f"{_sentence(operation.summary)}", ""]
    if operation.example is not None:
        lines += _example(operation.name, operation.example.request)
    for title, rows in _sections(operation).items():
        lines += [f"## {title}", "", "| field | takes | if not said | what it is |"]
        lines += ["| --- | --- | --- | --- |", *rows, ""]
    made = operation.example.output if operation.example else None
    lines += ["## The answer", ""]
    lines += [f"A [receipt](../guide.md#receipts){_made(made)}, or a [problem](../problems.md)."]
    if operation.dispatches:
        lines += ["It sends units to other functions and waits for their receipts."]
    if operation.splitting is not None:
        lines += ["In a [job](../guide.md#jobs) a clip is cut into units of about half a minute."]
    return "\n".join([*lines, ""])


def _made(name: str | None) -> str:
    return f", beside files such as `{name}`" if name else ""


def _example(name: str, request: Mapping[str, Any]) -> list[str]:
    """The example as it is typed, as JSON and in Python."""
    body = json.dumps(request, indent=2)
    said = ",\n".join(f"    {key}={value!r}" for key, value in request.items())
    return [
        "```sh", typed(f"rushes {name}", request), "```", "",
        f"As JSON, to `POST /{name}` or as the data of an event `dev.rushes.{name}.requested.v1`:",
        "", "```json", body, "```", "",
        "In Python:", "",
        "```python", "import rushes", "", f"receipt = rushes.{name}(", f"{said},", ")", "```", "",
    ]  # fmt: skip


def _sections(operation: Operation) -> dict[str, list[str]]:
    """Rows of the table by the section of help that a field stands in, its own fields first."""
    found: dict[str, list[str]] = {_OWN: []}
    fields = msgspec.structs.fields(operation.request)
    for field in sorted(fields, key=lambda each: (not each.required, each.name == "overwrite")):
        schema = field_schema(operation.request, field.name)
        told = next((each for each in _told(schema) if "description" in each), schema)
        title = told.get("x-section", _OWN)
        default = "**must be said**" if field.required else _default(schema, told)
        row = [f"`{field.name}`", _takes(schema), default, told.get("description", "")]
        found.setdefault(title, []).append(f"| {' | '.join(map(_cell, row))} |")
    return {title: rows for title, rows in found.items() if rows}


def _told(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield schema
    yield from schema.get("anyOf", ())


def _default(schema: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """What counts where nothing is said."""
    value = told.get("default", schema.get("default"))
    if value is None or value == []:
        return ""
    if isinstance(value, list):
        return ", ".join(f"`{each}`" for each in value)
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _takes(schema: Mapping[str, Any]) -> str:
    """Type, choices, unit and limits of a field, in words."""
    kinds = [each for each in schema.get("anyOf", (schema,)) if each.get("type") != "null"]
    unit = next((each["x-unit"].lower() for each in _told(schema) if "x-unit" in each), "")
    return "; ".join(_kind(kind, unit) for kind in kinds)


def _kind(kind: Mapping[str, Any], unit: str) -> str:
    if "enum" in kind:
        return ", ".join(f"`{each}`" for each in kind["enum"])
    if kind.get("type") == "array":
        return f"list of: {_kind(kind['items'], unit)}"
    words = {
        "string": "a URI" if kind.get("format") == "uri" else "text",
        "integer": "a whole number", "number": "a number",
        "boolean": "`true`, `false`", "object": "an object",
    }[kind["type"]]  # fmt: skip
    limits = [words.format(kind[key]) for key, words in _EXCLUSIVE.items() if key in kind]
    if "minimum" in kind and "maximum" in kind:
        limits.append(f"{kind['minimum']} to {kind['maximum']}")
    elif "minimum" in kind:
        limits.append(f"at least {kind['minimum']}")
    elif "maximum" in kind:
        limits.append(f"at most {kind['maximum']}")
    if "x-form" in kind:
        limits.append(kind["x-form"])
    return ", ".join([f"{words} ({unit})" if unit else words, *limits])


def _cell(text: str) -> str:
    # What stands in code is shown as it is; elsewhere a tag would be one.
    pieces = text.replace("|", "\\|").split("`")
    pieces[::2] = [piece.replace("<", "&lt;") for piece in pieces[::2]]
    return "`".join(pieces)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
