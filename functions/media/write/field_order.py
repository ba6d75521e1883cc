"""Interlaced pictures out: what encoders are told of fields."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from functions.media.write.codec_profiles import Profile

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_ORDER = {"progressive": 1, "tt": 2, "bb": 3}


def code_fields(context: Any, profile: Profile, order: str) -> None:
    """Tell an encoder what fields pictures have. order : "progressive", "tt" or "bb" """
    context.field_order = _ORDER[order]
    if order == "progressive":
        return
    if profile.kernel or profile.encoder == "dnxhd":
        context.flags |= 1 << 18  # AV_CODEC_FLAG_INTERLACED_DCT
    if profile.encoder == "libx264":
        context.flags |= 1 << 18


def mark_fields(
    pixel_format: str, width: int, height: int, rate: Fraction, order: str
) -> Callable[[VideoFrame], VideoFrame]:
    """Marks frames with their order of fields, which PyAV cannot write and a filter can."""
    import av.filter
    from av.video.format import VideoFormat

    form = VideoFormat(pixel_format, width, height)
    graph = av.filter.Graph()
    graph.threads = 1
    source = graph.add_buffer(width=width, height=height, format=form, time_base=1 / rate)
    marker = graph.add("setfield", "mode=" + ("tff" if order == "tt" else "bff"))
    sink = graph.add("buffersink")
    source.link_to(marker)
    marker.link_to(sink)
    graph.configure()

    def mark(frame: VideoFrame) -> VideoFrame:
        graph.push(frame)
        marked: Any = graph.pull()
        made: VideoFrame = marked
        return made

    return mark
