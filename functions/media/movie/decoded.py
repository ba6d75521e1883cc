"""A decoder's frame as the contract's picture: planes of samples, and what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from functions.contract.errors import UnsupportedMedia
from functions.contract.picture import ColourTags, Picture, Siting
from functions.media.containers.tag_codes import MATRICES

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.plane import VideoPlane

# Packed and odd layouts to a planar one of the same depth and sampling: samples are moved,
# none is changed.
_PLANAR = {
    "nv12": "yuv420p", "nv21": "yuv420p", "nv16": "yuv422p", "nv24": "yuv444p",
    "yuyv422": "yuv422p", "uyvy422": "yuv422p", "yvyu422": "yuv422p",
    "p010le": "yuv420p10le", "p016le": "yuv420p16le", "p210le": "yuv422p10le",
    "p216le": "yuv422p16le", "p410le": "yuv444p10le", "p416le": "yuv444p16le",
    "y210le": "yuv422p10le", "y212le": "yuv422p12le", "xv30le": "yuv444p10le",
    "xv36le": "yuv444p12le", "vuya": "yuva444p", "vuyx": "yuv444p", "ayuv64le": "yuva444p16le",
    "rgb24": "gbrp", "bgr24": "gbrp", "rgb0": "gbrp", "0rgb": "gbrp", "bgr0": "gbrp",
    "0bgr": "gbrp", "rgba": "gbrap", "bgra": "gbrap", "argb": "gbrap", "abgr": "gbrap",
    "pal8": "gbrap", "rgb48le": "gbrp16le", "rgb48be": "gbrp16le", "bgr48le": "gbrp16le",
    "bgr48be": "gbrp16le", "rgba64le": "gbrap16le", "rgba64be": "gbrap16le",
    "x2rgb10le": "gbrp10le", "x2bgr10le": "gbrp10le",
}  # fmt: skip
_SD_LINES = 720
# Codecs whose grey has video levels where nothing says it (H.264, H.265: video_full_range_flag).
_LIMITED = ("h264", "hevc", "vvc", "av1", "vp9", "mpeg4")
_NO_TAGS = ColourTags()


def as_picture(
    frame: VideoFrame,
    number: int,
    *,
    lines: int,
    siting: Siting | None = None,
    tags: ColourTags = _NO_TAGS,
    codec: str = "",
) -> Picture:
    """The frame's samples; the planes look into its memory and keep it alive.

    lines : of the clip's pictures: without a tag, Y'CbCr is BT.709 from 720 on and BT.601
        below, as players and FFmpeg take it
    siting : of its chroma, which FFmpeg's frames do not tell
    tags : of the clip: a container's words go before its codec's, whose own a frame has
        (ISO/IEC 14496-12, 12.1.5)
    codec : FFmpeg's name

    Raises UnsupportedMedia for X'Y'Z', Bayer and layouts that nobody codes.
    """
    name = frame.format.name
    if name in _PLANAR or name.endswith("be"):
        name = _PLANAR.get(name, name[:-2] + "le")
        frame = frame.reformat(format=name)
    layout = frame.format
    floats = name.endswith(("f32le", "f16le"))
    known = name.startswith(("yuv", "gbr", "gray", "ya"))
    if not known or (floats and not name.startswith(("gbr", "gray"))):
        raise UnsupportedMedia(f"pictures of the layout {name} are not read")
    kind: Any = np.dtype("<u2" if layout.components[0].bits > 8 else "u1")
    if floats:
        kind = np.dtype("<f4" if name.endswith("f32le") else "<f2")
    packed = 2 if name.startswith("ya") else 1
    planes = [plane_rows(plane, kind, packed) for plane in frame.planes]
    bits = 0 if floats else int(layout.components[0].bits)
    said_full = {1: False, 2: True}.get(int(frame.color_range)) if tags.full is None else tags.full
    full = bool(said_full) or (tags.full is None and name.startswith("yuvj"))
    full = full or name.startswith("gbr")
    if name.startswith(("gray", "ya")):
        grey, alpha = planes[0], None
        # Unsaid, it is what FFmpeg takes it for, but for video codecs, which have a default.
        full = full or (said_full is None and codec not in _LIMITED)
        if packed == 2:  # one plane, grey and alpha in turn
            grey, alpha = (np.ascontiguousarray(grey[:, part::2]) for part in (0, 1))
        return Picture(number, (grey, grey, grey), "rgb", bits, full, alpha=alpha)
    alpha = planes[3] if len(planes) > 3 else None
    if name.startswith("gbr"):
        green, blue, red = planes[:3]
        # RGB of broadcast gear may keep video levels, and says so.
        full = said_full is not False
        return Picture(number, (red, green, blue), "rgb", bits, full, alpha=alpha)
    step = (
        -(-planes[0].shape[1] // planes[1].shape[1]),
        -(-planes[0].shape[0] // planes[1].shape[0]),
    )
    own = MATRICES.get(int(frame.colorspace)) if int(frame.colorspace) else None
    return Picture(
        number,
        (planes[0], planes[1], planes[2]),
        "yuv",
        bits,
        full,
        tags.matrix or own or ("bt709" if lines >= _SD_LINES else "smpte170m"),
        step,
        alpha,
        interlaced=bool(frame.interlaced_frame),
        siting=siting,
        guessed=not (tags.matrix or own),
    )


def plane_rows(plane: VideoPlane, kind: np.dtype[Any], packed: int = 1) -> npt.NDArray[Any]:
    """(h, w) samples of a plane in its own memory; the rows may be apart.

    packed : samples of a pixel
    """
    row = plane.line_size // kind.itemsize
    samples: npt.NDArray[Any] = np.frombuffer(memoryview(cast("Any", plane)), kind)
    return samples[: plane.height * row].reshape(plane.height, row)[:, : packed * plane.width]
