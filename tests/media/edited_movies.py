"""QuickTime files whose edit lists, timecode tracks and pieces are rewritten by the test itself."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

Edit = tuple[int, int] | tuple[int, int, float]
_PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf")


def boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    """(kind, content) one behind another, by the letter of ISO/IEC 14496-12, 4.2."""
    found, at = [], 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        size = size or len(data) - at
        found.append((kind, data[at + head : at + size]))
        at += size
    return found


def box(kind: bytes, content: bytes) -> bytes:
    """A box as it is written."""
    return struct.pack(">I4s", len(content) + 8, kind) + content


def rewritten(
    source: Path, target: Path, change: Callable[[tuple[bytes, ...], bytes, int], bytes | None]
) -> Path:
    """A copy in which `change(path of kinds, content, number of the track)` has had its say; the
    pictures must stand before what grows."""

    track = -1

    def walk(data: bytes, path: tuple[bytes, ...]) -> bytes:
        nonlocal track
        made = b""
        for kind, content in boxes(data):
            here = (*path, kind)
            if kind == b"trak":
                track += 1
            inner = walk(content, here) if kind in _PARENTS else content
            new = change(here, inner, track)
            made += box(kind, inner if new is None else new)
        return made

    target.write_bytes(walk(source.read_bytes(), ()))
    return target


def edit_list(edits: list[Edit]) -> bytes:
    """An `edts` box of (ticks of the movie, tick of the track or -1, speed)."""
    rows = b"".join(
        struct.pack(">Iii", edit[0], edit[1], round((edit[2] if len(edit) > 2 else 1) * 65536))
        for edit in edits
    )
    return box(b"edts", box(b"elst", struct.pack(">II", 0, len(edits)) + rows))


def with_edits(source: Path, target: Path, edits: dict[int, list[Edit]]) -> Path:
    """The movie with these edit lists, by number of its track."""

    def change(path: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
        if path[-1] != b"trak" or track not in edits:
            return None
        parts = [(kind, body) for kind, body in boxes(content) if kind != b"edts"]
        made = b""
        for kind, body in parts:
            made += box(kind, body)
            if kind == b"tkhd":
                made += edit_list(edits[track])
        return made

    return rewritten(source, target, change)


def movie_ticks(path: Path) -> int:
    """Ticks a second of the movie's own time."""
    moov = next(body for kind, body in boxes(path.read_bytes()) if kind == b"moov")
    header = next(body for kind, body in boxes(moov) if kind == b"mvhd")
    return int(struct.unpack_from(">I", header, 12)[0])


def with_timecode(
    source: Path, target: Path, *, flags: int, scale: int, ticks: int, base: int
) -> Path:
    """The movie whose timecode track counts otherwise."""

    def change(path: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
        at = content.find(b"tmcd")
        if path[-1] != b"stsd" or at < 0:
            return None
        body = bytearray(content)
        struct.pack_into(">IIIB", body, at + 4 + 12, flags, scale, ticks, base)
        return bytes(body)

    return rewritten(source, target, change)
