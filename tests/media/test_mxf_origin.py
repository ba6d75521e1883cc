"""Pictures and sound that an MXF stores before what it shows: Origin of its tracks, ST 377-1.

FFmpeg writes origins of 0 and reads none: files are its own with other numbers in their header, so
that what is shown is known by what was drawn and sounded.
"""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import rushes
from functions.contract.errors import UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.timecode import Timecode
from functions.media.containers.mxf_sets import metadata_sets, read_header
from tests.media.remux_movies import numbers, samples, write_numbered
from tests.media.test_timeline import agree, in_pixels

RATE = Fraction(25)
START = Timecode.parse("10:00:00:00", RATE)
COUNT, BEFORE = 36, 3
FILE_TRACKS = {bytes.fromhex("0103020201"): "picture", bytes.fromhex("0103020202"): "sound"}


def with_origins(source: Path, target: Path, **origins: int) -> Path:
    """The file package's tracks of a kind begin behind so many edit units; all last as long as the
    pictures do then."""
    content = bytearray(source.read_bytes())
    metadata = read_header(io.BytesIO(bytes(content)), len(content))
    base = bytes(content).find(metadata[:64])
    sets = list(metadata_sets(metadata))
    by_id = {one.raw(0x3C0A): one for one in sets}
    sources = [one for one in sets if one.kind == 0x37]
    for track in (one for one in sets if 0x4B02 in one.fields):
        parts = by_id[track.raw(0x4803)]
        kind = FILE_TRACKS.get(parts.raw(0x0201)[8:13])
        of_file = any(track.raw(0x3C0A) in package.raw(0x4403) for package in sources)
        if kind is not None and of_file:
            at, length = track.fields[0x4B02]
            content[base + at : base + at + length] = origins[kind].to_bytes(length, "big")
    for one in (each for each in sets if 0x0202 in each.fields):
        at, length = one.fields[0x0202]
        shown = COUNT - origins["picture"]
        content[base + at : base + at + length] = shown.to_bytes(length, "big")
    target.write_bytes(content)
    return target


def stored(folder: Path, kind: str) -> Path:
    name = folder / "stored.mxf"
    frames = FrameRange(0, COUNT)
    return write_numbered(name, frames, kind, rate=RATE, start=START, container="mxf")


@pytest.mark.parametrize("kind", ["dnxhr", "h264"])
@pytest.mark.parametrize("sound", [BEFORE, 0])
def test_what_stands_before_the_origin_is_not_shown(tmp_path: Path, kind: str, sound: int) -> None:
    """Frame 0 is the first behind the origin, and the sound at it is that of its own track's."""
    path = with_origins(stored(tmp_path, kind), tmp_path / "A.mxf", picture=BEFORE, sound=sound)
    assert in_pixels(path) == [*range(BEFORE, COUNT)]
    assert in_pixels(path, FrameRange(20, 22)) == [20 + BEFORE, 21 + BEFORE]
    made = rushes.transcode(
        input=f"file://{path}", output=f"file://{tmp_path}/out/", codec="prores-proxy",
        space="source", frames="2-11",
    )  # fmt: skip
    (movie,) = [Path(one.uri[7:]) for one in made.outputs if one.uri.endswith(".mov")]
    assert numbers(movie) == [*range(BEFORE + 2, BEFORE + 12)]
    heard = samples(movie).reshape(-1)[:4] // 65536
    first = 1920 * (sound + 2)
    assert np.array_equal(heard, np.arange(first, first + 4) % 30000)


def test_all_operations_agree(tmp_path: Path) -> None:
    """inspect, transcode, plate and trim count the same frames, timecode and samples."""
    path = with_origins(stored(tmp_path, "dnxhr"), tmp_path / "A.mxf", picture=BEFORE, sound=BEFORE)
    shown = COUNT - BEFORE
    found = agree(path, tmp_path / "out")
    assert found == {"count": shown, "start": "10:00:00:00", "samples": [shown * 1920]}


def test_tracks_that_begin_apart_are_not_cut(tmp_path: Path) -> None:
    """Edit units that are copied hold picture and sound of one place."""
    path = with_origins(stored(tmp_path, "dnxhr"), tmp_path / "A.mxf", picture=BEFORE, sound=0)
    with pytest.raises(UnsupportedMedia, match="sound begins at another edit unit"):
        rushes.trim(input=f"file://{path}", output=f"file://{tmp_path}/cut/", frames="0-5")


def test_h264_that_ffmpeg_stamps_in_coding_order(tmp_path: Path) -> None:
    """Pictures that come later with a lower stamp are not lost: the movie is whole."""
    assert in_pixels(stored(tmp_path, "h264")) == [*range(COUNT)]
