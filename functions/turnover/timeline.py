"""One tree for every kind of timeline: what stands where, and which of it is seen.

A reader builds items: each fills a seat of its parent's time and maps that to its own. What a
compound cuts off is not seen, what the transition beside one shows is, and retimes of compounds
reach what is inside them. Times are seconds as exact fractions and become frames once, at the
clip.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.turnover.model import Event
from functions.turnover.time_map import ONE, ZERO, Span, TimeMap, shown_frames

MAX_EVENTS = 20_000  # ten times a film's
MAX_DEPTH = 64
_MAX_VISITS = 200_000
_LARGEST = 2**40  # frames: a thousand years
_FROZEN = Fraction(1, 10**6)
_ON_FRAME = Fraction(1, 50)
_CHANGES = "its speed changes along the cut: the range holds all that it shows"
_FREEZES, _REVERSES = "it is a freeze frame", "it plays backwards"
EVERYTHING = Span(Fraction(-(10**10)), Fraction(10**10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a clip shows; its own time is seconds of the media.

    event : names, marks, and whatever else no arithmetic changes
    step : seconds of a frame that is shown
    counting : frames a second of the own time; None is the event's rate
    shift : frames to add to those of the own time
    """

    event: Event
    step: Fraction
    counting: Fraction | None = None
    shift: Fraction = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What stands at one place of a track or a stack.

    seat : seconds of the parent's time
    own : own seconds of the parent's
    head, tail : parent's seconds that transitions beside it show before and after the seat
    items : of a compound, in its own time
    lane : tracks above that of the parent
    roomy : its items may outlast it, as connected clips do
    """

    seat: Span
    own: TimeMap = field(default_factory=TimeMap)
    head: Fraction = ZERO
    tail: Fraction = ZERO
    enabled: bool = True
    source: Source | None = None
    items: tuple[Item, ...] = ()
    lane: int = 0
    roomy: bool = False


@dataclass(frozen=True, slots=True)
class _View:
    """How a story is seen from the root.

    bounds : root's seconds outside of which nothing shows; edges : the same with what the
        transitions beside it show
    scale, shift : its own time is root's times scale plus shift
    pieces : what leads here from a compound whose speed changes: its clips are met once for
        each straight piece, and are one event
    """

    bounds: Span
    edges: Span
    scale: Fraction = ONE
    shift: Fraction = ZERO
    enabled: bool = True
    lane: int = 0
    pieces: tuple[int, ...] = ()

    def root(self, seat: Span) -> Span:
        """A span of its own time as the root's."""
        return _ordered(*((each - self.shift) / self.scale for each in (seat.start, seat.stop)))

    def own(self, span: Span) -> Span:
        """A span of the root's time as its own."""
        return _ordered(*(each * self.scale + self.shift for each in (span.start, span.stop)))

    def shows(self, item: Item) -> tuple[Span, Span]:
        """Of an item, root's seconds of its cut, and of all that is seen of it.

        An item outside of the cut is seen where only a transition shows it: that is its cut.
        """
        seat = self.root(item.seat)
        head, tail = item.head / abs(self.scale), item.tail / abs(self.scale)
        head, tail = (head, tail) if self.scale > 0 else (tail, head)
        seen, shown = seat.within(self.bounds), seat.grown(head, tail).within(self.edges)
        return (seen if seen.start < seen.stop else shown), shown


def _ordered(one: Fraction, other: Fraction) -> Span:
    return Span(min(one, other), max(one, other))


def flatten(items: tuple[Item, ...], rate: Fraction, start: int = 0) -> list[Event]:
    """The events of a timeline, in its order; those that nobody sees are disabled.

    Parameters
    ----------
    items : of its top level, in seconds from its first frame
    rate : of its timecode; start : of its first frame

    Raises LimitExceeded for more than 20,000 events, InvalidRequest for compounds that are
    deeper than 64 levels.
    """
    visits = 0
    found: list[Event] = []
    met: dict[tuple[int, ...], tuple[int, Span]] = {}
    todo = [(item, _View(EVERYTHING, EVERYTHING), 0) for item in reversed(items)]
    while todo:
        item, view, depth = todo.pop()
        visits += 1
        if visits > _MAX_VISITS or len(found) > MAX_EVENTS:
            raise LimitExceeded(f"more than {MAX_EVENTS} clips", field="timeline")
        if depth > MAX_DEPTH:
            raise InvalidRequest(
                f"compounds are nested deeper than {MAX_DEPTH} levels", field="timeline"
            )
        if item.source is not None and (seen := _seen(item, item.source, view, rate)) is not None:
            event, span = seen
            key = (*view.pieces, id(item))
            if view.pieces and key in met:
                place, before = met[key]
                found[place] = _joined(found[place], before, event, span, rate)
                met[key] = place, Span(min(before.start, span.start), max(before.stop, span.stop))
                continue
            met[key] = len(found), span
            event = replace(
                event,
                number=event.number or f"{len(found) + 1:03d}",
                record=start + round(span.start * rate),
                disabled=event.disabled or not (view.enabled and item.enabled),
                track=max(1, 1 + view.lane + item.lane),
            )
            found.append(event)
        todo += reversed(
            [(each, inner, depth + 1) for inner in _inside(item, view) for each in item.items]
        )
    return found


def _joined(one: Event, before: Span, other: Event, after: Span, rate: Fraction) -> Event:
    """Two straight pieces of one clip, with the root's seconds of both, as one event."""
    if one.covers is None or other.covers is None:
        return one
    covers = min(one.covers[0], other.covers[0]), max(one.covers[1], other.covers[1])
    whole = max(before.stop, after.stop) - min(before.start, after.start)
    parts = before.length, after.length
    notes = [each for each in one.notes if each not in (_FREEZES, _REVERSES)]
    return replace(
        one,
        covers=covers,
        length=_frames(whole, rate),
        speed=(one.speed * parts[0] + other.speed * parts[1]) / sum(parts),
        tail=other.tail,
        notes=tuple(dict.fromkeys((*notes, _CHANGES))),
    )


def _inside(item: Item, view: _View) -> Iterator[_View]:
    """The views of what is inside a compound: one for each straight piece of its retime."""
    seen, shown = (view.bounds, view.edges) if item.roomy else view.shows(item)
    if not item.items or shown.start >= shown.stop:
        return
    if len(item.own.points) == 1 or item.roomy:
        pieces = [(view.own(shown), item.own.pace)]
    else:
        pieces = list(item.own.pieces(view.own(shown)))
    for piece, pace in pieces:
        # Of a freeze one moment is seen, which lasts.
        pace = pace or _FROZEN
        cut = view.root(piece)
        yield _View(
            bounds=seen.within(cut),
            edges=shown.within(cut),
            scale=view.scale * pace,
            shift=item.own.at(piece.start) + pace * (view.shift - piece.start),
            enabled=view.enabled and item.enabled,
            lane=view.lane + item.lane,
            pieces=(*view.pieces, id(item)) if view.pieces or len(pieces) > 1 else (),
        )


def _frames(length: Fraction, rate: Fraction) -> int:
    """Frames of the timeline."""
    return max(1, math.ceil(length * rate - _ON_FRAME))


def _seen(item: Item, source: Source, view: _View, timeline: Fraction) -> tuple[Event, Span] | None:
    """The event of a clip and the seconds of its cut; None where nothing of it shows."""
    event = source.event
    seen, shown = view.shows(item)
    if event.trouble and item.seat.start == item.seat.stop:
        return event, view.root(item.seat)
    if shown.start >= shown.stop:
        return None
    if event.trouble:
        return event, seen
    rate, backwards = source.counting or event.rate, view.scale < 0
    times = item.own.then(ONE, source.shift / rate)
    first, last = shown_frames(times, view.own(shown), source.step, rate, scale=view.scale)
    if max(abs(first), abs(last)) > _LARGEST:
        return replace(event, trouble="its range is longer than any media"), seen
    cut = view.own(seen)
    ends = (cut.stop, cut.start) if backwards else (cut.start, cut.stop)
    paces = {pace for _, pace in times.pieces(cut)}
    speed = (times.at(ends[1]) - times.at(ends[0])) / seen.length
    speed = ZERO if abs(speed) <= abs(_FROZEN) else speed
    notes = list(event.notes)
    if len(paces) > 1:
        notes.append(_CHANGES)
    elif speed <= 0:
        notes.append(_FREEZES if speed == 0 else _REVERSES)
    found = replace(
        event,
        start=math.floor(times.at(ends[0]) * rate + _ON_FRAME),
        length=_frames(seen.length, timeline),
        speed=speed,
        covers=(first, last),
        head=round((seen.start - shown.start) / source.step),
        tail=round((shown.stop - seen.stop) / source.step),
        notes=tuple(notes),
    )
    return found, seen
