"""Of a receipt, what is shown before it is opened."""

from __future__ import annotations

from typing import Any

import msgspec

from functions.contract.errors import RushesError
from functions.contract.receipt import Frames, receipt_uri
from functions.contract.store import Store
from functions.storage.documents import read_document

_MOST_FINDINGS = 100


class Brief(msgspec.Struct, frozen=True):
    """Frames that were made, and what was found."""

    frames: Frames | None = None
    report: dict[str, Any] | None = None

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What was found, the first hundred."""
        found = (self.report or {}).get("findings")
        listed = found if isinstance(found, list) else []
        return [each for each in listed[:_MOST_FINDINGS] if isinstance(each, dict)]


def read_brief(output: str, unit: str, store: Store) -> Brief | None:
    """Of the receipt of a unit; None where it is not to be had just now."""
    try:
        return read_document(store, receipt_uri(output, unit), Brief)
    except RushesError:
        return None
