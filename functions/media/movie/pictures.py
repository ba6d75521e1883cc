"""Decoded pictures of a movie by their place in presentation order, exactly.

Whole-picture codecs come by one seek each. Long groups are decoded from the key frame before;
what precedes that key frame on the screen and follows it in the file is left out, because
FFmpeg's decoders make it of parts of other pictures. Where a container has no index that can
be trusted, the movie is decoded from its first picture on and counted. Edit lists are obeyed:
a number is a place among the pictures that a player shows.

A picture is refused where its decoder says that it is damaged: by its flags, by an error in
its log, by leaving a picture out. What is made from a damaged picture is damaged until the next
key frame. A change that leaves the code readable cannot be known.

One thread decodes: FFmpeg's H.264 decoder gives other pixels with two (seen with 4:4:4
Predictive), and callers make runs of frames on readers of their own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from functions.contract.errors import DamagedSource, RushesError, UnsupportedMedia, truncated
from functions.contract.frames import FrameRange
from functions.contract.picture import Picture
from functions.media.decoder.damage import Damage
from functions.media.decoder.log import told
from functions.media.decoder.options import packet_fault, prepare
from functions.media.movie.decoded import as_picture
from functions.media.movie.ffmpeg_container import mapped
from functions.media.stills.sequence import located, not_there

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame

    from functions.media.movie.clip import MovieClip

_FAR = 48  # pictures that are decoded on rather than sought, in a movie of long groups
_INDEXED = ("mov", "avi")
_ONE_EACH = frozenset(("mov", "mxf", "matroska"))  # a packet holds a whole picture


def movie_pictures(clip: MovieClip, wanted: FrameRange) -> Iterator[Picture]:
    """Pictures in order; `functions.contract.clip.Clip.pictures` for a movie."""
    try:
        clip.check_readable()
        if clip.facts.layout is not None:
            raise UnsupportedMedia(f"{clip.facts.codec} is camera raw: its frames are undeveloped")
        if clip.picture is None:
            raise UnsupportedMedia("there is sound and no picture in it")
    except RushesError as error:
        raise located(error, clip.stat, wanted.start) from error
    walk = _Walk(clip)
    start, (left, top, *size) = clip.facts.start, clip.window
    siting, tags = clip.facts.picture.siting, clip.facts.picture.colour
    for number in wanted:
        try:
            with mapped("the picture does not decode"):
                frame = walk.picture(number)
                _check_size(clip, frame)
                picture = as_picture(
                    frame,
                    number,
                    lines=size[1],
                    siting=siting,
                    tags=tags,
                    codec=clip.facts.codec,
                )
        except RushesError as error:
            raise located(error, clip.stat, number) from error
        if (frame.width, frame.height) != tuple(size):
            picture = _cropped(picture, left, top, *size)
        picture.timecode = None if start is None else start + number
        yield picture


def _check_size(clip: MovieClip, frame: VideoFrame) -> None:
    stream = clip.picture
    assert stream is not None
    if (frame.width, frame.height) != (stream.width, stream.height):
        raise DamagedSource(
            f"it is {frame.width}x{frame.height}, its clip is {stream.width}x{stream.height}"
        )


def _cropped(picture: Picture, left: int, top: int, width: int, height: int) -> Picture:
    """A part of a picture, on whole chroma samples."""
    across, down = picture.step

    def part(plane: Any, x: int, y: int) -> Any:
        return plane[top // y : (top + height) // y, left // x : (left + width) // x]

    one, two, three = picture.planes
    chroma = part(two, across, down), part(three, across, down)
    alpha = None if picture.alpha is None else part(picture.alpha, 1, 1)
    return replace(picture, planes=(part(one, 1, 1), *chroma), alpha=alpha)


class _Entry(NamedTuple):
    """A place to start decoding. stamp : to seek to; shown : pictures shown before it."""

    stamp: int
    shown: int


class _Shown(NamedTuple):
    """A picture in order of showing. wrong : what its decoder says of damage, None if nothing.

    frame : None for a picture that did not come out
    """

    frame: VideoFrame | None
    wrong: str | None = None


@dataclass(slots=True)
class _Flow:
    """Pictures from one start on. at : number of the next one."""

    pictures: Iterator[_Shown]
    at: int


class _Walk:
    """One way through a movie, forward where it can, by seeking where that is shorter."""

    def __init__(self, clip: MovieClip) -> None:
        self._clip = clip
        self._flow: _Flow | None = None
        self._lost: int | None = None
        self._index = _index_of(clip)

    def picture(self, number: int) -> VideoFrame:
        flow = self._flow
        if flow is None or number < flow.at or self._far(number - flow.at):
            flow = self._flow = self._start(number)
        while True:
            one = next(flow.pictures, None)
            if one is None:
                self._flow = None
                raise not_there(self._clip.facts.frames_claimed, flow.at)
            flow.at += 1
            if flow.at > number:
                if one.frame is None or one.wrong is not None:
                    raise DamagedSource(f"damaged: {one.wrong or 'the picture does not come out'}")
                if one.frame.is_corrupt:
                    raise DamagedSource("damaged: its decoder marks the picture as corrupt")
                return one.frame

    def _far(self, ahead: int) -> bool:
        seeks = self._index is not None or self._clip.facts.container == "mxf"
        return seeks and ahead > (0 if self._clip.facts.picture.intra else _FAR)

    def _start(self, number: int) -> _Flow:
        """Decoding that has not passed `number` yet."""
        if number == 0 or (self._index is None and self._clip.facts.container != "mxf"):
            return self._from_first()
        if self._lost is None:
            intra = self._clip.facts.picture.intra
            self._lost = 0 if intra else self._missing_at_start()
        if self._clip.facts.container == "mxf":
            return self._from_edit_unit(number + self._skipped) or self._from_first()
        target = number + self._lost
        entries, before = self._index or [], target
        while before > 0:
            entry = _entry_before(entries, before)
            if entry is None or entry.shown == 0:
                break
            flow = self._from_entry(entry)
            if flow is None:
                break
            if flow.at <= number:
                return flow
            before = entry.shown - 1
        return self._from_first()

    def _from_first(self) -> _Flow:
        self._clip.rewind()
        skipped = self._clip.timeline.skipped
        if skipped and self._lost is None:
            self._lost = self._missing_at_start()
            self._clip.rewind()
        # Of what an MXF stores and does not show, pictures whose group began before are lost.
        at = min(0, (self._lost or 0) - skipped) if skipped else 0
        return _Flow(self._decoded(self._packets(), None, []), at)

    @property
    def _skipped(self) -> int:
        """Edit units of an MXF before its picture 0."""
        return max(self._lost or 0, self._clip.timeline.skipped)

    def _from_entry(self, entry: _Entry) -> _Flow | None:
        """From a key frame of the index; None where the demuxer does not land on it."""
        if not self._sought(entry.stamp):
            return None
        packets = self._packets()
        first = next(packets, None)
        if first is None or first.pts is None or first.dts != entry.stamp:
            return None
        return self._after(first, packets, entry.shown)

    def _from_edit_unit(self, target: int) -> _Flow | None:
        """MXF counts its pictures in edit units: a stamp is a place."""
        if not self._sought(target):
            return None
        packets = self._packets()
        first = next(packets, None)
        if first is None or first.pts is None or first.pts > target or not first.is_keyframe:
            return None
        flow = self._after(first, packets, 0)
        if flow is None:
            return None
        flow.at = first.pts - self._skipped
        return flow

    def _sought(self, stamp: int) -> bool:
        stream = self._clip.picture
        assert stream is not None
        try:
            self._clip.container.seek(stamp, stream=stream, backward=True)
        except (OSError, ValueError):  # no index in the file: some MXF
            return False
        stream.codec_context.flush_buffers()
        return True

    def _after(self, first: Packet[Any], packets: Iterator[Any], shown: int) -> _Flow | None:
        """Decoding from a key frame whose packet is read: its own picture comes first."""
        leading: list[int] = []
        pictures = self._decoded(_chained(first, packets), first.pts, leading)
        head = next(pictures, None)
        if head is None or head.frame is None or head.frame.pts != first.pts:
            return None
        return _Flow(_chained(head, pictures), shown + len(leading) - (self._lost or 0))

    def _packets(self) -> Iterator[Packet[Any]]:
        stream = self._clip.picture
        assert stream is not None
        prepare(self._clip)
        for packet in self._clip.container.demux(stream):
            if packet.is_corrupt and packet.size:
                raise truncated("the packet of this frame is cut short")
            yield packet

    def _decoded(
        self, packets: Iterator[Packet[Any]], key: int | None, leading: list[int]
    ) -> Iterator[_Shown]:
        """Pictures in order of showing; none before `key`, whose stamps go to `leading`."""
        from av.error import FFmpegError

        single = self._clip.facts.container in _ONE_EACH and not self._clip.timeline.gaps
        assert self._clip.picture is not None
        reorders = bool(self._clip.picture.codec_context.has_b_frames)
        damage = Damage(key, single=single, reorders=reorders)
        passed = key is None
        fault = packet_fault(self._clip)
        frames: list[VideoFrame]
        for packet in packets:
            stamp = packet.pts if packet.size and not packet.is_discard else None
            if not passed and stamp is not None and key is not None and stamp < key:
                leading.append(stamp)
            with told() as said:
                wrong, frames = fault(packet), []
                try:
                    frames = packet.decode()
                except FFmpegError:
                    if wrong is None:
                        raise
                damage.add(packet, said.take() or wrong)
            for frame in frames:
                if not passed and (frame.pts is None or key is None or frame.pts < key):
                    continue
                passed = True
                if self._clip.timeline.in_gap(frame):
                    continue
                for lost in damage.lost(frame.pts):
                    yield _Shown(None, lost)
                yield _Shown(frame, damage.of(frame.pts))

    def _missing_at_start(self) -> int:
        """Pictures that the file begins with and that do not decode: their group began before."""
        self._clip.rewind()
        stamps: list[int] = []
        for packet in self._packets():
            if packet.pts is not None and packet.size and not packet.is_discard:
                stamps.append(packet.pts)
            for frame in packet.decode():
                return sum(1 for stamp in stamps if frame.pts is not None and stamp < frame.pts)
        return 0


def _chained(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def _index_of(clip: MovieClip) -> list[_Entry] | None:
    """Where decoding may start; None where the index cannot be trusted to be all there is."""
    stream, timeline = clip.picture, clip.timeline
    if stream is None or clip.facts.container not in _INDEXED or timeline.gaps:
        return None
    index = stream.index_entries
    there = sum(1 for each in index if each.size and not each.is_discard)
    # Of a movie in pieces FFmpeg has read the first ones.
    if len(index) < 2 or timeline.fragmented or there != timeline.count:
        return None
    entries, shown, last = [], 0, None
    for each in index:
        if last is not None and each.timestamp <= last:
            return None  # an edit list shows a part twice or out of order
        last = each.timestamp
        if each.is_keyframe and not each.is_discard:
            entries.append(_Entry(each.timestamp, shown))
        shown += not each.is_discard
    return entries


def _entry_before(entries: list[_Entry], number: int) -> _Entry | None:
    place = bisect_right(entries, number, key=lambda entry: entry.shown)
    return entries[place - 1] if place else None
