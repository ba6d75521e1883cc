"""A range of an MXF file, or several parts of one, as an MXF file: nothing re-encoded.

Header metadata, descriptors and triplets of essence are kept byte for byte; lengths, start
timecode, package identities and the index are made anew. The pattern stays: OP1a in OP1a out,
OP-Atom in OP-Atom out. Nothing depends on the clock: new package identities are derived from
the source's and the range.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from fractions import Fraction

from functions.contract.errors import DamagedSource
from functions.media.containers.klv import INDEX, PARTITION, RIP, Mxf, Unit
from functions.media.containers.mxf_sets import (
    CLIP,
    MATERIAL,
    SOURCE,
    TIMECODE,
    TRACK,
    MetadataSet,
    Sets,
    metadata_sets,
)

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


def patched(metadata: bytes, rate: Fraction, span: Span, seed: bytes) -> bytes:
    """Header metadata of the new file, of the same length.

    rate : edit units a second
    seed : what identities are derived from, beside the source's own
    """
    body = bytearray(metadata)
    sets = Sets(metadata)
    packages = (one for one in sets.all if one.kind in (MATERIAL, SOURCE))
    own = [one for one in packages if not _is_physical(sets.named(one, 0x4701))]
    for one in own:
        for track in sets.tracks(one):
            _patch_track(body, sets, track, rate, span, one.kind)
    for one in sets.all:
        if (
            one.kind not in (MATERIAL, SOURCE) and 0x3002 in one.fields
        ):  # a file descriptor's ContainerDuration
            sample = one.ratio(0x3001) or rate
            _write(body, one, 0x3002, _scaled(span.stored, sample / rate))
    renamed = bytes(body)
    for old in (one.raw(0x4401) for one in own):
        if len(old) == 32:
            fresh = hashlib.blake2b(old + seed, digest_size=16).digest()
            renamed = renamed.replace(old, old[:16] + fresh)
    return renamed


def _is_physical(descriptor: MetadataSet | None) -> bool:
    return descriptor is not None and descriptor.kind in _PHYSICAL


def _patch_track(
    body: bytearray, sets: Sets, track: MetadataSet, rate: Fraction, span: Span, package: int
) -> None:
    edit = track.ratio(0x4B01) or rate
    count = span.count if package == MATERIAL else span.stored - span.lead
    if package == SOURCE and span.lead and 0x4B02 in track.fields:
        _write(body, track, 0x4B02, _scaled(span.lead, edit / rate))
    sequence = sets.named(track, 0x4803)
    if track.kind != TRACK or sequence is None:
        return
    length = _scaled(count, edit / rate)
    moved = _scaled(span.first + span.lead, edit / rate)
    _write(body, sequence, 0x0202, length)
    parts = sets.components(track)
    if len(parts) > 1:
        _patch_several(body, parts, moved, length)
        return
    for part in parts:
        _write(body, part, 0x0202, length)
        if part.kind == TIMECODE:
            _move_timecode(body, part, span.first + span.lead)
        elif part.kind == CLIP and package == SOURCE and any(part.raw(0x1101)):
            _write(body, part, 0x1201, max(0, part.whole(0x1201)) + moved)


def _patch_several(body: bytearray, parts: list[MetadataSet], start: int, length: int) -> None:
    """What is left of each of several components one behind another."""
    at = 0
    for part in parts:
        long = part.whole(0x0202)
        low, high = max(start, at), min(start + length, at + long)
        _write(body, part, 0x0202, max(0, high - low))
        if part.kind == CLIP:
            _write(body, part, 0x1201, max(0, part.whole(0x1201) + low - at - start))
        at += max(0, long)


def _move_timecode(body: bytearray, part: MetadataSet, frames: int) -> None:
    start = int.from_bytes(part.raw(0x1501), "big")
    _, base, drop = part.counter()
    base = base or 1
    skipped = (base // 15) * (1440 - 144) if drop else 0
    _write(body, part, 0x1501, (start + frames) % (base * 86400 - skipped))


def _scaled(units: int, ratio: Fraction) -> int:
    return int(units * ratio)


def _write(body: bytearray, one: MetadataSet, tag: int, value: int) -> None:
    if tag in one.fields:
        at, length = one.fields[tag]
        if value.bit_length() >= 8 * length or at + length > len(body):
            raise DamagedSource(f"a field of its metadata (tag {tag:04x}) has no room for {value}")
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
    index_sid, body_sid = (mxf.index_sid or 1) if index else 0, mxf.body_sid if body else 0
    value = struct.pack(">HHI5Q", 1, 3, 1, at, previous, footer, header, index)
    value += struct.pack(">IQI", index_sid, 0, body_sid)
    value += first.pattern + first.containers
    return PARTITION + bytes((kind, 4, 0)) + ber(len(value)) + value


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
        written += INDEX + ber(len(body)) + body
    return written


def random_index(partitions: list[tuple[int, int]]) -> bytes:
    """The pack at the file's end. partitions : (body stream, offset) of each."""
    body = b"".join(struct.pack(">IQ", sid, at) for sid, at in partitions)
    total = 16 + 9 + len(body) + 4
    return RIP + ber(len(body) + 4) + body + struct.pack(">I", total)


def described(mxf: Mxf) -> list[tuple[int, dict[int, bytes]]]:
    """File descriptors as (kind, fields), without identities, references and lengths."""
    return [
        (
            one.kind,
            {tag: one.raw(tag) for tag in one.fields if tag not in _OWN},
        )
        for one in metadata_sets(mxf.metadata)
        if 0x3001 in one.fields
    ]
