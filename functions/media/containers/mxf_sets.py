"""Header metadata of an MXF file as sets that refer to one another, and what they say of time.

References: SMPTE ST 377-1 (2019), 9 (header metadata), annexes A and B (sets, packages, tracks,
components).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from functions.contract.timecode import Timecode
from functions.media.containers.counters import clip_timecode
from functions.media.containers.klv import (
    HEADER,
    PARTITION,
    PRIMER,
    RUN_IN,
    Reader,
    is_essence,
    is_fill,
    local_items,
    same_key,
    triplets,
)

_SET = bytes.fromhex("060e2b34025301010d01010101")
MATERIAL, SOURCE, TRACK, SEQUENCE, CLIP, TIMECODE = 0x36, 0x37, 0x3B, 0x0F, 0x11, 0x14
_SEPARATE_FIELDS = 1
_PICTURE, _SOUND = bytes.fromhex("0103020201"), bytes.fromhex("0103020202")
Counter = tuple[int, int, bool]
"""Units since midnight, how many it counts a second, whether its labels are drop frame."""


@dataclass(frozen=True, slots=True)
class MetadataSet:
    """A set of header metadata: its kind, and by tag where its fields stand in the metadata."""

    kind: int
    metadata: bytes
    fields: dict[int, tuple[int, int]]

    def raw(self, tag: int) -> bytes:
        """A field's bytes; none where the set lacks it."""
        at, length = self.fields.get(tag, (0, 0))
        return self.metadata[at : at + length]

    def whole(self, tag: int) -> int:
        """A field as a number with a sign; 0 where the set lacks it."""
        return int.from_bytes(self.raw(tag), "big", signed=True)

    def ratio(self, tag: int) -> Fraction | None:
        """A field of two numbers; None for what is no ratio above zero."""
        raw = self.raw(tag)
        if len(raw) != 8:
            return None
        top, bottom = struct.unpack(">ii", raw)
        return Fraction(top, bottom) if top > 0 and bottom > 0 else None

    def is_of(self, essence: bytes) -> bool:
        """Whether it is a clip of pictures, or of sound."""
        return self.kind == CLIP and essence in self.raw(0x0201)

    def counter(self) -> Counter:
        """Of a component of timecode."""
        base = int.from_bytes(self.raw(0x1502), "big")
        return self.whole(0x1501), base, any(self.raw(0x1503))


def metadata_sets(metadata: bytes, *, of_any: bool = False) -> Iterator[MetadataSet]:
    """All sets of header metadata, in order; `of_any` has makers' own among them."""
    for klv in triplets(metadata):
        local = klv.key[:4] == _SET[:4] and klv.key[5] == 0x53
        local = local and (of_any or klv.key[8:13] == _SET[8:13])
        if local and not same_key(klv.key, PRIMER):
            items = local_items(metadata, klv.value, min(klv.end, len(metadata)))
            yield MetadataSet(klv.key[14], metadata, {tag: (at, size) for tag, at, size in items})


class Sets:
    """All sets of header metadata, and those that one of them refers to."""

    def __init__(self, metadata: bytes) -> None:
        self.all = list(metadata_sets(metadata))
        self._by_id = {one.raw(0x3C0A): one for one in self.all if 0x3C0A in one.fields}

    def named(self, one: MetadataSet, tag: int) -> MetadataSet | None:
        """The set that a reference names."""
        return self._by_id.get(one.raw(tag))

    def listed(self, one: MetadataSet, tag: int) -> list[MetadataSet]:
        """The sets that an array of references names."""
        raw = one.raw(tag)[8:]
        found = (self._by_id.get(raw[i : i + 16]) for i in range(0, len(raw), 16))
        return [each for each in found if each is not None]

    def tracks(self, package: MetadataSet) -> list[MetadataSet]:
        """Of a package, in order."""
        return self.listed(package, 0x4403)

    def components(self, track: MetadataSet) -> list[MetadataSet]:
        """Of a track's sequence, in order."""
        sequence = self.named(track, 0x4803)
        return self.listed(sequence, 0x1001) if sequence else []


def picture_rate(metadata: bytes) -> Fraction | None:
    """Edit units a second by the picture's descriptor, for a file without an index."""
    for one in metadata_sets(metadata):
        if 0x3203 in one.fields and (rate := one.ratio(0x3001)):
            return rate
    return None


def picture_length(metadata: bytes) -> int | None:
    """Edit units of pictures, by the first component of a package that says a length."""
    for one in metadata_sets(metadata):
        if one.is_of(_PICTURE) and (length := one.whole(0x0202)) > 0:
            return length
    return None


@dataclass(frozen=True, slots=True)
class MxfTime:
    """What header metadata says of a clip's time.

    start : counter of its first timecode track, None without
    base, drop : how that counts
    skipped : edit units of pictures that are stored before the first that is shown
    muted : seconds of sound that are stored before the first that is heard; None without sound
    jump : units of the counter until it does not count on; None where it does
    """

    start: int | None = None
    base: int = 0
    drop: bool = False
    skipped: int = 0
    muted: Fraction | None = None
    jump: int | None = None

    def timecode(self, rate: Fraction) -> tuple[Timecode | None, str]:
        """Of the first picture, and what is odd about it. rate : pictures a second"""
        if self.start is None or not self.base:
            return None, ""
        return clip_timecode(self.start, self.base, self.drop, rate)


def read_time(metadata: bytes) -> MxfTime:
    """The timecode of the tape or file that the pictures come from, where there is one; else
    the material package's. And how much stands before what is shown and heard: the start of the
    material's clip in the file package, and the origin of that package's track."""
    sets = Sets(metadata)
    own: Counter | None = None
    before: tuple[int, Counter | None] | None = None
    muted: Fraction | None = None
    jump: int | None = None
    for kind in (MATERIAL, SOURCE):
        for package in (one for one in sets.all if one.kind == kind):
            for track, part in _parts(sets, package):
                if part.kind == TIMECODE and own is None:
                    own, jump = part.counter(), _jump(sets.components(track))
                elif kind == MATERIAL and before is None and part.is_of(_PICTURE):
                    before = _before(sets, part)
                elif kind == MATERIAL and muted is None and part.is_of(_SOUND):
                    units, rate = _before(sets, part), track.ratio(0x4B01)
                    muted = units[0] / rate if units and rate else None
    skipped, source = before or (0, None)
    counter, base, drop = source or own or (None, 0, False)
    # The tape's own counter is one component: where that goes first, only it is looked at.
    return MxfTime(counter, base, drop, skipped, muted, None if source else jump)


def _parts(sets: Sets, package: MetadataSet) -> Iterator[tuple[MetadataSet, MetadataSet]]:
    """(track, component) of a package, in order."""
    for track in sets.tracks(package):
        for part in sets.components(track):
            yield track, part


def _jump(components: list[MetadataSet]) -> int | None:
    """Units of a track of timecode until a component does not count on from the one before."""
    gone, expected = 0, None
    for part in components:
        start = part.counter()[0] if part.kind == TIMECODE else None
        if expected is not None and start != expected:
            return gone
        length = max(0, part.whole(0x0202))
        gone, expected = gone + length, None if start is None else start + length
    return None


def _before(sets: Sets, clip: MetadataSet) -> tuple[int, Counter | None] | None:
    """Of the material's clip: edit units that stand before it in the file, and the counter of
    the tape behind the file. None for a clip of another file, as OP-Atom has them."""
    position = max(0, clip.whole(0x1201))
    file = _source_of(sets, clip)
    if file is None:
        return None
    for track, part in _parts(sets, file):
        if track.raw(0x4801) == clip.raw(0x1102):
            origin = max(0, track.whole(0x4B02))
            return position + origin, _tape(sets, part, position, track.ratio(0x4B01))
    return position, None


def _source_of(sets: Sets, clip: MetadataSet) -> MetadataSet | None:
    name = clip.raw(0x1101)
    packages = (one for one in sets.all if one.kind == SOURCE and any(name))
    return next((package for package in packages if package.raw(0x4401) == name), None)


def _tape(sets: Sets, clip: MetadataSet, position: int, rate: Fraction | None) -> Counter | None:
    tape = _source_of(sets, clip) if clip.kind == CLIP else None
    for track, part in _parts(sets, tape) if tape is not None else ():
        if part.kind == TIMECODE:
            start, base, drop = part.counter()
            counted = track.ratio(0x4B01) or rate
            scale = counted / rate if counted and rate else 1
            return start + int((max(0, clip.whole(0x1201)) + position) * scale), base, drop
    return None


def display_window(metadata: bytes) -> tuple[int, int, int, int] | None:
    """(x, y, width, height) of what is to be shown of a decoded frame, by the picture's
    descriptor (ST 377-1, G.2): lines of a frame, where fields are told apart. None if unsaid.

    IMX D-10 stores lines of the blanking interval above its picture.
    """
    for one in metadata_sets(metadata):
        if not {0x3203, 0x3208, 0x3209} <= set(one.fields):
            continue
        lines = 2 if one.whole(0x320C) == _SEPARATE_FIELDS else 1
        width, height = one.whole(0x3209), one.whole(0x3208) * lines
        x, y = one.whole(0x320A), one.whole(0x320B) * lines
        if width > 0 and height > 0 and x >= 0 and y >= 0:
            return x, y, width, height
    return None


def descriptor_words(
    metadata: bytes, rate: Fraction | None, *, rgb: bool
) -> tuple[bool | None, tuple[str, ...]]:
    """Whether the picture's descriptor says full range, None where it does not tell; and a sentence
    for each of its words that is not done (ST 377-1, annexes G.2 and G.4).

    rate : pictures a second
    rgb : whether the pictures are R'G'B' or grey: FFmpeg writes R'G'B's descriptor for Y'CbCr too
    """
    for one in metadata_sets(metadata):
        if 0x3203 not in one.fields:
            continue
        said = []
        own = one.ratio(0x3001)
        if own and rate and own not in (rate, 2 * rate, rate / 2):
            said.append(f"its descriptor says {float(own):g} pictures a second, its track {rate}")
        if 0x3406 in one.fields and 0x3407 in one.fields:  # R'G'B' or alone standing alpha
            depth = int.from_bytes(one.raw(0x3401)[1:2], "big")
            low, high = (one.whole(tag) for tag in (0x3407, 0x3406))
        else:
            depth = one.whole(0x3301)
            low, high = (one.whole(tag) for tag in (0x3304, 0x3305))
            rgb = True
        if not rgb or not 8 <= depth <= 16 or not (low or high):
            return None, tuple(said)
        if (low, high) == (0, (1 << depth) - 1):
            return True, tuple(said)
        if (low, high) == (16 << depth - 8, 235 << depth - 8):
            return False, tuple(said)
        said.append(f"its reference levels {low} and {high} of {depth} bits are not used")
        return None, tuple(said)
    return None, ()


def read_header(stream: BinaryIO, size: int) -> bytes:
    """Header metadata of the first partition; empty where none stands there."""
    reader = Reader(stream, size)
    start = max(0, reader.read(0, RUN_IN).find(PARTITION))
    pack = reader.klv(start)
    if pack is None:
        return b""
    for klv in reader.walk(pack.end, size):
        if same_key(klv.key, PRIMER):
            body = reader.read(pack.value + 32, 8)  # HeaderByteCount
            return reader.read(klv.at, min(int.from_bytes(body, "big"), HEADER))
        if is_essence(klv.key) or not is_fill(klv.key):
            break
    return b""
