"""Rates of timelines: exact from what documents round."""

from __future__ import annotations

from fractions import Fraction

from functions.contract.errors import InvalidRequest
from functions.contract.numbers import read_exact

# Documents write 23.976, 23.98, 23.9760239..., 29.97; all mean a whole rate times 1000/1001.
_BROADCAST = {nominal: Fraction(nominal * 1000, 1001) for nominal in (24, 30, 48, 60, 96, 120)}
_ROUNDED = Fraction(3, 100)


def exact_rate(value: Fraction) -> Fraction | None:
    """23.976 and 23.98 as 24000/1001; None for what is no rate of a timeline.

    Examples
    --------
    >>> exact_rate(Fraction("23.98")), exact_rate(Fraction(25))
    (Fraction(24000, 1001), Fraction(25, 1))
    """
    if not 1 <= value <= 100_000:
        return None
    for nominal, exact in _BROADCAST.items():
        # 47.95 is 47.952 cut short; the whole rate itself is another one.
        if abs(value - exact) < min(_ROUNDED, nominal - exact):
            return exact
    return value.limit_denominator(1001)


def parse_rate(text: str, field: str = "rate") -> Fraction:
    """A rate as a person writes it: 24, 23.976, 23,98, 30000/1001, 29.97 DF.

    Raises InvalidRequest.
    """
    try:
        words = text.strip().lower().removesuffix("fps").split()
        rate = exact_rate(read_exact(words[0] if words else ""))
    except ValueError as error:
        raise InvalidRequest(
            f"rate {text[:60]!r} is no rate: 24, 23.976, 30000/1001", field=field
        ) from error
    if rate is None or rate > 1000:
        raise InvalidRequest(f"rate {text[:60]!r} is no rate of a timeline", field=field)
    return rate
