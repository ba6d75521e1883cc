"""What an index holds, in the few lines that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """What a person reads of the report."""
    if "file" in report:
        yield f"{report['clips']} clips on {report['cards']} cards, index {report['file']}"
    yield f"{report['inspected']} inspected, {report['kept']} kept of changed cards"
    if report["unreadable"]:
        yield f"{report['unreadable']} cannot be read: their entries say why"
    if seals := report.get("seals"):
        yield "seals: " + ", ".join(f"{count} {state}" for state, count in seals.items())
