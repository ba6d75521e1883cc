"""What became of every picture event, as values and in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from functions.contract.frames import rate_text
from functions.pull.index import Index
from functions.pull.job import Shot
from functions.turnover.matching import Miss
from functions.turnover.model import Turnover

_SHOWN = 3


def report(
    turnover: Turnover, shots: Sequence[Shot], misses: Sequence[Miss], index: Index, operation: str
) -> dict[str, Any]:
    """Counts, a sentence, and one entry for each picture event and each clip of no use."""
    disabled = [each for each in turnover.events if each.disabled]
    unmatched = [each for each in misses if not each.event.trouble]
    impossible = [each for each in misses if each.event.trouble]
    counts = {
        "events": len(turnover.events),
        "pulled": len(shots),
        "not_matched": len(unmatched),
        "not_possible": len(impossible),
        "disabled": len(disabled),
        "sound": turnover.sounds,
    }
    return {
        "title": turnover.title,
        "rate": rate_text(turnover.rate),
        "summary": _sentence(counts, unmatched, impossible, operation),
        "counts": counts,
        "notes": list(turnover.notes),
        "pulled": [_pulled(each) for each in shots],
        "not_pulled": [
            {"event": each.event.number, "name": each.event.called, "why": each.why}
            for each in misses
        ]
        + [
            {"event": each.number, "name": each.called, "why": "it is disabled", "disabled": True}
            for each in disabled
        ],
        "untagged": [
            {"uri": each.uri, "clip": each.name, "why": each.untagged}
            for each in {s.match.media.uri: s.match.media for s in shots}.values()
            if each.untagged
        ],
        "skipped": [{"uri": uri, "why": why} for uri, why in index.skipped],
        "clips": len(index.media),
    }


def _sentence(
    counts: dict[str, int], unmatched: list[Miss], impossible: list[Miss], operation: str
) -> str:
    """`14 events: 11 plates, 1 not matched (reel B004 is not in the media), 2 disabled`."""
    parts = [_count(counts["pulled"], "plate" if operation == "plate" else "clip")]
    if unmatched:
        parts.append(f"{len(unmatched)} not matched ({_reasons(unmatched)})")
    if impossible:
        parts.append(f"{len(impossible)} that cannot be pulled ({_reasons(impossible)})")
    if counts["disabled"]:
        parts.append(f"{counts['disabled']} disabled")
    text = f"{_count(counts['events'], 'event')}: {', '.join(parts)}"
    return text + (f"; {counts['sound']} of sound alone" if counts["sound"] else "")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _reasons(misses: Iterable[Miss]) -> str:
    reasons = list(dict.fromkeys(each.why for each in misses))
    more = f"; {len(reasons) - _SHOWN} more reasons" if len(reasons) > _SHOWN else ""
    return "; ".join(reasons[:_SHOWN]) + more


def _pulled(shot: Shot) -> dict[str, Any]:
    match, event = shot.match, shot.match.event
    notes = [*event.notes, *match.notes]
    if event.head or event.tail:
        notes.insert(0, f"transition {event.head}+{event.tail}")
    return {
        "event": event.number,
        "shot": shot.shot,
        "name": shot.base,
        "version": shot.version,
        "clip": match.media.name,
        "input": match.media.uri,
        "frames": str(match.frames),
        "handles": list(shot.there),
        "speed": float(event.speed),
        "length": event.length,
        "track": event.track,
        "output": shot.output,
        "notes": notes,
    }
