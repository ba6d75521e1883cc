"""Small things of movies that nothing else holds: breaks, labels, numbers of tracks."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import pytest

import rushes
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.contract.store import Stat
from functions.contract.timecode import Timecode
from functions.media import open_clip
from functions.media.movie.clip import MovieClip
from functions.media.movie.counting import count_pictures
from functions.media.remux.mxf_file import open_mxf
from functions.storage import open_store
from tests.media.edited_movies import boxes
from tests.media.memory_store import ROOT, MemoryStore
from tests.media.remux_movies import write_numbered
from tests.media.test_damage import harmed, noisy, place_of


def clip_of(content: bytes, name: str) -> MovieClip:
    clip = open_clip(ROOT + name, MemoryStore({name: content}), Limits())
    assert isinstance(clip, MovieClip)
    return clip


@pytest.mark.parametrize("codec", ["h264", "mjpeg", "mpeg2"])
def test_inspect_tells_a_damaged_frame(tmp_path: Path, codec: str) -> None:
    """One packet harmed in its middle is a finding with the number of its frame, and no other."""
    path = noisy(tmp_path / f"A.{'mxf' if codec == 'mpeg2' else 'mov'}", codec)
    at, size = place_of(path, 12)
    kind = "random" if codec == "mjpeg" else "zeros"  # which are a code of JPEG like another
    path.write_bytes(harmed(path.read_bytes(), at, size, kind))
    report = rushes.inspect(input=f"file://{path}").report
    assert report is not None
    found = [f for f in report["findings"] if f["code"] == "damaged-frame"]
    assert found and found[0]["frame"] == 12


def test_a_hopeless_movie_is_not_read_to_its_end(tmp_path: Path) -> None:
    """After a hundred packets in a row that do not decode, counting stops."""
    path = write_numbered(tmp_path / "A.mov", FrameRange(0, 160), "mjpeg", sound=None)
    content = bytearray(path.read_bytes())
    start = content.find(b"mdat") + 4
    length = int.from_bytes(content[start - 8 : start - 4], "big") - 8
    content[start : start + length] = bytes(length)
    clip = clip_of(bytes(content), "A.mov")
    count = count_pictures(clip, lambda: None, 10_000)
    clip.close()
    assert count.frames == 0 and 100 <= count.breaks < 110


def test_mxf_says_its_start_and_its_pattern(tmp_path: Path) -> None:
    """The timecode of the first picture and the pattern's name, from the file's own sets."""
    rate = Fraction(25)
    start = Timecode.parse("09:58:30:12", rate)
    path = write_numbered(tmp_path / "A.mxf", FrameRange(0, 12), "dnxhr", rate=rate, start=start,
                          container="mxf", sound=None)  # fmt: skip
    store = open_store(("file:///",), None)
    stat: Stat = store.stat(f"file://{path}")
    movie = open_mxf(stat, store, "dnxhd")
    assert str(movie.start()) == "09:58:30:12"
    assert (movie.pattern, movie.count) == ("OP1a", 12)


def test_a_joined_movie_numbers_its_tracks(tmp_path: Path) -> None:
    """Tracks are 1, 2, 3 and the header names the next free number (ISO/IEC 14496-12, 8.2.2)."""
    start = Timecode.parse("01:00:00:00", Fraction(24))
    parts = [
        write_numbered(tmp_path / f"{n}.mov", FrameRange(n, n + 8), start=start) for n in (0, 8)
    ]
    receipt = rushes.stitch(
        parts=[f"file://{part}" for part in parts], output=f"file://{tmp_path}/o/"
    )
    content = Path(receipt.outputs[0].uri.removeprefix("file://")).read_bytes()
    moov = boxes(next(body for kind, body in boxes(content) if kind == b"moov"))
    headers = [
        next(b for k, b in boxes(body) if k == b"tkhd") for kind, body in moov if kind == b"trak"
    ]
    assert [struct.unpack_from(">I", header, 12)[0] for header in headers] == [1, 2, 3]
    mvhd = next(body for kind, body in moov if kind == b"mvhd")
    assert struct.unpack(">I", mvhd[-4:])[0] == 4
