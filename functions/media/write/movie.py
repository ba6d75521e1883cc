"""Movies out: developed pictures and sound to one file, the same bytes each time.

Pictures go from planar R'G'B' by `kernels.to_yuv` straight into the encoder's own planes.
Threads change no byte; nothing in the file says when, where or by which build it was made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, cast

import numpy as np
import numpy.typing as npt

from functions.contract.errors import UnsupportedMedia
from functions.contract.picture import FieldOrder
from functions.contract.timecode import Timecode
from functions.media.containers.tag_codes import MATRICES, PRIMARIES, TRANSFERS
from functions.media.decoder.log import listen
from functions.media.movie.decoded import plane_rows
from functions.media.movie.ffmpeg_container import mapped
from functions.media.write.codec_profiles import (
    FORMATS,
    Container,
    Profile,
    holds_timecode,
    written_transfer,
)
from functions.media.write.field_order import code_fields, mark_fields
from functions.media.write.light_levels import describe_light, encoder_words
from functions.media.write.mxf_descriptor import describe_as_yuv
from functions.media.write.prores import ProResFrames, sign_entry
from functions.media.write.scheduling import never_real_time

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from kernels.colour.steps import Picture as Image
    from kernels.colour.steps import Step

Planes = npt.NDArray[Any]
Samples = npt.NDArray[np.int32]
_MATRIX: dict[str, Literal["bt709", "bt2020"]] = {"bt709": "bt709", "bt2020nc": "bt2020"}
_X265_DELAY = 2  # pictures, with B frames that others look at
_BITEXACT = 1 << 23  # AV_CODEC_FLAG_BITEXACT: no name of the encoder in the stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One stream of sound. pcm : 24 bit PCM, else AAC; layout : FFmpeg's name, None is unnamed."""

    channels: int
    rate: int = 48000
    pcm: bool = True
    layout: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovieSpec:
    """What is written. profile : None for sound alone.

    primaries, transfer, matrix : FFmpeg's names, None = not tagged; matrix bt709 or bt2020nc
    mastering, content_light : bodies of `mdcv` and `clli`, of MOV and MP4
    alpha : pictures come with an alpha plane, which the profile must hold
    timecode : of the first frame
    reel : name of the source reel, for the timecode track
    created : date of the movie, UTC; without it none is written
    """

    container: Container
    rate: Fraction
    profile: Profile | None = None
    width: int = 0
    height: int = 0
    pixel_aspect: Fraction = Fraction(1)
    primaries: str | None = None
    transfer: str | None = None
    matrix: str | None = "bt709"
    mastering: bytes | None = None
    content_light: bytes | None = None
    field_order: FieldOrder = "progressive"
    alpha: bool = False
    timecode: Timecode | None = None
    reel: str | None = None
    created: datetime | None = None
    sound: tuple[Track, ...] = ()

    @property
    def pixel_format(self) -> str:
        """FFmpeg's name of the layout that is encoded."""
        assert self.profile is not None
        return self.profile.alpha_format if self.alpha else self.profile.pixel_format


class MovieWriter:
    """Writes one movie; a context manager. What is not finished is no movie.

    with MovieWriter(path, spec) as movie:
        movie.picture(image, key=True)
        movie.sound([samples])
    """

    def __init__(self, path: Path, spec: MovieSpec, threads: int = 1) -> None:
        import av

        _check(spec)
        listen()
        self.spec, self._path = spec, path
        self.frames = self._packets = 0
        self._written = [0] * len(spec.sound)
        options = {"fflags": "+bitexact"}
        if spec.container in ("mov", "mp4"):
            # The index in front, so that a player on a network begins at once.
            options["movflags"] = "+faststart+write_colr"
            # Edits count in movie time: milliseconds, FFmpeg's default, are no whole frames.
            ticks = math.lcm(spec.rate.numerator, *(track.rate for track in spec.sound))
            options["movie_timescale"] = str(min(ticks, 2**31 - 1))
        if spec.container == "mxf-opatom" and spec.profile is None:
            options["mxf_audio_edit_rate"] = str(spec.rate)
        with mapped("the movie does not open for writing"):
            self._file = av.open(
                str(path), "w", format=FORMATS[spec.container], container_options=options
            )
            if spec.created is not None:
                self._file.metadata["creation_time"] = spec.created.isoformat()
            if spec.container.startswith("mxf"):  # of sound alone too
                label = spec.timecode if holds_timecode(spec.rate) else None
                said = {"timecode": label and str(label), "reel_name": spec.reel}
                self._file.metadata.update({k: v for k, v in said.items() if v})
            self._video = self._add_picture() if spec.profile else None
            self._audio = [self._add_sound(track) for track in spec.sound]
        own = spec.profile is not None and spec.profile.kernel is not None
        self._prores = ProResFrames(spec, self._colour, threads) if own else None
        self._frame: VideoFrame | None = None
        self._words: tuple[Planes, ...] = ()
        self._fields = (
            None
            if spec.field_order == "progressive" or own
            else mark_fields(
                spec.pixel_format, spec.width, spec.height, spec.rate, spec.field_order
            )
        )

    @property
    def _colour(self) -> tuple[int, int, int]:
        """H.273's numbers of primaries, transfer and matrix."""
        spec = self.spec
        transfer = written_transfer(spec.profile, spec.transfer) if spec.profile else None
        return (
            _code(PRIMARIES, spec.primaries), _code(TRANSFERS, transfer),
            _code(MATRICES, spec.matrix),
        )  # fmt: skip

    @property
    def _siting(self) -> Literal["left", "topleft"]:
        """Of 4:2:0 chroma: BT.2020-2, table 4, has it on even rows."""
        spec = self.spec
        high = spec.matrix == "bt2020nc" and spec.field_order == "progressive"
        coarse = spec.profile is not None and spec.profile.subsampling == "420"
        return "topleft" if high and coarse else "left"

    def _add_picture(self) -> VideoStream:
        spec = self.spec
        profile = spec.profile
        assert profile is not None
        options = dict(profile.options)
        words = encoder_words(profile.encoder, spec.mastering, spec.content_light)
        for option, more in words.items():
            options[option] = f"{options[option]}:{more}"
        stream: Any = self._file.add_stream(profile.encoder, rate=spec.rate, options=options)
        context = stream.codec_context
        stream.width, stream.height = spec.width, spec.height
        # What stands for our own encoder knows no 12 bits, and no header says how many.
        stream.pix_fmt = spec.pixel_format.replace("12le", "10le")
        stream.time_base = context.time_base = 1 / spec.rate
        context.framerate = spec.rate
        context.thread_count = 1
        context.flags |= _BITEXACT
        context.sample_aspect_ratio = spec.pixel_aspect
        if profile.tag and spec.container in ("mov", "mp4"):
            context.codec_tag = profile.tag
        context.color_range = 1
        if profile.encoder == "libsvtav1" or self._siting == "topleft":
            # H.264's and H.265's own default is left.
            context.options = {**context.options, "chroma_sample_location": self._siting}
        context.color_primaries, context.color_trc, context.colorspace = self._colour
        if spec.field_order != "progressive" or profile.kernel:
            code_fields(context, profile, spec.field_order)
        if profile.kernel and spec.container == "mov":
            stream.metadata["encoder"] = profile.title  # the compressor's name in its entry
        if spec.timecode is not None and holds_timecode(spec.rate):
            stream.metadata["timecode"] = str(spec.timecode)
        if spec.reel:
            stream.metadata["reel_name"] = spec.reel
        return cast("VideoStream", stream)

    def _add_sound(self, track: Track) -> AudioStream:
        unnamed = {1: "mono", 2: "stereo"}.get(track.channels, f"{track.channels} channels")
        codec = "pcm_s24le" if track.pcm else "aac"
        stream: Any = self._file.add_stream(codec, rate=track.rate, layout=track.layout or unnamed)
        stream.codec_context.flags |= _BITEXACT
        stream.codec_context.thread_count = 1
        stream.time_base = stream.codec_context.time_base = Fraction(1, track.rate)
        if not track.pcm:
            stream.codec_context.bit_rate = 160_000 * max(1, track.channels) // 2 + 32_000
        return cast("AudioStream", stream)

    def picture(
        self, image: Image, *, alpha: Planes | None = None, steps: Sequence[Step] = (),
        key: bool = False, repeat: int = 1, number: int = 0,
    ) -> None:  # fmt: skip
        """Encode one picture; of 8 bits with noise before it is rounded (`kernels.video.dither`).

        image : (3, H, W) display-encoded R'G'B', float32, float16 or uint16 over its range
        alpha : (H, W) of the same kind, colours not multiplied by it; None is opaque
        steps : colour steps that run in the same pass
        key : whether a group begins with it
        repeat : frames that it stands for
        number : the clip's own, for the noise: the same however a movie is split
        """
        import kernels

        profile, stream = self.spec.profile, self._video
        assert profile is not None and stream is not None
        planes = self._prores.planes if self._prores else _planes(self._target())
        narrow = profile.bits == 8
        if narrow and not self._words:
            self._words = tuple(np.empty(p.shape, np.uint16) for p in planes)
        out = self._words if narrow else planes
        fields: Any = (None,)
        if self.spec.field_order != "progressive" and profile.subsampling == "420":
            fields = ("top", "bottom")
        for line, field in enumerate(fields):
            part: Any = slice(line, None, len(fields))
            kernels.to_yuv(
                image[:, part], profile.subsampling, _MATRIX[self.spec.matrix or "bt709"],
                bits=profile.bits, siting=self._siting, field=field,
                steps=steps, dither=number if narrow else None,
                out=(out[0][part], out[1][part], out[2][part]),
            )  # fmt: skip
        if narrow:
            for plane, words in zip(planes, self._words, strict=True):
                np.copyto(plane, words, casting="unsafe")
        if self._prores is not None:
            for packet in self._prores.packets(stream, alpha, self.frames, repeat):
                self._file.mux(packet)
            self.frames += repeat
        else:
            self._encode(key, repeat)

    def _encode(self, key: bool, repeat: int) -> None:
        from av.video.frame import PictureType

        stream, frame = self._video, self._frame
        assert stream is not None and frame is not None
        with mapped("the picture does not encode"):
            for again in range(repeat):
                frame.pts = self.frames
                frame.time_base = 1 / self.spec.rate
                first = key and not again
                sent = frame if self._fields is None else self._fields(frame)
                sent.pict_type = PictureType.I if first else PictureType.NONE
                with never_real_time():  # an encoder opens with its first picture
                    self._mux(stream, sent)
                self.frames += 1

    def _mux(self, stream: VideoStream, frame: VideoFrame | None) -> None:
        """Packets to the file.

        x265 gives the first decoding times of a movie that is shorter than its delay from
        memory that nobody has written to, so they are counted here: one tick a picture.
        """
        packets = stream.encode(frame)
        if self.spec.profile is not None and self.spec.profile.encoder == "libx265":
            for packet in packets:
                packet.dts = self._packets - _X265_DELAY
                self._packets += 1
        self._file.mux(packets)

    def _target(self) -> VideoFrame:
        from av.video.frame import VideoFrame

        spec = self.spec
        assert spec.profile is not None
        if self._frame is None:
            self._frame = VideoFrame(spec.width, spec.height, spec.pixel_format)
            frame: Any = self._frame
            frame.color_range = 1
            frame.color_primaries, frame.color_trc, frame.colorspace = self._colour
        # An encoder that looks ahead may hold the last picture.
        self._frame.make_writable()
        return self._frame

    def sound(self, blocks: Sequence[Samples]) -> None:
        """Sound of the frame just written, one block a stream.

        blocks : (samples, channels) int32, the upper 24 bits count
        """
        from av import AudioFrame

        for number, (block, stream) in enumerate(zip(blocks, self._audio, strict=True)):
            if not len(block):
                continue
            track = self.spec.sound[number]
            with mapped("the sound does not encode"):
                layout = stream.codec_context.layout.name
                if track.pcm:
                    packed = np.ascontiguousarray(block.reshape(1, -1))
                    frame = AudioFrame.from_ndarray(packed, "s32", layout)
                else:
                    floats = np.ascontiguousarray(block.T.astype(np.float32) / np.float32(2**31))
                    frame = AudioFrame.from_ndarray(floats, "fltp", layout)
                frame.sample_rate = track.rate
                frame.pts = self._written[number]
                frame.time_base = Fraction(1, track.rate)
                self._file.mux(stream.encode(frame))
            self._written[number] += len(block)

    def finish(self) -> None:
        """Let the encoders give what they hold, and write the index."""
        with mapped("the movie does not finish"):
            if self._video is not None and self.frames and self._prores is None:
                self._mux(self._video, None)
            for stream, samples in zip(self._audio, self._written, strict=True):
                if samples:
                    self._file.mux(stream.encode(None))
            self._file.close()
        if self.spec.profile is not None and self.spec.container.startswith("mxf"):
            describe_as_yuv(self._path, self.spec.profile.bits)
        elif self.frames:
            if self._prores is not None:
                sign_entry(self._path)
            describe_light(self._path, self.spec.mastering, self.spec.content_light)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self._file.close()


def _check(spec: MovieSpec) -> None:
    profile = spec.profile
    if profile is None:
        return
    across, down = {"444": (1, 1), "422": (2, 1), "420": (2, 2)}[profile.subsampling]
    if spec.field_order != "progressive" and profile.subsampling == "420":
        down = 4  # each field has chroma lines of its own
    if spec.field_order != "progressive" and profile.kernel:
        down = 2
    if spec.width % across or spec.height % down:
        raise UnsupportedMedia(
            f"{profile.title} wants sides that divide by {across} and {down}, "
            f"not {spec.width}x{spec.height}: `width` and `height` decide"
        )
    if spec.alpha and not profile.alpha:
        raise UnsupportedMedia(f"{profile.title} holds no alpha")
    if profile.encoder == "dnxhd" and (spec.width < 256 or spec.height < 120):
        raise UnsupportedMedia(
            f"{profile.title} begins at 256x120, the movie would be {spec.width}x{spec.height}"
        )
    if spec.matrix is not None and spec.matrix not in _MATRIX:
        raise UnsupportedMedia(f"movies are not written with the matrix {spec.matrix}")
    if spec.container == "mxf-opatom" and spec.sound and profile is not None:
        raise UnsupportedMedia("OP-Atom holds one stream a file: sound goes into files of its own")


def _code(table: dict[int, str], name: str | None) -> int:
    """H.273's number of a name; 2, unspecified, for None and unknown ones."""
    return next((code for code, one in table.items() if one == name), 2)


def _planes(frame: VideoFrame) -> tuple[Planes, ...]:
    """Views of an encoder's planes, without the room at the ends of rows."""
    kind: Any = np.dtype(np.uint16 if frame.format.components[0].bits > 8 else np.uint8)
    return tuple(plane_rows(plane, kind) for plane in frame.planes)
