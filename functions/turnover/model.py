"""A turnover from editorial as values: which frames of which media a cut uses.

Arithmetic is exact: positions are whole frames since 00:00:00:00 at the source's rate,
speeds are fractions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from functions.contract.amf import Cdl
from functions.contract.timecode import Timecode


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One use of one piece of media.

    number : as the document numbers it, for sentences
    name : of the clip, as editorial calls it; reel : tape name; file : name of the media file
    start : source frame at the event's first record frame, counted from 00:00:00:00
    length : frames on the timeline
    record : first timeline frame, counted from 00:00:00:00 of the timeline
    rate, drop : of the source's timecode
    speed : source frames per timeline frame; 0 is a freeze, negative plays backwards
    head, tail : timeline frames that a transition uses before and after the cut
    track : of the timeline, from 1
    shot : the name that a marker gives the shot
    notes : what somebody should look at, one sentence each
    trouble : why the range cannot be told; such an event is listed and not pulled
    """

    number: str
    name: str
    reel: str | None = None
    file: str | None = None
    start: int
    length: int
    record: int = 0
    rate: Fraction
    drop: bool = False
    speed: Fraction = Fraction(1)
    head: int = 0
    tail: int = 0
    track: int = 1
    shot: str | None = None
    cdl: Cdl | None = None
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
        ends = (
            self.start - self.head * self.speed,
            self.start + (self.length + self.tail - 1) * self.speed,
        )
        return math.floor(min(ends)), max(math.floor(min(ends)), math.ceil(max(ends)))

    def label(self, frame: int) -> str:
        """Timecode of a source frame."""
        return str(Timecode(frame, self.rate, self.drop))

    @property
    def called(self) -> str:
        """How a sentence names it: `event 003 (A001_C004)`."""
        return f"event {self.number} ({self.reel or self.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnover:
    """Events in the order of the timeline.

    title : of the timeline; rate : of its timecode
    assumed : what the document does not say, by name
    notes : about the document as a whole
    """

    title: str
    rate: Fraction
    events: tuple[Event, ...]
    assumed: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
