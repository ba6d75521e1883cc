"""Which clip of a media folder an event of a turnover means, and which of its frames.

A clip is found by reel, name or file, told from others by timecode, and never guessed: two
that fit equally are no match, and neither is one whose frames do not reach.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from functions.contract.timecode import Timecode, nominal_rate
from functions.turnover.model import Event

_SHORT_REEL = 8  # CMX 3600 has no room for more
_NOT_NAME = re.compile(r"[^a-z0-9]+")
_TAKE = re.compile(r"\s*\(.*\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One clip of the index.

    first, count : the clip's own frame numbers
    start : its first frame, counted from 00:00:00:00; None where it carries no timecode
    """

    uri: str
    name: str
    reel: str | None
    first: int
    count: int
    start: int | None
    rate: Fraction | None
    drop: bool = False

    @property
    def stop(self) -> int:
        """One past the last frame of its timecode, or of its count."""
        return (self.start or 0) + self.count

    def number(self, frame: int) -> int:
        """The clip's own number of a frame of its timecode."""
        return self.first + frame - (self.start or 0)

    def span(self) -> str:
        """`01:00:00:00-01:00:04:11`, or frame numbers where there is no timecode."""
        if self.start is None or self.rate is None:
            return f"frames {self.first}-{self.first + self.count - 1} without timecode"
        ends = (self.start, self.stop - 1)
        return "-".join(str(Timecode(at, self.rate, self.drop)) for at in ends)


@dataclass(frozen=True, slots=True)
class Match:
    """An event with its clip and the first and last of the clip's own frame numbers."""

    event: Event
    media: Media
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Miss:
    """An event that is not pulled, and why, in a sentence."""

    event: Event
    why: str


def match_events(events: Iterable[Event], media: Sequence[Media]) -> tuple[list[Match], list[Miss]]:
    """Every event with its clip, or with the reason why there is none."""
    keys: dict[str, list[Media]] = {}
    for each in media:
        for key in _keys_of(each):
            keys.setdefault(key, []).append(each)
    found: list[Match | Miss] = [_matched(event, keys) for event in events]
    return (
        [each for each in found if isinstance(each, Match)],
        [each for each in found if isinstance(each, Miss)],
    )


def _matched(event: Event, keys: Mapping[str, list[Media]]) -> Match | Miss:
    if event.trouble:
        return Miss(event, event.trouble)
    named = _candidates(event, keys)
    if not named:
        wanted = " or ".join(
            repr(each) for each in dict.fromkeys((event.reel, event.name, event.file)) if each
        )
        return Miss(event, f"no clip of the media is called {wanted}")
    first, last = event.needed
    right_rate = [each for each in named if each.rate is None or _counts_alike(each.rate, event)]
    if not right_rate:
        rates = ", ".join(sorted({str(each.rate) for each in named}))
        return Miss(event, f"the event counts {event.rate} frames a second, its clip has {rates}")
    fitting = [each for each in right_rate if (each.start or 0) <= first and last < each.stop]
    if not fitting:
        spans = ", ".join(f"{each.name}: {each.span()}" for each in right_rate[:3])
        asked = f"{event.label(max(0, first))}-{event.label(max(0, last))}"
        return Miss(event, f"it needs {asked}, and that is not all in {spans}")
    if len({each.uri for each in fitting}) > 1:
        clips = ", ".join(sorted(each.uri for each in fitting)[:4])
        return Miss(event, f"several clips fit by name and timecode: {clips}")
    media = fitting[0]
    return Match(event, media, media.number(first), media.number(last))


def _counts_alike(rate: Fraction, event: Event) -> bool:
    return nominal_rate(rate) == nominal_rate(event.rate)


def _candidates(event: Event, keys: Mapping[str, list[Media]]) -> list[Media]:
    """Clips by the best name that the event has: file, then reel, then clip name."""
    for name in (event.file, event.reel, event.name):
        if name and (found := keys.get(_key(name))):
            return found
    # A reel that a CMX list cut to eight characters is the start of the real one.
    short = _key(event.reel or "")
    if event.reel and len(event.reel) == _SHORT_REEL and short:
        found = [each for key, those in keys.items() if key.startswith(short) for each in those]
        unique = {each.uri: each for each in found}
        return list(unique.values())
    return []


def _keys_of(media: Media) -> set[str]:
    names = {media.name, media.reel or "", media.uri.rstrip("/").rpartition("/")[2]}
    return {key for name in names if (key := _key(name))}


def _key(name: str) -> str:
    """Letters and digits of a name without its extension, take remark or counter."""
    name = _TAKE.sub("", name)
    stem, dot, extension = name.rpartition(".")
    if dot and 1 < len(extension) <= 6 and not extension.isdecimal():
        name = stem
    name = re.sub(r"[._]?(%0?\d*d|#+)$", "", name)
    return _NOT_NAME.sub("", name.lower())
