"""Pictures of a movie in the order in which they are shown, from any number on.

A number is a place in presentation order, edit list obeyed. Where the index says that all
frames last the same time, decoding starts at the key frame before the first wanted one;
else at the movie's start: then nothing but counting tells which picture is which.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from functions.contract.errors import DamagedSource, RushesError
from functions.contract.frames import FrameRange
from functions.contract.picture import Picture
from functions.media.container import STILLS, mapped
from functions.media.decoded import as_picture
from functions.media.sequence import located

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from functions.media.movie import MovieClip

_WORTH_A_SEEK = 12  # frames that are decoded in the time of a seek
_BACK = 4  # times that an earlier key frame is looked for


def shown(clip: MovieClip, wanted: FrameRange) -> Iterator[Picture]:
    """Each wanted picture in order.

    Raises DamagedSource with the frame's number for what does not decode, is cut short or
    is not there.
    """
    if not len(wanted):
        return
    number = wanted.start
    try:
        found = _from(clip, wanted.start)
        number, frame = next(found, (wanted.start, None))
        for wish in wanted:
            while frame is not None and number < wish:
                number, frame = next(found, (wish, None))
            number = wish
            if frame is None:
                raise _ended(clip, wish)
            if frame.is_corrupt:
                raise DamagedSource("the picture is damaged: its packet is cut short or broken")
            picture = as_picture(frame, wish, lines=clip.facts.height)
            start = clip.facts.start
            picture.timecode = None if start is None else start + wish
            yield picture
    except RushesError as error:
        raise located(error, clip.stat, number) from error


def _from(clip: MovieClip, first: int) -> Iterator[tuple[int, VideoFrame]]:
    """(number, frame) from `first` or an earlier one on."""
    step = _step(clip)
    if first >= _WORTH_A_SEEK and step is not None:
        origin = _origin(clip)
        if origin is not None:
            yield from _sought(clip, origin, step, first)
            return
    yield from enumerate(_decoded(clip, rewind=True))


def _step(clip: MovieClip) -> Fraction | None:
    """Ticks of every frame, None where they differ or nothing says it."""
    stream, rate = clip.picture, clip.facts.rate
    if stream is None or not stream.time_base or not rate:
        return None
    entries = stream.index_entries
    # An edit list that leaves out or repeats moves numbers in ways that the index hides.
    if len(entries) < 2 or any(entry.is_discard for entry in entries):
        return None
    stamps = [entry.timestamp for entry in entries]
    gaps = [b - a for a, b in pairwise(stamps)]
    step = 1 / (rate * stream.time_base)
    return step if max(abs(gap - step) for gap in gaps) <= 1 else None


def _origin(clip: MovieClip) -> int | None:
    """Presentation time of the first picture."""
    first = next(_decoded(clip, rewind=True), None)
    return None if first is None else first.pts


def _sought(
    clip: MovieClip, origin: int, step: Fraction, first: int
) -> Iterator[tuple[int, VideoFrame]]:
    """From the key frame at or before `first` on.

    After a seek into an open group of pictures, those that are shown before its key frame
    want frames of the group before, and a decoder makes them up: they are left out, and when
    one of them is wanted, decoding starts a group earlier.
    """
    stream = clip.picture
    assert stream is not None
    target = origin + round(first * step)
    goal = target
    for _ in range(_BACK):
        with mapped("the movie does not seek"):
            stream.codec_context.flush_buffers()
            clip.container.seek(goal, stream=stream, backward=True)
        clean: int | None = None
        for frame in _decoded(clip, rewind=False):
            if frame.pts is None:
                break
            if clean is None:
                if not frame.key_frame:
                    continue
                clean = frame.pts
                if clean > target:
                    break
            if frame.pts >= clean:
                yield round(Fraction(frame.pts - origin) / step), frame
        else:
            return
        if clean is not None and clean <= target:
            return
        goal -= round(step * _WORTH_A_SEEK * 4)
    yield from enumerate(_decoded(clip, rewind=True))


def _decoded(clip: MovieClip, *, rewind: bool) -> Iterator[VideoFrame]:
    """Pictures as they come out of the decoder, in the order of showing."""
    if rewind:
        clip.rewind()
    stream = clip.picture
    assert stream is not None
    if not stream.codec_context.is_open:
        # FFmpeg's H.264 decoder gives other pixels with two threads than with one (seen with
        # 4:4:4 Predictive): only codecs of whole pictures get more, and those by slice.
        stream.thread_type = "SLICE"
        stream.codec_context.thread_count = 2 if clip.facts.codec in STILLS else 1
    with mapped("the picture does not decode"):
        for packet in clip.container.demux(stream):
            if packet.is_corrupt and packet.size:
                raise DamagedSource("truncated: the packet of this frame is cut short")
            yield from packet.decode()


def _ended(clip: MovieClip, number: int) -> DamagedSource:
    claimed = clip.facts.frames_claimed
    if claimed is not None and number < claimed:
        return DamagedSource(
            f"the header claims {claimed} frames, and the pictures end before this one"
        )
    return DamagedSource("the movie ends before this frame")
