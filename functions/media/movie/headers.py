"""What a movie's own boxes or sets say, read beside FFmpeg: tags, damage, the timeline, and what of
them is not done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, BinaryIO

from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.media.acquisition.inside import box_documents, mxf_documents
from functions.media.acquisition.values import Told
from functions.media.containers.atoms import HEAD, Scan, picture_words, scan_boxes, scan_mxf
from functions.media.containers.boxes import read_layout, reader_of
from functions.media.containers.matroska import picture_elements
from functions.media.containers.mxf_sets import (
    descriptor_words,
    display_window,
    read_header,
    read_time,
)
from functions.media.containers.tracks import Movie, Track, read_movie
from functions.media.decoder.siting import y4m_siting
from functions.media.movie.facts import CLOSE, frame_aspect, has_alpha
from functions.media.movie.ffmpeg_container import claimed_of, rate_of, timecode_of
from functions.media.movie.timeline import Timeline, box_timeline, mxf_timeline

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_LINE = 4096  # bytes: a header of YUV4MPEG2 is shorter
_OVER_WHITE = 0x101  # graphics mode "premul white alpha" (QuickTime File Format)


def read_headers(
    kind: str,
    size: int,
    opened: Callable[[], BinaryIO],
    container: InputContainer,
    picture: VideoStream | None,
) -> tuple[Scan, Timeline, tuple[Told, ...]]:
    """Of a movie of a container that we read ourselves; of another, what FFmpeg says. Last what the
    camera's own documents in it say.

    kind : the container's name, as FFmpeg has it.
    opened : a second reader of the file, for FFmpeg keeps its own place in the first.
    """
    rate = rate_of(picture) if picture is not None else None
    if kind not in ("mov", "mxf", "matroska", "yuv4mpegpipe"):
        return Scan(), _as_told(container, picture, rate), ()
    reader = opened()
    try:
        if kind == "yuv4mpegpipe":
            siting = y4m_siting(reader.read(_LINE))
            return Scan(siting=siting), _as_told(container, picture, rate), ()
        if kind == "matroska":
            unused = picture_elements(reader.read(HEAD))
            return Scan(unused=unused), _as_told(container, picture, rate), ()
        if kind == "mxf":
            claimed = claimed_of(container, picture) if picture is not None else None
            metadata = read_header(reader, size)
            form = str((picture and picture.codec_context and picture.pix_fmt) or "")
            full, unused = descriptor_words(metadata, rate, rgb=not form.startswith("yuv"))
            scan = replace(
                scan_mxf(reader), window=display_window(metadata), full=full, unused=unused
            )
            reader.seek(0)
            told = mxf_documents(metadata, reader.read(HEAD))
            return scan, mxf_timeline(read_time(metadata), rate, claimed), told
        return _of_boxes(reader, size, container, picture, rate)
    finally:
        reader.close()


def _as_told(
    container: InputContainer, picture: VideoStream | None, rate: Fraction | None
) -> Timeline:
    start, odd = timecode_of(container, rate)
    claimed = claimed_of(container, picture) if picture is not None else None
    return Timeline(count=claimed, start=start, odd_timecode=odd)


def _of_boxes(
    reader: BinaryIO,
    size: int,
    container: InputContainer,
    picture: VideoStream | None,
    rate: Fraction | None,
) -> tuple[Scan, Timeline, tuple[Told, ...]]:
    scan, read = Scan(), reader_of(reader)
    try:
        layout = read_layout(reader, size)
        scan = scan_boxes(layout)
        movie = read_movie(layout)
    except (DamagedSource, UnsupportedMedia):
        return scan, _as_told(container, picture, rate), ()  # FFmpeg has the last word on damage
    track, told = _same_track(movie, picture), box_documents(movie, read)
    if picture is not None and track is None:
        return scan, _as_told(container, picture, rate), told
    timeline = box_timeline(movie, track, read, rate)
    if track is not None and track.codec[:2] in ("ap", "AV") and len(track.samples):
        head = read(int(track.samples.offset[0]), 48)
        scan = replace(scan, coded=picture_words(track.codec, head))
    if picture is not None and timeline.listed and not timeline.fragmented and not timeline.gaps:
        there = sum(1 for entry in picture.index_entries if not entry.is_discard)
        if there != timeline.count and not timeline.refused:
            why = f"its edit list shows {timeline.count} pictures, and FFmpeg reads {there} of them"
            timeline = replace(timeline, refused=why)
    if timeline.start is None:
        start, odd = timecode_of(container, rate)
        timeline = replace(timeline, start=start, odd_timecode=timeline.odd_timecode or odd)
    return scan, timeline, told


def _same_track(movie: Movie, picture: VideoStream | None) -> Track | None:
    """The track whose pictures FFmpeg gives: its streams have the tracks' numbers."""
    if picture is None:
        return None
    return next((t for t in movie.tracks if t.number == picture.id and t.kind == "vide"), None)


def unapplied(
    container: InputContainer, picture: VideoStream | None, scan: Scan
) -> tuple[str, ...]:
    """What of the headers is not done to the pictures, a sentence each."""
    from av.stream import Disposition

    if picture is None:
        return scan.unused
    form = str((picture.codec_context and picture.pix_fmt) or "")
    tracks = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    # FFmpeg takes a stretch for the pixels' aspect where no box tells that.
    undone = scan.stretch / float(frame_aspect(picture, scan))
    vision = scan.dolby_vision or ""
    said = (
        (
            "Dolby Vision of profile 5: its colours are IPT-PQ-C2 and come out wrong, for its "
            "metadata is not applied",
            vision.startswith("5."),
        ),
        (
            f"Dolby Vision {vision}: its metadata is not applied, the base layer is read",
            bool(vision) and not vision.startswith("5."),
        ),
        ("its matrix mirrors the picture, which is not done", scan.mirrored),
        (
            f"its matrix stretches the picture by {scan.stretch:.4g}, which is not done",
            abs(scan.stretch - 1) > CLOSE and abs(undone - 1) > CLOSE,
        ),
        (f"it holds {len(tracks)} tracks of pictures: the first is read", len(tracks) > 1),
        ("it holds more than one view or layer (MV-HEVC): the first is read", scan.layered),
        (
            "its colours are multiplied onto white (vmhd), and are taken as straight",
            has_alpha(form) and scan.graphics == _OVER_WHITE,
        ),
        (
            "its alpha is a stream of its own (WebM), which is not read",
            any(stream.metadata.get("alpha_mode") == "1" for stream in tracks),
        ),
    )
    return (*(text for text, here in said if here), *scan.unused)
