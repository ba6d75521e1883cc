"""A QuickTime or MP4 file from tables and pieces of other files, without a look inside them.

Pieces keep the order of their files, so that sound and pictures stay interleaved and a
source is read once from front to back. The file's layout is FFmpeg's own.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from functions.media.remux_boxes import Layout, copied
from functions.media.remux_tables import Array, write_tables
from functions.media.remux_track import Track, set_length, write_edits

Read = Callable[[int, int, int], bytes]
"""`(source, offset, length)` to bytes; fewer where the file ends."""

Look = Callable[[int, int, memoryview, int], None]
"""`(track, row, content, size)`: raises for content that is short of its size, or cannot be."""

_RUN = 8 << 20
_GAP = 64 << 10


@dataclass(slots=True)
class Placed:
    """A track of the new file. source : of each row, which file it is read from.

    down : see `write_edits`
    """

    track: Track
    source: Array
    down: bool = False


def write_movie(
    target: Path, layout: Layout, scale: int, placed: list[Placed], read: Read, look: Look
) -> None:
    """Write the file.

    Parameters
    ----------
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
    track = np.concatenate([np.full(len(p.track.samples), i, np.int64) for i, p in _each(placed)])
    row = np.concatenate([np.arange(len(p.track.samples)) for _, p in _each(placed)])
    source = np.concatenate([p.source for p in placed])
    offset = np.concatenate([p.track.samples.offset for p in placed])
    size = np.concatenate([p.track.samples.size for p in placed])
    by = np.lexsort((row, offset, source))
    return _Order(track[by], row[by], source[by], offset[by], size[by])


def _each(placed: list[Placed]) -> Iterator[tuple[int, Placed]]:
    return iter(enumerate(placed))


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
        if old.kind != b"trak" or id(old) in known
    ]
    header = moov.find(b"mvhd")
    assert header is not None
    set_length(header, longest)
    return moov.bytes()


def _copy(out: BinaryIO, placed: list[Placed], order: _Order, read: Read, look: Look) -> None:
    for first, stop in _runs(order):
        begin = int(order.offset[first])
        end = max(int(order.offset[i] + order.size[i]) for i in range(first, stop))
        block = memoryview(read(int(order.source[first]), begin, end - begin))
        for index in range(first, stop):
            number, row = int(order.track[index]), int(order.row[index])
            at, size = int(order.offset[index]) - begin, int(order.size[index])
            content = block[at : at + size]
            inline = placed[number].track.inline.get(row)
            if inline is not None:
                content = memoryview(inline)
            look(number, row, content, size)
            out.write(content)


def _runs(order: _Order) -> Iterator[tuple[int, int]]:
    """Neighbours in one file that are read at once."""
    first, begin, end = 0, 0, 0
    for index in range(len(order.offset)):
        at, size = int(order.offset[index]), int(order.size[index])
        near = index > first and order.source[index] == order.source[first]
        if near and at <= end + _GAP and max(end, at + size) - begin <= _RUN:
            end = max(end, at + size)
            continue
        if index > first:
            yield first, index
        first, begin, end = index, at, at + size
    if len(order.offset) > first:
        yield first, len(order.offset)
