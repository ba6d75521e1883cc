"""What is really in a movie: pictures counted, their times, and where decoding breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Literal

from functions.contract.errors import DamagedSource, LimitExceeded, UnsupportedMedia
from functions.media.decoder.damage import Damage
from functions.media.decoder.log import told
from functions.media.decoder.options import packet_fault, prepare
from functions.media.movie.ffmpeg_container import STILLS, mapped

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame

    from functions.media.movie.clip import MovieClip

_FEW = 8  # breaks that are told one by one
_FIELD_PACKETS = frozenset(("mpegts", "mpeg", "mpegvideo", "h264"))
_MOST = 1 << 40
_TELLABLE = (DamagedSource, UnsupportedMedia)
_HOPELESS = 100  # packets in a row that do not decode


@dataclass
class Count:
    """frames : pictures that are there
    method : "packets" where a packet is a picture, else "decode"
    stamps : presentation times of them, sorted, in the stream's time base
    sound : seconds of each stream of sound by its packets, by the stream's index
    broken : (number, sentence) of the first packets that are cut short or do not decode
    breaks : how many such packets there are
    first : the first picture that decodes
    """

    method: Literal["packets", "decode"]
    frames: int = 0
    stamps: list[int] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)
    breaks: int = 0
    sound: dict[int, Fraction] = field(default_factory=dict)
    first: VideoFrame | None = None

    def add_break(self, sentence: str) -> None:
        """Note that what should come next does not."""
        self.breaks += 1
        if len(self.broken) < _FEW:
            self.broken.append((self.frames, sentence))

    def add_sound(self, packet: Packet[Any]) -> None:
        """Count a packet of sound."""
        if packet.size and packet.duration and packet.time_base and not packet.is_corrupt:
            seconds = packet.duration * packet.time_base
            index = packet.stream.index
            self.sound[index] = self.sound.get(index, Fraction(0)) + seconds

    def steps(self, base: Fraction) -> tuple[Fraction, Fraction] | None:
        """Shortest and longest time between neighbours in seconds; None below two pictures."""
        gaps = [b - a for a, b in pairwise(self.stamps) if b > a]
        return (min(gaps) * base, max(gaps) * base) if gaps else None


def count_pictures(
    clip: MovieClip, check: Callable[[], None], most: int, threads: int = 1
) -> Count:
    """Read the whole movie once: every packet, and every picture where it must be decoded.

    check : called once a packet; raises when the unit must stop.
    most : pictures after which LimitExceeded is raised.
    """
    count = Count("packets" if clip.facts.codec in STILLS else "decode")
    if clip.picture is None:
        return count
    if clip.scan.encrypted:
        count.method = "packets"
    row = 0
    damage = Damage(None, single=False)
    fault = packet_fault(clip)
    try:
        with mapped("the movie does not read"):
            for packet in _packets(clip, threads, sound=True):
                check()
                if packet.stream.type == "audio":
                    count.add_sound(packet)
                    continue
                before = count.breaks
                if packet.is_corrupt and packet.size:
                    count.add_break("truncated: its packet is cut short")
                wrong = None if clip.scan.encrypted else fault(packet)
                _take(clip, packet, count, damage, wrong)
                row = row + 1 if count.breaks > before else 0
                if row > _HOPELESS:
                    break
                if count.frames > most:
                    raise LimitExceeded(f"more than {most} frames", limit=most)
    except _TELLABLE as error:
        count.add_break(error.detail)
    count.stamps.sort()
    return count


def has_sound(clip: MovieClip) -> bool:
    """Whether one packet of sound is there, whole."""
    try:
        with mapped("the movie does not read"):
            clip.rewind()
            packets = clip.container.demux(*clip.container.streams.audio)
            return any(p.size and not p.is_corrupt for p in islice(packets, _HOPELESS))
    except _TELLABLE:
        return False


def _packets(clip: MovieClip, threads: int, *, sound: bool = False) -> Iterator[Packet[Any]]:
    """From the first on, decoders set up; `sound` has packets of sound among them.

    FFmpeg's H.264 decoder gives other pixels with two threads than with one (seen with 4:4:4
    Predictive), so only codecs of whole pictures get more, and those by slice.
    """
    clip.rewind()
    stream = clip.picture
    assert stream is not None
    stream.thread_type = "SLICE"
    prepare(clip, threads if clip.facts.codec in STILLS else 1)
    beside = clip.container.streams.audio if sound else ()
    return clip.container.demux(stream, *(one for one in beside if one.codec_context is not None))


def _take(
    clip: MovieClip, packet: Packet[Any], count: Count, damage: Damage, wrong: str | None
) -> None:
    whole = count.method == "packets"
    # What an edit list leaves out is decoded and never shown.
    here = whole and packet.size and not packet.is_corrupt and not packet.is_discard
    if here and _is_shown(clip, packet):
        count.frames += 1
        if packet.pts is not None:
            count.stamps.append(packet.pts)
        if wrong is not None and count.first is not None:
            count.add_break(f"damaged: {wrong}")
    if clip.scan.encrypted or (whole and (count.first is not None or not packet.size)):
        return
    try:
        with mapped("it does not decode"), told() as said:
            pictures = [each for each in packet.decode() if _is_shown(clip, each)]
            damage.add(packet, said.take() or wrong)
    except _TELLABLE as error:
        count.add_break(error.detail)
        return
    for picture in pictures:
        harm = damage.of(picture.pts)
        if harm is not None:
            count.add_break(f"damaged: {harm}")
        count.first = count.first or picture
        if not whole:
            count.frames += 1
            if picture.pts is not None:
                count.stamps.append(picture.pts)


def _is_shown(clip: MovieClip, picture: VideoFrame | Packet[Any]) -> bool:
    """Whether a picture is one of the clip's: no gap of an edit list, no lead of MXF."""
    timeline = clip.timeline
    if picture.pts is None or not picture.time_base:
        return True
    lead = timeline.skipped and picture.pts < timeline.skipped
    return not (lead or timeline.in_gap(picture))


def count_shown(clip: MovieClip) -> int:
    """Pictures of a movie whose container has no table of them; every packet is read, and
    decoded where a packet may be a field.

    What a transport stream begins with in the middle of a group does not decode and is no
    picture of the clip.
    """
    if clip.facts.codec in STILLS:
        with mapped("the movie does not read"):
            return sum(1 for packet in _packets(clip, 1) if packet.size)
    fields = clip.facts.picture.field_order != "progressive"
    if fields and clip.facts.container in _FIELD_PACKETS:
        return count_pictures(clip, lambda: None, _MOST).frames
    stamps: list[int] = []
    first: int | None = None
    total = 0
    with mapped("the movie does not read"):
        for packet in _packets(clip, 1):
            if packet.size and not packet.is_discard:
                total += 1
                if first is None and packet.pts is not None:
                    stamps.append(packet.pts)
            if first is None:
                with suppress(ValueError, OSError):
                    first = next((picture.pts for picture in packet.decode()), None)
    return total - sum(1 for stamp in stamps if first is not None and stamp < first)


def pictures_at(
    clip: MovieClip,
    count: Count,
    numbers: Sequence[int],
    check: Callable[[], None],
    threads: int = 1,
) -> Iterator[tuple[int, VideoFrame]]:
    """Those pictures that decode, in order; a number is the place in order of showing.

    One seek each where a packet is a picture. Others come in one pass: after a seek into an
    open group of pictures FFmpeg's decoders give pictures with parts of other ones.
    """
    left = list(numbers)
    exact = clip.facts.codec in STILLS and len(count.stamps) == count.frames
    if exact and not count.breaks:
        clip.rewind()
        while left:
            check()
            picture = _sought(clip, count.stamps[left[0]])
            if picture is None:
                break
            yield left.pop(0), picture
    if not left:
        return
    wanted, number = set(left), 0
    try:
        with mapped("the movie does not read"):
            for packet in _packets(clip, threads):
                check()
                try:
                    found = [each for each in packet.decode() if _is_shown(clip, each)]
                except (ValueError, OSError):  # what does not decode was told by the count
                    continue
                for each in found:
                    if number in wanted:
                        yield number, each
                    number += 1
                if number > max(left):
                    return
    except _TELLABLE:
        return


def _sought(clip: MovieClip, stamp: int) -> VideoFrame | None:
    stream = clip.picture
    assert stream is not None
    try:
        with mapped("the movie does not seek"):
            stream.codec_context.flush_buffers()
            clip.container.seek(stamp, stream=stream, backward=True)
            for picture in clip.container.decode(stream):
                if picture.pts is None or picture.pts > stamp:
                    return None
                if picture.pts == stamp:
                    return picture
    except _TELLABLE:
        return None
    return None
