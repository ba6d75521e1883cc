"""SMPTE timecode (ST 12-1): frames to labels and back, drop frame and high rates included."""

from __future__ import annotations

import re
from fractions import Fraction

import msgspec

from functions.contract.errors import InvalidRequest

_LABEL = re.compile(r"^(\d{2}):(\d{2}):(\d{2})([:;.])(\d{2,3})$")


class Timecode(msgspec.Struct, frozen=True):
    """A time of day counted in frames.

    frame : frames since 00:00:00:00, 0 or more
    rate : frames per second, as the exact ratio (24000/1001, not 23.976)
    drop : whether labels 0 and 1 (0 to 3 at 60) of most minutes are skipped; only for
        30000/1001 and its multiples (ST 12-1, 6.2)
    """

    frame: int
    rate: Fraction
    drop: bool = False

    @property
    def nominal(self) -> int:
        """Labels a second: 24 for 23.976, 30 for 29.97."""
        return nominal_rate(self.rate)

    @classmethod
    def parse(cls, text: str, rate: Fraction) -> Timecode:
        """`01:00:00:00`, or drop frame with `;` or `.` before the frames.

        Raises InvalidRequest for another form, a label out of range, a label that drop
        frame skips, or drop frame at a rate that has none.
        """
        match = _LABEL.match(text.strip())
        if not match:
            raise InvalidRequest(
                f"{text!r} is not a timecode: write HH:MM:SS:FF, or HH:MM:SS;FF for drop frame"
            )
        hours, minutes, seconds, mark, frames = match.groups()
        h, m, s, f = int(hours), int(minutes), int(seconds), int(frames)
        base, drop = nominal_rate(rate), mark != ":"
        if h > 23 or m > 59 or s > 59 or f >= base:
            raise InvalidRequest(f"{text!r} is not a timecode at {base} frames per second")
        count = ((h * 60 + m) * 60 + s) * base + f
        if drop:
            skip = dropped_labels(rate)
            if not skip:
                raise InvalidRequest(
                    f"{text!r} is drop frame, which {rate} frames per second does not have"
                )
            if m % 10 and s == 0 and f < skip:
                raise InvalidRequest(f"{text!r} is a label that drop frame skips")
            total_minutes = h * 60 + m
            count -= skip * (total_minutes - total_minutes // 10)
        return cls(count, rate, drop)

    def __str__(self) -> str:
        base = self.nominal
        count = self.frame
        if self.drop:
            skip = dropped_labels(self.rate)
            ten = base * 600 - skip * 9
            one = base * 60 - skip
            count %= ten * 144
            tens, rest = divmod(count, ten)
            count += tens * skip * 9
            if rest >= base * 60:
                count += skip * ((rest - base * 60) // one + 1)
        count %= base * 86400
        seconds, f = divmod(count, base)
        width = 3 if base > 100 else 2
        return (
            f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
            f"{';' if self.drop else ':'}{f:0{width}d}"
        )

    def __add__(self, frames: int) -> Timecode:
        return Timecode(self.frame + frames, self.rate, self.drop)


def timecode_of(
    digits: tuple[int, int, int, int], rate: Fraction, *, drop: bool = False
) -> Timecode | None:
    """Of the hours, minutes, seconds and frames of a label; None where they are no label."""
    h, m, s, f = digits
    try:
        return Timecode.parse(f"{h:02d}:{m:02d}:{s:02d}{';' if drop else ':'}{f:02d}", rate)
    except InvalidRequest:
        return None


def nominal_rate(rate: Fraction) -> int:
    """Labels a second: the rate rounded up to the next whole number, as 23.976 counts 24."""
    return max(1, -(-rate.numerator // rate.denominator))


def exact_rate(written: Fraction) -> Fraction:
    """The rate that rounded digits stand for: 23.976 is 24000/1001, 24 is 24.

    Examples
    --------
    >>> exact_rate(Fraction("29.97"))
    Fraction(30000, 1001)
    """
    whole = nominal_rate(written)
    for exact in (Fraction(whole), Fraction(whole * 1000, 1001)):
        if abs(written - exact) < exact / 20_000:
            return exact
    return written


def dropped_labels(rate: Fraction) -> int:
    """Labels skipped a minute: 2 at 29.97, 4 at 59.94, 8 at 119.88, else 0 (none)."""
    base = nominal_rate(rate)
    if rate.denominator == 1001 and base % 30 == 0:
        return base // 15
    return 0


def bcd(timecode: Timecode) -> tuple[int, int, int, int]:
    """(hours, minutes, seconds, frames) of the label, for containers that store digits.

    At rates above 39 the field mark halves the frame count (ST 12-1, 12.1): a container
    with two BCD digits cannot hold more.
    """
    label = str(timecode)
    h, m, s, f = (int(part) for part in re.split(r"[:;]", label))
    return h, m, s, f if timecode.nominal < 40 else f // 2
