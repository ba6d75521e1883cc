"""An MXF file as partitions, header metadata, index and places of edit units.

References: SMPTE ST 377-1 (2019), 7 (partitions), 9 (header metadata), 11 (index tables),
12 (random index pack); ST 379-1 (2009) and ST 379-2, generic container; ST 336, KLV.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import BinaryIO

from functions.contract.errors import DamagedSource, UnsupportedMedia, truncated

_START = bytes.fromhex("060e2b34")
_HEAD = 25  # bytes of a key and of the longest length
PARTITION = bytes.fromhex("060e2b34020501010d01020101")
RIP = bytes.fromhex("060e2b34020501010d01020101110100")
INDEX = bytes.fromhex("060e2b34025301010d01020101100100")
PRIMER = bytes.fromhex("060e2b34020501010d01020101050100")
RUN_IN = 65536 + 16
_MOST = 20_000_000
_LIKELY = (
    1 << 20
)  # edit units of one size; more have to fit into their file: a few bytes claim them
HEADER = 64 << 20  # bytes of metadata


def same_key(key: bytes, wanted: bytes) -> bool:
    """Keys that differ in the version of the register alone are the same."""
    return key[:7] == wanted[:7] and key[8:] == wanted[8:]


def is_fill(key: bytes) -> bool:
    """Whether a KLV is filler."""
    return key[:4] == _START and key[8:13] == bytes.fromhex("0301021001")


def is_essence(key: bytes) -> bool:
    """Whether a KLV stands in a generic container: pictures, sound, data, system items."""
    return key[:4] == _START and key[8:12] in (bytes.fromhex("0d010301"), bytes.fromhex("0e040301"))


def is_picture(key: bytes) -> bool:
    """Whether an essence element is of pictures."""
    return is_essence(key) and key[12] in (0x05, 0x15)


@dataclass(frozen=True, slots=True)
class Klv:
    """Where a triplet stands. at : of its key; value, end : of its value."""

    key: bytes
    at: int
    value: int
    end: int


@dataclass(slots=True)
class Partition:
    """A partition pack. essence, end : where its essence begins, and the partition's end."""

    at: int
    kind: int
    status: int
    header_bytes: int
    body_offset: int
    body_sid: int
    pattern: bytes
    containers: bytes
    kag: int
    essence: int = 0
    end: int = 0
    metadata: tuple[int, int] | None = None


@dataclass(slots=True)
class Unit:
    """An entry of the index, in the order in which pictures are stored."""

    offset: int
    temporal: int = 0
    key_offset: int = 0
    flags: int = 0x80
    rest: bytes = b""


@dataclass(slots=True)
class Mxf:
    """What a cut needs to know.

    metadata : the primer and all sets, as they stand
    units : the index; for constant sizes without `index_head` arrays
    unit_bytes : of each edit unit where all are of one size, else 0
    deltas, slices, positions : of the index, kept as they are
    clip : the single triplet that holds all essence of a clip-wrapped file, else None
    places : (stream offset, file offset, end) of each run of essence
    """

    partitions: list[Partition]
    metadata: bytes
    rate: Fraction
    units: list[Unit]
    unit_bytes: int
    index_sid: int
    body_sid: int
    deltas: bytes
    slices: int
    positions: int
    clip: Klv | None
    places: list[tuple[int, int, int]] = field(default_factory=list)

    def place(self, offset: int) -> tuple[int, int]:
        """File offset of a byte of the essence's stream, and the end of its run."""
        for begin, at, end in reversed(self.places):
            if begin <= offset:
                return at + offset - begin, end
        raise DamagedSource("the index points before the essence")


def triplets(data: bytes | memoryview) -> Iterator[Klv]:
    """Triplets one behind another in memory; the last may be longer than what is there."""
    at = 0
    while (found := _triplet(bytes(data[at : at + _HEAD]), at)) is not None:
        yield found
        at = found.end


def _triplet(head: bytes, at: int) -> Klv | None:
    """By its first bytes, which stand at `at`; None where its length is none (ST 336, BER)."""
    if len(head) < 17:
        return None
    length, used = head[16], 1
    if length & 0x80:
        used += length & 0x7F
        if not 1 <= length & 0x7F <= 8 or len(head) < 16 + used:
            return None
        length = int.from_bytes(head[17 : 16 + used], "big")
    return Klv(head[:16], at, at + 16 + used, at + 16 + used + length)


def local_items(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(tag, offset, length) of what a local set holds: two bytes of tag, two of length."""
    while at + 4 <= end:
        tag, length = struct.unpack_from(">HH", data, at)
        yield tag, at + 4, length
        at += 4 + length


def local_set(body: bytes) -> dict[int, bytes]:
    """The same as bytes by tag."""
    return {tag: body[at : at + size] for tag, at, size in local_items(body, 0, len(body))}


class Reader:
    """Triplets of a seekable stream."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream, self.size = stream, size

    def read(self, at: int, length: int) -> bytes:
        """Bytes; fewer at the end, and of a length that nothing but essence has."""
        self.stream.seek(at)
        return self.stream.read(max(0, min(length, self.size - at, HEADER)))

    def klv(self, at: int) -> Klv | None:
        """The triplet at an offset; None at the end or where there is none."""
        found = _triplet(self.read(at, _HEAD), at)
        return found if found is not None and found.key[:4] == _START else None

    def walk(self, at: int, stop: int) -> Iterator[Klv]:
        """Triplets one behind another."""
        while at < stop:
            found = self.klv(at)
            if found is None:
                return
            yield found
            at = found.end


def read_mxf(stream: BinaryIO, size: int) -> Mxf:
    """Read partitions, metadata and index; essence is stepped over.

    Raises DamagedSource: no partitions, no metadata, no essence. UnsupportedMedia: several essence
    containers in one file.
    """
    reader = Reader(stream, size)
    head = reader.read(0, RUN_IN)
    start = head.find(PARTITION)
    if start < 0:
        raise DamagedSource("no header partition of an MXF file is there")
    partitions, segments = _partitions(reader, start)
    bodies = [p for p in partitions if p.body_sid and p.essence]
    if not bodies:
        raise truncated("there is no essence in the file")
    sids = {p.body_sid for p in bodies}
    if len(sids) > 1:
        raise UnsupportedMedia(f"an MXF file with {len(sids)} essence containers is not cut")
    places = [(p.body_offset, p.essence, p.end) for p in bodies]
    first = reader.klv(bodies[0].essence)
    if first is None:
        raise truncated("the essence does not begin with a triplet")
    mxf = _indexed(segments, bodies[0].body_sid, size)
    mxf.partitions, mxf.places = partitions, places
    mxf.metadata = _metadata(reader, partitions)
    _wrapped(reader, mxf, first)
    return mxf


def _wrapped(reader: Reader, mxf: Mxf, first: Klv) -> None:
    element = next(
        (k for k in reader.walk(first.at, mxf.places[0][2]) if not is_fill(k.key)), first
    )
    body = element.end - element.at
    several = len(mxf.units) > 1
    inside = element.end - element.value
    # A first edit unit that ends inside the first triplet's value: all essence is in one.
    constant = 0 < mxf.unit_bytes <= inside
    varying = several and not mxf.unit_bytes and mxf.units[1].offset < body
    if is_essence(element.key) and (constant or (varying and len(mxf.places) == 1)):
        mxf.clip = element
        base = 0 if mxf.unit_bytes or mxf.units[0].offset == 0 else mxf.units[0].offset
        mxf.places = [(base, element.value, min(element.end, reader.size))]
    elif not mxf.units:
        mxf.units = _scanned(reader, mxf.places)
        mxf.unit_bytes, mxf.deltas, mxf.slices, mxf.positions = 0, b"", 0, 0


def _scanned(reader: Reader, places: list[tuple[int, int, int]]) -> list[Unit]:
    """Edit units of a file without an index: each begins like the first."""
    units: list[Unit] = []
    lead: bytes | None = None
    for begin, at, end in places:
        for klv in reader.walk(at, end):
            if is_fill(klv.key) or not is_essence(klv.key):
                continue
            lead = lead or klv.key
            if klv.key == lead:
                units.append(Unit(begin + klv.at - at))
            if len(units) > _MOST:
                raise UnsupportedMedia("an MXF file with too many edit units")
    return units


def _partitions(reader: Reader, start: int) -> tuple[list[Partition], list[dict[int, bytes]]]:
    offsets = _random_index(reader) or _walked(reader, start)
    found, segments = [], []
    for number, at in enumerate(offsets):
        end = offsets[number + 1] if number + 1 < len(offsets) else reader.size
        partition = _partition(reader, at)
        if partition is None:
            continue
        partition.end = end
        klv = reader.klv(at)
        assert klv is not None
        for inner in reader.walk(klv.end, end):
            if same_key(inner.key, PRIMER):
                partition.metadata = (inner.at, partition.header_bytes)
            elif same_key(inner.key, INDEX):
                segments.append(local_set(reader.read(inner.value, inner.end - inner.value)))
            elif is_essence(inner.key) and partition.body_sid:
                partition.essence = inner.at
                break
            elif same_key(inner.key, RIP):
                break
        found.append(partition)
    return found, segments


def _random_index(reader: Reader) -> list[int]:
    tail = reader.read(max(0, reader.size - 4), 4)
    length = int.from_bytes(tail, "big")
    if not 20 <= length <= min(reader.size, 16 << 20):
        return []
    klv = reader.klv(reader.size - length)
    if klv is None or not same_key(klv.key, RIP):
        return []
    body = reader.read(klv.value, klv.end - klv.value)[:-4]
    return [int.from_bytes(body[i + 4 : i + 12], "big") for i in range(0, len(body) - 11, 12)]


def _walked(reader: Reader, start: int) -> list[int]:
    """Partitions of a file whose end was never written: step from triplet to triplet."""
    found = []
    for klv in reader.walk(start, reader.size):
        if klv.key[:13] == PARTITION and klv.key[13] in (2, 3, 4):
            found.append(klv.at)
        if len(found) > 200_000:
            break
    return found


def _partition(reader: Reader, at: int) -> Partition | None:
    klv = reader.klv(at)
    if klv is None or klv.key[:13] != PARTITION:
        return None
    body = reader.read(klv.value, klv.end - klv.value)
    if len(body) < 88:
        return None
    kag, _, _, _, header = struct.unpack_from(">I4Q", body, 4)
    offset, sid = struct.unpack_from(">QI", body, 52)
    return Partition(at, klv.key[13], klv.key[14], header, offset, sid, body[64:80], body[80:], kag)


def _metadata(reader: Reader, partitions: list[Partition]) -> bytes:
    """Of the header, or of a later partition where the header was written too early."""
    having = [p for p in partitions if p.metadata and p.header_bytes]
    closed = [p for p in having if p.status in (2, 4)]
    if not having:
        raise truncated("there is no header metadata in the file")
    at, length = (closed or having)[0 if closed and closed[0].kind == 2 else -1].metadata or (0, 0)
    if not 0 < length <= HEADER:
        raise DamagedSource("the header metadata is cut short")
    return reader.read(at, length)


def _number(segment: dict[int, bytes], tag: int) -> int:
    return int.from_bytes(segment.get(tag, b""), "big")


def _indexed(segments: list[dict[int, bytes]], body_sid: int, file: int) -> Mxf:
    mine = [s for s in segments if _number(s, 0x3F07) in (body_sid, 0)]
    mxf = Mxf([], b"", Fraction(0), [], 0, 0, body_sid, b"", 0, 0, None)
    found: dict[int, Unit] = {}
    for segment in sorted(mine, key=lambda s: _number(s, 0x3F0C)):
        rate = segment.get(0x3F0B, b"")
        if len(rate) == 8 and struct.unpack(">II", rate)[1]:
            mxf.rate = Fraction(*struct.unpack(">II", rate))
        mxf.index_sid = _number(segment, 0x3F06)
        size, start = _number(segment, 0x3F05), _number(segment, 0x3F0C)
        mxf.slices, mxf.positions = _number(segment, 0x3F08), _number(segment, 0x3F0E)
        mxf.deltas = segment.get(0x3F09, mxf.deltas)
        length = _number(segment, 0x3F0D)
        if size:
            mxf.unit_bytes = size
            if length > _LIKELY and length * size > file:
                raise DamagedSource(f"{length} edit units of {size} bytes in a file of {file}")
            for n in range(min(length, _MOST)):
                found[start + n] = Unit((start + n) * size)
            continue
        table = segment.get(0x3F0A, b"")
        if len(table) < 8:
            continue
        count, width = struct.unpack_from(">II", table)
        for n in range(min(count, (len(table) - 8) // max(11, width))):
            at = 8 + n * width
            temporal, key, flags, offset = struct.unpack_from(">bbBQ", table, at)
            found[start + n] = Unit(offset, temporal, key, flags, table[at + 11 : at + width])
    whole = all(n in found for n in range(len(found)))
    mxf.units = [found[n] for n in range(len(found))] if whole else []
    return mxf
