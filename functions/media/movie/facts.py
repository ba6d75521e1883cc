"""What a movie's headers say of its pictures and sound, as the contract's facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from functions.contract.picture import (
    Alpha,
    AudioFacts,
    ColourTags,
    FieldOrder,
    PictureFacts,
    Siting,
)
from functions.media.containers.atoms import WIDEST, Scan
from functions.media.containers.tag_codes import MATRICES, PRIMARIES, TRANSFERS
from functions.media.movie.channel_layouts import channels_of
from functions.media.movie.ffmpeg_container import STILLS, codec_name, container_name
from functions.media.movie.timeline import Timeline

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_FIELDS: dict[int, FieldOrder] = {2: "tt", 3: "bb"}
"""AVFieldOrder of fields that are stored in the order in which they are shown."""
# Of the mixed orders, which field is shown first: of the two that QuickTime's `fiel` has, 9 is
# "first line early" (Core Video's names) and 14 "first line late". Matroska means the other.
_SHOWN_FIRST: dict[int, FieldOrder] = {4: "tt", 5: "bb"}
_SHOWN_FIRST_ELSEWHERE: dict[int, FieldOrder] = {4: "bb", 5: "tt"}
CLOSE = 0.01
_DV_FIELDS: dict[int, FieldOrder] = {480: "bb", 576: "bb", 1080: "tt"}
_UNSAID_MATRIX = (0, 2)
_VC3_FIELDS = 5  # byte of the coding unit's kind
_LONGEST_INDEX = 200_000
_OVER_BLACK = 0x102  # graphics mode "premul black alpha" (QuickTime File Format)
# FFmpeg's layouts that `decoded` gives an alpha plane of.
_WITH_ALPHA = ("yuva", "gbra", "rgba", "bgra", "argb", "abgr", "vuya", "ayuv", "ya8", "ya16")
# Keys by which cameras and recorders write their curve and their gamut into QuickTime and MXF.
_CURVE_KEYS = (
    "com.apple.proapps.customgamma", "com.arri.camera.colorgammasxs",
    "com.arri.camera.lookcolorspace", "com.atomos.hdr.gamma", "com.sony.gamma",
    "capturegammaequation", "com.blackmagic-design.camera.gamma", "com.panasonic.gamma",
    "com.dji.gamma", "com.red.gammacurve",
)  # fmt: skip
_GAMUT_KEYS = (
    "com.apple.proapps.customgamut", "com.atomos.hdr.gamut", "com.sony.gamut",
    "capturecolorprimaries", "com.blackmagic-design.camera.gamut", "com.panasonic.gamut",
    "com.red.colorspace",
)  # fmt: skip


def picture_facts(
    container: InputContainer,
    stream: VideoStream | None,
    rotation: int,
    scan: Scan,
    timeline: Timeline,
    size: tuple[int, int],
    siting: Siting | None,
    curve: tuple[str | None, str | None],
) -> PictureFacts:
    """Facts of the stream of pictures, and of every stream of sound.

    rotation : degrees clockwise that players turn the picture by
    scan : what the boxes say beside FFmpeg
    size : of the picture, where a frame holds more than it
    siting : of its chroma, as far as something says it
    curve : and gamut, as the camera's own documents name them
    """
    audio = tuple(
        _sound(s, timeline) for s in container.streams.audio if s.codec_context is not None
    )
    if stream is None:
        return PictureFacts(audio=audio)
    context = stream.codec_context
    tables = [stream.metadata, *(s.metadata for s in container.streams), container.metadata]
    quick = container_name(container) == "mov"
    shown_first = _SHOWN_FIRST if quick else _SHOWN_FIRST_ELSEWHERE
    colour = _colour(context, str(context.pix_fmt or ""), tables, curve, scan)
    said = container.metadata
    return PictureFacts(
        created=said.get("creation_time") or said.get("modification_date"),
        colour=colour,
        field_order=_field_order(container, stream, shown_first),
        siting=siting,
        rotation=rotation,
        pixel_aspect=_pixel_aspect(stream, size, scan),
        variable=_varies(stream),
        alpha=_alpha(str(context.pix_fmt or ""), scan.graphics),
        intra=_intra(stream, codec_name(stream)),
        audio=audio,
        matrix_unsaid=str(context.pix_fmt or "").startswith("yuv") and colour.matrix is None,
    )


def _field_order(
    container: InputContainer, stream: VideoStream, shown_first: dict[int, FieldOrder]
) -> FieldOrder:
    """By the container; where that says nothing, of codecs that are of fields by themselves."""
    context = stream.codec_context
    order, codec = int(context.field_order), codec_name(stream)
    if order:
        return _FIELDS.get(order, shown_first.get(order, "progressive"))
    if codec == "dvvideo":  # IEC 61834 and SMPTE 370; 720 lines are frames
        return _DV_FIELDS.get(context.height, "progressive")
    if codec == "dnxhd" and stream.index_entries:
        first = next((bytes(p) for p in container.demux(stream) if p.size), b"")
        if len(first) > _VC3_FIELDS and first[_VC3_FIELDS] & 2:  # ST 2019-1, 7.2.1
            return "bb" if first[_VC3_FIELDS] & 1 else "tt"
    return "progressive"


def has_alpha(form: str) -> bool:
    """Whether pictures of FFmpeg's layout come with alpha."""
    return form.startswith(_WITH_ALPHA)


def _alpha(form: str, graphics: int) -> Alpha | None:
    """Straight is QuickTime's default, and everybody else's."""
    if not has_alpha(form):
        return None
    return "premultiplied" if graphics == _OVER_BLACK else "straight"


def frame_aspect(stream: VideoStream, scan: Scan) -> Fraction:
    """Of a pixel of the whole frame as it is stored.

    What FFmpeg takes from a matrix is of the picture as it is shown, turned already.
    """
    said = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
    turned = scan.rotation in (90, 270) and abs(scan.stretch - 1) > CLOSE
    return 1 / said if turned and abs(float(said) * scan.stretch - 1) < CLOSE else said


def _pixel_aspect(stream: VideoStream, size: tuple[int, int], scan: Scan) -> Fraction:
    """Of the picture: FFmpeg's is of the whole frame, whose display aspect is the picture's."""
    whole = frame_aspect(stream, scan)
    if not 1 / WIDEST <= whole <= WIDEST:
        whole = Fraction(1)  # no pixel has it, which is told
    if size == (stream.width, stream.height) or not stream.width or not stream.height:
        return whole
    return whole * stream.width / size[0] * size[1] / stream.height


def _colour(
    context: Any,
    form: str,
    tables: Sequence[Mapping[str, str]],
    curve: tuple[str | None, str | None],
    scan: Scan,
) -> ColourTags:
    matrix = int(context.colorspace)
    if matrix in _UNSAID_MATRIX and scan.coded[2] is not None:
        matrix = scan.coded[2]
    said = int(context.color_range)
    rgb = form.startswith(("gbr", "rgb", "bgr"))
    full = {1: False, 2: True}.get(said) if scan.full is None else scan.full
    if full is None and form.startswith("yuvj"):
        full = True
    return ColourTags(
        primaries=PRIMARIES.get(int(context.color_primaries)),
        transfer=TRANSFERS.get(int(context.color_trc)),
        matrix=MATRICES.get(matrix) if matrix and not rgb else None,
        full=full,
        log=_named(tables, _CURVE_KEYS) or curve[0],
        gamut=_named(tables, _GAMUT_KEYS) or curve[1],
        mastering=scan.mastering,
        content_light=scan.content_light,
    )


def _named(tables: Sequence[Mapping[str, str]], keys: tuple[str, ...]) -> str | None:
    """The value of the first of the keys that stands in a table; "com.maker." before it cut."""
    for table in tables:
        lower = {key.lower(): value for key, value in table.items()}
        for key in keys:
            if value := lower.get(key, "").strip():
                return value.rsplit(".", 1)[-1] if value.startswith("com.") else value
    return None


def _varies(stream: VideoStream) -> bool:
    """Whether the index's steps differ by more than the tick that rounding makes.

    Containers without an index that is read at once count in edit units or do not say.
    """
    index = stream.index_entries
    if not 3 <= len(index) <= _LONGEST_INDEX:
        return False
    # Edits begin anew.
    steps = [b - a for a, b in pairwise(entry.timestamp for entry in index) if b > a]
    return bool(steps) and max(steps) - min(steps) > 1


def _intra(stream: VideoStream, codec: str) -> bool:
    if codec in STILLS or stream.codec_context.codec.intra_only:
        return True
    if "Intra" in (stream.profile or ""):
        return True
    index = stream.index_entries
    return 1 < len(index) <= _LONGEST_INDEX and all(entry.is_keyframe for entry in index)


def sound_length(stream: Any, timeline: Timeline) -> Fraction | None:
    """Seconds of a stream of sound: by the tables of its container where they are read."""
    if stream.id in timeline.sound:
        return timeline.sound[stream.id]
    if stream.duration and stream.time_base:
        length = Fraction(stream.duration * stream.time_base)
        return length if timeline.longest is None else min(length, timeline.longest)
    return None


def _sound(stream: Any, timeline: Timeline) -> AudioFacts:
    context = stream.codec_context
    rate = context.sample_rate or 0
    channels, layout = channels_of(context)
    length = sound_length(stream, timeline)
    return AudioFacts(
        codec=codec_name(stream),
        rate=rate,
        channels=channels,
        layout=layout,
        samples=round(length * rate) if length is not None and rate else None,
        refused=timeline.odd_sound.get(stream.id, ""),
    )
