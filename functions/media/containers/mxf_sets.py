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
from functions.media.containers.klv import PRIMER, Reader, is_essence, is_fill, same_key

_SET = bytes.fromhex("060e2b34025301010d01010101")
MATERIAL, SOURCE, TRACK, SEQUENCE, CLIP, TIMECODE = 0x36, 0x37, 0x3B, 0x0F, 0x11, 0x14
_PARTITION = bytes.fromhex("060e2b34020501010d01020101")
_RUN_IN = 65536 + 16
_MOST = 64 << 20
_SEPARATE_FIELDS = 1
_PICTURE, _SOUND = bytes.fromhex("0103020201"), bytes.fromhex("0103020202")


@dataclass(slots=True)
class MetadataSet:
    """A set: its kind, where it stands, and its fields."""

    kind: int
    at: int
    fields: dict[int, tuple[int, int]]  # tag to offset and length in the metadata


def metadata_sets(metadata: bytes, *, of_any: bool = False) -> Iterator[MetadataSet]:
    """All sets of header metadata, in order; `of_any` has makers' own among them."""
    at = 0
    while at + 17 <= len(metadata):
        key, length, used = metadata[at : at + 16], metadata[at + 16], 1
        if length & 0x80:
            used += length & 0x7F
            length = int.from_bytes(metadata[at + 17 : at + 16 + used], "big")
        value = at + 16 + used
        local = key[:4] == b"\x06\x0e\x2b\x34" and key[5] == 0x53
        local = local and (of_any or key[8:13] == _SET[8:13])
        if local and not same_key(key, PRIMER):
            fields, inner = {}, value
            while inner + 4 <= min(value + length, len(metadata)):
                tag, size = struct.unpack_from(">HH", metadata, inner)
                fields[tag] = (inner + 4, size)
                inner += 4 + size
            yield MetadataSet(key[14], at, fields)
        at = value + length


def set_field(metadata: bytes, one: MetadataSet, tag: int) -> bytes:
    """A field's bytes; none where the set lacks it."""
    at, length = one.fields.get(tag, (0, 0))
    return metadata[at : at + length]


def set_ratio(metadata: bytes, one: MetadataSet, tag: int) -> Fraction | None:
    """A field of two numbers; None for what is no ratio above zero."""
    raw = set_field(metadata, one, tag)
    if len(raw) != 8:
        return None
    top, bottom = struct.unpack(">ii", raw)
    return Fraction(top, bottom) if top > 0 and bottom > 0 else None


def referred(
    metadata: bytes, one: MetadataSet, tag: int, by_id: dict[bytes, MetadataSet]
) -> list[MetadataSet]:
    """The sets that an array of references names."""
    raw = set_field(metadata, one, tag)[8:]
    found = (by_id.get(raw[i : i + 16]) for i in range(0, len(raw), 16))
    return [each for each in found if each is not None]


def picture_rate(metadata: bytes) -> Fraction | None:
    """Edit units a second by the picture's descriptor, for a file without an index."""
    for one in metadata_sets(metadata):
        if 0x3203 in one.fields and (rate := set_ratio(metadata, one, 0x3001)):
            return rate
    return None


def picture_length(metadata: bytes) -> int | None:
    """Edit units of pictures, by the first component of a package that says a length."""
    for one in metadata_sets(metadata):
        if _is_of(metadata, one, _PICTURE) and (length := _whole(metadata, one, 0x0202)) > 0:
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
    sets = list(metadata_sets(metadata))
    by_id = {set_field(metadata, one, 0x3C0A): one for one in sets if 0x3C0A in one.fields}
    packages = _Packages(metadata, sets, by_id)
    own: tuple[int, int, bool] | None = None
    behind: tuple[int, tuple[int, int, bool] | None] | None = None
    muted: Fraction | None = None
    jump: int | None = None
    for kind in (MATERIAL, SOURCE):
        for package in (one for one in sets if one.kind == kind):
            for track, part in packages.parts(package):
                if part.kind == TIMECODE and own is None:
                    own, jump = _counter(metadata, part), packages.jump(track)
                elif kind == MATERIAL and behind is None and _is_of(metadata, part, _PICTURE):
                    behind = packages.behind(part)
                elif kind == MATERIAL and muted is None and _is_of(metadata, part, _SOUND):
                    units, rate = packages.behind(part), set_ratio(metadata, track, 0x4B01)
                    muted = units[0] / rate if units and rate else None
    skipped, source = behind or (0, None)
    counter, base, drop = source or own or (None, 0, False)
    # The tape's own counter is one component: where that goes first, only it is looked at.
    return MxfTime(counter, base, drop, skipped, muted, None if source else jump)


@dataclass(slots=True)
class _Packages:
    """Packages that refer to one another."""

    metadata: bytes
    sets: list[MetadataSet]
    by_id: dict[bytes, MetadataSet]

    def parts(self, package: MetadataSet) -> Iterator[tuple[MetadataSet, MetadataSet]]:
        """(track, component) of a package, in order."""
        for track in referred(self.metadata, package, 0x4403, self.by_id):
            sequence = self.by_id.get(set_field(self.metadata, track, 0x4803))
            for part in referred(self.metadata, sequence, 0x1001, self.by_id) if sequence else ():
                yield track, part

    def jump(self, track: MetadataSet) -> int | None:
        """Units of a track of timecode until a component does not count on from the one before."""
        sequence = self.by_id.get(set_field(self.metadata, track, 0x4803))
        gone, expected = 0, None
        for part in referred(self.metadata, sequence, 0x1001, self.by_id) if sequence else ():
            start = _counter(self.metadata, part)[0] if part.kind == TIMECODE else None
            if expected is not None and start != expected:
                return gone
            length = max(0, _whole(self.metadata, part, 0x0202))
            gone, expected = gone + length, None if start is None else start + length
        return None

    def behind(self, clip: MetadataSet) -> tuple[int, tuple[int, int, bool] | None] | None:
        """Of the material's clip: edit units that stand before it in the file, and the counter of
        the tape behind the file. None for a clip of another file, as OP-Atom has them."""
        position = max(0, _whole(self.metadata, clip, 0x1201))
        file = self._source_of(clip)
        if file is None:
            return None
        wanted = set_field(self.metadata, clip, 0x1102)
        for track, part in self.parts(file):
            if set_field(self.metadata, track, 0x4801) != wanted:
                continue
            origin = max(0, _whole(self.metadata, track, 0x4B02))
            rate = set_ratio(self.metadata, track, 0x4B01)
            return position + origin, self._tape(part, position, rate)
        return position, None

    def _source_of(self, clip: MetadataSet) -> MetadataSet | None:
        name = set_field(self.metadata, clip, 0x1101)
        packages = (one for one in self.sets if one.kind == SOURCE and any(name))
        return next((p for p in packages if set_field(self.metadata, p, 0x4401) == name), None)

    def _tape(
        self, clip: MetadataSet, position: int, rate: Fraction | None
    ) -> tuple[int, int, bool] | None:
        tape = self._source_of(clip) if clip.kind == CLIP else None
        for track, part in self.parts(tape) if tape is not None else ():
            if part.kind == TIMECODE:
                start, base, drop = _counter(self.metadata, part)
                inside = max(0, _whole(self.metadata, clip, 0x1201)) + position
                counted = set_ratio(self.metadata, track, 0x4B01) or rate
                scale = counted / rate if counted and rate else 1
                return start + int(inside * scale), base, drop
        return None


def display_window(metadata: bytes) -> tuple[int, int, int, int] | None:
    """(x, y, width, height) of what is to be shown of a decoded frame, by the picture's
    descriptor (ST 377-1, G.2): lines of a frame, where fields are told apart. None if unsaid.

    IMX D-10 stores lines of the blanking interval above its picture.
    """
    for one in metadata_sets(metadata):
        if 0x3203 not in one.fields or not {0x3208, 0x3209} <= set(one.fields):
            continue
        lines = 2 if _whole(metadata, one, 0x320C) == _SEPARATE_FIELDS else 1
        width, height = _whole(metadata, one, 0x3209), _whole(metadata, one, 0x3208) * lines
        x, y = _whole(metadata, one, 0x320A), _whole(metadata, one, 0x320B) * lines
        if width > 0 and height > 0 and x >= 0 and y >= 0:
            return x, y, width, height
    return None


def _is_of(metadata: bytes, part: MetadataSet, essence: bytes) -> bool:
    return part.kind == CLIP and essence in set_field(metadata, part, 0x0201)


def _counter(metadata: bytes, part: MetadataSet) -> tuple[int, int, bool]:
    return (
        int.from_bytes(set_field(metadata, part, 0x1501), "big", signed=True),
        int.from_bytes(set_field(metadata, part, 0x1502), "big"),
        any(set_field(metadata, part, 0x1503)),
    )


def _whole(metadata: bytes, one: MetadataSet, tag: int) -> int:
    return int.from_bytes(set_field(metadata, one, tag), "big", signed=True)


def read_header(stream: BinaryIO, size: int) -> bytes:
    """Header metadata of the first partition; empty where none stands there."""
    reader = Reader(stream, size)
    start = max(0, reader.read(0, _RUN_IN).find(_PARTITION))
    pack = reader.klv(start)
    if pack is None:
        return b""
    for klv in reader.walk(pack.end, size):
        if same_key(klv.key, PRIMER):
            body = reader.read(pack.value + 32, 8)  # HeaderByteCount
            length = int.from_bytes(body, "big")
            return reader.read(klv.at, min(length, _MOST))
        if is_essence(klv.key) or not is_fill(klv.key):
            break
    return b""
