"""A movie of Canon raw frames: an index of samples, and each frame by LibRaw, one at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import BinaryIO

import numpy as np

from functions.contract import uris
from functions.contract.camera import CameraRecord
from functions.contract.clip import ClipFacts, RawFrame
from functions.contract.errors import DamagedSource, RushesError, UnsupportedMedia, truncated
from functions.contract.operation import Limits
from functions.contract.picture import PictureFacts
from functions.contract.store import Stat, Store
from functions.contract.timecode import Timecode, exact_rate, nominal_rate
from functions.media.containers.boxes import Box, Layout, read_layout, reader_of
from functions.media.containers.counters import clip_timecode
from functions.media.containers.timecode_track import counting, first_timecode
from functions.media.containers.tracks import Movie, Shown, Track, read_movie, shown
from functions.media.crm.boxes import (
    PATTERNS,
    Coding,
    Said,
    Timed,
    read_coding,
    read_said,
    read_sound,
    read_timed,
)
from functions.media.crm.camera import camera_record, levels
from functions.media.crm.frame_sizes import check_sizes
from functions.media.crm.one_frame import one_frame, without_picture
from functions.media.crm.sensor import Sensor, read_samples, read_sensor
from functions.media.open.empty_frames import check_picture, check_tail
from functions.media.raw.indexed_movie import IndexedClip
from functions.media.stills.sequence import located

_LARGEST = 1 << 28
"""Bytes of a frame: a hundred times what a camera writes."""
_TIMED = 1 << 20


def open_crm(stat: Stat, store: Store, limits: Limits) -> IndexedClip | None:
    """A movie of Canon raw as a clip; None for a still of the same format.

    Raises DamagedSource, UnsupportedMedia: boxes that cannot be, edits that are not done.
    LimitExceeded: more pixels than a frame may have.
    """
    try:
        with store.open(stat.uri) as stream:
            source = read_crm(stream, stat.bytes, limits.pixels)
    except RushesError as error:
        raise located(error, stat, None) from error
    name = uris.basename(stat.uri).rsplit(".", 1)[0]
    return IndexedClip(stat, store, limits, source, name) if source else None


@dataclass
class CrmSource:
    """A movie whose boxes are read. pixels : that a frame may have"""

    size: int
    pixels: int
    layout: Layout
    movie: Movie
    track: Track
    coding: Coding
    said: Said
    view: Shown
    timed_track: Track | None
    _beside: dict[int, tuple[bytes, Timecode | None]] = field(default_factory=dict)

    def describe(self, stream: BinaryIO) -> None:
        """Facts of the headers and of the first frame's metadata; no picture is read."""
        steps, counts = np.unique(self.track.samples.duration, return_counts=True)
        step = int(steps[int(np.argmax(counts))])
        # A burst of stills, which is no movie, counts a second for each.
        timed = step > 0 and self.said.is_movie
        self.rate = exact_rate(Fraction(self.track.scale, step)) if timed else None
        self.variable = len(np.unique(self.track.samples.duration[:-1])) > 1
        self.start, odd = None, ""
        if self.rate:
            self.start, odd = first_timecode(self.movie, self.track, reader_of(stream), self.rate)
        beside = self._metadata(stream, 0)
        trak, picture = without_picture(
            self.track.box, self.coding.bits, PATTERNS.index(self.coding.pattern)
        )
        content = one_frame(self.layout, [*self._timed_sample(beside), (trak, picture)])
        self.audio = read_sound(self.movie)
        self.camera = self._record(read_timed(beside), read_sensor(content, self.coding, 1 << 20))
        self.steady = self._steady(stream)
        self.notes = tuple(self._notes(odd))

    def _steady(self, stream: BinaryIO) -> int | None:
        """Frames until the timecode jumps; None where the last one's says that it counts on."""

        def counts_on(number: int) -> bool:
            label = self._label(stream, number)
            # By their words: midnight is no jump.
            return not label or not self.start or str(label) == str(self.start + number)

        low, high = 0, len(self.view) - 1
        if counts_on(high):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if counts_on(middle) else (low, middle)
        return high

    def _label(self, stream: BinaryIO, number: int) -> Timecode | None:
        """A frame's own timecode, where every frame has a counter."""
        track = next((each for each in self.movie.tracks if counting(each)), None)
        count = counting(track) if track else None
        if track is None or count is None or self.rate is None or count.tape:
            return None
        if count.base != nominal_rate(self.rate):
            return None  # one counter for several frames
        place = self._inside(track, number) if len(track.samples) >= len(self.view) else None
        if place is None:
            return None
        stream.seek(place[0])
        counter = int.from_bytes(stream.read(4), "big") % count.day
        return clip_timecode(counter, count.base, count.drop, self.rate)[0]

    def _notes(self, odd: str) -> list[str]:
        sounds = [track for track in self.movie.tracks if track.kind == "soun"]
        raws = [track for track in self.movie.tracks if track.codec == "CRAW"]
        told = [odd] if odd else []
        if self.steady is not None:
            told.append(f"its timecode jumps at picture {self.steady}")
        if sounds and not self.audio:
            are = "track of sound is" if len(sounds) == 1 else "tracks of sound are"
            told.append(f"{len(sounds)} {are} not read")
        if sum(1 for track in raws if read_coding(track)) > 1:
            told.append("it holds more than one track of raw pictures: the largest is read")
        if self.said.log:
            told.append(f"{self.said.log}, in which the camera showed it, is not applied")
        return told

    def facts(self, name: str) -> ClipFacts:
        return ClipFacts(
            container="crm",
            codec="crx",
            layout="cfa",
            width=self.coding.crop[2],
            height=self.coding.crop[3],
            name=name,
            frames_claimed=len(self.view),
            rate=self.rate,
            start=self.start,
            steady=self.steady,
            camera=self.camera,
            picture=PictureFacts(variable=self.variable, audio=self.audio),
        )

    def times(self) -> list[Fraction]:
        """Seconds of every frame after the first, and the end of the last."""
        ends = np.cumsum(self.track.samples.duration[self.view.row])
        return [Fraction(0), *(Fraction(int(end), self.track.scale) for end in ends)]

    def place(self, stream: BinaryIO, number: int) -> tuple[int, int] | None:
        """Where a frame's sample is. Its metadata is read on the way, for `decode`."""
        found = self._inside(self.track, number)
        if found is not None:
            label = self._label(stream, number)
            self._beside = {number: (self._metadata(stream, number), label)}
        return found

    def count(self, stream: BinaryIO) -> int:
        samples = self.track.samples
        ends = samples.offset[self.view.row] + samples.size[self.view.row]
        return int((ends <= self.size).sum())

    def decode(self, stored: bytes, number: int) -> RawFrame:
        check_sizes(stored, self.coding.headers)
        beside, label = self._beside.pop(number, (b"", None))
        content = one_frame(self.layout, [*self._timed_sample(beside), (self.track.box, stored)])
        pixels, sensor = read_samples(content, self.coding, self.pixels)
        black, white = levels(sensor, self.coding)
        check_picture(pixels, black)
        check_tail(pixels, white)
        return RawFrame(
            number=number,
            layout="cfa",
            pixels=pixels,
            pattern=self.coding.pattern,
            black=black,
            white=white,
            crop=self.coding.crop,
            camera=self._record(read_timed(beside), sensor),
            timecode=label or (self.start + number if self.start else None),
        )

    def _record(self, timed: Timed, sensor: Sensor) -> CameraRecord:
        return camera_record(self.said, timed, sensor, self.coding, self.start, self.rate)

    def _inside(self, track: Track, number: int) -> tuple[int, int] | None:
        """Where a sample is; None past the last one that is there whole."""
        row = int(self.view.row[number]) if number < len(self.view) else len(track.samples)
        if row >= len(track.samples):
            return None
        at, length = int(track.samples.offset[row]), int(track.samples.size[row])
        if length > _LARGEST:
            raise DamagedSource(f"a frame of {length} bytes")
        return (at, length) if at >= 0 and at + length <= self.size else None

    def _metadata(self, stream: BinaryIO, number: int) -> bytes:
        """A frame's sample of the track CTMD; empty where there is none."""
        found = self._inside(self.timed_track, number) if self.timed_track else None
        if found is None or found[1] > _TIMED:
            return b""
        stream.seek(found[0])
        return stream.read(found[1])

    def _timed_sample(self, beside: bytes) -> list[tuple[Box, bytes]]:
        return [(self.timed_track.box, beside)] if self.timed_track and beside else []


def read_crm(stream: BinaryIO, size: int, pixels: int) -> CrmSource | None:
    """Boxes and the first frame's metadata; None for a still."""
    layout = read_layout(stream, size)
    said = read_said(layout.moov)
    if said is None:
        return None
    try:
        movie = read_movie(layout)
    except (DamagedSource, UnsupportedMedia):
        if said.is_movie:
            raise
        return None  # LibRaw has the last word on a still
    codings = [(track, read_coding(track)) for track in movie.tracks if track.codec == "CRAW"]
    raws = [(track, coding) for track, coding in codings if coding and len(track.samples)]
    if not raws:
        return None
    track, coding = max(raws, key=lambda each: each[1].bits * each[1].width * each[1].height)
    if not said.is_movie and len(track.samples) == 1:
        return None
    if {edit.speed for edit in track.edits if edit.media is not None} - {1.0}:
        raise UnsupportedMedia("an edit list that plays at another speed is not done")
    view = shown(track)
    if not len(view):
        raise truncated("there is no frame in it")
    timed = next((each for each in movie.tracks if each.codec == "CTMD"), None)
    source = CrmSource(size, pixels, layout, movie, track, coding, said, view, timed)
    source.describe(stream)
    return source
