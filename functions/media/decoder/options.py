"""How a movie's decoder is set up: strict checks, and what some old encoders ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from functions.media.decoder.log import CHECKS, told
from functions.media.decoder.packet_checks import fault_of, nal_bytes_of
from functions.media.movie.ffmpeg_container import open_container, picture_stream

if TYPE_CHECKING:
    from av.packet import Packet

    from functions.media.movie.clip import MovieClip

# The last x264 that coded 4:4:4 with CABAC and the 8x8 transform in its own way. FFmpeg knows
# it by a message in the stream, which edits and other muxers leave out.
_OLD_X264 = "150"
_TRIED = 12  # packets


def prepare(clip: MovieClip, threads: int = 1) -> None:
    """Set up the decoder of the clip's pictures, before its first packet."""
    stream = clip.picture
    assert stream is not None
    context = stream.codec_context
    if not context.is_open:
        context.thread_count = threads
        context.options = {**context.options, "err_detect": CHECKS, **clip.decoder_options()}


def packet_fault(clip: MovieClip) -> Callable[[Packet[Any]], str | None]:
    """What a packet's bytes say of damage, that a decoder may conceal."""
    stream = clip.picture
    assert stream is not None
    codec, setup = clip.facts.codec, bytes(stream.codec_context.extradata or b"")
    find = fault_of(codec, nal_bytes_of(codec, setup))

    def fault(packet: Packet[Any]) -> str | None:
        return find(memoryview(bytes(packet)), packet.size) if packet.size else None

    return fault


def needed_options(clip: MovieClip) -> dict[str, str]:
    """What FFmpeg's decoder must be told to read this movie right; mostly nothing."""
    stream = clip.picture
    if stream is None or clip.facts.codec != "h264" or clip.scan.encrypted:
        return {}
    if not str(stream.codec_context.pix_fmt or "").startswith("yuv444"):
        return {}
    old = {"x264_build": _OLD_X264}
    return old if _complaints(clip, {}) and not _complaints(clip, old) else {}


def _complaints(clip: MovieClip, options: dict[str, str]) -> int:
    """How often the decoder finds fault with the movie's first packets."""
    file = clip.open_again()
    found = 0
    try:
        container = open_container(file, clip.limits.pixels)
        try:
            stream: Any = picture_stream(container)
            stream.codec_context.thread_count = 1
            stream.codec_context.options = options
            for number, packet in enumerate(container.demux(stream)):
                with told() as said:
                    try:
                        packet.decode()
                    except (ValueError, OSError):
                        found += 1
                    found += said.take() is not None
                if number >= _TRIED:
                    break
        finally:
            container.close()
    except (ValueError, OSError):
        return found + 1
    finally:
        file.close()
    return found
