"""Camera raw in movies: a decoded packet and what the packet itself says, as a raw frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from functions.contract.clip import ClipFacts, RawFrame
from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.media.open.empty_frames import check_picture
from functions.media.raw.prores_raw import (
    BLACK,
    ProResRawHeader,
    check_decoder,
    linear_samples,
    read_prores_raw,
)

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

PRORES_RAW = "prores_raw"
UNDOCUMENTED = {
    "cfhd": "CineForm RAW may hold a log curve, which its header does not name: the samples "
    "come as FFmpeg decodes them",
}


def with_header(facts: ClipFacts, packet: bytes) -> tuple[ClipFacts, tuple[str, ...]]:
    """A clip's facts with what its first packet says of size and colour, and its notes.

    Raises DamagedSource, UnsupportedMedia.
    """
    check_decoder()
    header = read_prores_raw(packet)
    found = msgspec.structs.replace(
        facts,
        width=header.crop[2],
        height=header.crop[3],
        camera=header.record(facts.camera),
    )
    return found, header.notes


def raw_frame(facts: ClipFacts, number: int, picture: VideoFrame, packet: Any) -> RawFrame:
    """One frame of a movie of camera raw.

    packet : PyAV's, that the picture was decoded from

    Raises DamagedSource, UnsupportedMedia.
    """
    pattern = bayer_pattern(picture.format.name)
    if pattern is None:
        raise UnsupportedMedia(f"{facts.codec} decodes to {picture.format.name}, no CFA")
    pixels = np.ascontiguousarray(picture.to_ndarray(), np.uint16)  # 8 bit codes stay what they are
    check_picture(pixels, (0.0,))
    start = facts.start
    frame = RawFrame(
        number=number,
        layout="cfa",
        pixels=pixels,
        pattern=pattern,
        black=(0.0, 0.0, 0.0, 0.0),
        white=65535.0 if "16" in picture.format.name else 255.0,
        crop=(0, 0, facts.width, facts.height),
        camera=facts.camera
        if facts.camera.cfa == pattern
        else msgspec.structs.replace(facts.camera, cfa=pattern),
        timecode=None if start is None else start + number,
    )
    if facts.codec != PRORES_RAW:
        return frame
    return _developable(frame, read_prores_raw(bytes(packet)))


def _developable(frame: RawFrame, header: ProResRawHeader) -> RawFrame:
    """Codes made linear, with the levels, colour and crop of the frame's own header."""
    if header.odd_tiles:
        raise UnsupportedMedia(
            "ProRes RAW tiles with an odd quantiser, which this FFmpeg rounds down: their light "
            "would be wrong"
        )
    if frame.pixels.shape != (header.height, header.width):
        raise DamagedSource(
            f"a ProRes RAW frame of {header.width}x{header.height} decodes to "
            f"{frame.pixels.shape[1]}x{frame.pixels.shape[0]}"
        )
    frame.pixels = linear_samples(np.asarray(frame.pixels, np.uint16), header)
    frame.black, frame.white = (BLACK, BLACK, BLACK, BLACK), header.white
    frame.crop, frame.camera = header.crop, header.record(frame.camera)
    return frame


def bayer_pattern(pixel_format: str) -> str | None:
    """`RGGB` of "bayer_rggb16le"; None for a format that is no CFA."""
    return pixel_format[6:10].upper() if pixel_format.startswith("bayer_") else None
