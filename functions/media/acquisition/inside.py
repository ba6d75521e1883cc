"""Documents that stand inside a movie: XML and RTMD in boxes, XML, JSON and RDD 18 in MXF."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import BinaryIO

from functions.contract.camera import CameraRecord
from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.media.acquisition.arri_json import read_arri_json
from functions.media.acquisition.rdd18 import SETS, read_rtmd, read_sets
from functions.media.acquisition.sony_xml import MARK, read_sony_xml
from functions.media.acquisition.values import Told
from functions.media.containers.boxes import ReadAt, read_layout, reader_of
from functions.media.containers.tracks import Movie, Track, read_movie, shown

_XML = "its NonRealTimeMeta"
_RTMD = "its RTMD track"
_PACKET = 1 << 16


def box_documents(movie: Movie, read: ReadAt) -> tuple[Told, ...]:
    """What a QuickTime or MP4 file holds; of RTMD the first frame."""
    layout = movie.layout
    metas = [b for b in (*layout.before, *layout.after, *layout.moov.all(b"meta"))
             if b.kind == b"meta" and MARK in b.body]  # fmt: skip
    found = [read_sony_xml(meta.body, _XML) for meta in metas]
    track = _rtmd(movie)
    if track is not None and len(track.samples):
        found.append(read_rtmd(_sample(track, 0, read), _RTMD))
    return tuple(one for one in found if one is not None)


def mxf_documents(metadata: bytes, head: bytes) -> tuple[Told, ...]:
    """What an MXF holds. head : bytes from the file's start, in which XML and sets of the first
    frame are looked for, for cameras put them into keys of their own."""
    at = head.find(SETS)
    found = [
        read_sony_xml(head if MARK in head else metadata, _XML),
        read_arri_json(metadata, "its ARRI JSON"),
        read_sets(head[at : at + _PACKET], "its acquisition metadata") if at >= 0 else None,
    ]
    return tuple(one for one in found if one is not None)


def frame_records(
    stream: BinaryIO, size: int, rate: Fraction, check: Callable[[], None]
) -> dict[int, CameraRecord]:
    """The camera's record of each frame that an RTMD track has; none where there is no track.

    rate : of the pictures, by which packets come to frames
    """
    try:
        movie = read_movie(read_layout(stream, size))
    except (DamagedSource, UnsupportedMedia):
        return {}
    track, read = _rtmd(movie), reader_of(stream)
    found: dict[int, CameraRecord] = {}
    for frame, row in _frames(track, rate) if track is not None else ():
        check()
        told = read_rtmd(_sample(track, row, read), _RTMD) if track else None
        if told is not None and told.camera:
            found[frame] = CameraRecord(**told.camera)
    return found


def _frames(track: Track, rate: Fraction) -> Iterator[tuple[int, int]]:
    """(frame, row) of the packets that the edit list shows."""
    view = shown(track)
    for row, edit, time in zip(view.row, view.edit, view.time, strict=True):
        seconds = track.edits[int(edit)].start + Fraction(int(time), track.scale)
        yield round(seconds * rate), int(row)


def _rtmd(movie: Movie) -> Track | None:
    return next((track for track in movie.tracks if track.codec == "rtmd"), None)


def _sample(track: Track, row: int, read: ReadAt) -> bytes:
    samples = track.samples
    return read(int(samples.offset[row]), min(int(samples.size[row]), _PACKET))
