"""Frame ranges: inclusive as the field writes them, half-open inside.

`1001-1024`, `1001-1100x2`, `1001`, `0,4,8-12`, `01:00:00:00-01:00:03:23`: the text goes in and
out, numbers below zero too; everything between works on `FrameRange`, whose `stop` is one past
the last candidate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

import msgspec

from functions.contract.errors import InvalidRequest
from functions.contract.timecode import Timecode

_NUMBERS = re.compile(r"^(-?\d+)(?:-(-?\d+))?(?:x(\d+))?$", re.ASCII)
_TIMECODES = re.compile(
    r"^(\d\d:\d\d:\d\d[:;.]\d{2,3})(?:-(\d\d:\d\d:\d\d[:;.]\d{2,3}))?(?:x(\d+))?$"
)
_LARGEST = 2**53  # a JSON number that every reader keeps exact
_LONGEST = 4096  # characters; more than a list that a person writes
_MOST_LISTED = 100_000


class FrameRange(msgspec.Struct, frozen=True):
    """start, start + step, ... below stop. Never empty when it came from text.

    only : of a list without one step, its frames in order; step is then 0
    """

    start: int
    stop: int
    step: int = 1
    only: tuple[int, ...] = ()

    @property
    def last(self) -> int:
        """The last frame that is in the range."""
        return self.only[-1] if self.only else self.start + (len(self) - 1) * self.step

    @property
    def _frames(self) -> Sequence[int]:
        return self.only or range(self.start, self.stop, self.step)

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[int]:
        return iter(self._frames)

    def __contains__(self, frame: object) -> bool:
        return frame in self._frames

    def nth(self, place: int) -> int:
        """Its frame at a place, from 0."""
        return self._frames[place]

    def __str__(self) -> str:
        if self.only:
            return ",".join(str(each) for each in _runs(self.only))
        if len(self) == 1:
            return str(self.start)
        tail = f"x{self.step}" if self.step != 1 else ""
        return f"{self.start}-{self.last}{tail}"

    def split(self, frames: int) -> tuple[FrameRange, ...]:
        """Consecutive ranges of at most `frames` frames that together are this one."""
        if frames < 1:
            raise ValueError(f"cannot split into ranges of {frames} frames")
        if self.only:
            parts = [self.only[at : at + frames] for at in range(0, len(self.only), frames)]
            return tuple(_listed(part) for part in parts)
        width = frames * self.step
        return tuple(
            FrameRange(at, min(at + width, self.stop), self.step)
            for at in range(self.start, self.stop, width)
        )


def _listed(numbers: Sequence[int]) -> FrameRange:
    """Rising numbers as a range where they have one step, else as a list."""
    first, last = numbers[0], numbers[-1]
    step = numbers[1] - first if len(numbers) > 1 else 1
    if all(b - a == step for a, b in pairwise(numbers)):
        return FrameRange(first, last + 1, step)
    return FrameRange(first, last + 1, 0, tuple(numbers))


def _runs(numbers: Sequence[int]) -> Iterator[FrameRange]:
    """Frames without a gap between them, as ranges."""
    start = before = numbers[0]
    for number in (*numbers[1:], None):
        if number is None or number != before + 1:
            yield FrameRange(start, before + 1)
            start = before if number is None else number
        before = before if number is None else number


def is_timecode_range(text: str) -> bool:
    """Whether `text` is written in timecode, so that the clip's own start is needed."""
    return ":" in text


def parse_frames(
    text: str, *, start: Timecode | None = None, first: int = 0, field: str = "frames"
) -> FrameRange:
    """The range that `text` writes.

    Parameters
    ----------
    text : numbers or timecodes, inclusive, with an optional step `x2`; several with commas.
    start, first : the timecode of the clip's frame number `first`; needed for timecode.

    Raises
    ------
    InvalidRequest: another form, an empty range, or timecode for a clip that has none.
    """
    compact = text.replace(" ", "")
    if "," in compact:
        return _parse_list(text, compact, start, first, field)
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
            f"frames {text!r} are not a range: write 1001-1024, 1001-1100x2, 1001, 0,4,8-12 or "
            "01:00:00:00-01:00:03:23",
            field=field,
        )
    step = int(match[3]) if match[3] is not None else 1
    if step < 1 or max(abs(low), abs(high), step) > _LARGEST:
        raise InvalidRequest(f"frames {text!r} have a step or number out of range", field=field)
    if high < low:
        raise InvalidRequest(f"frames {text!r} end before they start", field=field)
    return FrameRange(low, high + 1, step)


def _parse_list(
    text: str, compact: str, start: Timecode | None, first: int, field: str
) -> FrameRange:
    """Ranges with commas between them, as one list in order, each frame once."""
    if len(compact) > _LONGEST:
        raise InvalidRequest(f"frames are a list of {len(compact)} characters", field=field)
    found: set[int] = set()
    for part in compact.split(","):
        parsed = parse_frames(part, start=start, first=first, field=field)
        if len(found) + len(parsed) > _MOST_LISTED:
            raise InvalidRequest(
                f"frames {text!r} list more than {_MOST_LISTED} frames: write a range", field=field
            )
        found.update(parsed)
    return _listed(sorted(found))


def _offset(label: str, start: Timecode, field: str) -> int:
    mark = label[-3] if label[-3] in ":;." else label[-4]
    if (mark != ":") != start.drop:
        kind = "drop frame" if start.drop else "non-drop"
        raise InvalidRequest(f"{label!r}: this clip's timecode is {kind} ({start})", field=field)
    return Timecode.parse(label, start.rate).frame - start.frame


def rate_text(rate: Fraction) -> str:
    """`24`, `24000/1001`: how a rate is written in reports and receipts."""
    return str(rate.numerator) if rate.denominator == 1 else f"{rate.numerator}/{rate.denominator}"
