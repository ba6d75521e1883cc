"""What a QuickTime or MXF file says outside its pictures: encryption, missing bytes, edits.

References: ISO/IEC 14496-12 (2022), boxes; ISO/IEC 23001-7 (2016), `encv` and `sinf`;
SMPTE ST 429-6 (2006), the encrypted triplet and cryptographic framework of MXF.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

_TOP = 20_000  # boxes: a fragmented day of recording has about as many
_MOOV = 256 << 20
HEAD = 1 << 20  # bytes of an MXF that hold its header partition
_DEPTH = 8
_TRACKS = 100
_CONTAINERS = frozenset(
    (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"mvex", b"moof", b"traf", b"sinf")
)
_ENTRY = {b"encv": 86, b"enca": 36, b"encs": 16}
_CRYPTIC = (
    bytes.fromhex("060e2b34 0204 0101 0d010301 027e0100"),
    bytes.fromhex("060e2b34 0253 0101 0d010401 02020000"),
    bytes.fromhex("060e2b34 0253 0101 0d010401 02010000"),
)


@dataclass(frozen=True, slots=True)
class Scan:
    """encrypted : the scheme's name where the headers say so, else None
    missing : bytes that boxes claim past the end of the file
    empty_edit : seconds of nothing that an edit list puts before the picture
    dolby_vision : "profile.level" of a configuration box, else None
    entries : four letters of each sample entry, in order of the tracks
    rotation : degrees clockwise that the matrix of the first picture track turns by
    """

    encrypted: str | None = None
    missing: int = 0
    empty_edit: float = 0.0
    dolby_vision: str | None = None
    entries: tuple[str, ...] = ()
    rotation: int = 0


def scan_mxf(stream: BinaryIO) -> Scan:
    """Look through the header partition, a mebibyte at most."""
    stream.seek(0)
    head = stream.read(HEAD)
    # Byte 8 of a label is a version that may differ.
    found = any(key[:7] + bytes([v]) + key[8:] in head for key in _CRYPTIC for v in range(1, 6))
    return Scan(encrypted="ST 429-6" if found else None)


def holds_aces(head: bytes) -> bool:
    """Whether an MXF header names the essence container of ACES frames (ST 2065-5).

    FFmpeg takes such a header for a broken one.
    """
    return head.startswith(b"\x06\x0e\x2b\x34") and bytes.fromhex("0d01030102190100") in head


def scan_boxes(stream: BinaryIO, size: int) -> Scan:
    """Walk the boxes of a QuickTime or MP4 file; pictures are stepped over.

    Sizes that cannot be end the walk: the demuxer has the last word on damage.
    """
    at, missing, movie = 0, 0, b""
    for _ in range(_TOP):
        stream.seek(at)
        head = stream.read(16)
        if len(head) < 8:
            break
        length, kind = struct.unpack_from(">I4s", head)
        if length == 1 and len(head) == 16:
            (length,) = struct.unpack_from(">Q", head, 8)
        elif length == 0:
            break  # to the end of the file
        if length < 8:
            break
        missing = max(missing, at + length - size) if kind in (b"mdat", b"moov") else missing
        if kind in (b"moov", b"moof") and length <= _MOOV:
            stream.seek(at)
            movie += stream.read(length) if not movie or kind == b"moov" else b""
        at += length
    facts = _Facts()
    _walk(memoryview(movie), facts, 0)
    gap = facts.empty_edit / facts.timescale if facts.timescale else 0.0
    return Scan(facts.encrypted, missing, gap, facts.dolby_vision, tuple(facts.entries),
                facts.rotation or 0)  # fmt: skip


@dataclass
class _Facts:
    encrypted: str | None = None
    timescale: int = 0
    empty_edit: int = 0
    dolby_vision: str | None = None
    entries: list[str] = field(default_factory=list)
    turn: int = 0
    rotation: int | None = None


def _boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        start = 8
        if length == 1 and at + 16 <= len(data):
            (length,) = struct.unpack_from(">Q", data, at + 8)
            start = 16
        elif length == 0:
            length = len(data) - at
        if length < start:
            return
        yield kind, data[at + start : at + length]
        at += length


def _walk(data: memoryview, facts: _Facts, depth: int) -> None:
    for kind, body in _boxes(data) if depth < _DEPTH else ():
        if kind in _CONTAINERS:
            _walk(body, facts, depth + 1)
        elif kind == b"mvhd" and len(body) >= 24:
            facts.timescale = struct.unpack_from(">I", body, 20 if body[0] else 12)[0]
        elif kind == b"tkhd" and len(body) >= 84:
            facts.turn = _turn(body)
        elif kind == b"hdlr" and bytes(body[8:12]) == b"vide" and facts.rotation is None:
            facts.rotation = facts.turn
        elif kind == b"elst" and len(body) >= 8:
            facts.empty_edit = max(facts.empty_edit, _leading_gap(body))
        elif kind == b"stsd" and len(body) >= 8:
            _sample_entries(body[8:], facts)
        elif kind == b"senc":
            facts.encrypted = facts.encrypted or "cenc"


def _sample_entries(data: memoryview, facts: _Facts) -> None:
    for kind, body in _boxes(data):
        if len(facts.entries) < _TRACKS:
            facts.entries.append(kind.decode("latin-1"))
        if kind in _ENTRY or kind == b"drmi":
            facts.encrypted = facts.encrypted or "cenc"
        for inner, content in _boxes(body[78:]) if len(body) > 86 else ():
            if inner in (b"dvcC", b"dvvC", b"dvwC") and len(content) >= 5:
                bits = content[2] << 8 | content[3]
                facts.dolby_vision = f"{bits >> 9}.{bits >> 3 & 63}"
            elif inner == b"sinf":
                for part, scheme in _boxes(content):
                    if part == b"schm" and len(scheme) >= 8:
                        facts.encrypted = bytes(scheme[4:8]).decode("latin-1")


def _turn(body: memoryview) -> int:
    """Degrees clockwise of a track header's matrix (8.3.2), to the nearest quarter turn."""
    import math

    a, b = struct.unpack_from(">ii", body, 52 if body[0] else 40)
    return round(math.degrees(math.atan2(b, a)) / 90) % 4 * 90


def _leading_gap(body: memoryview) -> int:
    """Movie time of the empty edits (media time -1) that come first."""
    count, wide = struct.unpack_from(">I", body, 4)[0], body[0] == 1
    form = struct.Struct(">QqI" if wide else ">IiI")
    gap = 0
    for index in range(min(count, (len(body) - 8) // form.size)):
        length, media, _ = form.unpack_from(body, 8 + index * form.size)
        if media != -1:
            break
        gap += length
    return gap
