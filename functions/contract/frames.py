"""Frame ranges: inclusive as the field writes them, half-open inside.

`1001-1024`, `1001-1100x2`, `1001`, `01:00:00:00-01:00:03:23`: the text goes in and out;
everything between works on `FrameRange`, whose `stop` is one past the last candidate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

import msgspec

from functions.contract.errors import InvalidRequest
from functions.contract.timecode import Timecode

_NUMBERS = re.compile(r"^(\d+)(?:-(\d+))?(?:x(\d+))?$")
_TIMECODES = re.compile(
    r"^(\d\d:\d\d:\d\d[:;.]\d{2,3})(?:-(\d\d:\d\d:\d\d[:;.]\d{2,3}))?(?:x(\d+))?$"
)
_LARGEST = 2**53  # a JSON number that every reader keeps exact


class FrameRange(msgspec.Struct, frozen=True):
    """start, start + step, ... below stop. Never empty when it came from text."""

    start: int
    stop: int
    step: int = 1

    @property
    def last(self) -> int:
        """The last frame that is in the range."""
        return self.start + (len(self) - 1) * self.step

    def __len__(self) -> int:
        return len(range(self.start, self.stop, self.step))

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.stop, self.step))

    def __contains__(self, frame: object) -> bool:
        return frame in range(self.start, self.stop, self.step)

    def __str__(self) -> str:
        if len(self) == 1:
            return str(self.start)
        tail = f"x{self.step}" if self.step != 1 else ""
        return f"{self.start}-{self.last}{tail}"

    def split(self, frames: int) -> tuple[FrameRange, ...]:
        """Consecutive ranges of at most `frames` frames that together are this one."""
        if frames < 1:
            raise ValueError(f"cannot split into ranges of {frames} frames")
        width = frames * self.step
        return tuple(
            FrameRange(at, min(at + width, self.stop), self.step)
            for at in range(self.start, self.stop, width)
        )


def is_timecode_range(text: str) -> bool:
    """Whether `text` is written in timecode, so that the clip's own start is needed."""
    return ":" in text


def parse_frames(
    text: str, *, start: Timecode | None = None, first: int = 0, field: str = "frames"
) -> FrameRange:
    """The range that `text` writes.

    Parameters
    ----------
    text : numbers or timecodes, inclusive, with an optional step `x2`.
    start, first : the timecode of the clip's frame number `first`; needed for timecode.

    Raises
    ------
    InvalidRequest: another form, an empty range, or timecode for a clip that has none.
    """
    compact = text.replace(" ", "")
    if match := _NUMBERS.match(compact):
        low = int(match[1])
        high = int(match[2]) if match[2] is not None else low
    elif match := _TIMECODES.match(compact):
        if start is None:
            raise InvalidRequest(
                f"frames {text!r} are in timecode, and the clip carries none", field=field
            )
        low = first + _offset(match[1], start, field)
        high = first + _offset(match[2], start, field) if match[2] else low
    else:
        raise InvalidRequest(
            f"frames {text!r} are not a range: write 1001-1024, 1001-1100x2, 1001 or "
            "01:00:00:00-01:00:03:23",
            field=field,
        )
    step = int(match[3]) if match[3] is not None else 1
    if step < 1 or max(low, high, step) > _LARGEST:
        raise InvalidRequest(f"frames {text!r} have a step or number out of range", field=field)
    if high < low:
        raise InvalidRequest(f"frames {text!r} end before they start", field=field)
    return FrameRange(low, high + 1, step)


def _offset(label: str, start: Timecode, field: str) -> int:
    mark = label[-3] if label[-3] in ":;." else label[-4]
    if (mark != ":") != start.drop:
        kind = "drop frame" if start.drop else "non-drop"
        raise InvalidRequest(f"{label!r}: this clip's timecode is {kind} ({start})", field=field)
    return Timecode.parse(label, start.rate).frame - start.frame


def rate_text(rate: Fraction) -> str:
    """`24`, `24000/1001`: how a rate is written in reports and receipts."""
    return str(rate.numerator) if rate.denominator == 1 else f"{rate.numerator}/{rate.denominator}"
