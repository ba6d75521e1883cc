"""Sound of a movie master: the clip's own, and before it silence with the pop of the leader."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import numpy.typing as npt

from functions.contract.operation import Work
from functions.contract.segments import samples_before
from functions.deliver.numbering import Planned
from functions.deliver.request import DeliverRequest
from functions.media.movie.channel_layouts import kept_layouts
from functions.media.movie.sound import Sound, channel_map, mapped_channels
from functions.media.write.movie import Track
from functions.picture import Pictures

Samples = npt.NDArray[np.int32]
RATE = 48_000
POP_HERTZ, POP_DECIBELS = 1000, -20.0
"""Of the pop: one frame, on every channel, that of a full-scale sine being 0."""


@dataclass(frozen=True, slots=True)
class MasterSound:
    """tracks : streams that are written, none for a silent movie"""

    tracks: tuple[Track, ...]
    _sound: Sound | None
    _chosen: list[list[tuple[int, int]]]
    _planned: Planned
    _first: int
    _rate: Fraction

    def blocks(self, number: int) -> list[Samples]:
        """Samples of the clip's own frame, stream by stream; of frames before it, the lead's."""
        if self._sound is None:
            return []
        place = number - self._first
        start = samples_before(place, self._rate, RATE)
        count = samples_before(place + 1, self._rate, RATE) - start
        lead = self._planned.lead
        if lead is None or number >= lead.first:
            return mapped_channels(self._sound.samples(start, count), self._chosen)
        wave = pop(count) if number == lead.pop else np.zeros(count, np.int32)
        return [np.repeat(wave[:, None], track.channels, 1) for track in self.tracks]


@contextmanager
def open_sound(
    request: DeliverRequest, planned: Planned, pictures: Pictures, work: Work
) -> Iterator[MasterSound]:
    """The sound that goes with a movie; without tracks where the clip or the request has none.

    Raises InvalidRequest for channels that are not there.
    """
    facts = pictures.facts
    streams = facts.picture.audio
    first, rate = pictures.there().start, planned.rate
    silent = MasterSound((), None, [], planned, first, rate)
    with ExitStack() as stack:
        if request.audio == "none":
            yield silent
            return
        chosen = channel_map(request.channels, streams) if streams or request.channels else []
        if not chosen:
            yield silent
            return
        if facts.picture.variable:
            work.assume("audio", "none: the rate varies, and a master shows each picture once")
            yield silent
            return
        from functions.media.movie.clip import MovieClip
        from functions.media.raw.indexed_movie import IndexedClip

        if not isinstance(pictures.clip, MovieClip | IndexedClip):
            yield silent
            return
        others = sorted({stream.rate for stream in streams} - {RATE})
        if others:
            told = ", ".join(str(one) for one in others)
            work.assume("audio_rate", f"{RATE}, resampled from {told}")
        sound = Sound(pictures.clip, RATE, work.limits.pixels)
        stack.callback(sound.close)
        layouts, lost = kept_layouts(streams, chosen)
        if lost:
            work.assume("channel_layout", f"left out, channels are not named: {', '.join(lost)}")
        tracks = tuple(
            Track(channels=len(places), rate=RATE, layout=layout)
            for places, layout in zip(chosen, layouts, strict=True)
        )
        yield MasterSound(tracks, sound, chosen, planned, first, rate)


def pop(count: int) -> Samples:
    """(count,) int32 of 24 bits in the upper part: a tone that begins at zero."""
    return np.resize(_period(), count)


@cache
def _period() -> Samples:
    peak = 10 ** (POP_DECIBELS / 20) * 2**23
    length = RATE // POP_HERTZ
    codes = [round(peak * math.sin(2 * math.pi * n / length)) for n in range(length)]
    return np.array(codes, np.int32) << 8
