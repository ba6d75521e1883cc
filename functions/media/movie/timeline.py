"""The one timeline of a movie, from its container's own tables.

Which pictures are shown and in which order, the timecode of the first of them, and how long
each stream sounds: inspect, pull, plate, transcode, deliver, trim and stitch ask this and
nothing else. What an edit list hides is no frame of the clip.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.contract.timecode import Timecode
from functions.media.containers.boxes import ReadAt
from functions.media.containers.mxf_sets import MxfTime
from functions.media.containers.timecode_track import first_jump, first_timecode
from functions.media.containers.tracks import Movie, Track, shown

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is shown of a movie.

    count : pictures; None where the container has no table that says it
    hidden : pictures that are stored and not shown
    start : timecode of the first picture
    odd_timecode : what is odd about the timecode, a sentence; empty if nothing is
    steady : pictures until the timecode jumps; None where it counts on to the end
    sound : length in seconds of each track of sound, by the number of its track
    odd_sound : why a track's samples cannot be taken, by its number
    longest : seconds that sound may last at most, where it comes with the pictures; else None
    gaps : (from, to) in seconds of the movie in which nothing is shown, between what is
    leads : seconds of nothing before the first picture
    fragmented : whether the movie stands in pieces
    listed : whether an edit list says what is shown
    skipped : pictures at the start of the file that are not shown (MXF)
    muted : seconds of sound there that are not heard
    refused : why pictures cannot be taken by number, else empty
    """

    count: int | None = None
    hidden: int = 0
    start: Timecode | None = None
    odd_timecode: str = ""
    steady: int | None = None
    sound: dict[int, Fraction] = field(default_factory=dict)
    odd_sound: dict[int, str] = field(default_factory=dict)
    longest: Fraction | None = None
    gaps: tuple[tuple[Fraction, Fraction], ...] = ()
    leads: Fraction = Fraction(0)
    fragmented: bool = False
    listed: bool = False
    skipped: int = 0
    muted: Fraction = Fraction(0)
    refused: str = ""

    def in_gap(self, picture: VideoFrame | Packet[Any]) -> bool:
        """Whether an edit list shows nothing where a picture stands."""
        if not self.gaps or picture.pts is None or not picture.time_base:
            return False
        # Half a tick of the pictures' own clock on, for edits are counted in another.
        moment = (picture.pts + Fraction(1, 2)) * picture.time_base
        return any(start <= moment < stop for start, stop in self.gaps)


def box_timeline(
    movie: Movie, picture: Track | None, read: ReadAt, rate: Fraction | None
) -> Timeline:
    """Of a QuickTime or MP4 file.

    picture : its track of pictures
    read : bytes of the file at an offset
    rate : pictures a second; None without pictures
    """
    sound = {
        track.number: heard(track, movie.layout.size)
        for track in movie.tracks
        if track.kind == "soun"
    }
    odd_sound = {
        track.number: odd
        for track in movie.tracks
        if track.kind == "soun" and (odd := _odd_sound(track))
    }
    if picture is None:
        return Timeline(sound=sound, odd_sound=odd_sound)
    view = shown(picture)
    start, odd = first_timecode(movie, picture, read, rate) if rate else (None, "")
    jump = first_jump(movie, picture, read, rate) if rate and start else None
    return Timeline(
        count=len(view),
        hidden=len(picture.samples) - len(np.unique(view.row)),
        start=start,
        odd_timecode="; ".join(each for each in (odd, jump[1] if jump else "") if each),
        steady=jump[0] if jump else None,
        sound=sound,
        odd_sound=odd_sound,
        gaps=_gaps(picture),
        leads=next((e.start for e in picture.edits if e.media is not None), Fraction(0)),
        fragmented=picture.overlap is not None,
        refused=_refused(picture),
        listed=picture.listed,
    )


def _refused(picture: Track) -> str:
    speeds = sorted({e.speed for e in picture.edits if e.media is not None} - {1.0})
    if speeds:
        return f"its edit list plays at speed {speeds[0]:g}, which is not done"
    if picture.overlap is not None and len([e for e in picture.edits if e.media is not None]) > 1:
        return "a movie in pieces (moof boxes) with several edits is not read"
    return ""


def _odd_sound(track: Track) -> str:
    """FFmpeg plays every edit at speed 1, and after a gap from another place."""
    shown = [edit for edit in track.edits if edit.media is not None]
    speeds = sorted({edit.speed for edit in shown} - {1.0})
    if speeds:
        return f"its edit list plays sound at speed {speeds[0]:g}, which is not done"
    if any(stop <= shown[-1].start for _, stop in _gaps(track)):
        return "its edit list leaves a gap within its sound, which is not read"
    return ""


def _gaps(picture: Track) -> tuple[tuple[Fraction, Fraction], ...]:
    """Empty edits that stand behind one that shows something."""
    found, showing = [], False
    for edit in picture.edits:
        showing = showing or edit.media is not None
        if edit.media is None and showing:
            found.append((edit.start, edit.start + edit.length))
    return tuple(found)


def heard(track: Track, size: int) -> Fraction:
    """Seconds of sound that the edit list lets be heard, of what is in the file."""
    samples = track.samples
    if not len(samples):
        return Fraction(0)
    lasts = samples.duration.copy()
    if not track.pcm:  # a packet that lasts longer than others says that a gap follows
        lengths, times = np.unique(lasts, return_counts=True)
        lasts = np.minimum(lasts, lengths[int(np.argmax(times))])
    gone = np.flatnonzero(samples.offset + samples.size > size)
    if len(gone):
        row = int(gone[0])
        lasts[row:] = 0
        if track.pcm:
            whole = max(0, size - int(samples.offset[row])) // track.pcm
            lasts[row] = whole * (int(samples.duration[row]) // int(samples.count[row]))
    if track.overlap is not None:
        # FFmpeg takes the list of a movie in pieces as what is left out at the start.
        first = track.edits[0].media if track.listed and track.edits[0].media else 0
        return Fraction(max(0, int(lasts[~track.overlap].sum()) - first), track.scale)
    end = int(lasts.sum())
    if not track.listed:
        return Fraction(end, track.scale)
    ticks = Fraction(0)
    for edit in track.edits:
        if edit.media is not None:
            stop = min(edit.media + edit.length * track.scale, Fraction(end))
            ticks += max(Fraction(0), stop - edit.media)
    return ticks / track.scale


def mxf_timeline(time: MxfTime, rate: Fraction | None, claimed: int | None) -> Timeline:
    """Of an MXF file.

    claimed : pictures that are stored, as far as its headers say
    """
    start, odd = time.timecode(rate) if rate else (None, "")
    steady = max(1, time.jump - time.skipped) if time.jump and start else None
    if steady and claimed and steady >= claimed:
        steady = None
    if steady:
        odd = "; ".join(filter(None, (odd, f"its timecode jumps at picture {steady}")))
    return Timeline(
        count=claimed, start=start, odd_timecode=odd, steady=steady,
        hidden=time.skipped, skipped=time.skipped,
        muted=time.muted or Fraction(0), longest=claimed / rate if claimed and rate else None,
    )  # fmt: skip
