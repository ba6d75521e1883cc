"""Which clip of a media folder an event of a turnover means, and which of its frames.

A clip is found by id, file, reel or name, told from others by timecode, and never guessed: two
that fit equally are no match, and neither is one whose frames do not reach.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from functions.contract.frames import FrameRange
from functions.contract.timecode import nominal_rate
from functions.turnover.model import Event
from functions.turnover.names import key_of, member_key, short_keys
from functions.turnover.placing import Media, Place, place_in, recounted

__all__ = ["Match", "Media", "Miss", "match_events"]

_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Match:
    """An event with its clip, the clip's own frame numbers, and what was thought of them."""

    event: Event
    media: Media
    frames: FrameRange
    notes: tuple[str, ...] = ()

    @property
    def first(self) -> int:
        """The clip's own number of the first frame."""
        return self.frames.start

    @property
    def last(self) -> int:
        """The clip's own number of the last frame."""
        return self.frames.last


@dataclass(frozen=True, slots=True)
class Miss:
    """An event that is not pulled, and why, in a sentence."""

    event: Event
    why: str


def match_events(events: Iterable[Event], media: Sequence[Media]) -> tuple[list[Match], list[Miss]]:
    """Every event that somebody sees, with its clip, or with the reason why there is none."""
    index = _Index(media)
    found = [index.match(event) for event in events if not event.disabled]
    return (
        [each for each in found if isinstance(each, Match)],
        [each for each in found if isinstance(each, Miss)],
    )


class _Index:
    """Clips by the keys of their names."""

    def __init__(self, media: Sequence[Media]) -> None:
        self._by_key: dict[str, list[Media]] = {}
        self._by_id: dict[str, list[Media]] = {}
        for each in media:
            names = (each.name, each.reel or "", each.uri.rstrip("/").rpartition("/")[2])
            for key in {key for name in names if (key := key_of(name))}:
                self._by_key.setdefault(key, []).append(each)
            for one in each.ids:
                self._by_id.setdefault(one, []).append(each)
        self._keys = sorted(self._by_key)

    def match(self, event: Event) -> Match | Miss:
        """By the first of its names whose clips hold its frames."""
        if event.trouble:
            return Miss(event, event.trouble)
        refused: Miss | None = None
        for named in self._candidates(event):
            found = _chosen(event, named)
            if isinstance(found, Match):
                return found
            refused = refused or found
        return refused or Miss(event, f"{_wanted(event)} is not in the media")

    def _candidates(self, event: Event) -> Iterable[list[Media]]:
        """Clips by each name that the event has: ids, then file, reel, clip, other names."""
        for one in event.ids:
            if one in self._by_id:
                yield self._by_id[one]
        names = [name for name in (event.file, event.reel, event.name, *event.aliases) if name]
        for name in names:
            if found := self._by_key.get(key_of(name)):
                yield self._narrowed(found, event)
        for name in names:
            # A file of a sequence stands for all of it.
            found = [each for each in self._by_key.get(member_key(name), []) if each.numbered]
            if found:
                yield found
        if event.reel and (short := short_keys(event.reel)):
            yield from self._starting(short)

    def _narrowed(self, found: list[Media], event: Event) -> list[Media]:
        """Of several clips of one name, those that have the event's reel too."""
        reel = key_of(event.reel or "")
        if len(found) < 2 or not reel:
            return found
        both = [each for each in found if reel in (key_of(each.reel or ""), key_of(each.name))]
        return both or found

    def _starting(self, short: str) -> Iterable[list[Media]]:

        unique: dict[str, Media] = {}
        for key in self._keys[bisect_left(self._keys, short) :]:
            if not key.startswith(short):
                break
            unique |= {each.uri: each for each in self._by_key[key]}
        if unique:
            yield list(unique.values())


def _chosen(event: Event, named: Sequence[Media]) -> Match | Miss:
    """The one clip of a name that counts as the event does and holds its frames."""
    right_rate = [
        each
        for each in named
        if each.rate is None or event.numbers or _counts_alike(each.rate, event.rate)
    ]
    if not right_rate:
        rates = ", ".join(sorted({str(each.rate) for each in named}))
        return Miss(event, f"the event counts {event.rate} frames a second, its clip has {rates}")
    placed = {each.uri: (each, place_in(event, each)) for each in right_rate}
    fitting: list[tuple[Media, Place]] = [
        (each, place) for each, place in placed.values() if place is not None
    ]
    if not fitting:
        return Miss(event, _out_of_range(event, right_rate))
    if len(fitting) > 1:
        clips = ", ".join(sorted(each.uri for each, _ in fitting)[:_SHOWN])
        return Miss(event, f"several clips fit by name and timecode: {clips}")
    media, place = fitting[0]
    notes = place.notes
    if media.missing:
        files = "file is" if media.missing == 1 else "files are"
        notes = (*notes, f"{media.missing} {files} missing between the first and last of its clip")
    return Match(event, media, place.frames, notes)


def _out_of_range(event: Event, media: Sequence[Media]) -> str:
    spans = ", ".join(f"{each.name}: {each.span()}" for each in media[: _SHOWN - 1])
    low, high = event.needed
    drop = event.drop
    if event.labels and drop is None and all(each.drop for each in media):
        low, high, drop = recounted(event, low), recounted(event, high + 1) - 1, True
    asked = f"{event.label(max(0, low), drop)}-{event.label(max(0, high), drop)}"
    if event.numbers or all(each.start is None for each in media):
        asked = f"frames {low}-{high}"
    return f"it needs {asked}, and that is not all in {spans}"


def _wanted(event: Event) -> str:
    """`reel B004`, or what else it is called by."""
    names = {
        "file": event.file,
        "reel": event.reel,
        "clip": event.name if event.name != event.reel else None,
    }
    said = dict.fromkeys(f"{kind} {name}" for kind, name in names.items() if name)
    return " or ".join(said) or f"clip {event.name}"


def _counts_alike(rate: Fraction, other: Fraction) -> bool:
    return nominal_rate(rate) == nominal_rate(other)
