"""Movies cut without a decoder: opened from storage, cut, and written to a local file.

QuickTime and MP4 are cut by their own tables; MXF in `mxf_file`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from functions.contract.errors import DamagedSource, RushesError, UnsupportedMedia, truncated
from functions.contract.store import Stat, Store
from functions.contract.timecode import Timecode
from functions.media.containers.atoms import scan_boxes
from functions.media.containers.boxes import read_layout
from functions.media.containers.timecode_track import apply_counters, first_timecode
from functions.media.containers.tracks import Movie, Shown, Track, read_movie, shown
from functions.media.decoder.packet_checks import fault_of, nal_length_bytes
from functions.media.movie.ffmpeg_container import tidy_rate
from functions.media.remux.cut import Cut
from functions.media.remux.write import Placed, write_movie
from functions.media.stills.sequence import located

Check = Callable[[], None]


@dataclass(slots=True)
class BoxMovie:
    """A QuickTime or MP4 file whose tables are read.

    movie, view : its tracks, and its pictures in the order of presentation
    """

    stat: Stat
    store: Store
    movie: Movie
    view: Shown

    @property
    def picture(self) -> Track:
        """The track of pictures."""
        found = self.movie.picture
        assert found is not None
        return found

    def start(self) -> Timecode | None:
        """The timecode of its first shown frame, from its timecode track."""
        return first_timecode(self.movie, self.picture, self.read, self.rate)[0]

    @property
    def rate(self) -> Fraction:
        """Pictures a second, as most of them last."""
        values, counts = np.unique(self.picture.samples.duration, return_counts=True)
        long = int(values[int(np.argmax(counts))]) if len(values) else 0
        return tidy_rate(Fraction(self.picture.scale, long), None) if long else Fraction(24)

    def read(self, offset: int, length: int) -> bytes:
        return self.store.read_range(self.stat.uri, offset, length)


def open_boxes(stat: Stat, store: Store, *, sound: bool = False) -> BoxMovie:
    """Read a movie's tables.

    sound : whether sound alone will do

    Raises DamagedSource: encrypted, or no or broken tables. UnsupportedMedia: no pictures,
    fragments, references to other files.
    """
    try:
        with store.open(stat.uri) as stream:
            layout = read_layout(stream, stat.bytes)
            scan_boxes(layout).check(frame=0)
            movie = read_movie(layout)
        picture = movie.picture
        if picture is None and not sound:
            raise UnsupportedMedia("there is no track of pictures")
        none = np.zeros(0, np.int64)
        view = shown(picture) if picture else Shown(none, none, none)
        return BoxMovie(stat, store, movie, view)
    except RushesError as error:
        raise located(error, stat, error.facts.get("frame")) from error


def write_cut(opened: BoxMovie, cut: Cut, target: Path, check: Check) -> Timecode | None:
    """Write a cut movie; its start timecode, None where it carries none.

    check : called once a picture; may raise to stop

    Raises DamagedSource with the frame's number.
    """
    stat, store = opened.stat, opened.store
    for track in cut.movie.tracks:
        apply_counters(track, opened.read)
    start, _ = first_timecode(cut.movie, cut.movie.tracks[cut.picture], opened.read, opened.rate)
    placed = [
        Placed(
            track,
            np.zeros(len(track.samples), np.int64),
            down=cut.down and index == cut.picture,
        )
        for index, track in enumerate(cut.movie.tracks)
    ]
    picture = cut.movie.tracks[cut.picture]
    fault = fault_of(picture.codec, nal_length_bytes(picture))
    nearest = _nearest_frames(cut)

    def look(track: int, row: int, content: memoryview, size: int) -> None:
        if track == cut.picture:
            check()
            wrong = fault(content, size)
            if wrong is not None:
                raise located(DamagedSource(wrong), stat, cut.number_of[row])
        elif len(content) < size:
            frame = nearest(track, row)
            kind = "sound" if cut.movie.tracks[track].kind == "soun" else "data"
            raise located(truncated(f"the {kind} is cut short"), stat, frame)

    def read(source: int, offset: int, length: int) -> bytes:
        return store.read_range(stat.uri, offset, length)

    write_movie(target, cut.movie.layout, cut.movie.scale, placed, read, look)
    return start


def _nearest_frames(cut: Cut) -> Callable[[int, int], int]:
    """Which frame shows when a row of another track begins."""
    picture = cut.movie.tracks[cut.picture]
    times = picture.samples.start / picture.scale

    def find(track: int, row: int) -> int:
        other = cut.movie.tracks[track]
        when = float(other.samples.start[row]) / other.scale
        at = int(np.searchsorted(times, when, side="right")) - 1
        return cut.number_of[max(0, min(at, len(cut.number_of) - 1))]

    return find
