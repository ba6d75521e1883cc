"""Bare paths, which only people at this machine may write, made into file URIs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from functions.contract.operation import Request
from functions.contract.request import is_uri
from functions.serve.run.catalog import Catalog


def file_uri(text: str, folder: Path | None = None) -> str:
    """`a/b.dng` to `file:///<folder>/a/b.dng`; what has a scheme stays.

    Percent signs, spaces and hashes stand for themselves; a trailing slash stays.
    """
    if "://" in text or not text:
        return text
    # abspath and not resolve: outputs name what was asked for, not where links lead.
    path = os.path.abspath(folder / text if folder else text)  # noqa: PTH100
    return f"file://{path}/" if text.endswith("/") and path != "/" else f"file://{path}"


def with_uris(
    catalog: Catalog, operation: str, fields: Mapping[str, Any], folder: Path | None = None
) -> dict[str, Any]:
    """A request whose URI fields may be bare paths, with URIs in their place.

    The clips and defaults of a job are requests themselves. `folder` is what relative
    paths start from; None is the current one.
    """
    if operation not in catalog:
        return dict(fields)
    made = _swap(catalog.load(operation).request, fields, folder)
    clips, defaults = made.get("clips"), made.get("defaults")
    named = {_operation_of(defaults)}
    if isinstance(clips, list):
        made["clips"] = [_nested(catalog, clip, defaults, folder) for clip in clips]
        named |= {_operation_of(clip) for clip in clips}
    if isinstance(defaults, Mapping):
        # A default may be for any operation of the job.
        for name in named & {*catalog.names()}:
            made["defaults"] = _swap(catalog.load(name).request, made["defaults"], folder)
    return made


def _nested(catalog: Catalog, clip: Any, defaults: Any, folder: Path | None) -> Any:
    name = _operation_of(clip) or _operation_of(defaults)
    if name not in catalog or not isinstance(clip, Mapping):
        return clip
    return _swap(catalog.load(name).request, clip, folder)


def _operation_of(said: Any) -> str:
    """What a clip or the defaults of a job name; "" where that is nothing, or no name."""
    name = said.get("operation") if isinstance(said, Mapping) else None
    return name if isinstance(name, str) else ""


def _swap(kind: type[Request], fields: Mapping[str, Any], folder: Path | None) -> dict[str, Any]:
    names = set(kind.__struct_fields__)
    return {
        name: _as_uri(value, folder) if name in names and is_uri(kind, name) else value
        for name, value in fields.items()
    }


def _as_uri(value: Any, folder: Path | None) -> Any:
    if isinstance(value, list | tuple):
        return [_as_uri(each, folder) for each in value]
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    return file_uri(value, folder) if isinstance(value, str) else value
