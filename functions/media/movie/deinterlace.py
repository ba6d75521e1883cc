"""Interlaced pictures as progressive ones: FFmpeg's bwdif, one picture for each two fields.

The field that is shown first stays as it is; the lines of the other moment are made from it and
from the pictures before and after, so one more of each is read and a part has the pictures
that the whole has.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec.structs import replace

from functions.contract.clip import Clip
from functions.contract.errors import DamagedSource, SourceNotFound, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.picture import Picture
from functions.media.movie.decoded import as_picture, plane_rows
from functions.media.movie.ffmpeg_container import filter_graph, mapped

_TIME_BASE = Fraction(1, 25)  # any will do: pictures are told apart by their numbers
_NAMES = {(1, 1): "444", (2, 1): "422", (2, 2): "420"}


def deinterlaced(clip: Clip, wanted: FrameRange) -> Iterator[Picture]:
    """The wanted pictures in order, as `clip.pictures` gives them, without fields.

    Raises as it does, and UnsupportedMedia for samples that the filter does not take.
    """
    own, order = clip.numbers(), clip.facts.picture.field_order
    around = FrameRange(max(own.start, wanted.start - 1), min(own.stop, wanted.last + 2))
    graph: Any = None
    held: deque[Picture] = deque()
    for picture in _read(clip, around, wanted.last):
        if graph is None:
            graph = _graph(picture, order)
        graph.push(_frame(picture))
        held.append(_bare(picture))
        yield from (one for one in _ready(graph, held, clip) if one.number in wanted)
    if graph is not None:
        graph.push(None)
        yield from (one for one in _ready(graph, held, clip) if one.number in wanted)


def _read(clip: Clip, around: FrameRange, last: int) -> Iterator[Picture]:
    """Pictures; one past the wanted ones that does not decode is done without."""
    pictures = clip.pictures(around)
    seen = around.start - 1
    while True:
        try:
            picture = next(pictures, None)
        except (DamagedSource, SourceNotFound):
            if seen >= last:
                return
            raise
        if picture is None:
            return
        seen = picture.number
        yield picture


def _ready(graph: Any, held: deque[Picture], clip: Clip) -> Iterator[Picture]:
    """What the filter has finished; it is one picture behind."""
    while held:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):
            return
        source = held.popleft()
        with mapped("the picture does not deinterlace"):
            made = as_picture(frame, source.number, lines=clip.facts.height)
        yield replace(source, planes=made.planes, alpha=made.alpha, interlaced=False)


def _bare(picture: Picture) -> Picture:
    """What is known of a picture; its planes may be gone when it is finished."""
    none = np.empty((0, 0), picture.planes[0].dtype)
    return replace(picture, planes=(none, none, none), alpha=None)


def _format(picture: Picture) -> str:
    tail = "" if picture.bits == 8 else f"{picture.bits}le"
    if picture.bits < 8 or picture.bits not in (8, 9, 10, 12, 14, 16):
        raise UnsupportedMedia(f"pictures of {picture.bits} bits are not deinterlaced")
    if picture.model == "rgb":
        return f"gbrp{tail}"
    if picture.step not in _NAMES:
        raise UnsupportedMedia(f"chroma at every {picture.step} is not deinterlaced")
    return f"yuv{_NAMES[picture.step]}p{tail}"


def _graph(picture: Picture, order: str) -> Any:
    height, width = picture.planes[0].shape
    how = f"mode=send_frame:parity={'bff' if order == 'bb' else 'tff'}:deint=all"
    with mapped("the pictures do not deinterlace"):
        return filter_graph(_format(picture), (width, height), _TIME_BASE, "bwdif", how)


def _frame(picture: Picture) -> Any:
    from av.video.frame import VideoFrame

    height, width = picture.planes[0].shape
    frame = VideoFrame(width, height, _format(picture))
    red_green_blue = picture.model == "rgb"
    planes = picture.planes if not red_green_blue else tuple(picture.planes[i] for i in (1, 2, 0))
    for target, plane in zip(frame.planes, planes, strict=True):
        plane_rows(target, plane.dtype)[...] = plane
    frame.pts, frame.time_base = picture.number, _TIME_BASE
    return frame
