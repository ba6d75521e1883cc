"""A decoded FFmpeg picture as the contract's: planes without a copy where they are planes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from functions.contract.clip import ClipFacts
from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.contract.picture import Picture
from functions.media.tag_codes import MATRICES

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

Plane = npt.NDArray[Any]
_SD_ROWS = 576
_FULL = 2  # AVCOL_RANGE_JPEG
_STEPS = ((1, 1), (2, 1), (2, 2))
# Codecs that keep grey as luma of video, in place of an image's full range.
_VIDEO = frozenset(("h264", "hevc", "mpeg2video", "mpeg4", "av1", "vp9", "ffv1"))


def as_picture(frame: VideoFrame, number: int, facts: ClipFacts) -> Picture:
    """The picture; its planes live in the decoder's frame.

    Raises DamagedSource for another size than the clip's, UnsupportedMedia for samples that
    are neither R'G'B' nor Y'CbCr.
    """
    if (frame.width, frame.height) != (facts.width, facts.height):
        raise DamagedSource(
            f"it is {frame.width}x{frame.height}, its clip is {facts.width}x{facts.height}"
        )
    frame = _planar(frame)
    form = frame.format
    bits = form.components[0].bits
    planes = _planes(frame, 2 if bits > 8 else 1)
    names = form.name
    full = int(frame.color_range) == _FULL or names.startswith("yuvj")
    timecode = None if facts.start is None else facts.start + number
    if names.startswith("gray"):
        said = int(frame.color_range) != 0
        grey = planes[0]
        return Picture(
            number, (grey, grey, grey), "rgb", bits,
            full if said or facts.codec in _VIDEO else True, timecode=timecode,
        )  # fmt: skip
    alpha = planes[3] if len(planes) > 3 else None
    if names.startswith("gbr"):
        green, blue, red = planes[:3]
        video = int(frame.color_range) == 1
        return Picture(
            number, (red, green, blue), "rgb", bits, not video, alpha=alpha, timecode=timecode
        )
    step = (
        round(frame.width / planes[1].shape[1]),
        round(frame.height / planes[1].shape[0]),
    )
    return Picture(
        number, (planes[0], planes[1], planes[2]), "yuv", bits, full,
        matrix=matrix_of(int(frame.colorspace), frame.height), step=step, alpha=alpha,
        timecode=timecode,
    )  # fmt: skip


def matrix_of(code: int, rows: int) -> str:
    """FFmpeg's name of the Y'CbCr matrix; untagged is BT.601 up to 576 rows, else BT.709."""
    return MATRICES.get(code) or ("smpte170m" if rows <= _SD_ROWS else "bt709")


def _planar(frame: VideoFrame) -> VideoFrame:
    """The frame in a format of planes that `as_picture` reads, by FFmpeg's scaler else."""
    form = frame.format
    name = form.name
    depth = max(c.bits for c in form.components)
    simple = not name.endswith("be") and not form.is_bit_stream and "f" not in name[4:]
    if simple and name.startswith(("gray", "gbrp", "gbrap")):
        return frame
    if simple and name.startswith(("yuv4", "yuvj4", "yuva4")) and _step(frame) in _STEPS:
        return frame
    if name.startswith("bayer") or "xyz" in name or form.has_palette:
        raise UnsupportedMedia(f"its samples are {name}, which is neither R'G'B' nor Y'CbCr")
    alpha = len(form.components) in (2, 4)
    words = next(str(d) for d in (8, 10, 12, 14, 16) if d >= depth)
    tail = "" if words == "8" else f"{words}le"
    if form.is_rgb:
        wide = {"": "", "10le": "10le", "12le": "12le", "14le": "16le", "16le": "16le"}[tail]
        target = ("gbrap" if alpha else "gbrp") + wide
    elif len(form.components) < 3:
        target = "gray" + tail
    else:
        target = "yuv444p" + tail
    return frame.reformat(format=target)


def _step(frame: VideoFrame) -> tuple[int, int]:
    luma, chroma = frame.planes[0], frame.planes[1]
    return round(luma.width / chroma.width), round(luma.height / chroma.height)


def _planes(frame: VideoFrame, size: int) -> list[Plane]:
    kind = np.dtype("<u2") if size == 2 else np.dtype("u1")
    found = []
    for plane in frame.planes:
        line = plane.line_size // size
        if plane.line_size % size or line < plane.width:
            raise DamagedSource("the decoder gives rows that are shorter than the picture")
        rows = np.frombuffer(plane, kind, line * plane.height).reshape(plane.height, line)
        found.append(rows[:, : plane.width])
    return found
