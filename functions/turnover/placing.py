"""Which frames of a clip an event means: by timecode, by file numbers, or from its first frame.

A document's positions count from midnight where the media has timecode; the document's own
range of the media tells where they count from else. What fits in no way is a sentence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from functions.contract.errors import InvalidRequest
from functions.contract.frames import FrameRange
from functions.contract.timecode import Timecode
from functions.turnover.model import Event, frames_of_day
from functions.turnover.names import first_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One clip of the index.

    first, count : the clip's own frame numbers
    start : its first frame, counted from 00:00:00:00; None where it carries no timecode
    steady : frames until its timecode jumps; None where it counts on to the last
    numbered : a sequence of files, whose numbers are their names'
    ids : UUIDs and UMIDs, lower case
    padding : digits of its frame numbers
    untagged : why nobody knows its colour; None where the clip tells
    missing : files of the sequence that are not there, between its first and its last
    """

    uri: str
    name: str
    reel: str | None
    first: int
    count: int
    start: int | None
    rate: Fraction | None
    steady: int | None = None
    drop: bool = False
    numbered: bool = False
    ids: tuple[str, ...] = ()
    padding: int = 4
    untagged: str | None = None
    missing: int = 0

    @property
    def last(self) -> int:
        """Its own number of its last frame."""
        return self.first + self.count - 1

    def span(self) -> str:
        """`01:00:00:00-01:00:04:11`, or frame numbers where there is no timecode."""
        if self.start is None or self.rate is None:
            return f"frames {self.first}-{self.last} without timecode"
        ends = (self.start, self.start + (self.steady or self.count) - 1)
        said = "-".join(str(Timecode(at, self.rate, self.drop)) for at in ends)
        return f"{said}, where its timecode jumps" if self.steady else said


@dataclass(frozen=True, slots=True)
class Place:
    """Frames of a clip, and what was thought to find them."""

    frames: FrameRange
    notes: tuple[str, ...] = ()


def place_in(event: Event, media: Media) -> Place | None:
    """The clip's own numbers that an event needs; None where they are not all there."""
    if event.from_first:
        last = media.last if event.to_last else media.first + event.length - 1
        return _inside(media, media.first, last, event)
    if event.to_last:
        found = _read(event, media, event.start, event.start)
        return found and Place(FrameRange(found.frames.start, media.last + 1), found.notes)
    low, high = event.needed
    found = _read(event, media, low, high)
    if found is None and (event.head or event.tail):
        return _without_transitions(event, media)
    return found


def _without_transitions(event: Event, media: Media) -> Place | None:
    """The cut, and of its transitions what the clip has."""
    low, high = event.needed
    pace = abs(event.speed)
    sides = [math.ceil(each * pace) for each in (event.head, event.tail)]
    before, after = sides if event.speed >= 0 else sides[::-1]
    cut = _read(event, media, low + before, high - after)
    if cut is None:
        return None
    first = max(media.first, cut.frames.start - before)
    last = min(media.last, cut.frames.last + after)
    missing = before + after - (last - first + 1 - len(cut.frames))
    note = f"{missing} frames of its transitions are not in the clip: pulled without them"
    return Place(FrameRange(first, last + 1), (*cut.notes, note))


def _read(event: Event, media: Media, low: int, high: int) -> Place | None:
    if event.numbers:
        return _inside(media, low, high, event)
    by_timecode = _by_timecode(event, media, low, high)
    first = event.first_number if event.first_number is not None else _first_of(event, media)
    if media.numbered and first is not None and event.media_start is not None:
        step = event.step
        # Of a sequence with each second frame alone, a file stands for two.
        ends = [(each - event.media_start) // step * step + first for each in (low, high)]
        found = _inside(media, ends[0], ends[1], event, step)
        if found is not None:
            if by_timecode is not None and by_timecode.frames.start != found.frames.start:
                note = (
                    "file numbers of the document are taken; by the clip's timecode it would be "
                    f"{by_timecode.frames}"
                )
                return Place(found.frames, (note,))
            return found
    if by_timecode is not None or media.start is not None:
        return by_timecode or _from_zero(event, media, low, high)
    counted = event.media_start is not None and event.media_start != 0
    if event.media_start is not None and not (counted and media.numbered):
        offset = media.first - event.media_start
        return _inside(media, low + offset, high + offset, event)
    if event.media_start is not None and not media.first <= low <= media.last:
        offset = media.first - event.media_start
        return _inside(media, low + offset, high + offset, event)
    if media.numbered:
        found = _inside(media, low, high, event)
        if found is not None:
            note = "its clip has no timecode: the event's frames are taken for file numbers"
            return Place(found.frames, (note,))
    found = _inside(media, media.first + low, media.first + high, event)
    if found is None:
        return None
    return Place(found.frames, ("its clip has no timecode: counted from its first frame",))


def _first_of(event: Event, media: Media) -> int | None:
    """The file number that the document's name of a sequence begins with."""
    return first_number(event.file) if media.numbered and event.file else None


def _by_timecode(event: Event, media: Media, low: int, high: int) -> Place | None:
    """Positions since midnight; a clip may go on past it."""
    if media.start is None:
        return None
    notes = []
    if event.labels and media.drop and event.drop is None:
        low, high = recounted(event, low), recounted(event, high + 1) - 1
    elif event.labels and event.drop is not None and event.drop != media.drop:
        kinds = ("drop frame", "non-drop frame")
        list_counts, clip_counts = kinds if event.drop else kinds[::-1]
        notes.append(
            f"the list counts {list_counts} and its clip {clip_counts}: compared as positions"
        )
    day = frames_of_day(event.rate, media.drop)
    for shift in (0, day, -day):
        offset = media.first - media.start + shift
        steady = replace(media, count=media.steady) if media.steady else media
        found = _inside(steady, low + offset, high + offset, event)
        if found is not None:
            return Place(found.frames, tuple(notes))
    return None


def _from_zero(event: Event, media: Media, low: int, high: int) -> Place | None:
    """Of a document that counts its media from 0, though the clip has timecode."""
    if event.media_start != 0:
        return None
    found = _inside(media, media.first + low, media.first + high, event)
    if found is None:
        return None
    return Place(
        found.frames, ("the document counts its media from 0: counted from the first frame",)
    )


def _inside(media: Media, low: int, high: int, event: Event, step: int = 1) -> Place | None:
    """Both ends in the clip. A retime's frame between two may lie one past its end."""
    if event.speed not in (0, 1, -1):
        low = media.first if low == media.first - step else low
        high = media.last if high == media.last + step else high
    if media.first <= low <= high <= media.last:
        return Place(FrameRange(low, high + 1, step))
    return None


def recounted(event: Event, frame: int) -> int:
    """A label that was counted without skipping, as drop frame counts it."""
    label = str(Timecode(frame, event.rate, False))
    head, _, frames = label.rpartition(":")
    try:
        return Timecode.parse(f"{head};{frames}", event.rate).frame
    except InvalidRequest:
        return frame
