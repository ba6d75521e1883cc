"""A turnover from editorial as values: which frames of which media a cut uses.

Arithmetic is exact: positions are whole frames since 00:00:00:00 at the source's rate,
speeds are fractions.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from functions.contract.amf import Cdl
from functions.contract.timecode import Timecode, nominal_rate

_SHOT = re.compile(r"^[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One use of one piece of media.

    number : as the document numbers it, for sentences
    name : of the clip, as editorial calls it; reel : tape name; file : name of the media file
    aliases : other names of the media, which count less
    ids : UUIDs or UMIDs of the media, lower case
    start : source frame at the event's first record frame, counted from 00:00:00:00
    length : frames on the timeline
    record : first timeline frame, counted from 00:00:00:00 of the timeline
    rate : of the source's timecode
    drop : whether the labels of `start` skip; None where the document does not tell
    labels : `start` was counted from labels, without skipping where `drop` is None; else it
        is a count of frames, which no way of labelling changes
    speed : source frames per timeline frame; 0 is a freeze, negative plays backwards
    covers : first and last source frame that the cut shows, transitions and retimes included,
        where the reader knows better than by start, length, speed, head and tail
    media_start : the document's position of the media's first frame, where it says one
    first_number, step : of an image sequence: the file number of the media's first frame,
        and from one file to the next
    numbers : `start` is the clip's own frame number, and no timecode
    from_first, to_last : the document says no start, or no end: it is the clip's
    handles : frames that this event asks for, in place of those of all
    head, tail : timeline frames that a transition uses before and after the cut
    track : of the timeline, from 1
    shot : the name that a marker gives the shot; comments : other texts of markers and remarks
    disabled : nobody sees it: it is counted and not pulled
    notes : what somebody should look at, one sentence each
    trouble : why the range cannot be told; such an event is listed and not pulled
    """

    number: str
    name: str
    reel: str | None = None
    file: str | None = None
    aliases: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    start: int
    length: int
    record: int = 0
    rate: Fraction
    drop: bool | None = None
    labels: bool = False
    speed: Fraction = Fraction(1)
    covers: tuple[int, int] | None = None
    media_start: int | None = None
    first_number: int | None = None
    step: int = 1
    numbers: bool = False
    from_first: bool = False
    to_last: bool = False
    handles: int | None = None
    head: int = 0
    tail: int = 0
    track: int = 1
    shot: str | None = None
    comments: tuple[str, ...] = ()
    cdl: Cdl | None = None
    disabled: bool = False
    notes: tuple[str, ...] = ()
    trouble: str | None = None

    @property
    def needed(self) -> tuple[int, int]:
        """First and last source frame that the cut shows, transitions and retimes included.

        A retime between two frames shows both, so the range is rounded outwards.

        Examples
        --------
        >>> at = Event(number="1", name="A", start=100, length=10, rate=Fraction(24))
        >>> at.needed
        (100, 109)
        """
        if self.covers is not None:
            return self.covers
        ends = (
            self.start - self.head * self.speed,
            self.start + (self.length + self.tail - 1) * self.speed,
        )
        return math.floor(min(ends)), max(math.floor(min(ends)), math.ceil(max(ends)))

    def label(self, frame: int, drop: bool | None = None) -> str:
        """Timecode of a source frame; `drop` counts where the document does not tell."""
        skips = drop if self.drop is None else self.drop
        return str(Timecode(frame, self.rate, bool(skips) and skips_labels(self.rate)))

    @property
    def called(self) -> str:
        """How a sentence names it: `event 003 (A001_C004)`."""
        return f"event {self.number} ({self.reel or self.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnover:
    """Events in the order of the timeline.

    title : of the timeline; rate : of its timecode
    drop : whether the labels of its record skip; start : its first record frame
    assumed : what the document does not say, by name
    notes : about the document as a whole
    sounds : how many of its events are sound alone
    """

    title: str
    rate: Fraction
    events: tuple[Event, ...]
    drop: bool = False
    assumed: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    sounds: int = 0


def is_shot_name(text: str) -> bool:
    """Whether a marker's text is a shot: words joined by underscores, as ABC_010_020."""
    return len(text) <= 128 and _SHOT.match(text) is not None


def skips_labels(rate: Fraction) -> bool:
    """Whether timecode of this rate can be drop frame (ST 12-1: 30000/1001 and multiples)."""
    return rate.denominator == 1001 and nominal_rate(rate) % 30 == 0


def frames_of_day(rate: Fraction, drop: bool) -> int:
    """Frames from 00:00:00:00 to the next one.

    Examples
    --------
    >>> frames_of_day(Fraction(24), False)
    2073600
    >>> frames_of_day(Fraction(30000, 1001), True)
    2589408
    """
    nominal = nominal_rate(rate)
    skipped = nominal // 15 * 9 * 144 if drop else 0
    return nominal * 86400 - skipped
