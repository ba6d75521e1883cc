"""Interlaced pictures out: what encoders are told of fields."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from functions.media.movie.ffmpeg_container import filter_graph
from functions.media.write.codec_profiles import Profile

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_ORDER = {"progressive": 1, "tt": 2, "bb": 3}


def code_fields(context: Any, profile: Profile, order: str) -> None:
    """Tell an encoder what fields pictures have. order : "progressive", "tt" or "bb" """
    context.field_order = _ORDER[order]
    if order == "progressive":
        return
    if profile.kernel or profile.encoder in ("dnxhd", "libx264"):
        context.flags |= 1 << 18  # AV_CODEC_FLAG_INTERLACED_DCT


def mark_fields(
    pixel_format: str, width: int, height: int, rate: Fraction, order: str
) -> Callable[[VideoFrame], VideoFrame]:
    """Marks frames with their order of fields, which PyAV cannot write and a filter can."""
    mode = "mode=" + ("tff" if order == "tt" else "bff")
    graph = filter_graph(pixel_format, (width, height), 1 / rate, "setfield", mode)

    def mark(frame: VideoFrame) -> VideoFrame:
        graph.push(frame)
        marked: VideoFrame = graph.pull()
        return marked

    return mark
