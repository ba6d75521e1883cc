"""Tags of a decoded picture by name: H.273 colour, ST 2086 mastering, timecodes in frames."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from functions.contract.errors import InvalidRequest
from functions.contract.timecode import Timecode
from functions.inspect.report import Colour
from functions.media.containers.tag_codes import MATRICES, PRIMARIES, RANGES, TRANSFERS

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


def colour_tags(stream: VideoStream, first: VideoFrame | None, dolby: str | None) -> Colour:
    """Of the first picture where one decodes, else of the stream's header."""
    source: Any = first or stream.codec_context
    mastering = light = None
    for side in _side_data(first):
        kind = side.type.name
        if kind == "MASTERING_DISPLAY_METADATA":
            mastering = _mastering(bytes(side))
        elif kind == "CONTENT_LIGHT_LEVEL":
            peak, average = struct.unpack_from("<II", bytes(side))
            light = {"max_cll": peak, "max_fall": average}
        elif kind in ("DOVI_METADATA", "DOVI_RPU_BUFFER"):
            dolby = dolby or "yes"
    matrix = int(source.colorspace)
    rgb = first is not None and first.format.is_rgb
    return Colour(
        primaries=PRIMARIES.get(int(source.color_primaries)),
        transfer=TRANSFERS.get(int(source.color_trc)),
        matrix=MATRICES.get(matrix) if matrix or rgb else None,
        range=RANGES.get(int(source.color_range)),
        mastering=mastering,
        content_light=light,
        dolby_vision=dolby,
    )


def _side_data(first: VideoFrame | None) -> list[Any]:
    if first is None:
        return []
    try:
        # PyAV types it as a mapping; it iterates over the values.
        return list(cast("Any", first.side_data))
    except ValueError:
        # A kind that is newer than PyAV (views of MV-HEVC, EXIF), which then gives none of them.
        return []


def _mastering(content: bytes) -> dict[str, Any] | None:
    """FFmpeg's AVMasteringDisplayMetadata: ten ratios of two ints, and two flags."""
    if len(content) < 88:
        return None
    numbers = struct.unpack_from("<20i", content)
    colours, luminance = struct.unpack_from("<ii", content, 80)
    values = [n / d if d else 0.0 for n, d in zip(numbers[::2], numbers[1::2], strict=True)]
    found: dict[str, Any] = {}
    if colours:
        for name, at in (("red", 0), ("green", 2), ("blue", 4), ("white", 6)):
            found[name] = [round(values[at], 5), round(values[at + 1], 5)]
    if luminance:
        found["min_nits"], found["max_nits"] = round(values[8], 6), round(values[9], 4)
    return found or None


def frame_timecode(first: VideoFrame | None, rate: Fraction | None) -> Timecode | None:
    """What the first picture itself says: SEI or VANC timecode (ST 12), else the GOP's."""
    if first is None or rate is None:
        return None
    said: dict[str, bytes] = {side.type.name: bytes(side) for side in _side_data(first)}
    label = None
    if len(content := said.get("S12M_TIMECODE", b"")) >= 8 and content[0]:
        label = _st12(int.from_bytes(content[4:8], "little"), rate)
    elif len(content := said.get("GOP_TIMECODE", b"")) >= 8:
        label = _gop(int.from_bytes(content, "little"))
    try:
        found = Timecode.parse(label, rate) if label else None
        # Encoders that know no timecode write zeros into every frame.
        return found if found and found.frame else None
    except InvalidRequest:
        return None


def _st12(word: int, rate: Fraction) -> str:
    def digits(value: int, tens: int) -> int:
        return (value >> 4 & tens) * 10 + (value & 15)

    hours, minutes = digits(word & 255, 3), digits(word >> 8 & 255, 7)
    seconds, frames = digits(word >> 16 & 255, 7), digits(word >> 24 & 255, 3)
    mark = ";" if word >> 30 & 1 else ":"
    if rate > 30:
        frames = 2 * frames + (word >> (7 if rate == 50 else 23) & 1)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{mark}{frames:02d}"


def _gop(word: int) -> str:
    """ISO/IEC 13818-2, 6.3.8: drop flag, hours, minutes, a marker, seconds, pictures."""
    hours, minutes = word >> 19 & 31, word >> 13 & 63
    mark = ";" if word >> 24 & 1 else ":"
    return f"{hours:02d}:{minutes:02d}:{word >> 6 & 63:02d}{mark}{word & 63:02d}"
