"""Where a movie's chroma samples stand, as its codec or its headers say, and where its codec and
its container say different things of colour.

FFmpeg tells it to nobody through PyAV; its reader of headers does. References: ITU-T H.264
(E.2.1) and H.265 (E.3.1), chroma_sample_loc_type; AV1 (6.4.2), chroma_sample_position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.contract.picture import Siting
from functions.media.decoder.log import header_elements

if TYPE_CHECKING:
    from av.video.stream import VideoStream

_BY_CODEC: dict[str, Siting] = {"mjpeg": "center", "mpeg1video": "center", "theora": "center",
                                "mpeg2video": "left"}  # fmt: skip
# YUV4MPEG2's C (mjpegtools, yuv4mpeg(5)); without one it is 420jpeg.
_Y4M: dict[str, Siting] = {"420jpeg": "center", "420mpeg2": "left", "420paldv": "topleft"}
_TOLD = frozenset(("h264", "hevc", "av1"))
# 3, 4 and 5 (top, bottom left, bottom) stand half a row from one that is known.
_TYPES: dict[int, Siting] = {0: "left", 1: "center", 2: "topleft", 3: "center", 4: "left",
                             5: "center"}  # fmt: skip
_NEAREST = {3: "top", 4: "bottom left", 5: "bottom"}
_RANGES = ("video", "full")
_UNSAID = (None, 2)
_POSITIONS: dict[int, Siting] = {1: "left", 2: "topleft"}


def codec_words(
    stream: VideoStream,
    coded: tuple[int | None, int | None, int | None],
    full: bool | None,
) -> tuple[Siting | None, tuple[str, ...]]:
    """Siting of a stream of pictures, None where nothing says it; and a sentence for what is done
    otherwise than its codec says.

    coded : primaries, transfer, matrix that a picture's own header names
    full : the range that the container names
    """
    context = stream.codec_context
    if context.name not in _TOLD:
        names = ("colour_primaries", "transfer_characteristics", "matrix_coefficients")
        own = {name: code for name, code in zip(names, coded, strict=True) if code is not None}
        apart = _overruled(own, context, None)
        siting = _BY_CODEC.get(context.name)
        if context.name == "dvvideo" and "420" in str(context.pix_fmt or ""):
            siting = "topleft"  # IEC 61834: 625 lines
        return siting, (apart,) if apart else ()
    elements = header_elements(stream)
    siting, nearest = None, None
    if "420" in str(context.pix_fmt or "420"):
        siting, nearest = _chroma_siting(elements)
    return siting, tuple(filter(None, (nearest, _overruled(elements, context, full))))


def y4m_siting(head: bytes) -> Siting | None:
    """Of a YUV4MPEG2 file that starts so; None where its chroma is not of 4:2:0 and 8 bits."""
    words = head.partition(b"\n")[0].decode("ascii", "replace").split(" ")
    return _Y4M.get(next((word[1:] for word in words[1:] if word.startswith("C")), "420jpeg"))


def _overruled(elements: dict[str, int], context: Any, full: bool | None) -> str | None:
    """The container's words of colour are obeyed, the codec's differ."""
    words = (
        ("primaries", ("colour_primaries", "color_primaries"), context.color_primaries),
        ("transfer", ("transfer_characteristics",), context.color_trc),
        ("matrix", ("matrix_coefficients",), context.colorspace),
    )
    differ = []
    for word, names, value in words:
        own = next((elements[name] for name in names if name in elements), None)
        if own not in _UNSAID and int(value) not in _UNSAID and own != int(value):
            differ.append(f"{word} {own}, not {int(value)}")
    own = elements.get("video_full_range_flag", elements.get("color_range"))
    if own is not None and full is not None and bool(own) != full:
        differ.append(f"{_RANGES[own]} range, not {_RANGES[full]}")
    if not differ:
        return None
    return f"its codec says {', '.join(differ)} (H.273): the container's words are obeyed"


def _chroma_siting(elements: dict[str, int]) -> tuple[Siting | None, str | None]:
    kind = elements.get("chroma_sample_loc_type_top_field")
    if kind is None:
        return _POSITIONS.get(elements.get("chroma_sample_position", 0)), None
    siting = _TYPES.get(kind)
    if siting is not None and kind not in _NEAREST:
        return siting, None
    told = _NEAREST.get(kind, f"type {kind}")
    return siting, f"its chroma stands at {told}, which is read as {siting or 'unsaid'}"
