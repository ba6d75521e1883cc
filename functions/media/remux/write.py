"""A QuickTime or MP4 file from tables and pieces of other files, without a look inside them.

Pieces keep the order of their files, so that sound and pictures stay interleaved and a
source is read once from front to back. The file's layout is FFmpeg's own.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from functions.media.containers.boxes import Layout, copied
from functions.media.containers.sample_tables import Array, write_tables
from functions.media.containers.tracks import Track, set_length, write_edits

Read = Callable[[int, int, int], bytes]
"""`(source, offset, length)` to bytes; fewer where the file ends."""

Look = Callable[[int, int, memoryview, int], None]
"""`(track, row, content, size)`: raises for content that is short of its size, or cannot be."""

_RUN = 8 << 20
_GAP = 64 << 10
_BLOCKS = 4


@dataclass(slots=True)
class Placed:
    """A track of the new file.

    source : of each row, which file it is read from
    rank : rows are written in this order before that of their files; None for the latter alone
    down : see `write_edits`
    """

    track: Track
    source: Array
    rank: Array | None = None
    down: bool = False


def write_movie(
    target: Path, layout: Layout, scale: int, placed: list[Placed], read: Read, look: Look
) -> None:
    """Write the file.

    layout : brand, movie box and other boxes that are kept; its tracks are not looked at
    scale : ticks a second of the movie
    look : called for every row of every track, in the order of the new file

    Raises what `look` raises.
    """
    order = _order(placed)
    quick = layout.brand is None or layout.brand.body[:4] == b"qt  "
    head = b"".join(b.bytes() for b in ([layout.brand] if layout.brand else []) + layout.before)
    total = int(order.size.sum())
    places = np.cumsum(order.size) - order.size
    moov = b""
    start = len(head) + 16
    for _ in range(3 if layout.fast else 1):
        moov = _moov(layout, scale, placed, order, places + start)
        start = len(head) + (len(moov) if layout.fast else 0) + 16
    with target.open("wb") as out:
        out.write(head)
        if layout.fast:
            out.write(moov)
        out.write(_mdat(total, quick))
        _copy(out, placed, order, read, look)
        if not layout.fast:
            out.write(moov)
        for box in layout.after:
            out.write(box.bytes())


def _mdat(total: int, quick: bool) -> bytes:
    if total + 8 < 1 << 32:
        return struct.pack(">I4sI4s", 8, b"wide" if quick else b"free", total + 8, b"mdat")
    return struct.pack(">I4sQ", 1, b"mdat", total + 16)


@dataclass(slots=True)
class _Order:
    track: Array
    row: Array
    source: Array
    offset: Array
    size: Array


def _order(placed: list[Placed]) -> _Order:
    lengths = [len(one.track.samples) for one in placed]
    track = np.repeat(np.arange(len(placed)), lengths)
    row = np.concatenate([np.arange(length) for length in lengths])
    source = np.concatenate([one.source for one in placed])
    offset = np.concatenate([one.track.samples.offset for one in placed])
    size = np.concatenate([one.track.samples.size for one in placed])
    rank = np.concatenate([one.source if one.rank is None else one.rank for one in placed])
    ranked = any(one.rank is not None for one in placed)
    by = np.lexsort((row, offset, source, track if ranked else source, rank))
    return _Order(track[by], row[by], source[by], offset[by], size[by])


def _moov(layout: Layout, scale: int, placed: list[Placed], order: _Order, places: Array) -> bytes:
    moov = copied(layout.moov)
    boxes, longest = [], 0
    for number, one in enumerate(placed):
        track = one.track
        box = copied(track.box)
        stbl, mdhd = box.find(b"mdia", b"minf", b"stbl"), box.find(b"mdia", b"mdhd")
        tkhd = box.find(b"tkhd")
        assert stbl is not None and mdhd is not None
        mine = order.track == number
        own = np.zeros(len(track.samples), np.int64)
        own[order.row[mine]] = places[mine]
        write_tables(stbl, track.samples, track.pcm, own)
        set_length(mdhd, track.length)
        ticks = write_edits(track, box, scale, down=one.down)
        if tkhd is not None:
            set_length(tkhd, ticks)
        longest = max(longest, ticks)
        boxes.append(box)
    tracks = iter(boxes)
    known = {id(one.track.box) for one in placed}
    moov.children = [
        next(tracks) if id(old) in known else new
        for old, new in zip(layout.moov.children or (), moov.children or (), strict=True)
        if old.kind != b"mvex" and (old.kind != b"trak" or id(old) in known)
    ]  # without `mvex`: the new movie is in one piece
    header = moov.find(b"mvhd")
    assert header is not None
    set_length(header, longest)
    return moov.bytes()


def _copy(out: BinaryIO, placed: list[Placed], order: _Order, read: Read, look: Look) -> None:
    ahead = _Ahead(order, read)
    columns = (order.track, order.row, order.source, order.offset, order.size)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for number, row, source, offset, size in rows:
        inline = placed[number].track.inline.get(row)
        content = ahead.take(source, offset, size) if inline is None else memoryview(inline)
        look(number, row, content, size)
        out.write(content)


class _Ahead:
    """Reads some mebibytes at a time, and nothing far from what is wanted.

    Wanted places with small gaps between them are one extent; a block ends where its extent
    does. A few blocks are kept, for pictures and sound may stand in different places.
    """

    def __init__(self, order: _Order, read: Read) -> None:
        self._read = read
        self._blocks: list[tuple[int, int, memoryview]] = []
        self._extents: dict[int, tuple[Array, Array]] = {}
        for source in np.unique(order.source).tolist():
            mine = order.source == source
            by = np.argsort(order.offset[mine], kind="stable")
            starts = order.offset[mine][by]
            ends = np.maximum.accumulate((order.offset + order.size)[mine][by])
            new = np.ones(len(starts), bool)
            new[1:] = starts[1:] > ends[:-1] + _GAP
            at = np.flatnonzero(new)
            last = np.append(at[1:], len(starts)) - 1
            self._extents[source] = starts[at], ends[last]

    def take(self, source: int, offset: int, size: int) -> memoryview:
        """The bytes; fewer where the file ends."""
        for held, begin, block in self._blocks:
            if held == source and begin <= offset and offset + size <= begin + len(block):
                return block[offset - begin : offset - begin + size]
        starts, ends = self._extents[source]
        extent = int(np.searchsorted(starts, offset, side="right")) - 1
        length = max(size, min(_RUN, int(ends[extent]) - offset))
        block = memoryview(self._read(source, offset, length))
        self._blocks = [(source, offset, block), *self._blocks[: _BLOCKS - 1]]
        return block[:size]
