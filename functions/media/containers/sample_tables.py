"""Sample tables of one track as arrays, and back: where samples stand and when they show.

Sound of constant sample size keeps its chunks as they are, for a minute of it has millions
of samples; all else has one row a sample. References: ISO/IEC 14496-12 (2022), 8.6 and 8.7.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.media.containers.boxes import Box, boxes_in

Array = npt.NDArray[np.int64]

_COLUMNS = ("offset", "size", "count", "start", "duration", "shift", "sync", "entry")
MOST_SAMPLES = 40_000_000
LIKELY_SAMPLES = 1 << 20
"""More than so many, all of one size, have to fit into their file: a few bytes claim them."""
_PCM = {
    b"sowt": 16, b"twos": 16, b"in24": 24, b"in32": 32, b"fl32": 32, b"fl64": 64,
    b"raw ": 8, b"NONE": 8, b"ulaw": 8, b"alaw": 8, b"lpcm": 0, b"ipcm": 0, b"fpcm": 0,
}  # fmt: skip


@dataclass(slots=True)
class Samples:
    """Samples in decode order, or runs of sound samples (`pcm`).

    offset, size : bytes in the file, one a row
    count : samples of a row: 1, or those of a chunk of sound
    start : decode time of a row's first sample, in ticks of the track
    duration : of a row, in ticks
    shift : composition time less decode time
    sync : whether a row decodes alone
    entry : sample description, from 1
    depends : a row's byte of `sdtp`, None without that table
    """

    offset: Array
    size: Array
    count: Array
    start: Array
    duration: Array
    shift: Array
    sync: npt.NDArray[np.bool_]
    entry: Array
    depends: npt.NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self.offset)

    def rows(self, chosen: Any) -> Samples:
        """Some of the rows, by mask, slice or indexes."""
        depends = None if self.depends is None else self.depends[chosen]
        columns = {name: getattr(self, name)[chosen] for name in _COLUMNS}
        return Samples(**columns, depends=depends)


def joined(parts: list[Samples]) -> Samples:
    """Rows one behind another."""

    def both(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    has = all(part.depends is not None for part in parts)
    columns = {name: both(name) for name in _COLUMNS}
    return Samples(**columns, depends=both("depends") if has else None)


def pcm_frame_bytes(stsd: Box) -> int:
    """Bytes of one sample of every channel together; 0 for sound that is no PCM."""
    entries = boxes_in(stsd.body[8:])
    if not entries or len(entries[0][1]) < 28:
        return 0
    kind, body = entries[0]
    if kind not in _PCM:
        return 0
    version, channels, bits = struct.unpack_from(">H6xHH", body, 8)
    if version == 2 and len(body) >= 64:
        (channels,) = struct.unpack_from(">I", body, 40)
        (bits,) = struct.unpack_from(">I", body, 48)
    elif version == 1 and len(body) >= 44:
        (frame,) = struct.unpack_from(">I", body, 36)
        if frame:
            return int(frame)
    bits = _PCM[kind] or bits
    if kind in (b"sowt", b"twos", b"raw ", b"NONE"):
        bits = struct.unpack_from(">H", body, 18)[0] or bits
    if kind in (b"ipcm", b"fpcm"):
        for inner, content in boxes_in(body[28:]):
            if inner == b"pcmC" and len(content) >= 6:
                bits = content[5]
    return int(channels) * ((int(bits) + 7) // 8)


def read_samples(stbl: Box, pcm: int, file: int) -> Samples:
    """The tables of a track.

    pcm : bytes of a sound sample where rows shall be chunks; 0 for rows of single samples.
    file : bytes of the whole file

    Raises DamagedSource: tables that are cut short or contradict one another.
    """
    try:
        return _read(stbl, pcm, file)
    except (ValueError, IndexError, struct.error, OverflowError) as error:
        raise DamagedSource(f"the tables of samples do not fit together: {error}") from error


def _read(stbl: Box, pcm: int, file: int) -> Samples:
    sizes, total = _sizes(stbl)
    if not pcm and total > LIKELY_SAMPLES and int(sizes[0]) * total > file and not sizes.strides[0]:
        raise ValueError(f"{total} samples of {sizes[0]} bytes in a file of {file}")
    offsets = _offsets(stbl)
    per_chunk, entries = _chunks(stbl, len(offsets))
    if total == 0 or not len(offsets):
        none = np.zeros(0, np.int64)
        return Samples(none, none, none, none, none, none, np.zeros(0, bool), none)
    filled = np.cumsum(per_chunk)
    if filled[-1] < total:
        raise ValueError(f"{total} samples, and chunks for {filled[-1]}")
    keep = int(np.searchsorted(filled, total)) + 1
    offsets, per_chunk, entries = offsets[:keep], per_chunk[:keep].copy(), entries[:keep]
    per_chunk[-1] -= int(per_chunk.sum()) - total
    durations = _runs(_leaf(stbl, b"stts"))
    if pcm:
        return _sound(offsets, per_chunk, entries, durations, pcm)
    return _pictures(stbl, offsets, per_chunk, entries, durations, sizes, total)


def _sound(offsets: Array, per_chunk: Array, entries: Array, durations: Any, pcm: int) -> Samples:
    ticks = int(durations[0, 1]) if len(durations) else 1
    if len(durations) and np.any(durations[:, 1] != ticks):
        raise UnsupportedMedia("sound samples of unequal lengths are not cut")
    if ticks < 1:
        raise ValueError("samples of sound that last no time")
    filled = per_chunk > 0
    offsets, per_chunk, entries = offsets[filled], per_chunk[filled], entries[filled]
    rows = len(offsets)
    length = per_chunk * ticks
    start = np.cumsum(length) - length
    return Samples(
        offsets, per_chunk * pcm, per_chunk, start, length, np.zeros(rows, np.int64),
        np.ones(rows, bool), entries,
    )  # fmt: skip


def _pictures(
    stbl: Box,
    offsets: Array,
    per_chunk: Array,
    entries: Array,
    durations: Any,
    sizes: Array,
    total: int,
) -> Samples:
    if total > MOST_SAMPLES:
        raise ValueError(f"{total} samples")
    first = np.repeat(np.cumsum(per_chunk) - per_chunk, per_chunk)
    before = np.cumsum(sizes) - sizes
    offset = np.repeat(offsets, per_chunk) + before - before[first]
    duration = _spread(durations, total, "stts")
    shifts, shift = stbl.find(b"ctts"), np.zeros(total, np.int64)
    if shifts is not None:
        shift = _spread(_runs(shifts, signed=True), total, "ctts")
    alone = np.full(total, stbl.find(b"stss") is None)
    for box in filter(None, (stbl.find(b"stss"), stbl.find(b"stps"))):
        listed = np.frombuffer(box.body, ">u4", offset=8).astype(np.int64) - 1
        alone[listed[(listed >= 0) & (listed < total)]] = True
    depends = stbl.find(b"sdtp")
    flags = np.frombuffer(depends.body, np.uint8, offset=4) if depends else None
    if flags is not None and len(flags) != total:
        flags = None
    start = np.cumsum(duration) - duration
    count = np.ones(total, np.int64)
    entry = np.repeat(entries, per_chunk)
    return Samples(offset, sizes, count, start, duration, shift, alone, entry, flags)


def _leaf(stbl: Box, kind: bytes) -> Box:
    box = stbl.find(kind)
    if box is None:
        raise ValueError(f"there is no table {kind.decode()}")
    return box


def _sizes(stbl: Box) -> tuple[Array, int]:
    box, small = stbl.find(b"stsz"), stbl.find(b"stz2")
    if box is None and small is not None:
        return _small_sizes(small)
    if box is None:
        raise ValueError("there is no table stsz")
    same, total = struct.unpack_from(">II", box.body, 4)
    if same:
        # Sound may claim a thousand million samples of two bytes: a view, not an array.
        return np.broadcast_to(np.int64(same), total), total
    if total > MOST_SAMPLES:
        raise ValueError(f"{total} samples")
    sizes = np.frombuffer(box.body, ">u4", count=total, offset=12).astype(np.int64)
    return sizes, total


def _small_sizes(box: Box) -> tuple[Array, int]:
    """Sizes of 4, 8 or 16 bits (8.7.3.3)."""
    bits, total = box.body[7], struct.unpack_from(">I", box.body, 8)[0]
    if total > MOST_SAMPLES or bits not in (4, 8, 16):
        raise ValueError(f"{total} samples with sizes of {bits} bits")
    if bits == 4:
        pairs = np.frombuffer(box.body, np.uint8, count=(total + 1) // 2, offset=12)
        return np.stack([pairs >> 4, pairs & 15], 1).ravel()[:total].astype(np.int64), total
    kind = np.uint8 if bits == 8 else ">u2"
    return np.frombuffer(box.body, kind, count=total, offset=12).astype(np.int64), total


def _offsets(stbl: Box) -> Array:
    narrow, wide = stbl.find(b"stco"), stbl.find(b"co64")
    box = wide or narrow
    if box is None:
        raise ValueError("there is no table stco")
    (count,) = struct.unpack_from(">I", box.body, 4)
    kind = ">u8" if wide else ">u4"
    offsets = np.frombuffer(box.body, kind, count=count, offset=8).astype(np.int64)
    if np.any(offsets < 0):
        raise ValueError("co64 points past any file's end")
    return offsets


def _chunks(stbl: Box, count: int) -> tuple[Array, Array]:
    """Samples, and sample description, of each chunk."""
    box = _leaf(stbl, b"stsc")
    (rows,) = struct.unpack_from(">I", box.body, 4)
    table = np.frombuffer(box.body, ">u4", count=3 * rows, offset=8).reshape(-1, 3).astype(np.int64)
    if count == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    starts = table[:, 0] - 1
    if not rows or starts[0] != 0 or np.any(np.diff(starts) <= 0):
        raise ValueError("stsc is out of order")
    which = np.searchsorted(starts, np.arange(count), side="right") - 1
    return table[which, 1], table[which, 2]


def _runs(box: Box, signed: bool = False) -> Any:
    (rows,) = struct.unpack_from(">I", box.body, 4)
    table = np.frombuffer(box.body, ">u4", count=2 * rows, offset=8).reshape(-1, 2)
    runs = table.astype(np.int64)
    if signed:
        # QuickTime writes negative shifts in version 0 too.
        runs[:, 1] = table[:, 1].astype(np.uint32).view(np.int32)
    return runs


def _spread(runs: Any, total: int, name: str) -> Array:
    if int(runs[:, 0].sum()) < total:
        raise ValueError(f"{name} ends after {int(runs[:, 0].sum())} of {total} samples")
    count = runs[:, 0].copy()
    over = np.cumsum(count) - total
    count = np.clip(count - np.maximum(over, 0), 0, None)
    return np.repeat(runs[:, 1], count)


def write_tables(stbl: Box, samples: Samples, pcm: int, places: Array) -> None:
    """Put the tables of `samples` into a `stbl`; what only told of the old ones goes.

    places : offset of each row in the new file
    """
    chunk = chunk_starts(samples, places)
    stbl.drop(b"stz2", b"cslg", b"stsh", b"padb", b"subs", b"co64", b"saiz", b"saio")
    if pcm:
        each = int(samples.duration[0] // samples.count[0]) if len(samples) else 1
        stts = np.array([[int(samples.count.sum()), each]], np.int64)
        stbl.put(_table(b"stts", stts))
        stbl.drop(b"ctts", b"stss", b"stps", b"sdtp")
        old = stbl.find(b"stsz")
        same = struct.unpack_from(">I", old.body, 4)[0] if old else pcm
        body = struct.pack(">III", 0, same or pcm, int(samples.count.sum()))
    else:
        stbl.put(_table(b"stts", _run_lengths(samples.duration)))
        body = _written_sizes(samples)
        _write_shown(stbl, samples)
    stbl.put(Box(b"stsz", body), after=b"stsc")
    _write_chunks(stbl, samples, places, chunk)
    groups = [_regrouped(old.body, int(samples.count.sum())) for old in stbl.all(b"sbgp")]
    stbl.drop(b"sbgp")
    for group in groups:
        if group is not None and stbl.children is not None:
            stbl.children.append(Box(b"sbgp", group))


def _written_sizes(samples: Samples) -> bytes:
    size = samples.size
    if len(size) and np.all(size == size[0]):
        return struct.pack(">III", 0, int(size[0]), len(size))
    return struct.pack(">III", 0, 0, len(size)) + size.astype(">u4").tobytes()


def _write_shown(stbl: Box, samples: Samples) -> None:
    had_shifts = stbl.find(b"ctts")
    stbl.drop(b"stps")
    if np.any(samples.shift):
        wide = bool(np.any(samples.shift < 0)) and had_shifts is not None and had_shifts.body[0]
        stbl.put(_table(b"ctts", _run_lengths(samples.shift), 1 if wide else 0), after=b"stts")
    else:
        stbl.drop(b"ctts")
    if np.all(samples.sync):
        stbl.drop(b"stss")
    else:
        listed = np.flatnonzero(samples.sync) + 1
        body = struct.pack(">II", 0, len(listed)) + listed.astype(">u4").tobytes()
        stbl.put(Box(b"stss", body), after=b"stts")
    if samples.depends is not None and stbl.find(b"sdtp"):
        stbl.put(Box(b"sdtp", bytes(4) + samples.depends.tobytes()))
    else:
        stbl.drop(b"sdtp")


def _write_chunks(stbl: Box, samples: Samples, places: Array, chunk: Array) -> None:
    total = np.add.reduceat(samples.count, chunk) if len(chunk) else np.zeros(0, np.int64)
    entry = samples.entry[chunk]
    changes = np.ones(len(chunk), bool)
    changes[1:] = (np.diff(total) != 0) | (np.diff(entry) != 0)
    at = np.flatnonzero(changes)
    table = np.stack([at + 1, total[at], entry[at]], axis=1)
    body = struct.pack(">II", 0, len(table)) + table.astype(">u4").tobytes()
    stbl.put(Box(b"stsc", body), after=b"stts")
    offsets = places[chunk]
    wide = bool(len(offsets)) and int(places.max()) >= 1 << 32
    body = struct.pack(">II", 0, len(offsets)) + offsets.astype(">u8" if wide else ">u4").tobytes()
    if wide:
        stbl.drop(b"stco")
        stbl.put(Box(b"co64", body), after=b"stsz")
    else:
        stbl.put(Box(b"stco", body), after=b"stsz")


def chunk_starts(samples: Samples, places: Array) -> Array:
    """Rows that begin a chunk: neighbours in the file share one of up to a mebibyte.

    The rule is that of FFmpeg's writer, so that a joined movie has the tables of one that
    was written in one piece.
    """
    found, end, held, kind = [], -1, 0, -1
    for row, (place, size, entry) in enumerate(
        zip(places.tolist(), samples.size.tolist(), samples.entry.tolist(), strict=True)
    ):
        if place == end and entry == kind and held + size < 1 << 20:
            held += size
        else:
            found.append(row)
            held, kind = size, entry
        end = place + size
    return np.array(found, np.int64)


def _run_lengths(values: Array) -> Any:
    if not len(values):
        return np.zeros((0, 2), np.int64)
    edges = np.flatnonzero(np.diff(values)) + 1
    starts = np.concatenate([[0], edges])
    lengths = np.diff(np.concatenate([starts, [len(values)]]))
    return np.stack([lengths, values[starts]], axis=1)


def _table(kind: bytes, runs: Any, version: int = 0) -> Box:
    head = struct.pack(">B3xI", version, len(runs))
    return Box(kind, head + (runs & 0xFFFFFFFF).astype(">u4").tobytes())


def _regrouped(body: bytes, total: int) -> bytes | None:
    """A sample group (roll distance of AAC) over all samples, if it was over all before."""
    at = 12 if body[0] == 1 else 8
    rows, _, index = struct.unpack_from(">III", body.ljust(at + 12, b"\0"), at)
    return body[:at] + struct.pack(">III", 1, total, index) if rows == 1 else None
