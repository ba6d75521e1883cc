"""Tracks of a QuickTime or MP4 file: tables, time, and what an edit list shows.

Time is counted in exact fractions of seconds of the movie; a track's own time in its ticks.
References: ISO/IEC 14496-12 (2022), 8.6.5 and 8.6.6; QuickTime File Format, edit lists and
timecode media.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from functions.contract.errors import DamagedSource, UnsupportedMedia, truncated
from functions.media.containers.boxes import Box, Layout, boxes_in
from functions.media.containers.fragments import fragment_samples, is_fragmented
from functions.media.containers.sample_tables import (
    Array,
    Samples,
    joined,
    pcm_frame_bytes,
    read_samples,
)


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of the movie. media : in ticks of the track; None shows nothing.

    start, length : seconds of the movie
    speed : at which the media is played; 0 holds one picture
    """

    start: Fraction
    length: Fraction
    media: int | None
    speed: float = 1.0


@dataclass(slots=True)
class Track:
    """One track.

    box : its `trak`, as a tree
    kind : "vide", "soun", "tmcd", "meta", ... of its handler
    codec : four letters of its first sample description
    scale : ticks a second
    pcm : bytes of a sample of all channels, 0 for all that is no PCM
    edits : what is shown, in order; one edit over everything where there is no list
    listed : whether the file has an edit list for it
    inline : bytes that stand in place of a row's own, by row
    number : of its header (`tkhd`), by which others refer to it
    overlap : rows of a movie in pieces that are decoded and not shown; None for a movie in one
        piece, whose edit list alone says what is shown
    """

    box: Box
    kind: str
    codec: str
    scale: int
    pcm: int
    samples: Samples
    edits: list[Edit]
    listed: bool
    inline: dict[int, bytes] = field(default_factory=dict)
    number: int = 0
    overlap: npt.NDArray[np.bool_] | None = None

    def description(self) -> bytes:
        """Its sample descriptions, one box behind another."""
        stsd = self.box.find(b"mdia", b"minf", b"stbl", b"stsd")
        return stsd.body[8:] if stsd else b""

    def with_rows(self, samples: Samples, edits: list[Edit]) -> Track:
        """A track of the same description in another file: in one piece, and not numbered yet."""
        return replace(self, samples=samples, edits=edits, inline={}, number=0, overlap=None)

    def references(self, kind: bytes) -> tuple[int, ...]:
        """Numbers of the tracks that it refers to as `kind`."""
        tref = self.box.find(b"tref")
        for name, ids in boxes_in(tref.body) if tref else ():
            if name == kind:
                return struct.unpack(f">{len(ids) // 4}I", ids[: len(ids) // 4 * 4])
        return ()

    @property
    def length(self) -> int:
        """Ticks of all samples."""
        return int(self.samples.duration.sum())

    @property
    def sample_ticks(self) -> int:
        """Ticks of one sample of PCM."""
        return int(self.samples.duration[0] // self.samples.count[0])


@dataclass(slots=True)
class Movie:
    """A file's tracks. scale : ticks a second of the movie's own time."""

    layout: Layout
    scale: int
    tracks: list[Track]

    @property
    def picture(self) -> Track | None:
        """The first track of pictures that is longer than cover art."""
        found = [track for track in self.tracks if track.kind == "vide" and len(track.samples)]
        return max(found, key=lambda t: (t.length > 0, -self.tracks.index(t)), default=None)


def read_movie(layout: Layout) -> Movie:
    """Every track of a movie.

    Raises DamagedSource: tables that do not fit. UnsupportedMedia: pictures in another file.
    """
    header = layout.moov.find(b"mvhd")
    if header is None:
        raise truncated("the movie box has no header (mvhd)")
    scale = _scale(header)
    tracks = [_track(box, scale, layout) for box in layout.moov.all(b"trak")]
    return Movie(layout, scale, [track for track in tracks if track is not None])


def _scale(header: Box) -> int:
    at = 20 if header.body[:1] == b"\1" else 12
    if len(header.body) < at + 8:
        raise truncated("a header of times is cut short")
    (scale,) = struct.unpack_from(">I", header.body, at)
    if not scale:
        raise DamagedSource("a header of times counts 0 ticks a second")
    return int(scale)


def _track(box: Box, movie_scale: int, layout: Layout) -> Track | None:
    stbl, mdhd = box.find(b"mdia", b"minf", b"stbl"), box.find(b"mdia", b"mdhd")
    handler = box.find(b"mdia", b"hdlr")
    stsd = stbl.find(b"stsd") if stbl else None
    if stbl is None or mdhd is None or handler is None or stsd is None:
        return None
    entries = boxes_in(stsd.body[8:])
    _check_here(box)
    kind = handler.body[8:12].decode("latin-1")
    pcm = pcm_frame_bytes(stsd) if kind == "soun" else 0
    scale = _scale(mdhd)
    samples = read_samples(stbl, pcm, layout.size)
    header, overlap = box.find(b"tkhd"), None
    number = _track_number(header) if header else 0
    if is_fragmented(layout):
        overlap = np.zeros(len(samples), bool)
        pieces = fragment_samples(layout, number, samples, pcm)
        if pieces is not None:
            samples = joined([samples, pieces[0]])
            overlap = np.concatenate([overlap, pieces[1]])
    end = int((samples.start + samples.duration).max()) if len(samples) else 0
    edits = _edits(box, movie_scale, scale, end)
    return Track(
        box=box,
        kind=kind,
        codec=entries[0][0].decode("latin-1") if entries else "",
        scale=scale,
        pcm=pcm,
        samples=samples,
        edits=edits,
        listed=box.find(b"edts", b"elst") is not None,
        number=number,
        overlap=overlap,
    )


def _track_number(header: Box) -> int:
    at = 20 if header.body[:1] == b"\1" else 12
    return int.from_bytes(header.body[at : at + 4], "big")


def _check_here(box: Box) -> None:
    """A reference movie keeps its samples in other files; bit 0 says that they are in this."""
    dref = box.find(b"mdia", b"minf", b"dinf")
    for kind, body in boxes_in(dref.body) if dref else ():
        for name, entry in boxes_in(body[8:]) if kind == b"dref" else ():
            if len(entry) >= 4 and not entry[3] & 1 and len(entry) > 4:
                said = name.decode("latin-1").strip()
                raise UnsupportedMedia(f"its samples stand in another file ({said} reference)")


def _edits(box: Box, movie_scale: int, scale: int, length: int) -> list[Edit]:
    whole = [Edit(Fraction(0), Fraction(length, scale), 0)]
    elst = box.find(b"edts", b"elst")
    if elst is None or len(elst.body) < 8:
        return whole
    wide = elst.body[0] == 1
    form = struct.Struct(">Qqi" if wide else ">Iii")
    (count,) = struct.unpack_from(">I", elst.body, 4)
    found, at = [], Fraction(0)
    for index in range(min(count, (len(elst.body) - 8) // form.size)):
        ticks, media, speed = form.unpack_from(elst.body, 8 + index * form.size)
        long = Fraction(ticks, movie_scale)
        if media != -1 and not ticks:  # to the end of the media
            long = Fraction(max(0, length - media), scale)
        if long:
            found.append(Edit(at, long, None if media == -1 else media, speed / 65536))
        at += long
    return found or whole


@dataclass(slots=True)
class Shown:
    """Pictures in the order of presentation.

    row : of the track's samples
    edit : which of the track's edits shows it
    time : ticks of the track from the start of its edit
    """

    row: Array
    edit: Array
    time: Array

    def __len__(self) -> int:
        return len(self.row)


def shown(track: Track) -> Shown:
    """What the edit list shows, picture by picture: the clip's own numbers 0, 1, ...

    The list of a movie in pieces moves its pictures in time and hides none: so FFmpeg has it.
    """
    samples = track.samples
    pts = samples.start + samples.shift
    rows: list[Array] = []
    edits, times = [], []
    for number, edit in enumerate(track.edits):
        if edit.media is None:
            continue
        if track.overlap is not None:
            inside = np.flatnonzero(~track.overlap) if not rows else np.zeros(0, np.int64)
        elif track.listed:
            # Rounded as FFmpeg rounds: half a tick is a tick.
            stop = edit.media + int(edit.length * track.scale + Fraction(1, 2))
            inside = np.flatnonzero((pts >= edit.media) & (pts < stop))
        else:
            inside = np.arange(len(pts))
        ordered = inside[np.argsort(pts[inside], kind="stable")]
        rows.append(ordered)
        edits.append(np.full(len(ordered), number, np.int64))
        times.append(pts[ordered] - edit.media)
    if not rows:
        none = np.zeros(0, np.int64)
        return Shown(none, none, none)
    return Shown(np.concatenate(rows), np.concatenate(edits), np.concatenate(times))


def moment(track: Track, view: Shown, number: int, scale: int) -> Fraction:
    """Seconds of the movie at which picture `number` appears; past the last one, the end.

    scale : ticks a second of the movie
    """
    if number < len(view):
        edit = track.edits[int(view.edit[number])]
        return edit.start + Fraction(int(view.time[number]), track.scale)
    last = track.edits[int(view.edit[-1])]
    row = int(view.row[-1])
    own = Fraction(int(view.time[-1] + track.samples.duration[row]), track.scale)
    if not track.listed:
        return last.start + own
    # Lengths in a coarse movie time are rounded: the last picture's own end is exact.
    return last.start + (own if abs(own - last.length) * scale < 1 else last.length)


def write_edits(track: Track, box: Box, scale: int, *, down: bool = False) -> int:
    """Put the edit list of `track.edits` into a `trak`, if one is needed; its length in ticks
    of the movie.

    scale : ticks a second of the movie
    down : lengths are rounded down, so that nothing hidden behind the end shows
    """
    media = Fraction(track.length, track.scale)
    entries, total = [], 0
    for edit in track.edits:
        exact = edit.length * scale
        ticks = int(exact) if down else -int(-exact // 1)
        entries.append((ticks, -1 if edit.media is None else edit.media))
        total += ticks
    plain = len(track.edits) == 1 and track.edits[0].media == 0
    if plain and not track.listed and abs(track.edits[0].length - media) * scale < 1:
        box.drop(b"edts")
        return total
    wide = any(ticks >= 1 << 32 or place >= 1 << 31 for ticks, place in entries)
    form = struct.Struct(">QqHH" if wide else ">IiHH")
    body = struct.pack(">B3xI", int(wide), len(entries))
    body += b"".join(form.pack(ticks, place, 1, 0) for ticks, place in entries)
    box.put(Box(b"edts", children=[Box(b"elst", body)]), after=b"tkhd")
    return total


def set_length(header: Box, ticks: int) -> None:
    """The duration of `mvhd`, `tkhd` or `mdhd`."""
    body = bytearray(header.body)
    wide = body[0] == 1
    at = {b"mvhd": (24, 16), b"mdhd": (24, 16), b"tkhd": (28, 20)}[header.kind][0 if wide else 1]
    if not wide and ticks >= 1 << 32:
        raise UnsupportedMedia("the movie is longer than its header of times can say")
    struct.pack_into(">Q" if wide else ">I", body, at, ticks)
    header.body = bytes(body)
