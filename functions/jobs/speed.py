"""How quick a job is, and when it will be over: from the times at which receipts appeared."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

RECENT_SECONDS = 60.0
"""What frames a second are of."""
_LONG_SECONDS = 600.0
_FEWEST = 2


class Speed(msgspec.Struct, frozen=True):
    """Frames and units a second, and seconds left; None where nothing is known yet."""

    frames: float | None = None
    units: float | None = None
    left: float | None = None


def speed(
    ended: Iterable[tuple[float, int, float]], left: float, now: float, began: float | None
) -> Speed:
    """The speed of a job that is at work.

    ended : (seconds since 1970, frames, weight) of units that are done
    left : weight of those that are still to come
    now, began : seconds since 1970; what ended before the dispatcher began is not its work

    Examples
    --------
    >>> speed([(10.0, 24, 2.0), (20.0, 24, 2.0)], left=8.0, now=20.0, began=0.0)
    Speed(frames=2.4, units=0.1, left=40.0)
    """
    start = now - _LONG_SECONDS if began is None else max(began, now - _LONG_SECONDS)
    mine = [each for each in ended if each[0] > start]
    if len(mine) < _FEWEST:
        return Speed()
    # The storage's clock may be ahead of ours.
    now = max(now, *(time for time, _, _ in mine))
    since = max(start, now - RECENT_SECONDS)
    recent, span = [each for each in mine if each[0] > since], max(now - since, 1.0)
    weight_a_second = sum(weight for _, _, weight in mine) / max(now - start, 1.0)
    return Speed(
        frames=round(sum(frames for _, frames, _ in recent) / span, 3),
        units=round(len(recent) / span, 3),
        left=round(left / weight_a_second, 1) if weight_a_second > 0 else None,
    )
