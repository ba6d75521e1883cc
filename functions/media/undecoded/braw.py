"""Blackmagic RAW: a QuickTime file whose sample entry names it; tables and keys as of any movie.

Reference: ISO/IEC 14496-12 (2022), 8.5.2 (visual sample entries); FFmpeg's names of the entries.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from fractions import Fraction
from typing import Any, BinaryIO

from functions.contract.camera import CameraRecord
from functions.contract.clip import ClipFacts
from functions.contract.errors import RushesError
from functions.contract.frames import rate_text
from functions.contract.timecode import exact_rate
from functions.media.containers.boxes import boxes_in, read_layout, reader_of
from functions.media.containers.tracks import read_movie
from functions.media.movie.camera_keys import camera_facts
from functions.media.movie.ffmpeg_container import open_container, reel_of
from functions.media.movie.timeline import box_timeline

_ENTRIES = frozenset(("brxq", "brhq", "brst", "brlt", "brvl", "brvm"))


def read_braw(stream: BinaryIO, size: int, name: str) -> ClipFacts | None:
    """Facts of a movie whose pictures are Blackmagic RAW, `undecodable` that name; None for any
    other.

    Raises DamagedSource, UnsupportedMedia for tables that cannot be.
    """
    movie = read_movie(read_layout(stream, size))
    track = movie.picture
    if track is None or track.codec not in _ENTRIES:
        return None
    entry = next((body for kind, body in boxes_in(track.description())), b"")
    width, height = struct.unpack_from(">HH", entry, 24) if len(entry) >= 28 else (0, 0)
    steps = track.samples.duration
    step = int(steps[0]) if len(steps) else 0
    rate = exact_rate(Fraction(track.scale, step)) if step > 0 and track.scale else None
    timeline = box_timeline(movie, track, reader_of(stream), rate)
    words = _words(stream)
    return ClipFacts(
        container="mov",
        codec=f"braw ({track.codec})",
        layout=None,
        width=width,
        height=height,
        name=name,
        frames_claimed=timeline.count,
        rate=rate,
        start=timeline.start,
        camera=CameraRecord(
            **{"make": "Blackmagic Design", **words},
            timecode=str(timeline.start) if timeline.start else None,
            rate=rate_text(rate) if rate else None,
        ),
        undecodable="Blackmagic RAW (BRAW)",
    )


def _words(stream: BinaryIO) -> dict[str, Any]:
    """What its keys say of the camera, as FFmpeg reads them."""
    stream.seek(0)
    with suppress(RushesError):
        container = open_container(stream, 1 << 30)
        try:
            found = camera_facts(container.metadata, *(s.metadata for s in container.streams))
            reel = reel_of(container) or found.get("reel")
            return {**found, "reel": reel} if reel else found
        finally:
            container.close()
    return {}
