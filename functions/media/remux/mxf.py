"""A range of an MXF file, or several parts of one, as an MXF file: nothing re-encoded.

Header metadata, descriptors and triplets of essence are kept byte for byte; lengths, start
timecode, package identities and the index are made anew. The pattern stays: OP1a in OP1a out,
OP-Atom in OP-Atom out. Nothing depends on the clock: new package identities are derived from
the source's and the range.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from functions.contract.timecode import Timecode
from functions.media.containers.klv import PRIMER, Mxf, Unit, same_key

_SET = bytes.fromhex("060e2b34025301010d01010101")
_MATERIAL, _SOURCE, _TRACK, _SEQUENCE, _CLIP, _TIMECODE = 0x36, 0x37, 0x3B, 0x0F, 0x11, 0x14
_PHYSICAL = frozenset((0x2D, 0x2E, 0x49, 0x4A))
_SEGMENT = 4000
_OWN = frozenset((0x3C0A, 0x3002, 0x3F01, 0x0102))


@dataclass(slots=True)
class Span:
    """What a new file holds.

    count : edit units that are shown; lead : of those stored before the first shown
    stored : edit units that are stored
    first : number of the first stored edit unit in its source, for timecode
    """

    first: int
    lead: int
    count: int
    stored: int


@dataclass(slots=True)
class _Set:
    kind: int
    at: int
    fields: dict[int, tuple[int, int]]  # tag to offset and length in the metadata


def _sets(metadata: bytes) -> Iterator[_Set]:
    at = 0
    while at + 17 <= len(metadata):
        key, length, used = metadata[at : at + 16], metadata[at + 16], 1
        if length & 0x80:
            used += length & 0x7F
            length = int.from_bytes(metadata[at + 17 : at + 16 + used], "big")
        value = at + 16 + used
        local = key[:4] == b"\x06\x0e\x2b\x34" and key[5] == 0x53 and key[8:13] == _SET[8:13]
        if local and not same_key(key, PRIMER):
            fields, inner = {}, value
            while inner + 4 <= min(value + length, len(metadata)):
                tag, size = struct.unpack_from(">HH", metadata, inner)
                fields[tag] = (inner + 4, size)
                inner += 4 + size
            yield _Set(key[14], at, fields)
        at = value + length


def patched(metadata: bytes, rate: Fraction, span: Span, seed: bytes) -> bytes:
    """Header metadata of the new file, of the same length.

    rate : edit units a second
    seed : what identities are derived from, beside the source's own
    """
    body = bytearray(metadata)
    sets = list(_sets(metadata))
    by_id = {_field(metadata, one, 0x3C0A): one for one in sets if 0x3C0A in one.fields}
    for one in sets:
        if one.kind in (_MATERIAL, _SOURCE):
            descriptor = by_id.get(_field(metadata, one, 0x4701))
            if descriptor is not None and descriptor.kind in _PHYSICAL:
                continue
            for track in _referred(metadata, one, 0x4403, by_id):
                _patch_track(body, metadata, track, by_id, rate, span, one.kind)
        elif 0x3002 in one.fields:  # a file descriptor's ContainerDuration
            sample = _rational(metadata, one, 0x3001) or rate
            _write(body, one, 0x3002, _scaled(span.stored, sample / rate))
    return _renamed(bytes(body), sets, metadata, by_id, seed)


def _patch_track(
    body: bytearray,
    metadata: bytes,
    track: _Set,
    by_id: dict[bytes, _Set],
    rate: Fraction,
    span: Span,
    package: int,
) -> None:
    edit = _rational(metadata, track, 0x4B01) or rate
    count = span.count if package == _MATERIAL else span.stored - span.lead
    if package == _SOURCE and span.lead and 0x4B02 in track.fields:
        _write(body, track, 0x4B02, _scaled(span.lead, edit / rate))
    sequence = by_id.get(_field(metadata, track, 0x4803))
    if track.kind != _TRACK or sequence is None:
        return
    length = _scaled(count, edit / rate)
    _write(body, sequence, 0x0202, length)
    parts = _referred(metadata, sequence, 0x1001, by_id)
    if len(parts) > 1:
        _patch_several(body, metadata, parts, _scaled(span.first + span.lead, edit / rate), length)
        return
    for part in parts:
        _write(body, part, 0x0202, length)
        if part.kind == _TIMECODE:
            _move_timecode(body, metadata, part, span.first + span.lead)
        elif part.kind == _CLIP and package == _SOURCE and any(_field(metadata, part, 0x1101)):
            before = int.from_bytes(_field(metadata, part, 0x1201), "big", signed=True)
            moved = _scaled(span.first + span.lead, edit / rate)
            _write(body, part, 0x1201, max(0, before) + moved)


def _patch_several(
    body: bytearray, metadata: bytes, parts: list[_Set], start: int, length: int
) -> None:
    """What is left of each of several components one behind another."""
    at = 0
    for part in parts:
        long = int.from_bytes(_field(metadata, part, 0x0202), "big", signed=True)
        low, high = max(start, at), min(start + length, at + long)
        _write(body, part, 0x0202, max(0, high - low))
        if part.kind == _CLIP:
            before = int.from_bytes(_field(metadata, part, 0x1201), "big", signed=True)
            _write(body, part, 0x1201, max(0, before + low - at - start))
        at += max(0, long)


def _move_timecode(body: bytearray, metadata: bytes, part: _Set, frames: int) -> None:
    start = int.from_bytes(_field(metadata, part, 0x1501), "big")
    base = int.from_bytes(_field(metadata, part, 0x1502), "big") or 1
    drop = any(_field(metadata, part, 0x1503))
    skipped = (base // 15) * (1440 - 144) if drop else 0
    _write(body, part, 0x1501, (start + frames) % (base * 86400 - skipped))


def start_timecode(mxf: Mxf) -> Timecode | None:
    """Of the material package's first timecode track."""
    metadata = mxf.metadata
    sets = list(_sets(metadata))
    by_id = {_field(metadata, one, 0x3C0A): one for one in sets if 0x3C0A in one.fields}
    for kind in (_MATERIAL, _SOURCE):
        for package in (one for one in sets if one.kind == kind):
            for track in _referred(metadata, package, 0x4403, by_id):
                sequence = by_id.get(_field(metadata, track, 0x4803))
                for part in _referred(metadata, sequence, 0x1001, by_id) if sequence else ():
                    if part.kind == _TIMECODE:
                        start = int.from_bytes(_field(metadata, part, 0x1501), "big")
                        rate = _rational(metadata, track, 0x4B01) or mxf.rate
                        return Timecode(start, rate, any(_field(metadata, part, 0x1503)))
    return None


def picture_rate(mxf: Mxf) -> Fraction | None:
    """Edit units a second by the picture's descriptor, for a file without an index."""
    for one in _sets(mxf.metadata):
        if 0x3203 in one.fields and (rate := _rational(mxf.metadata, one, 0x3001)):
            return rate
    return None


def _renamed(
    body: bytes, sets: list[_Set], metadata: bytes, by_id: dict[bytes, _Set], seed: bytes
) -> bytes:
    for one in sets:
        if one.kind not in (_MATERIAL, _SOURCE):
            continue
        descriptor = by_id.get(_field(metadata, one, 0x4701))
        old = _field(metadata, one, 0x4401)
        if len(old) != 32 or (descriptor is not None and descriptor.kind in _PHYSICAL):
            continue
        fresh = hashlib.blake2b(old + seed, digest_size=16).digest()
        body = body.replace(old, old[:16] + fresh)
    return body


def _field(metadata: bytes, one: _Set, tag: int) -> bytes:
    at, length = one.fields.get(tag, (0, 0))
    return metadata[at : at + length]


def _rational(metadata: bytes, one: _Set, tag: int) -> Fraction | None:
    raw = _field(metadata, one, tag)
    if len(raw) != 8:
        return None
    top, bottom = struct.unpack(">ii", raw)
    return Fraction(top, bottom) if top > 0 and bottom > 0 else None


def _referred(metadata: bytes, one: _Set, tag: int, by_id: dict[bytes, _Set]) -> list[_Set]:
    raw = _field(metadata, one, tag)[8:]
    found = (by_id.get(raw[i : i + 16]) for i in range(0, len(raw), 16))
    return [each for each in found if each is not None]


def _scaled(units: int, ratio: Fraction) -> int:
    return int(units * ratio)


def _write(body: bytearray, one: _Set, tag: int, value: int) -> None:
    if tag in one.fields:
        at, length = one.fields[tag]
        body[at : at + length] = value.to_bytes(length, "big", signed=True)


def ber(length: int) -> bytes:
    """A length in nine bytes."""
    return b"\x88" + length.to_bytes(8, "big")


def partition_pack(
    mxf: Mxf, kind: int, at: int, previous: int, footer: int, header: int, index: int, body: bool
) -> bytes:
    """A closed and complete partition pack, of the source's pattern and containers.

    kind : 2 header, 3 body, 4 footer; at, previous, footer : offsets of partitions
    header, index : bytes of metadata and index that follow; body : whether essence does
    """
    first = mxf.partitions[0]
    key = bytes.fromhex("060e2b34020501010d010201010000")
    key = key[:13] + bytes((kind, 4, 0))
    index_sid, body_sid = (mxf.index_sid or 1) if index else 0, mxf.body_sid if body else 0
    value = struct.pack(">HHI5Q", 1, 3, 1, at, previous, footer, header, index)
    value += struct.pack(">IQI", index_sid, 0, body_sid)
    value += first.pattern + first.containers
    return key + ber(len(value)) + value


def index_segments(mxf: Mxf, units: list[Unit], seed: bytes) -> bytes:
    """The index of the new file.

    units : with offsets in the new stream
    """
    constant = bool(mxf.unit_bytes)
    written = b""
    for start in range(0, 1 if constant else len(units), _SEGMENT):
        chosen = units if constant else units[start : start + _SEGMENT]
        uid = hashlib.blake2b(seed + struct.pack(">I", start), digest_size=16).digest()
        fields = [
            (0x3C0A, uid),
            (0x3F0B, struct.pack(">II", mxf.rate.numerator, mxf.rate.denominator)),
            (0x3F0C, struct.pack(">Q", start)),
            (0x3F0D, struct.pack(">Q", len(chosen))),
            (0x3F05, struct.pack(">I", mxf.unit_bytes)),
            (0x3F06, struct.pack(">I", mxf.index_sid or 1)),
            (0x3F07, struct.pack(">I", mxf.body_sid)),
            (0x3F08, bytes((mxf.slices,))),
            (0x3F0E, bytes((mxf.positions,))),
        ]
        if mxf.deltas:
            fields.append((0x3F09, mxf.deltas))
        if not constant:
            width = 11 + len(chosen[0].rest)
            table = struct.pack(">II", len(chosen), width) + b"".join(
                struct.pack(">bbBQ", u.temporal, u.key_offset, u.flags, u.offset) + u.rest
                for u in chosen
            )
            fields.append((0x3F0A, table))
        body = b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in fields)
        written += bytes.fromhex("060e2b34025301010d01020101100100") + ber(len(body)) + body
    return written


def random_index(partitions: list[tuple[int, int]]) -> bytes:
    """The pack at the file's end. partitions : (body stream, offset) of each."""
    body = b"".join(struct.pack(">IQ", sid, at) for sid, at in partitions)
    total = 16 + 9 + len(body) + 4
    key = bytes.fromhex("060e2b34020501010d01020101110100")
    return key + ber(len(body) + 4) + body + struct.pack(">I", total)


def described(mxf: Mxf) -> list[tuple[int, dict[int, bytes]]]:
    """File descriptors as (kind, fields), without identities, references and lengths."""
    return [
        (
            one.kind,
            {tag: _field(mxf.metadata, one, tag) for tag in one.fields if tag not in _OWN},
        )
        for one in _sets(mxf.metadata)
        if 0x3001 in one.fields
    ]
