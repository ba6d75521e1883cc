"""Dates that requests and files say, as moments in UTC: an output holds no clock."""

from __future__ import annotations

from datetime import UTC, datetime

from functions.contract.errors import InvalidRequest


def parse_date(text: str, field: str = "date") -> datetime:
    """ISO 8601; one without a zone is UTC. Raises InvalidRequest.

    >>> parse_date("2026-01-31T10:15:00+01:00").isoformat()
    '2026-01-31T09:15:00+00:00'
    """
    try:
        date = datetime.fromisoformat(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(
            f"date {text!r} is not as 2026-01-31T09:15:00+00:00", field=field
        ) from error


def date_in(text: str | None) -> datetime | None:
    """A file's own date in whole seconds, ISO 8601 or as EXIF writes it; None for any other, and
    for one at or before 1970, which a clock that was never set says.

    >>> date_in("2026:01:31 09:15:00").isoformat(), date_in("1904-01-01T00:00:00Z")
    ('2026-01-31T09:15:00+00:00', None)
    """
    said = (text or "").strip()
    if said[4:5] == ":":
        said = said.replace(":", "-", 2)
    try:
        date = parse_date(said).replace(microsecond=0)
    except InvalidRequest:
        return None
    return date if date.year > 1970 else None
