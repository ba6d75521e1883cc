"""Counters of frames, as containers keep timecode, as the timecode of pictures at their rate."""

from __future__ import annotations

import re
from fractions import Fraction

from functions.contract.timecode import Timecode, dropped_labels, nominal_rate


def clip_timecode(counter: int, base: int, drop: bool, rate: Fraction) -> tuple[Timecode, str]:
    """The timecode of a picture, and what is odd about the counter's way to count.

    counter : frames since 00:00:00:00, without gaps.
    base : frames that the counter counts a second (30 for 29.97).
    drop : whether its labels are drop frame.
    rate : pictures a second.
    """
    nominal = nominal_rate(rate)
    drops = drop and bool(dropped_labels(rate))
    if base == nominal:
        odd = (
            f"the timecode is flagged as drop frame, which {float(rate):g} frames a second does "
            "not have: its frame number counts"
            if drop and not drops
            else ""
        )
        return Timecode(counter, rate, drops), odd
    odd = f"the timecode counts {base} frames a second, the pictures {nominal}"
    if nominal % base == 0 and drops == drop:
        return Timecode(counter * (nominal // base), rate, drops), odd
    if base % nominal == 0 and drops == drop:
        return Timecode(counter // (base // nominal), rate, drops), odd
    # No whole number of frames: the same time of day by its label.
    own = Timecode(counter, Fraction(base * 1000, 1001) if drop else Fraction(base), drop)
    hours, minutes, seconds, frames = (int(part) for part in re.split("[:;]", str(own)))
    total = (hours * 3600 + minutes * 60 + seconds) * nominal + frames * nominal // base
    return Timecode(total, rate), odd
