"""Movies whose frames and samples carry their numbers, in one piece or in parts, by PyAV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from functions.contract.frames import FrameRange
from functions.contract.segments import samples_before
from functions.contract.timecode import Timecode

Array = npt.NDArray[Any]
BITS = 12
CLOSED = {"x264-params": "keyint=12:min-keyint=12:scenecut=0:open-gop=0:bframes=2:threads=1"}
KINDS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "prores": ("prores_ks", "yuv422p10le", "mov", {"profile": "3"}),
    "dnxhr": ("dnxhd", "yuv422p", "mov", {"profile": "dnxhr_sq"}),
    "h264": ("libx264", "yuv420p", "mov", CLOSED),
    "h264_mp4": ("libx264", "yuv420p", "mp4", CLOSED),
    "mjpeg": ("mjpeg", "yuvj422p", "mov", {"qmin": "3", "qmax": "3"}),
}


def picture(number: int, width: int, height: int) -> Array:
    """(height, width, 3) uint8: the number's bits as black and white bars, over a ramp."""
    grey = np.full((height, width), 96, np.uint8)
    bar = width // BITS
    for bit in range(BITS):
        grey[: height // 2, bit * bar : (bit + 1) * bar] = 235 if number >> bit & 1 else 16
    grey[height // 2 :, :] = np.linspace(40, 200, width).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def number_in(frame: av.VideoFrame) -> int:
    """The number that `picture` drew."""
    grey = frame.to_ndarray(format="gray")
    bar = grey.shape[1] // BITS
    row = grey[: grey.shape[0] // 2]
    return sum(
        1 << bit
        for bit in range(BITS)
        if row[8:-8, bit * bar + bar // 4 : (bit + 1) * bar - bar // 4].mean() > 120
    )


def tone(first: int, count: int) -> Array:
    """(count,) int16: each sample tells its own place in the clip, for 30000 samples."""
    return (np.arange(first, first + count) % 30000).astype(np.int16)


def write_numbered(
    path: Path,
    frames: FrameRange,
    kind: str = "prores",
    *,
    rate: Fraction = Fraction(24),
    start: Timecode | None = None,
    sound: int | None = 48000,
    size: tuple[int, int] = (288, 128),
    metadata: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
    container: str | None = None,
    tags: bool = True,
    pictures: bool = True,
) -> Path:
    """The frames of a clip that counts from 0 with timecode `start` there; sound by the rule.

    container : FFmpeg's name, where it is not the kind's own
    """
    codec, pixels, usual, codec_options = KINDS[kind]
    muxer = container or usual
    flags = {
        "fflags": "+bitexact",
        **({} if muxer.startswith("mxf") else {"movflags": "+write_colr"}),
    }
    with av.open(str(path), "w", format=muxer, options={**flags, **(options or {})}) as out:
        out.metadata.update(metadata or {})
        video: Any = None
        if pictures:
            video = out.add_stream(codec, rate=rate, options=codec_options)
            video.width, video.height = size
            video.pix_fmt = pixels
            video.time_base = video.codec_context.time_base = 1 / rate
            video.codec_context.flags |= 1 << 23  # bit exact
            video.codec_context.thread_count = 1
            if tags:
                video.codec_context.color_primaries = 9
                video.codec_context.color_trc = 16
                video.codec_context.colorspace = 9
            if start is not None:
                video.metadata["timecode"] = str(start + frames.start)
        audio: Any = None
        if sound:
            audio = out.add_stream("pcm_s16le", rate=sound, layout="mono")
        for number in frames:
            if pictures:
                drawn = av.VideoFrame.from_ndarray(picture(number, *size), format="rgb24")
                drawn = drawn.reformat(format=pixels)
                drawn.pts, drawn.time_base = number - frames.start, 1 / rate
                if number == frames.start:
                    drawn.pict_type = 1
                out.mux(video.encode(drawn))
            if audio is not None:
                first, end = (samples_before(n, rate, audio.rate) for n in (number, number + 1))
                block = av.AudioFrame.from_ndarray(tone(first, end - first)[None], "s16", "mono")
                block.sample_rate, block.time_base = audio.rate, Fraction(1, audio.rate)
                block.pts = first - samples_before(frames.start, rate, audio.rate)
                out.mux(audio.encode(block))
        if pictures:
            out.mux(video.encode(None))
        if audio is not None:
            out.mux(audio.encode(None))
    return path


def numbers(path: Path) -> list[int]:
    """The numbers in the frames that a player shows."""
    with av.open(str(path)) as container:
        return [number_in(frame) for frame in container.decode(video=0)]


def samples(path: Path) -> Array:
    """Samples that a player plays."""
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return np.concatenate(blocks) if blocks else np.zeros(0, np.int16)


def packets(path: Path, kind: str = "video") -> list[tuple[int | None, int | None, bytes]]:
    """(pts, dts, content) of each packet."""
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams if s.type == kind)
        return [(p.pts, p.dts, bytes(p)) for p in container.demux(stream) if p.size]


def essence(path: Path, kind: str = "video") -> list[bytes]:
    """Packets' contents alone."""
    return [content for _, _, content in packets(path, kind)]
