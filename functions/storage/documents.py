"""JSON documents that stand in a storage: whoever may write there may have left anything."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from functions.contract.errors import DamagedSource, SourceNotFound
from functions.contract.request import NOT_JSON
from functions.contract.store import Store

T = TypeVar("T")

_MARGIN = 200
"""Levels of brackets that an answer may put around what was read."""


def read_document(store: Store, uri: str, kind: type[T]) -> T:
    """The value of a document.

    Raises DamagedSource for what is no JSON, has another shape, or holds brackets almost
    without end, which no answer could repeat; else as `Store.read`.
    """
    content = store.read(uri)
    try:
        found = msgspec.json.decode(content, type=kind)
        _repeat(found)
    except NOT_JSON as error:
        raise DamagedSource(f"{uri} does not read: {error}", uri=uri) from error
    return found


def find_document(store: Store, uri: str, kind: type[T]) -> T | None:
    """The value of a document; None where there is none that reads."""
    try:
        return read_document(store, uri, kind)
    except (SourceNotFound, DamagedSource):
        return None


def _repeat(value: Any) -> None:
    for _ in range(_MARGIN):
        value = [value]
    msgspec.json.encode(value)
