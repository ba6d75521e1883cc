"""Where a movie's chroma samples stand, as its codec or its headers say.

FFmpeg tells it to nobody through PyAV; its reader of headers does. References: ITU-T H.264
(E.2.1) and H.265 (E.3.1), chroma_sample_loc_type; AV1 (6.4.2), chroma_sample_position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.contract.picture import Siting
from functions.media.decoder.log import header_elements

if TYPE_CHECKING:
    from av.video.stream import VideoStream

_BY_CODEC: dict[str, Siting] = {"mjpeg": "center", "mpeg1video": "center", "theora": "center",
                                "mpeg2video": "left"}  # fmt: skip
_TOLD = frozenset(("h264", "hevc", "av1"))
# 3, 4 and 5 (top, bottom left, bottom) stand half a row from one that is known.
_TYPES: dict[int, Siting] = {0: "left", 1: "center", 2: "topleft", 3: "center", 4: "left",
                             5: "center"}  # fmt: skip
_NEAREST = {3: "top", 4: "bottom left", 5: "bottom"}
_POSITIONS: dict[int, Siting] = {1: "left", 2: "topleft"}


def chroma_siting(stream: VideoStream) -> tuple[Siting | None, str | None]:
    """Of a stream of pictures, None where nothing says it; and a sentence where it is only the
    nearest of those that are done."""
    context = stream.codec_context
    name = context.name
    if name in _BY_CODEC:
        return _BY_CODEC[name], None
    if name not in _TOLD or "420" not in str(context.pix_fmt or "420"):
        return None, None
    elements = header_elements(stream)
    kind = elements.get("chroma_sample_loc_type_top_field")
    if kind is None:
        return _POSITIONS.get(elements.get("chroma_sample_position", 0)), None
    siting = _TYPES.get(kind)
    if siting is not None and kind not in _NEAREST:
        return siting, None
    told = _NEAREST.get(kind, f"type {kind}")
    return siting, f"its chroma stands at {told}, which is read as {siting or 'unsaid'}"
