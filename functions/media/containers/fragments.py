"""Movies in pieces: the samples that `moof` boxes add to a track.

Each piece says where its samples begin in time; a piece may begin before the one before it has
ended. What overlaps is decoded and not shown, as FFmpeg has it: the samples of a run that
begin no later than the last sample before the run.
Reference: ISO/IEC 14496-12 (2022), 8.8.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.errors import DamagedSource
from functions.media.containers.boxes import Box, Layout
from functions.media.containers.sample_tables import LIKELY_SAMPLES, MOST_SAMPLES, Array, Samples

_NOT_ALONE = 0x01010000  # sample_is_non_sync_sample, and sample_depends_on others
_FARTHEST = 1 << 62  # bytes or ticks: what follows is still counted in 64 bits
_COLUMNS = ((0x100, "duration"), (0x200, "size"), (0x400, "flags"), (0x800, "shift"))


@dataclass(slots=True)
class _Defaults:
    """Of a track (`trex`), then of a piece (`tfhd`)."""

    entry: int = 1
    duration: int = 0
    size: int = 0
    flags: int = 0


@dataclass(slots=True)
class _Rows:
    """Runs of one track, gathered. most : samples that may still come"""

    most: int
    columns: dict[str, list[Any]] = field(default_factory=dict)
    end: int = 0
    last: int | None = None


def is_fragmented(layout: Layout) -> bool:
    """Whether samples may stand in pieces behind the movie box."""
    return bool(layout.fragments) or layout.moov.find(b"mvex") is not None


def fragment_samples(
    layout: Layout, track: int, before: Samples, pcm: int
) -> tuple[Samples, npt.NDArray[np.bool_]] | None:
    """A track's samples in pieces, and which of them overlap what stands before; None without.

    before : samples of the movie box itself
    pcm : bytes of a sample of sound, 0 for what is no PCM

    Raises DamagedSource for tables that do not fit.
    """
    # A few bytes claim millions of samples, each of which has a byte at least.
    most = min(MOST_SAMPLES, max(LIKELY_SAMPLES, layout.size))
    rows = _Rows(most, end=int(before.duration.sum()))
    if len(before):
        rows.last = int(before.start[-1])
    try:
        defaults = _track_defaults(layout, track)
        for offset, piece in layout.fragments:
            _read_piece(piece, offset, track, defaults, rows)
    except (struct.error, ValueError, IndexError) as error:
        raise DamagedSource(f"the tables of a piece do not fit together: {error}") from error
    if not rows.columns:
        return None
    read: dict[str, Any] = {name: np.concatenate(parts) for name, parts in rows.columns.items()}
    overlap = read.pop("overlap")
    sync = read.pop("flags") & _NOT_ALONE == 0
    count = read["size"] // pcm if pcm else np.ones(len(overlap), np.int64)
    return Samples(count=count, sync=sync, **read), overlap


def _track_defaults(layout: Layout, track: int) -> _Defaults:
    extends = layout.moov.find(b"mvex")
    for box in extends.all(b"trex") if extends else ():
        number, *values = struct.unpack_from(">5I", box.body, 4)
        if number == track:
            return _Defaults(*values)
    return _Defaults()


def _read_piece(piece: Box, offset: int, track: int, common: _Defaults, rows: _Rows) -> None:
    implicit = offset
    for part in piece.all(b"traf"):
        header = part.find(b"tfhd")
        if header is None:
            continue
        flags, number = struct.unpack_from(">II", header.body)
        at = 8
        base = offset if flags & 0x20000 else implicit
        if flags & 1:
            (base,) = struct.unpack_from(">Q", header.body, at)
            at += 8
        own = replace(common)
        for bit, name in ((2, "entry"), (8, "duration"), (0x10, "size"), (0x20, "flags")):
            if flags & bit:
                (value,) = struct.unpack_from(">I", header.body, at)
                setattr(own, name, value)
                at += 4
        if number != track:
            # Where the next part begins that says no place of its own.
            for run in part.all(b"trun"):
                moved, columns = _table(run, own, rows.most)
                implicit = base + moved + int(columns["size"].sum())
            continue
        start = part.find(b"tfdt")
        if start is not None:
            form = ">Q" if start.body[0] == 1 else ">I"
            (rows.end,) = struct.unpack_from(form, start.body, 4)
        for run in part.all(b"trun"):
            implicit = base = _read_run(run, base, own, rows)


def _table(run: Box, own: _Defaults, most: int) -> tuple[int, dict[str, Array]]:
    """The run's data offset (0 without), and its columns."""
    flags, count = struct.unpack_from(">II", run.body)
    at, moved, first = 8, 0, None
    if flags & 1:
        (moved,) = struct.unpack_from(">i", run.body, at)
        at += 4
    if flags & 4:
        (first,) = struct.unpack_from(">I", run.body, at)
        at += 4
    named = [name for bit, name in _COLUMNS if flags & bit]
    if count > most:
        raise ValueError(f"{count} samples, where {most} are likely")
    raw = np.frombuffer(run.body, ">u4", count=count * len(named), offset=at)
    raw = raw.reshape(count, len(named)) if named else np.zeros((count, 0), ">u4")
    columns = {name: np.full(count, getattr(own, name, 0), np.int64) for _, name in _COLUMNS}
    for place, name in enumerate(named):
        columns[name] = raw[:, place].astype(np.int64)
    # Version 0 has no sign, and writers put negative shifts into it all the same.
    columns["shift"] = columns["shift"].astype(np.uint32).view(np.int32).astype(np.int64)
    if first is not None and count:
        columns["flags"][0] = first
    return moved, columns


def _read_run(run: Box, base: int, own: _Defaults, rows: _Rows) -> int:
    """The run's rows; where in the file it ends."""
    moved, columns = _table(run, own, rows.most)
    place, size = base + moved, columns["size"]
    if max(place, rows.end) >= _FARTHEST:
        raise ValueError("samples past any file's end")
    count = len(size)
    rows.most -= count
    start = rows.end + np.cumsum(columns["duration"]) - columns["duration"]
    over = np.zeros(count, bool) if rows.last is None else start <= rows.last
    more: dict[str, Any] = {
        "offset": place + np.cumsum(size) - size,
        "start": start,
        "entry": np.full(count, own.entry, np.int64),
        "overlap": over,
    }
    for name, values in (*columns.items(), *more.items()):
        rows.columns.setdefault(name, []).append(values)
    if count:
        rows.end = int(start[-1] + columns["duration"][-1])
        rows.last = int(start[-1])
    return int(place + size.sum())
