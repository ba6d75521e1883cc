"""Timecode tracks of QuickTime: a counter of frames, and a description of how it counts.

Reference: QuickTime File Format (2016), timecode media. The counter counts frames without
gaps; drop frame is a matter of its label, so that moving it by a cut is an addition.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from functions.contract.timecode import Timecode
from functions.media.containers.boxes import kinds_in
from functions.media.containers.tracks import Track

ReadAt = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Counting:
    """How a timecode track counts. rate : frames a second; drop : drop frame labels."""

    rate: Fraction
    drop: bool

    @property
    def day(self) -> int:
        """Frames of 24 hours, at which the counter begins again."""
        nominal = -(-self.rate.numerator // self.rate.denominator)
        skipped = (nominal // 15) * (1440 - 144) if self.drop else 0
        return nominal * 86400 - skipped

    def label(self, counter: int) -> Timecode:
        """The timecode of a counter."""
        return Timecode(counter % self.day, self.rate, self.drop)


def counting(track: Track) -> Counting | None:
    """How the track counts; None for what is no `tmcd` description."""
    stsd = track.box.find(b"mdia", b"minf", b"stbl", b"stsd")
    for kind, body in kinds_in(stsd.body[8:]) if stsd else ():
        if kind != b"tmcd" or len(body) < 25:
            continue
        flags, scale, ticks, _ = struct.unpack_from(">IIIB", body, 12)
        if not scale or not ticks:
            return None
        return Counting(Fraction(scale, ticks), bool(flags & 1))
    return None


def read_counter(track: Track, read: ReadAt) -> int | None:
    """The counter of the track's first frame."""
    if track.kind != "tmcd" or not len(track.samples):
        return None
    content = track.inline.get(0) or read(int(track.samples.offset[0]), 4)
    return int.from_bytes(content[:4], "big") if len(content) >= 4 else None


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
