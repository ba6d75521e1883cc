"""Sample tables: what is written is read back, at sizes that no test file has."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from functions.contract.errors import DamagedSource, InvalidRequest, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.media.containers.boxes import Box, boxes_in, tree
from functions.media.containers.sample_tables import (
    Samples,
    chunk_starts,
    read_samples,
    write_tables,
)
from functions.media.remux.cut import cut_movie
from functions.media.remux.join import join_parts
from functions.media.remux.movies import open_boxes, write_cut
from tests.media.memory_store import ROOT
from tests.media.movies import stored
from tests.media.remux_movies import numbers, write_numbered


def rows(count: int, size: int = 1000) -> Samples:
    ones = np.ones(count, np.int64)
    return Samples(
        offset=np.arange(count, dtype=np.int64) * size,
        size=ones * size + np.arange(count) % 7,
        count=ones,
        start=np.arange(count, dtype=np.int64) * 100,
        duration=ones * 100,
        shift=np.arange(count, dtype=np.int64) % 3 * 100,
        sync=np.arange(count) % 12 == 0,
        entry=ones,
    )


def table_of(samples: Samples, places: npt.NDArray[np.int64]) -> Box:
    stbl = Box(b"stbl", children=[Box(b"stsd", bytes(8))])
    write_tables(stbl, samples, 0, places)
    return tree(b"stbl", stbl.bytes()[8:])


@pytest.mark.parametrize("base", [100, (1 << 32) - 5000, 1 << 40])
def test_tables_come_back(base: int) -> None:
    """Offsets past 4 GiB, shifts and key frames are what they were."""
    samples = rows(50)
    places = base + np.cumsum(samples.size) - samples.size
    stbl = table_of(samples, places)
    found = read_samples(stbl, 0, 1 << 50)
    assert (stbl.find(b"co64") is not None) == (base > 1 << 31)
    assert np.array_equal(found.offset, places)
    for name in ("size", "start", "duration", "shift", "sync", "entry"):
        assert np.array_equal(getattr(found, name), getattr(samples, name)), name


def test_negative_shifts_come_back() -> None:
    """QuickTime's signed composition offsets survive."""
    samples = rows(9)
    samples.shift = np.array([0, -100, 200] * 3, np.int64)
    found = read_samples(table_of(samples, samples.offset), 0, 1 << 50)
    assert np.array_equal(found.shift, samples.shift)


def test_neighbours_share_a_chunk_below_a_mebibyte() -> None:
    """A gap, or a mebibyte, begins a new chunk."""
    samples = rows(10, 300_000)
    samples.size = np.full(10, 300_000, np.int64)
    places = samples.offset.copy()
    places[5:] += 1
    assert chunk_starts(samples, places).tolist() == [0, 3, 5, 8]


@pytest.mark.parametrize("kind", [b"stsz", b"stco", b"stsc", b"stts"])
@pytest.mark.parametrize("harm", ["gone", "short", "huge"])
def test_broken_tables_end_in_a_sentence(kind: bytes, harm: str) -> None:
    """A table that is missing, cut short, or claims the moon is damage and no crash."""
    samples = rows(20)
    stbl = table_of(samples, samples.offset)
    box = stbl.find(kind)
    assert box is not None
    if harm == "gone":
        stbl.drop(kind)
    elif harm == "short":
        box.body = box.body[: len(box.body) // 2]
    else:
        at = 8 if kind == b"stsz" else 4
        box.body = box.body[:at] + struct.pack(">I", 0xFFFFFFF0) + box.body[at + 4 :]
    with pytest.raises((DamagedSource, UnsupportedMedia)):
        read_samples(stbl, 0, 1 << 50)


def test_what_a_walk_does_not_know_it_keeps() -> None:
    """Boxes that are not opened come back byte for byte, and a bad length ends the walk."""
    inner = Box(b"abcd", b"12345").bytes()
    box = tree(b"moov", inner + Box(b"trak", children=[Box(b"tkhd", b"x" * 84)]).bytes())
    assert box.bytes()[8:] == inner + Box(b"trak", children=[Box(b"tkhd", b"x" * 84)]).bytes()
    assert boxes_in(inner + struct.pack(">I4s", 3, b"bad!")) == [(b"abcd", b"12345")]


def test_memory_does_not_follow_the_range(tmp_path: Path) -> None:
    """A cut of 110 MB holds some blocks of 8 MiB at a time, never the range."""
    source = tmp_path / "A.mov"
    with av.open(str(source), "w") as out:
        video = out.add_stream("rawvideo", rate=24)
        video.width, video.height, video.pix_fmt = 1280, 720, "uyvy422"
        for number in range(60):
            frame = av.VideoFrame.from_ndarray(
                np.full((720, 1280, 3), 20 + number, np.uint8), format="rgb24"
            )
            out.mux(video.encode(frame.reformat(format="uyvy422")))
    stat, store = stored("A.mov", source.read_bytes())
    held = memoryview(store.files[ROOT + "A.mov"])
    store.read_range = lambda uri, start, length: bytes(held[start : start + length])  # type: ignore[method-assign]
    opened = open_boxes(stat, store)
    tracemalloc.start()
    cut = cut_movie(opened.movie, FrameRange(1, 59), snap=False)
    write_cut(opened, cut, tmp_path / "cut.mov", lambda: None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "cut.mov").stat().st_size > 100e6
    assert peak < 50e6


def test_pieces_are_cut_too(tmp_path: Path) -> None:
    """A movie in pieces (moof boxes) is cut to one in one piece, its pictures those asked for."""
    source = write_numbered(
        tmp_path / "A.mp4", FrameRange(0, 24), "h264_mp4", sound=None,
        options={"movflags": "frag_keyframe+empty_moov"},
    )  # fmt: skip
    stat, store = stored("A.mp4", source.read_bytes())
    opened = open_boxes(stat, store)
    cut = cut_movie(opened.movie, FrameRange(12, 20), snap=False)
    write_cut(opened, cut, tmp_path / "cut.mp4", lambda: None)
    assert numbers(tmp_path / "cut.mp4") == list(range(12, 20))
    assert b"moof" not in (tmp_path / "cut.mp4").read_bytes()


def patched(source: Path, kind: bytes, at: int, content: bytes, table: int = -1) -> bytes:
    """The file with other bytes in the content of one of its boxes of a kind."""
    data = source.read_bytes()
    place = [n for n in range(len(data)) if data.startswith(kind, n)][table] + 4 + at
    return data[:place] + content + data[place + len(content) :]


def test_sound_that_lasts_no_time_is_damage(tmp_path: Path) -> None:
    """A table of times that gives a sample of sound no ticks is damage and no division by it."""
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 4))
    with pytest.raises(DamagedSource, match="last no time"):
        open_boxes(*stored("A.mov", patched(source, b"stts", 12, bytes(4))))


def test_chunks_of_no_sample_hold_nothing() -> None:
    """Of sound, a chunk that is empty is no row: nothing is divided by its samples."""
    tables = {
        b"stsz": struct.pack(">3I", 0, 2, 6),
        b"stco": struct.pack(">4I", 0, 2, 100, 200),
        b"stsc": struct.pack(">8I", 0, 2, 1, 0, 1, 2, 6, 1),
        b"stts": struct.pack(">4I", 0, 1, 6, 1),
    }
    stbl = Box(b"stbl", children=[Box(kind, body) for kind, body in tables.items()])
    found = read_samples(stbl, 2, 1 << 50)
    assert (found.offset.tolist(), found.count.tolist()) == ([200], [6])


def test_places_past_any_file_are_damage() -> None:
    """An offset that 63 bits do not hold is no place before the file's start."""
    samples = rows(20)
    stbl = table_of(samples, samples.offset + (1 << 40))
    box = stbl.find(b"co64")
    assert box is not None
    box.body = box.body[:8] + b"\xff" * 8 + box.body[16:]
    with pytest.raises(DamagedSource, match="past any file"):
        read_samples(stbl, 0, 1 << 50)


@pytest.mark.parametrize("place", [1 << 63, (1 << 63) - 1])
def test_pieces_past_any_time_are_damage(tmp_path: Path, place: int) -> None:
    """A piece that begins at a tick past 62 bits ends in a sentence."""
    source = write_numbered(
        tmp_path / "A.mp4", FrameRange(0, 24), "h264_mp4", sound=None,
        options={"movflags": "frag_keyframe+empty_moov"},
    )  # fmt: skip
    content = patched(source, b"tfdt", 4, struct.pack(">Q", place), 0)
    with pytest.raises(DamagedSource, match="past any file"):
        open_boxes(*stored("A.mp4", content))


def test_descriptions_that_are_cut_short_do_not_join(tmp_path: Path) -> None:
    """A part whose sample entry ends before its size is named."""
    whole = write_numbered(tmp_path / "A.mov", FrameRange(0, 4), sound=None, tags=False)
    parts = [open_boxes(*stored("A.mov", whole.read_bytes())) for _ in range(2)]
    stsd = parts[1].picture.box.find(b"mdia", b"minf", b"stbl", b"stsd")
    assert stsd is not None
    stsd.body = stsd.body[:8] + Box(b"apch", bytes(8)).bytes()
    with pytest.raises(InvalidRequest, match="0x0 pixels, not 288x128"):
        join_parts(parts, None)


def test_a_few_bytes_that_claim_millions_of_samples(tmp_path: Path) -> None:
    """Samples of one size are as many as their file holds, in a table and in a piece: else a
    kilobyte would take gigabytes of memory."""
    whole = write_numbered(tmp_path / "A.mov", FrameRange(0, 4), sound=None)
    claimed = struct.pack(">II", 100, 30_000_000)
    content = patched(whole, b"stsz", 4, claimed)
    (tmp_path / "B.mov").write_bytes(content)
    for kind, at in ((b"stts", 8), (b"stsc", 12)):
        content = patched(tmp_path / "B.mov", kind, at, struct.pack(">I", 30_000_000))
        (tmp_path / "B.mov").write_bytes(content)
    with pytest.raises(DamagedSource, match="30000000 samples of 100 bytes"):
        open_boxes(*stored("B.mov", content))
    pieces = write_numbered(
        tmp_path / "A.mp4", FrameRange(0, 12), "h264_mp4", sound=None,
        options={"movflags": "frag_keyframe+empty_moov"},
    )  # fmt: skip
    content = patched(pieces, b"trun", 0, struct.pack(">II", 0, 30_000_000))
    with pytest.raises(DamagedSource, match="30000000 samples"):
        open_boxes(*stored("A.mp4", content))
