"""How a job makes an index: each card is a unit, and one more makes the file of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.contract import uris
from functions.contract.operation import Pieces
from functions.contract.store import Store


def pieces(fields: Mapping[str, Any], store: Store) -> Pieces:
    """See `contract.operation.Pieces`. Raises SourceNotFound where there is no clip."""
    from functions.footage.cards import card_uris

    root, output = fields.get("input"), fields.get("output")
    if not isinstance(root, str) or not isinstance(output, str) or fields.get("card") is not None:
        return Pieces()
    cards = card_uris(uris.canonical(root, field="input"), store, output)
    return Pieces(each=tuple({"card": card} for card in cards), last={"gather": True})
