"""When the pictures of a movie are shown, and how a movie of unequal times becomes even."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from functions.contract.errors import DamagedSource
from functions.media.movie.ffmpeg_container import mapped
from functions.media.raw.indexed_movie import IndexedClip

if TYPE_CHECKING:
    from functions.contract.clip import Clip
    from functions.media.movie.clip import MovieClip


def shown_times(clip: Clip) -> list[Fraction] | None:
    """Seconds of every picture after the first and the end of the last; None where nothing says
    them. Raises as `presentation_times`.
    """
    from functions.media.movie.clip import MovieClip

    if isinstance(clip, MovieClip):
        return presentation_times(clip)
    return clip.times() if isinstance(clip, IndexedClip) else None


def presentation_times(clip: MovieClip) -> list[Fraction]:
    """Seconds of every picture after the first, in order of showing, and the end of the last.

    Reads every packet. Raises DamagedSource for a movie without times.
    """
    clip.rewind()
    stream = clip.picture
    if stream is None or not stream.time_base:
        raise DamagedSource("the movie has no pictures with times")
    stamps, last = [], 0
    with mapped("the movie does not read"):
        for packet in clip.container.demux(stream):
            if packet.size and packet.pts is not None and not packet.is_discard:
                stamps.append(packet.pts)
                last = max(last, packet.pts + (packet.duration or 0))
    if not stamps:
        raise DamagedSource("the movie has no pictures with times")
    stamps.sort()
    rate = clip.facts.rate
    if last <= stamps[-1] and rate:
        last = stamps[-1] + round(1 / (rate * stream.time_base))
    return [(stamp - stamps[0]) * stream.time_base for stamp in (*stamps, last)]


def even_places(times: list[Fraction], rate: Fraction) -> list[int]:
    """Frame of an even movie at which each picture begins; one more, the length.

    A picture fills the frames up to the next one's: none, where two are closer than a frame.
    """
    return [round(time * rate) for time in times]
