"""A range of frames of a QuickTime or MP4 movie as a movie of its own, nothing re-encoded.

The picture begins at a frame that decodes alone. Sound that is PCM is cut at the sample;
other sound at the packet, with an edit list that shows the exact part. All other tracks
(timecode, timed metadata, text) keep what they say of these frames. What cannot be told
apart (descriptions, colour, metadata) is kept byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.errors import InvalidRequest, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.media.containers.sample_tables import Samples
from functions.media.containers.timecode_track import moved_counter
from functions.media.containers.tracks import Edit, Movie, Shown, Track, moment, shown

_ROLL = frozenset(("mp4a", "ac-3", "ec-3", ".mp3", "Opus", "alac"))


@dataclass(slots=True)
class Cut:
    """A movie that is cut, not yet written.

    frames : what the result shows, in the source's own numbers
    picture, number_of : index of the track, and the source's frame number of its rows (rows
        that are there only because others need them have the nearest shown number)
    hidden : rows of the picture that are behind the end and not shown
    leading : pictures of an open group that were left out, for they need what is before
    down : whether lengths are rounded down
    sound : one entry a track of sound, for the report
    """

    movie: Movie
    frames: FrameRange
    picture: int
    number_of: list[int]
    hidden: int = 0
    leading: int = 0
    down: bool = False
    sound: list[dict[str, Any]] = field(default_factory=list)


def starting_frame(track: Track, view: Shown, wanted: int, snap: bool) -> int:
    """The frame that the cut begins with: the wanted one, or with `snap` the key frame before.

    Raises InvalidRequest with the nearest key frames.
    """
    keys = _beginnings(track, view)
    if keys[wanted]:
        return wanted
    before = np.flatnonzero(keys[:wanted])
    after = np.flatnonzero(keys[wanted:])
    if not len(before):
        raise UnsupportedMedia(f"no key frame stands before frame {wanted}")
    if snap:
        return int(before[-1])
    raise needs_others(wanted, (*before[-1:], *(wanted + after[:1])))


def needs_others(frame: int, keys: Iterable[int]) -> InvalidRequest:
    """The error for a first frame that is no key frame. keys : the nearest ones"""
    near = " and ".join(str(key) for key in keys)
    return InvalidRequest(
        f"frame {frame} does not decode alone: the nearest key frames are {near}; begin there, "
        'say "snap" to begin at the one before, or transcode',
        field="frames",
        frame=frame,
    )


def _beginnings(track: Track, view: Shown) -> npt.NDArray[np.bool_]:
    """Frames with which a cut may begin: key frames, and the first of each edit, whose key
    frame an edit list hides."""
    keys: npt.NDArray[np.bool_] = track.samples.sync[view.row]
    first = np.flatnonzero(np.diff(view.edit, prepend=-1))
    keys[[n for n in first.tolist() if _key_row(track, int(view.row[n])) is not None]] = True
    return keys


def _key_row(track: Track, row: int) -> int | None:
    """The row at which decoding must begin for a row: the last key frame that is shown no
    later; None without one."""
    samples = track.samples
    pts = samples.start + samples.shift
    found = np.flatnonzero(samples.sync[: row + 1] & (pts[: row + 1] <= pts[row]))
    return int(found[-1]) if len(found) else None


def whole_movie(movie: Movie) -> Cut:
    """All of a movie as it stands: what its edit lists hide stays, and so does sound past the
    last picture."""
    track = movie.picture
    assert track is not None
    _check_edits(movie)
    view = shown(track)
    cut = Cut(movie, FrameRange(0, len(view)), movie.tracks.index(track), [])
    place = {int(row): n for n, row in enumerate(view.row.tolist())}
    cut.number_of = [place.get(row, 0) for row in range(len(track.samples))]
    cut.hidden = len(track.samples) - len(place)
    cut.down = cut.hidden > 0
    for one in movie.tracks:
        if one.kind == "soun" and len(one.samples):
            long = sum((e.length for e in one.edits if e.media is not None), Fraction(0))
            cut.sound.append(_told(one, long))
    return cut


def cut_movie(movie: Movie, wanted: FrameRange, *, snap: bool) -> Cut:
    """Cut every track to the frames.

    Raises InvalidRequest: a first frame that needs others and no `snap`. UnsupportedMedia: edits
    that a cut cannot keep.
    """
    track = movie.picture
    assert track is not None
    _check_edits(movie)
    index = movie.tracks.index(track)
    view = shown(track)
    start = starting_frame(track, view, wanted.start, snap)
    begin, end = (moment(track, view, number, movie.scale) for number in (start, wanted.stop))
    cut = Cut(movie, FrameRange(start, wanted.stop), index, [])
    # Shifts that differ are of a codec with references, whatever its key frames claim.
    steady = len(np.unique(track.samples.shift[view.row])) <= 1
    intra = bool(np.all(track.samples.sync[view.row])) and steady
    new = _alone(track, view, cut, begin, end) if intra else _group(track, view, cut, end)
    tracks = [
        new if other is track else _beside(_lasting(other, end), begin, end, cut)
        for other in movie.tracks
    ]
    cut.movie = Movie(movie.layout, movie.scale, [t for t in tracks if t is not None])
    cut.picture = next(i for i, t in enumerate(cut.movie.tracks) if t is new)
    return cut


def _check_edits(movie: Movie) -> None:
    for track in movie.tracks:
        speeds = {edit.speed for edit in track.edits if edit.media is not None} - {1.0}
        if speeds:
            raise UnsupportedMedia(
                f"an edit list that plays at speed {min(speeds):g} is not cut without encoding"
            )
        if track.overlap is not None and track.overlap.any():
            raise UnsupportedMedia("pieces (moof boxes) that overlap are not cut without encoding")


def _alone(track: Track, view: Shown, cut: Cut, begin: Fraction, end: Fraction) -> Track:
    """Every frame for itself, in the order in which it is shown: edits are played out."""
    chosen = range(cut.frames.start, cut.frames.stop)
    rows = track.samples.rows(view.row[cut.frames.start : cut.frames.stop])
    times = [moment(track, view, n, cut.movie.scale) for n in chosen] + [end]
    edges = np.array([round((t - begin) * track.scale) for t in times], np.int64)
    rows.start, rows.duration = edges[:-1], np.diff(edges)
    rows.shift = np.zeros(len(rows), np.int64)
    cut.number_of = list(chosen)
    return track.with_rows(rows, [Edit(Fraction(0), end - begin, 0)])


def _group(track: Track, view: Shown, cut: Cut, end: Fraction) -> Track:
    """From a key frame on: what is shown, and what that needs."""
    a, b = cut.frames.start, cut.frames.stop
    rows = view.row[a:b]
    low, high = _key_row(track, int(view.row[a])), int(rows.max()) + 1
    if low is None or int(rows.min()) < low:
        raise UnsupportedMedia("an edit list that plays out of order is not cut")
    samples = track.samples
    pts = samples.start + samples.shift
    keep = np.arange(low, high)
    leading = (pts[low:high] < pts[low]) & ~np.isin(keep, rows)
    keep = keep[~leading]
    chosen = samples.rows(keep)
    decode = chosen.start.copy()
    if np.any(leading):
        # The key frame takes the place of the last picture left out: no gap in decode time.
        first = int(np.flatnonzero(~leading[1:])[0]) if not np.all(leading[1:]) else 0
        decode[0] = min(int(pts[low]), int(samples.start[low + first]))
        cut.leading = int(leading.sum())
    shifts = pts[keep] - decode
    decode = decode - decode[0]
    tail = int(samples.duration[keep[-1]])
    chosen.start, chosen.shift = decode, shifts
    chosen.duration = np.append(np.diff(decode), tail)
    origin = int(pts[low] - shifts[0])
    edits, at = [], Fraction(0)
    for number in dict.fromkeys(view.edit[a:b].tolist()):
        mine = np.flatnonzero(view.edit[a:b] == number) + a
        edit = track.edits[number]
        assert edit.media is not None
        from_, to = (moment(track, view, int(n), cut.movie.scale) for n in (mine[0], mine[-1] + 1))
        if number == int(view.edit[b - 1]):
            to = end
        media = edit.media + int(view.time[mine[0]]) - origin
        edits.append(Edit(at, to - from_, max(0, media)))
        at += to - from_
    place = {int(row): n for n, row in zip(range(a, b), rows.tolist(), strict=True)}
    cut.number_of = [place.get(int(row), b - 1) for row in keep]
    cut.hidden = int(len(keep) - np.isin(keep, rows).sum())
    cut.down = cut.hidden > 0
    return track.with_rows(chosen, edits)


def _lasting(track: Track, end: Fraction) -> Track:
    """A timecode track of a movie in pieces, whose one sample stands for all that follows."""
    if track.kind != "tmcd" or track.overlap is None or not len(track.samples):
        return track
    rows = track.samples.rows(slice(None))
    rows.duration = rows.duration.copy()
    rows.duration[-1] = max(int(rows.duration[-1]), -int(-end * track.scale // 1))
    return track.with_rows(rows, [Edit(Fraction(0), end, track.edits[0].media or 0)])


def _beside(track: Track, begin: Fraction, end: Fraction, cut: Cut) -> Track | None:
    """A track beside the picture, from `begin` to `end`; None if it says nothing there."""
    edits = []
    for edit in track.edits:
        low, high = max(begin, edit.start), min(end, edit.start + edit.length)
        if high <= low:
            continue
        media = None if edit.media is None else edit.media + (low - edit.start) * track.scale
        edits.append((low - begin, high - low, media))
    showing = [(m, long * track.scale) for _, long, m in edits if m is not None]
    if not showing or not len(track.samples):
        return None
    low_tick = int(min(m for m, _ in showing))
    high_tick = max(int(m + long) for m, long in showing)
    if track.pcm:
        rows, low_tick = _pcm_rows(track, low_tick, high_tick)
    else:
        # What stands before the first edit is there for the decoder: priming of AAC.
        whole = begin <= track.edits[0].start
        rows, low_tick = _packet_rows(track, 0 if whole else low_tick, high_tick)
    if not len(rows):
        return None
    new = [
        Edit(start, long, None if media is None else max(0, int(media) - low_tick))
        for start, long, media in edits
    ]
    if new[0].start > 0:  # it does not begin with the picture
        new = [Edit(Fraction(0), new[0].start, None), *new]
    result = track.with_rows(rows, new)
    if track.kind == "tmcd":
        moved_counter(track, result, Fraction(showing[0][0]))
    if track.kind == "soun":
        cut.sound.append(_told(result, end - begin))
    return result


def _told(track: Track, length: Fraction) -> dict[str, Any]:
    told: dict[str, Any] = {"codec": track.codec.strip(), "rate": track.scale}
    showing = [e for e in track.edits if e.media is not None]
    left = (min(e.length * track.scale, Fraction(track.length - (e.media or 0))) for e in showing)
    told["samples"] = round(sum(left, Fraction(0)))
    if track.pcm:
        return told
    hidden = next((e.media for e in track.edits if e.media is not None), 0)
    return {
        **told,
        "packets": len(track.samples),
        "hidden_before": hidden,
        "hidden_after": max(0, track.length - hidden - int(length * track.scale)),
        "note": "cut at packets; an edit list shows the exact part",
    }


def _pcm_rows(track: Track, low: int, high: int) -> tuple[Samples, int]:
    """Chunks from tick `low` to `high`, the first and the last cut at their samples."""
    samples = track.samples
    stop = samples.start + samples.duration
    chosen = np.flatnonzero((stop > low) & (samples.start < high))
    rows = samples.rows(chosen)
    if not len(rows):
        return rows, low
    each = track.sample_ticks
    rows.offset, rows.size, rows.count = rows.offset.copy(), rows.size.copy(), rows.count.copy()
    over = max(0, int(stop[chosen[-1]]) - high) // each
    rows.count[-1] -= over
    rows.size[-1] -= over * track.pcm
    skip = max(0, low - int(rows.start[0])) // each
    first = int(rows.start[0]) + skip * each
    rows.count[0] -= skip
    rows.size[0] -= skip * track.pcm
    rows.offset[0] += skip * track.pcm
    rows.duration = rows.count * each
    rows.start = np.cumsum(rows.duration) - rows.duration
    return rows, first


def _packet_rows(track: Track, low: int, high: int) -> tuple[Samples, int]:
    """Whole packets over the ticks; sound with one more before, that its decoder leans on."""
    samples = track.samples
    pts = samples.start + samples.shift
    chosen = np.flatnonzero((pts + samples.duration > low) & (pts < high))
    if not len(chosen):
        return samples.rows(chosen), low
    first, last = int(chosen.min()), int(chosen.max())
    if track.kind == "soun" and track.codec in _ROLL and first > 0:
        first -= 1
    while first > 0 and not samples.sync[first]:
        first -= 1
    rows = samples.rows(slice(first, last + 1))
    origin = int(rows.start[0])
    rows.start = rows.start - origin
    return rows, origin
