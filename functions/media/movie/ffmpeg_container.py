"""Containers through FFmpeg: opened from a seekable reader, with bounds, errors mapped.

Everything here is headers; pictures are `movie`'s and `counting`'s business.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO

from functions.contract.errors import (
    DamagedSource,
    InvalidRequest,
    LimitExceeded,
    Refused,
    RushesError,
    UnsupportedMedia,
)
from functions.contract.timecode import Timecode, dropped_labels
from functions.media.decoder.log import listen

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

# Playlists, network descriptions and pictures in a row open other files: they are not here.
_DEMUXERS = (
    "mov,mxf,mxf_opatom,matroska,avi,mpegts,mpeg,mpegvideo,h264,hevc,av1,obu,ivf,m4v,gxf,asf,"
    "ogg,flv,dv,yuv4mpegpipe,nut,aiff,wav,w64,caf,mjpeg,dnxhd"
)
_PROBE = 5_000_000  # bytes and microseconds: FFmpeg's own defaults, so that no build differs
_BASES = (24, 25, 30, 48, 50, 60, 100, 120)
STILLS = frozenset(("prores", "prores_raw", "dnxhd", "jpeg2000", "rawvideo", "cfhd", "v210",
                    "ffv1", "r210", "v410", "huffyuv", "utvideo", "png", "dpx", "exr"))  # fmt: skip
"""Codecs whose packets are whole frames: a packet counted is a frame counted."""


@contextmanager
def mapped(what: str) -> Iterator[None]:
    """FFmpeg's errors as the contract's; `what` begins the sentence."""
    import av.error

    try:
        yield
    except RushesError:
        raise
    except MemoryError as error:
        raise LimitExceeded(f"{what}: it wants more memory than there is") from error
    except (av.error.PatchWelcomeError, av.error.DecoderNotFoundError) as error:
        raise UnsupportedMedia(f"{what}: FFmpeg does not read this variant") from error
    except av.error.FFmpegError as error:
        raise DamagedSource(f"{what}: {error.strerror or error}") from error
    except (ValueError, OverflowError, ArithmeticError, AttributeError, UnicodeError) as error:
        # Numbers in a broken header that PyAV cannot turn into its own types.
        raise DamagedSource(f"{what}: {error}") from error


def open_container(stream: BinaryIO, pixels: int) -> InputContainer:
    """The container, its headers read and as much of its start as names the codecs.

    stream : seekable; errors of the contract raised by it pass through.
    pixels : of one picture; FFmpeg allocates nothing for a larger one.

    Raises DamagedSource, UnsupportedMedia.
    """
    import av

    listen()
    with mapped("the headers do not read"):
        return av.open(
            stream,
            "r",
            options={
                "format_whitelist": _DEMUXERS,
                "probesize": str(_PROBE),
                "analyzeduration": str(_PROBE),
                # Room above the limit: past this FFmpeg forgets the size that it read.
                "max_pixels": str(min(4 * pixels, 2**31 - 1)),
            },
            metadata_errors="replace",
            io_open=_refuse,
        )


def _refuse(url: str, flags: int, options: dict[str, str]) -> Any:
    raise Refused(f"the movie points to another file, {url!r}, which is not opened")


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The first stream of moving pictures that is no cover art; None if there is none."""
    import av.stream

    cover = av.stream.Disposition.attached_pic
    return next((s for s in container.streams.video if not s.disposition & cover), None)


def container_name(container: InputContainer) -> str:
    """`mov` for FFmpeg's "mov,mp4,m4a,3gp,3g2,mj2"; else its first name."""
    return container.format.name.split(",")[0]


def codec_name(stream: Any) -> str:
    """FFmpeg's name, or the four letters of a codec that it does not know."""
    context = stream.codec_context
    if context is not None and context.name:
        return str(context.name)
    tag = str(getattr(context, "codec_tag", "") or "").strip("\0 ")
    return tag or "unknown"


def codec_tag(stream: Any) -> str | None:
    """The four letters by which the container calls the codec; None for what is no letters."""
    try:
        tag = str(stream.codec_context.codec_tag).strip("\0 ")
    except UnicodeDecodeError:
        return None
    return tag if tag and tag.isprintable() else None


def rate_of(stream: VideoStream) -> Fraction | None:
    """Exact frames per second; None where the headers say none that makes sense."""
    for rate in (stream.guessed_rate, stream.average_rate, stream.base_rate):
        if rate is not None and Fraction(1, 10) <= rate <= 1_000_000:
            return tidy_rate(Fraction(rate), stream.average_rate)
    return None


def tidy_rate(rate: Fraction, average: Fraction | None) -> Fraction:
    """The rate that is meant: containers that count in hundredths or in ticks round it.

    23.98 and 23.976 are 24000/1001. A telephone's 29.957 is 30000/1001: where neither guess
    nor average is a rate of the field, the one within 0.05 % of the average is.
    """
    exact = [Fraction(base * 1000, 1001) for base in _BASES]
    for one in exact:
        if rate in (round(one, 2), round(one, 3)):
            return one
    if average and rate.denominator not in (1, 1001) and average.denominator not in (1, 1001):
        for one in (*exact, *map(Fraction, _BASES)):
            if abs(average / one - 1) < Fraction(1, 2000):
                return one
    return rate


def claimed_of(container: InputContainer, stream: VideoStream) -> int | None:
    """Frames that the headers promise; an estimate from the bit rate is no promise."""
    if container_name(container) == "avi" and (shown := _shown_by_index(stream)):
        return shown
    if stream.frames > 0:
        return stream.frames
    rate, base, length = rate_of(stream), stream.time_base, stream.duration
    if container_name(container) == "mxf" and rate and base and length and length > 0:
        return round(length * base * rate)
    return None


def _shown_by_index(stream: VideoStream) -> int | None:
    """Pictures of an AVI whose index reaches its end: an empty chunk shows the one before."""
    index = stream.index_entries
    if not len(index) or not stream.frames or index[-1].timestamp + 1 < stream.frames:
        return None
    return sum(1 for entry in index if entry.size)


def timecode_of(container: InputContainer, rate: Fraction | None) -> tuple[Timecode | None, str]:
    """Start timecode, and a sentence where what is written is odd or none at this rate.

    The picture's own track first, then any other stream's, then the container's.
    """
    if rate is None:
        return None, ""
    tables = [s.metadata for s in (*container.streams.video, *container.streams)]
    odd = ""
    for table in (*tables, container.metadata):
        for key in ("timecode", "TIMECODE"):
            if key not in table:
                continue
            text = table[key].strip()
            drop = any(mark in text for mark in ";.")
            try:
                if drop and not dropped_labels(rate):
                    plain = Timecode.parse(text.replace(";", ":").replace(".", ":"), rate)
                    return plain, (
                        f"the timecode {text!r} is written as drop frame, which {float(rate):g} "
                        "frames a second does not have: read as it stands"
                    )
                return Timecode.parse(text.replace(".", ";"), rate), ""
            except InvalidRequest:
                odd = odd or f"{table[key]!r} is no timecode at this rate"
    return None, odd


def reel_of(container: InputContainer) -> str | None:
    """Name of the reel or tape, as QuickTime and MXF write it."""
    keys = ("reel_name", "com.apple.quicktime.reel", "com.apple.proapps.reel", "tape_name")
    for table in (*(s.metadata for s in container.streams), container.metadata):
        for key in keys:
            if table.get(key):
                return str(table[key])
    return None


def filter_graph(
    form: str, size: tuple[int, int], time_base: Fraction, name: str, options: str
) -> Any:
    """PyAV's graph of one filter, on one thread: pictures are pushed into it and pulled out.

    form, size : of the pictures, FFmpeg's name of their layout, and width and height
    """
    import av.filter
    from av.video.format import VideoFormat

    graph = av.filter.Graph()
    graph.threads = 1
    layout = VideoFormat(form, *size)
    source = graph.add_buffer(width=size[0], height=size[1], format=layout, time_base=time_base)
    change, sink = graph.add(name, options), graph.add("buffersink")
    source.link_to(change)
    change.link_to(sink)
    graph.configure()
    return graph
