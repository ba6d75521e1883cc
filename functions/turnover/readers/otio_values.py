"""Schemas, times and ranges of OpenTimelineIO's JSON; what does not read is None."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from functions.turnover.rates import exact_rate
from functions.turnover.readers.facts import under
from functions.turnover.time_map import ONE, ZERO, Span

_LARGEST = 2.0**40


def schema_of(node: Any) -> str:
    """`Clip` of `Clip.2`."""
    return str(under(node, "OTIO_SCHEMA") or "").partition(".")[0]


def objects_in(node: Any, key: str) -> list[Any]:
    """Those of a list; nothing where there is none."""
    found = under(node, key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def offsets_of(transition: Any) -> list[Fraction | None]:
    """Seconds before and after its cut; None for what is no such time."""
    found = []
    for key in ("in_offset", "out_offset"):
        said = under(transition, key)
        time = (ZERO, ONE) if said is None else time_of(said)
        found.append(time[0] if time and time[0] >= 0 else None)
    return found


def time_of(value: Any) -> tuple[Fraction, Fraction] | None:
    """Seconds and rate of a RationalTime; None for what is none."""
    number, rate = under(value, "value"), under(value, "rate")
    if not isinstance(number, int | float) or not isinstance(rate, int | float):
        return None
    if not abs(number) <= _LARGEST or not _is_rate(rate):
        return None
    exact = exact_rate(Fraction(rate)) or Fraction(rate).limit_denominator(1001)
    return Fraction(number).limit_denominator(1 << 20) / exact, exact


def _is_rate(value: Any) -> bool:
    return isinstance(value, int | float) and 0.5 <= value <= 1_000_000


def range_of(value: Any) -> Span | None:
    """Of a TimeRange; None where a part of it is no time, or its length is below 0."""
    start, length = time_of(under(value, "start_time")), time_of(under(value, "duration"))
    if start is None or length is None or length[0] < 0:
        return None
    return Span(start[0], start[0] + length[0])


def range_unread(node: Any) -> bool:
    """Whether an item says a range that is none: what it shows of its media is not known."""
    said = under(node, "source_range")
    return said is not None and range_of(said) is None


def files_rate(value: Any) -> Fraction | None:
    """Of the files of a sequence; 1 is what the library writes where nobody says it."""
    return exact_rate(Fraction(value)) if _is_rate(value) and value > 1 else None


def rate_of(value: Any) -> Fraction | None:
    """Frames a second of a TimeRange."""
    found = time_of(under(value, "start_time"))
    return found[1] if found else None


def whole_number(node: Any, key: str, default: int) -> int:
    """A property as a whole number; `default` where it is none."""
    value = under(node, key)
    return int(value) if isinstance(value, int | float) and abs(value) < _LARGEST else default
