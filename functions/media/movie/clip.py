"""Movies as clips: MLV, cine and mcraw by their own readers, all else through FFmpeg.

A movie that is no camera raw has pictures in place of raw frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from functions.contract import uris
from functions.contract.camera import CameraRecord
from functions.contract.clip import Clip, ClipFacts, RawFrame
from functions.contract.errors import (
    DamagedSource,
    RushesError,
    UnsupportedMedia,
    truncated,
)
from functions.contract.frames import FrameRange, rate_text
from functions.contract.operation import Limits
from functions.contract.picture import Picture
from functions.contract.store import Stat, Store
from functions.media.acquisition.values import merged
from functions.media.containers.atoms import HEAD, holds_aces
from functions.media.decoder.siting import codec_words
from functions.media.movie.camera_keys import camera_facts
from functions.media.movie.facts import picture_facts
from functions.media.movie.ffmpeg_container import (
    codec_name,
    codec_tag,
    container_name,
    mapped,
    open_container,
    picture_stream,
    rate_of,
    reel_of,
)
from functions.media.movie.headers import read_headers, unapplied
from functions.media.raw.indexed_movie import FrameSource, IndexedClip
from functions.media.raw.movie_frames import (
    PRORES_RAW,
    UNDOCUMENTED,
    bayer_pattern,
    raw_frame,
    with_header,
)
from functions.media.stills.sequence import located

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# SMPTE ST 356: lines of the blanking interval above the picture, in QuickTime too.
_D10 = {(720, 608): (0, 32, 720, 576), (720, 512): (0, 26, 720, 486)}


def open_movie(stat: Stat, store: Store, limits: Limits | None = None) -> Clip:
    """A movie file as a clip; only headers are read.

    Raises DamagedSource: headers that are cut short or cannot be. UnsupportedMedia: no movie, or a
    variant that we do not read. LimitExceeded: more pixels than a frame may have.
    """
    limits = limits or Limits()
    name = uris.basename(stat.uri).rsplit(".", 1)[0]
    try:
        stream = store.open(stat.uri)
        try:
            magic = stream.read(4)
            stream.seek(0)
            read: Callable[[BinaryIO, int], FrameSource] | None = None
            if magic == b"MLVI":
                from functions.media.raw.mlv import read_mlv as read
            elif magic[:2] == b"CI":
                from functions.media.raw.cine import read_cine as read
            elif magic == b"MOTI":
                from functions.media.mcraw.container import read_mcraw as read
            if read is not None:
                return IndexedClip(stat, store, limits, read(stream, stat.bytes), name)
        finally:
            stream.close()
        return MovieClip(stat, store, limits, name)
    except RushesError as error:
        if "uri" in error.facts:
            raise
        raise located(error, stat, None) from error


class MovieClip:
    """A movie through FFmpeg (contract's protocol Clip).

    facts : of the first stream of pictures; width and height are 0 for sound alone.
    notes : what is in the file and is not applied, one sentence each.
    scan : encryption, missing bytes and turns, from the headers.
    timeline : what is shown, and when.
    window : (x, y, width, height) of a decoded frame that is picture.
    limits : of the function that reads it.
    container, picture : PyAV's, for whoever reports on them; picture is None for sound.
    """

    def __init__(self, stat: Stat, store: Store, limits: Limits, name: str) -> None:
        self.stat, self._store, self.limits = stat, store, limits
        self._stream: BinaryIO = store.open(stat.uri)
        self._counted: int | None = None
        self._decoder_options: dict[str, str] | None = None
        try:
            self.container: InputContainer = self._open_container()
            with mapped("the headers do not read"):
                self._describe(name)
        except BaseException:
            self._stream.close()
            raise

    def _open_container(self) -> InputContainer:
        try:
            return open_container(self._stream, self.limits.pixels)
        except DamagedSource:
            self._stream.seek(0)
            if holds_aces(self._stream.read(HEAD)):
                raise UnsupportedMedia("ACES frames in MXF (ST 2065-5) are not read") from None
            raise

    def _describe(self, name: str) -> None:
        container = self.container
        kind = container_name(container)
        if not container.streams.video and not container.streams.audio:
            raise UnsupportedMedia(f"a {kind} file with neither pictures nor sound that we read")
        self.picture: VideoStream | None = picture_stream(container)
        self.scan, self.timeline, told = read_headers(
            kind, self.stat.bytes, self.open_again, container, self.picture
        )
        rotation = self._turned(kind)
        container = self.container  # opened anew where a picture was looked at
        if self.picture is not None and self.picture.codec_context is None:
            said = ", ".join(repr(e) for e in self.scan.entries)  # type: ignore[unreachable]
            raise UnsupportedMedia(
                f"a {kind} movie with a codec that FFmpeg does not know"
                + (f"; its tracks hold {said}" if said else "")
            )
        rate = rate_of(self.picture) if self.picture else None
        start = self.timeline.start
        self.window = self._window()
        width, height = self.window[2:]
        self.limits.check_pixels(width, height)
        codec = codec_name(self.picture or container.streams.audio[0])
        pattern = bayer_pattern(self._format())
        raw = pattern is not None or codec == PRORES_RAW
        known = (UNDOCUMENTED[codec],) if raw and codec in UNDOCUMENTED else ()
        siting, apart = None, tuple[str, ...]()
        if self.picture:
            siting, apart = codec_words(self.picture, self.scan.coded, self.scan.full)
            siting = siting or self.scan.siting
        self.notes: tuple[str, ...] = (
            *known,
            *unapplied(container, self.picture, self.scan),
            *apart,
            *self._undone_window(),
            *((self.timeline.odd_timecode,) if self.timeline.odd_timecode else ()),
            *dict.fromkeys(self.timeline.odd_sound.values()),
        )
        words = camera_facts(container.metadata, *(s.metadata for s in container.streams))
        words["reel"] = reel_of(container) or words.get("reel")
        camera, said = merged(
            CameraRecord(
                **words,
                timecode=str(start) if start else None,
                rate=rate_text(rate) if rate else None,
                cfa=pattern,
            ),
            told,
        )
        self.notes += said
        curves = [(one.log, one.gamut) for one in told if one.log or one.gamut]
        self.facts = ClipFacts(
            container=kind,
            codec=codec,
            layout="cfa" if raw else None,
            width=width,
            height=height,
            name=name,
            frames_claimed=self.timeline.count if self.picture else None,
            rate=rate,
            start=start,
            steady=self.timeline.steady,
            camera=camera,
            picture=picture_facts(
                container,
                self.picture,
                rotation,
                self.scan,
                self.timeline,
                self.window[2:],
                siting,
                curves[0] if curves else (None, None),
            ),
        )
        if codec == PRORES_RAW and not self.scan.encrypted:
            first = next((p for p in container.demux(self.picture or ()) if p.size), None)
            if first is not None:
                self.facts, said = with_header(self.facts, bytes(first))
                self.notes += said

    def _format(self) -> str:
        return str(self.picture.pix_fmt or "") if self.picture else ""

    def _window(self) -> tuple[int, int, int, int]:
        """(x, y, width, height) of a decoded frame that is picture; all of it, but for D-10."""
        if self.picture is None:
            return 0, 0, 0, 0
        width, height = self.picture.width, self.picture.height
        told = self.scan.window
        if told is None and (codec_tag(self.picture) or "")[:2] == "mx":
            told = _D10.get((width, height))
        if told is None or codec_name(self.picture) != "mpeg2video":
            return 0, 0, width, height
        inside = told[0] + told[2] <= width and told[1] + told[3] <= height
        return told if inside and not told[1] % 2 else (0, 0, width, height)

    def _undone_window(self) -> tuple[str, ...]:
        told = self.scan.window
        if told is None or told == self.window:
            return ()
        x, y, wide, high = told
        return (f"a display window of {wide}x{high} at {x}, {y} (MXF) is not applied",)

    def _turned(self, kind: str) -> int:
        """Degrees clockwise that players turn the picture by.

        Matroska's are told with pictures alone: one is decoded.
        """
        if kind != "matroska" or self.picture is None:
            return self.scan.rotation
        with suppress(RushesError), mapped("the picture does not decode"):
            first = next(self.container.decode(self.picture), None)
            self.rewind()
            return -round(first.rotation) % 360 if first is not None else 0
        return 0

    def numbers(self) -> FrameRange:
        """0 to the count of the container's tables; where it has none, to what is there.

        Raises UnsupportedMedia for edits that are not done.
        """
        self._check_edits()
        if self.facts.frames_claimed:
            return FrameRange(0, self.facts.frames_claimed)
        if self._counted is None and self.picture is not None:
            from functions.media.movie.counting import count_shown

            self._counted = count_shown(self)
        return FrameRange(0, max(1, self._counted or 0))

    def _check_edits(self) -> None:
        if self.timeline.refused:
            raise UnsupportedMedia(self.timeline.refused, uri=self.stat.uri)

    def decoder_options(self) -> dict[str, str]:
        """What the decoder of the pictures must be told; tried once, on the first packets."""
        if self._decoder_options is None:
            from functions.media.decoder.options import needed_options

            self._decoder_options = needed_options(self)
        return self._decoder_options

    def _packets(self) -> int:
        with mapped("the movie does not read"):
            self.rewind()
            return sum(1 for p in self.container.demux(self.picture or ()) if p.size)

    @property
    def muted(self) -> Fraction:
        """Seconds of sound before the first picture that is shown."""
        return self.timeline.muted

    def open_again(self) -> BinaryIO:
        """A second reader of the file, for sound, which has a place of its own."""
        return self._store.open(self.stat.uri)

    def rewind(self) -> None:
        """Go to the start: the next demux or decode begins with the first packet.

        By opening again: many containers seek to no exact place, some to none.
        """
        index = self.picture.index if self.picture is not None else 0
        self.container.close()
        self._stream.close()
        self._stream = self._store.open(self.stat.uri)
        self.container = self._open_container()
        if self.picture is not None:
            stream = self.container.streams[index]
            assert stream.type == "video"
            self.picture = cast("VideoStream", stream)

    def check_readable(self) -> None:
        """Raise DamagedSource for an encrypted movie, UnsupportedMedia for edits that are not done.

        Some decoders give garbage of an encrypted one and say nothing, so the headers are asked.
        """
        self._check_edits()
        self.scan.check(uri=self.stat.uri)

    def frames(self, wanted: FrameRange) -> Iterator[RawFrame]:
        """Frames in order, one seek and one packet each where the container has an index.

        Raises DamagedSource with the frame's number; UnsupportedMedia for what is no camera raw.
        """
        try:
            self.check_readable()
        except RushesError as error:
            raise located(error, self.stat, wanted.start) from error
        if self.picture is None or self.facts.layout is None:
            what = " ".join(p for p in (self.facts.codec, self._format()) if p)
            raise located(
                UnsupportedMedia(
                    f"it is not camera raw: {what} in {self.facts.container}; transcode reads it"
                ),
                self.stat,
                None,
            )
        for number in wanted:
            try:
                with mapped("the picture does not decode"):
                    frame = raw_frame(self.facts, number, *self._packet_picture(number))
            except RushesError as error:
                raise located(error, self.stat, number) from error
            yield frame

    def pictures(self, wanted: FrameRange) -> Iterator[Picture]:
        """Decoded pictures in order: see `functions.media.movie.pictures`.

        Raises DamagedSource with the frame's number; UnsupportedMedia for camera raw and for sound.
        """
        from functions.media.movie.pictures import movie_pictures

        return movie_pictures(self, wanted)

    def _packet_picture(self, number: int) -> tuple[VideoFrame, Any]:
        """A picture and its packet: each packet of camera raw is a whole frame, so a frame's
        number is its packet's."""
        stream = self.picture
        assert stream is not None
        index = stream.index_entries
        if number < len(index) and len(index) == stream.frames:
            stamp = index[number].timestamp
            self.container.seek(stamp, stream=stream, backward=True)
            packets: Iterator[Any] = (
                p for p in self.container.demux(stream) if p.dts is not None and p.dts >= stamp
            )
        else:
            self.rewind()
            stream = self.picture  # the one before belongs to a container that is gone
            assert stream is not None
            packets = iter(self.container.demux(stream))
            for _ in range(number):
                next(packets, None)
        for packet in packets:
            if not packet.size:
                break
            if packet.is_corrupt:
                raise truncated("the packet of this frame is cut short")
            stream.codec_context.flush_buffers()
            pictures = packet.decode() or stream.codec_context.decode(None)
            if pictures:
                return pictures[0], packet
            break
        there = self._packets()
        claimed = self.facts.frames_claimed
        raise DamagedSource(
            f"the header claims {claimed} frames, {there} {'is' if there == 1 else 'are'} there"
            if claimed and number >= there
            else "the packet of this frame holds no picture"
        )

    def close(self) -> None:
        """Let go of the file and the decoders."""
        self.container.close()
        self._stream.close()
