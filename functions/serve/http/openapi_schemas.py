"""Schemas of what goes over HTTP beside the requests: receipts, plans, problems, events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.contract.errors import leaves
from functions.contract.operation import Operation
from functions.contract.receipt import STAGES

Schema = dict[str, Any]

_REF = "#/components/schemas/{name}"
_UNIT = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
_EXTENSION: Schema = {"type": ["string", "boolean", "integer"]}
_HASH = {"type": "string", "pattern": "^[0-9a-f]{16}$"}


def ref(name: str) -> Schema:
    """A reference to a schema of the document."""
    return {"$ref": _REF.format(name=name)}


PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457, with the code and facts of rushes",
    "required": ["type", "title", "status", "detail", "code", "retryable"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "one for each code"},
        "title": {"type": "string", "description": "of the code"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "a sentence for a person"},
        "code": {"type": "string", "enum": [leaf.code for leaf in leaves()]},
        "retryable": {
            "type": "boolean",
            "description": "whether the same request may succeed later; then Retry-After says when",
        },
        "field": {"type": "string", "description": "of the request, the first bad one"},
        "uri": {"type": "string", "description": "of the file or object at fault"},
        "frame": {"type": "integer", "description": "number of the picture at fault"},
        "problems": {
            "type": "array",
            "description": "every bad field, at once",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}

PLAN: Schema = {
    "type": "object",
    "description": "What would be done, from headers only, to a request with `explain`; beside "
    "these, what the operation tells: frames, canvas, colour steps, names, broken limits",
    "required": ["operation", "unit", "request", "done_already", "assumed"],
    "properties": {
        "operation": {"type": "string"},
        "unit": {**_UNIT, "description": "as the receipt's"},
        "request": {"type": "object", "description": "without what is the default"},
        "done_already": {"type": "boolean", "description": "whether its receipt stands"},
        "assumed": {"type": "object", "description": "defaults that were taken"},
    },
}

_RECEIPT: Mapping[str, Schema] = {
    "rushes": {"description": "version"},
    "unit": {**_UNIT, "description": "identity of request, inputs and code"},
    "status": {"description": "reused: it had been done before, and nothing was written"},
    "request": {"description": "without what is the default"},
    "assumed": {"description": "defaults that were taken"},
    "inputs": {"description": "what was read"},
    "outputs": {"description": "what was made"},
    "seconds": {"description": "by stage, summed over threads, and in total"},
    "machine": {"description": "what it ran on"},
    "report": {"description": "what the operation found out (inspect, lint, dispatch ...)"},
}


def answered(operation: Operation) -> Schema:
    """What a request is answered with: a receipt, whose report may be of a type, or a plan."""
    receipt = ref("Receipt")
    if operation.report:
        report = {"anyOf": [ref(operation.report().__name__), {"type": "null"}]}
        receipt = {"allOf": [receipt, {"properties": {"report": report}}]}
    return {"anyOf": [receipt, ref("Plan")]}


def tidied(schemas: dict[str, Schema]) -> dict[str, Schema]:
    """The same schemas as people and generators read them best: descriptions and formats stand
    at the field and not inside its alternatives."""
    found = {name: _tidy(schema) for name, schema in schemas.items()}
    receipt = found["Receipt"]
    receipt["description"] = "What a finished unit leaves beside its output"
    for name, more in _RECEIPT.items():
        receipt["properties"][name] |= more
    seconds = {stage: {"type": "number", "minimum": 0} for stage in STAGES}
    receipt["properties"]["seconds"] |= {"properties": seconds, "required": list(STAGES)}
    found["Input"]["description"] = "A file or object that the unit read"
    found["Output"]["description"] = "A file or object that the unit made"
    for name in ("Input", "Output"):
        found[name]["properties"]["xxh64"] |= {"pattern": _HASH["pattern"]}
        found[name]["properties"]["bytes"] |= {"minimum": 0}
    whole = "of the whole content; null where only ranges of it were read"
    found["Input"]["properties"]["xxh64"]["description"] = whole
    found["Output"]["properties"]["frame"]["description"] = "null for what belongs to no one frame"
    return found


def _tidy(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_tidy(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {name: _tidy(each) for name, each in schema.items()}
    options = schema.get("anyOf", [])
    rest = [option for option in options if option != {"type": "null"}]
    if len(options) == 2 and len(rest) == 1 and "$ref" not in rest[0]:
        only = dict(rest[0])
        del schema["anyOf"]
        if "type" in only:
            only["type"] = [only["type"], "null"]
        if "enum" in only:
            only["enum"] = [*only["enum"], None]
        if "default" in only:
            # What counts where nothing is said, and not that nothing may be said.
            schema.pop("default", None)
        schema = {**only, **schema}
    if "array" in (schema.get("type"), *(schema.get("type") or ())) and "format" in schema:
        schema["items"] = {**schema["items"], "format": schema.pop("format")}
    return schema


def requested(operation: str, name: str) -> Schema:
    """An event that asks for a unit."""
    return _event(operation, "requested", ref(name), ["data"], {"source": {"minLength": 1}})


def replied(operation: str, state: str, data: Schema) -> Schema:
    """An event that answers one."""
    cause = {"causationid": {"type": "string", "description": "id of the event that asked"}}
    return _event(operation, state, data, ["data", "causationid"], cause)


def _event(
    operation: str, state: str, data: Schema, required: list[str], more: dict[str, Schema]
) -> Schema:
    text = {"type": "string", "minLength": 1}
    about: dict[str, Schema] = {
        "specversion": {"const": "1.0"},
        "id": {**text, "description": "the same again: the same event"},
        "source": {"type": "string", "format": "uri-reference"},
        "type": {"const": f"dev.rushes.{operation}.{state}.v1"},
        "subject": {**text, "description": "the unit, where it is known"},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {
            "const": "application/problem+json" if state == "failed" else "application/json"
        },
        # Without its pattern: one that cannot be read is left alone, and the event is not refused.
        "traceparent": {**_EXTENSION, "description": "W3C trace context"},
        "tracestate": {**_EXTENSION, "description": "W3C trace context"},
        "rushesjob": {**_EXTENSION, "description": "the job that the unit is of"},
        "data": data,
    }
    return {
        "type": "object",
        "description": "CloudEvents 1.0, JSON format",
        "required": ["specversion", "id", "source", "type", *required],
        "properties": {
            **about,
            **{name: {**about.get(name, {}), **schema} for name, schema in more.items()},
        },
        # Extensions, as the specification allows them.
        "propertyNames": {"pattern": "^[a-z0-9]{1,20}$"},
        "additionalProperties": _EXTENSION,
    }
