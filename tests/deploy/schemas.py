"""Unknown fields, wrong types and missing fields of a document, by an openAPIV3Schema.

An API server drops unknown fields or refuses them, client-side models take them silently:
a typo in a manifest would be found by nobody before the cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

Schema = Mapping[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}

# Fields that a schema leaves open (x-kubernetes-preserve-unknown-fields) although it lists
# some: what the API's own reference has beside those.
_OPEN: dict[str, frozenset[str]] = {
    "spec": frozenset(),
    "delivery": frozenset({"timeout", "retryAfterMax"}),
    "emptyDir": frozenset({"medium", "sizeLimit"}),
}
# Maps whose keys are the writer's own.
_FREE = frozenset({"exact", "prefix", "suffix", "attributes"})


def problems(value: Any, schema: Schema, path: str) -> Iterator[str]:
    """Sentences about what does not fit."""
    kind = schema.get("type")
    if schema.get("x-kubernetes-int-or-string"):
        if not isinstance(value, (int, str)) or isinstance(value, bool):
            yield f"{path}: {value!r} is neither a number nor a string"
        return
    if kind is not None and not _is(value, kind):
        yield f"{path}: {value!r} is not of type {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    if isinstance(value, dict):
        yield from _object(value, schema, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from problems(item, schema.get("items", {}), f"{path}[{index}]")


def _object(value: dict[str, Any], schema: Schema, path: str) -> Iterator[str]:
    declared: Mapping[str, Schema] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path}: {name} is missing"
    last = path.rpartition(".")[2].partition("[")[0]
    extra = schema.get("additionalProperties")
    for name, item in value.items():
        where = f"{path}.{name}"
        if name in declared:
            yield from problems(item, declared[name], where)
        elif isinstance(extra, Mapping):
            yield from problems(item, extra, where)
        elif not _may_be_there(name, last, declared, schema):
            yield f"{where}: unknown field"


def _may_be_there(name: str, last: str, declared: Mapping[str, Schema], schema: Schema) -> bool:
    if last in _FREE or schema.get("additionalProperties") is True:
        return True
    if not schema.get("x-kubernetes-preserve-unknown-fields"):
        return False
    if last in _OPEN:
        return name in _OPEN[last]
    return not declared


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _TYPES[kind])


_META: Schema = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "namespace": {"type": "string"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


class Definitions:
    """CustomResourceDefinitions of a folder, by (apiVersion, kind)."""

    def __init__(self, folder: Path) -> None:
        self.schemas: dict[tuple[str, str], Schema] = {}
        for file in sorted(folder.glob("*.yaml")):
            for document in yaml.load_all(file.read_text(), yaml.CSafeLoader):
                if isinstance(document, dict) and (
                    document.get("kind") == "CustomResourceDefinition"
                ):
                    self._add(document["spec"])

    def _add(self, spec: Mapping[str, Any]) -> None:
        for version in spec["versions"]:
            key = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
            self.schemas[key] = version["schema"]["openAPIV3Schema"]

    def problems(self, document: dict[str, Any]) -> list[str]:
        """Sentences about one document; a kind that is not defined here is one."""
        key = (document.get("apiVersion", ""), document.get("kind", ""))
        name = f"{key[1]} {document.get('metadata', {}).get('name')}"
        schema = self.schemas.get(key)
        if schema is None:
            return [f"{name}: no definition of {key[0]}"]
        top = {
            **schema.get("properties", {}),
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": _META,
        }
        whole = {"type": "object", "properties": top, "required": ["metadata", "spec"]}
        return list(problems(document, whole, name))
