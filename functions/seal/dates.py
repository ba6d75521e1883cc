"""The date of a generation: said, or the newest file's, never a clock's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from functions.contract.errors import InvalidRequest
from functions.contract.store import Stat


def parse_date(text: str) -> datetime:
    """ISO 8601 with a zone; one without is UTC. Raises InvalidRequest."""
    try:
        date = datetime.fromisoformat(text)
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(
            f"date {text!r} is not as 2026-01-31T09:15:00+00:00", field="date"
        ) from error


def newest(stats: Iterable[Stat]) -> datetime:
    """When the newest of files was last changed, whole seconds, UTC.

    A clock would give two workers on one unit two manifests.
    """
    times = [stat.modified for stat in stats]
    if any(time is None for time in times):
        raise InvalidRequest("this storage says no dates: give `date`", field="date")
    return datetime.fromtimestamp(int(max((t for t in times if t is not None), default=0)), UTC)


def changed(stat: Stat) -> str | None:
    """When a file was last changed, as xs:dateTime, where the storage says it."""
    return None if stat.modified is None else written(datetime.fromtimestamp(stat.modified, UTC))


def written(date: datetime) -> str:
    """As xs:dateTime, whole seconds."""
    return date.replace(microsecond=0).isoformat()


def in_name(date: datetime) -> str:
    """As the names of manifests have it: 2020-01-16_091500Z."""
    return date.strftime("%Y-%m-%d_%H%M%SZ")
