"""Timecode tracks of QuickTime: a counter of frames, and a description of how it counts.

Reference: QuickTime File Format (2016), timecode media. The counter counts frames without
gaps; drop frame is a matter of its label, so that moving it by a cut is an addition. A
timecode track has an edit list of its own: what it says of a picture is what stands at the
time of the movie at which the picture is shown.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from functions.contract.timecode import Timecode, dropped_labels, nominal_rate
from functions.media.containers.boxes import ReadAt, boxes_in
from functions.media.containers.counters import clip_timecode
from functions.media.containers.tracks import Edit, Movie, Track, moment, shown

_DROP, _SIGNED, _COUNTER = 1, 4, 8
_MOST_PIECES, _MOST_BYTES, _FEW = 4096, 1 << 20, 64


@dataclass(frozen=True, slots=True)
class Counting:
    """How a timecode track counts.

    rate : frames a second
    base : frames that its labels count a second
    drop : drop frame labels
    signed : whether counters may be negative
    tape : it counts feet or revolutions of a tape, and is no time of day
    """

    rate: Fraction
    base: int
    drop: bool
    signed: bool = False
    tape: bool = False

    @property
    def day(self) -> int:
        """Frames of 24 hours, at which the counter begins again."""
        skipped = dropped_labels(Fraction(self.base * 1000, 1001)) if self.drop else 0
        return self.base * 86400 - skipped * (1440 - 144)


def counting(track: Track) -> Counting | None:
    """How the track counts; None for what is no `tmcd` description."""
    for kind, body in boxes_in(track.description()):
        if kind != b"tmcd" or len(body) < 25:
            continue
        flags, scale, ticks, base = struct.unpack_from(">IIIB", body, 12)
        if not scale or not ticks:
            return None
        rate = Fraction(scale, ticks)
        if not base or abs(base - rate) >= 1:
            base = nominal_rate(rate)
        return Counting(
            rate, base, bool(flags & _DROP), bool(flags & _SIGNED), bool(flags & _COUNTER)
        )
    return None


def first_timecode(
    movie: Movie, picture: Track | None, read: ReadAt, rate: Fraction
) -> tuple[Timecode | None, str]:
    """The timecode of the first picture that is shown, and what is odd about it.

    rate : pictures a second

    The track that the pictures refer to counts, else the first one.
    """
    track = _track_of(movie, picture)
    count = counting(track) if track is not None else None
    if picture is None or track is None or count is None:
        return None, ""
    if count.tape:
        return None, "its timecode track counts a tape, no time of day"
    tick, told = _tick_at(track, _first_moment(picture, movie.scale))
    row = max(0, int(np.searchsorted(track.samples.start, int(tick), side="right")) - 1)
    counter = read_counter(track, read, row)
    if counter is None:
        return None, "its timecode track holds no counter"
    inside = (tick - int(track.samples.start[row])) / track.scale
    frame = (counter + round(inside * count.rate)) % count.day
    label, odd = clip_timecode(frame, count.base, count.drop, rate)
    return label, odd or told


def _track_of(movie: Movie, picture: Track | None) -> Track | None:
    tracks = [track for track in movie.tracks if counting(track) and len(track.samples)]
    named = picture.references(b"tmcd") if picture is not None else ()
    return next((one for one in tracks if one.number in named), tracks[0] if tracks else None)


def first_jump(
    movie: Movie, picture: Track, read: ReadAt, rate: Fraction
) -> tuple[int, str] | None:
    """The first picture at which the timecode does not count on, and a sentence for it; None
    where it does to the end.

    Recorders that start anew, and cuts of several pieces, write a counter for each piece.
    """
    track = _track_of(movie, picture)
    count = counting(track) if track is not None else None
    if track is None or count is None or count.tape or track.overlap is not None:
        return None
    pieces = _pieces(track)
    if len(pieces) < 2:
        return None
    counters = _counters(track, read, [row for _, row, _ in pieces])
    if counters is None:
        return 1, f"its timecode is in {len(pieces)} pieces, and only the first is read"
    view = shown(picture)
    starts = [picture.edits[edit].start for edit in range(len(picture.edits))]
    when = np.array([float(start) for start in starts])[view.edit] + view.time / picture.scale
    before: tuple[Fraction, Fraction] | None = None
    for (at, _, inside), counter in zip(pieces, counters, strict=True):
        value = counter + inside * count.rate
        number = int(np.searchsorted(when, float(at - 1 / (2 * rate))))
        if before is not None and 0 < number < len(view):
            ends = before[1] + (at - before[0]) * count.rate
            if 0.9 < (value - ends) % count.day < count.day - 0.9:
                labels = (
                    clip_timecode(round(one) % count.day, count.base, count.drop, rate)[0]
                    for one in (ends - 1, value)
                )
                return (
                    number,
                    f"its timecode jumps at picture {number}: {' to '.join(map(str, labels))}",
                )
        before = at, value
    return None


def _pieces(track: Track) -> list[tuple[Fraction, int, Fraction]]:
    """(seconds of the movie, row, seconds of the row that went by) at which a counter begins."""
    rows, found = track.samples, []
    for edit in track.edits:
        if edit.media is None:
            continue
        stop = edit.media + edit.length * track.scale
        first = max(0, int(np.searchsorted(rows.start, edit.media, side="right")) - 1)
        for row in range(first, min(len(rows), first + _MOST_PIECES)):
            start = max(edit.media, int(rows.start[row]))
            if start >= stop:
                break
            inside = Fraction(start - int(rows.start[row]), track.scale)
            found.append((edit.start + Fraction(start - edit.media, track.scale), row, inside))
    return found


def _counters(track: Track, read: ReadAt, rows: list[int]) -> list[int] | None:
    """Counters of many rows by one reading; None where they lie too far apart for that."""
    places = track.samples.offset[rows]
    start, length = int(places.min()), int(places.max() - places.min()) + 4
    if len(rows) > _MOST_PIECES or (length > _MOST_BYTES and len(rows) > _FEW):
        return None
    if length > _MOST_BYTES:
        found = [read_counter(track, read, row) for row in rows]
    else:
        content = read(start, length)
        found = [
            read_counter(track, lambda at, size: content[at - start : at - start + size], row)
            for row in rows
        ]
    return None if None in found else [each for each in found if each is not None]


def _first_moment(picture: Track, scale: int) -> Fraction:
    """Seconds of the movie at which its first picture counts as shown.

    Where nothing is hidden before it, that is where its edit begins: a delay of all pictures
    by the reordering of their code is no delay of the movie.
    """
    view = shown(picture)
    if not len(view):
        return Fraction(0)
    edit = picture.edits[int(view.edit[0])]
    pts = picture.samples.start + picture.samples.shift
    if picture.overlap is not None or not picture.listed or (edit.media or 0) <= int(pts.min()):
        return edit.start
    return moment(picture, view, 0, scale)


def _tick_at(track: Track, at: Fraction) -> tuple[Fraction, str]:
    """Tick of a timecode track at a time of the movie; outside its edits it goes on counting."""
    showing = [edit for edit in track.edits if edit.media is not None]
    found = [edit for edit in showing if edit.start <= at]
    edit = found[-1] if found else showing[0] if showing else Edit(Fraction(0), Fraction(0), 0)
    told = ""
    if track.overlap is None and not edit.start <= at < edit.start + edit.length:
        when = "later" if at < edit.start else "earlier"
        told = f"its timecode {'begins' if at < edit.start else 'ends'} {when} than its pictures"
    return (edit.media or 0) + (at - edit.start) * track.scale, told


def read_counter(track: Track, read: ReadAt, row: int = 0) -> int | None:
    """The counter of one of the track's samples; negative where the track has a sign for it."""
    if track.kind != "tmcd" or row >= len(track.samples):
        return None
    content = track.inline.get(row) or read(int(track.samples.offset[row]), 4)
    count = counting(track)
    signed = count is not None and count.signed
    return int.from_bytes(content[:4], "big", signed=signed) if len(content) >= 4 else None


def moved_counter(old: Track, new: Track, media: Fraction) -> None:
    """Note how far the first sample of `new` stands behind the start of its row in `old`.

    media : tick of the old track at which the new one begins. `apply_counters` then writes
    the counter, once bytes are read.
    """
    count = counting(old)
    row = int(np.searchsorted(old.samples.start, int(media), side="right")) - 1
    if count is None or row < 0:
        return
    inside = Fraction(media - int(old.samples.start[row]), old.scale)
    frames = round(inside * count.rate)
    new.inline[0] = struct.pack(">I", frames)
    new.edits = [type(e)(e.start, e.length, None if e.media is None else 0) for e in new.edits]
    left = int(old.samples.duration[row]) - int(media - int(old.samples.start[row]))
    rows = new.samples
    rows.duration = rows.duration.copy()
    rows.duration[0] = max(1, left)
    rows.duration[-1] = max(1, rows.duration[-1] - max(0, _over(new)))
    rows.start = np.cumsum(rows.duration) - rows.duration


def _over(new: Track) -> int:
    shown = sum((e.length for e in new.edits if e.media is not None), Fraction(0))
    return int(new.samples.duration.sum()) - round(shown * new.scale)


def apply_counters(track: Track, read: ReadAt) -> None:
    """Turn the noted distance into the counter that the new file holds."""
    if track.kind != "tmcd" or 0 not in track.inline:
        return
    count = counting(track)
    moved = int.from_bytes(track.inline.pop(0), "big")
    before = read_counter(track, read)
    if count is not None and before is not None:
        track.inline[0] = struct.pack(">I", (before + moved) % count.day)
