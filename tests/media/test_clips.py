"""What a clip URI means, which reader answers, whatever the names say."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from functions.contract.errors import (
    DamagedSource,
    InvalidRequest,
    RushesError,
    SourceNotFound,
    UnsupportedMedia,
)
from functions.contract.frames import FrameRange
from functions.contract.timecode import Timecode
from functions.media import open_clip
from functions.media.open.sniff import Family, sniff
from functions.media.stills.sequence import StillClip
from functions.storage.rooted import RootedStore
from tests.media.dngs import noisy
from tests.media.memory_store import ROOT, MemoryStore
from tests.media.takes import LIMITS, frame_file, opened, sequence


@pytest.mark.parametrize(
    "name", ["A001/A001.%06d.dng", "A001/A001.######.dng", "A001/A001.%d.dng", "A001/", "A001"]
)
def test_names_of_a_sequence(name: str) -> None:
    """printf and hash patterns, and the folder with and without its slash, name one sequence."""
    store = sequence(range(100001, 100004))
    store.files[ROOT + "A001/A001.wav"] = b"RIFF"
    store.files[ROOT + "A001/.DS_Store"] = b"x"
    store.files[ROOT + "A001/A001.mhl.xml"] = b"<"
    clip = opened(name, store)
    assert clip.numbers() == FrameRange(100001, 100004)
    assert (clip.facts.name, clip.facts.rate) == ("A001", Fraction(24))
    assert clip.facts.start == Timecode.parse("01:00:00:17", Fraction(24))
    for frame in clip.frames(clip.numbers()):
        np.testing.assert_array_equal(frame.pixels, noisy((16, 24), 12, seed=frame.number))
        assert str(frame.timecode) == f"01:00:00:{frame.number % 24:02d}"


@pytest.mark.parametrize(
    ("pattern", "numbers", "padding"),
    [
        ("%04d", (8, 9, 10, 9999, 10000), 4),
        ("####", (8, 9, 10, 9999, 10000), 4),
        ("%d", (), 1),
        ("%03d", (), 3),
    ],
)
def test_padding(pattern: str, numbers: tuple[int, ...], padding: int) -> None:
    """Numbers are written as printf writes them: padded, and longer when they must be."""
    store = sequence((8, 9, 10, 9999, 10000), "x_%04d.dng")
    uri = f"{ROOT}A001/x_{pattern}.dng"
    if pattern == "%d":
        numbers = (10000, 9999)  # the two whose spelling has no zero in front
    if pattern == "%03d":
        numbers = (10000, 9999)
    clip = open_clip(uri, store, LIMITS)
    assert isinstance(clip, StillClip)
    assert sorted(clip.listing.files) == sorted(numbers)
    assert clip.facts.padding == padding
    assert clip.facts.name == "x"


def test_folder_of_growing_numbers() -> None:
    """A folder whose numbers outgrow their padding holds one sequence."""
    clip = opened("A001/", sequence(range(998, 1003), "take%03d.dng"))
    assert clip.numbers() == FrameRange(998, 1003)
    assert clip.facts.padding == 3


def test_folder_of_two_sequences() -> None:
    """A folder of two sequences is a request for one of them: both are named."""
    store = sequence((1, 2, 3))
    store.files |= {f"{ROOT}A001/B002.{n:06d}.dng": frame_file(n) for n in (7, 8)}
    with pytest.raises(InvalidRequest, match=r"A001\.000001\.dng \(1-3\), B002\.000007\.dng \(7-8"):
        open_clip(ROOT + "A001/", store, LIMITS)


def test_folder_without_a_sequence() -> None:
    """A folder of other things says what is in it, an empty one is not there."""
    store = MemoryStore({"A001/notes.pages": b"x", "A001/deep/B.000001.dng": frame_file(1)})
    with pytest.raises(InvalidRequest, match=r"notes\.pages, deep/"):
        open_clip(ROOT + "A001/", store, LIMITS)
    with pytest.raises(SourceNotFound):
        open_clip(ROOT + "B001/", store, LIMITS)
    with pytest.raises(SourceNotFound):
        open_clip(ROOT + "A001/none.%04d.dng", store, LIMITS)
    with pytest.raises(SourceNotFound):
        open_clip(ROOT + "A001/none.dng", store, LIMITS)


def test_pattern_with_two_places() -> None:
    """Two places for a number are one too many."""
    with pytest.raises(InvalidRequest, match="2 places"):
        open_clip(ROOT + "A001/A%02d.%06d.dng", sequence((1,)), LIMITS)


def test_a_file_named_like_a_pattern() -> None:
    """A file that is really called `A#1.dng` is that file."""
    store = MemoryStore({"A001/A#1.dng": frame_file(1)})
    clip = opened("A001/A#1.dng", store)
    assert (clip.numbers(), clip.facts.name, clip.facts.padding) == (FrameRange(0, 1), "A#1", 6)


def test_local_folder(tmp_path: Path) -> None:
    """A bare local folder without its slash is a folder."""
    for number in (5, 6):
        (tmp_path / f"A.{number:04d}.dng").write_bytes(frame_file(number))
    store = RootedStore((f"file://{tmp_path}",), None, None)
    clip = open_clip(f"file://{tmp_path}", store, LIMITS)
    assert clip.numbers() == FrameRange(5, 7)
    assert [f.number for f in clip.frames(clip.numbers())] == [5, 6]


def test_a_dng_whose_directory_stands_last() -> None:
    """A DNG is told from its directories, wherever in the file they are."""
    content = bytearray(frame_file(3))
    directory = content[8:]
    moved = bytearray(content[:8] + bytes(8192) + directory)
    moved[4:8] = (8 + 8192).to_bytes(4, "little")
    store = MemoryStore({"late.dng": bytes(moved)})
    assert open_clip(ROOT + "late.dng", store, LIMITS).facts.container == "dng"


def test_a_single_file_is_frame_zero() -> None:
    """One still is a clip of one frame, numbered 0 like a movie's first."""
    clip = opened("A001/A001.000123.dng", sequence((123, 124)))
    assert clip.numbers() == FrameRange(0, 1)
    (frame,) = clip.frames(clip.numbers())
    assert frame.number == 0
    assert clip.facts.name == "A001.000123"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\0\0\x04\x88RED2\x05\x10R2" + bytes(99), "RED R3D"),
        (b"plain text, as people leave it", "starting with bytes 70 6c 61 69"),
    ],
)
def test_formats_that_are_not_read(content: bytes, said: str) -> None:
    """A format that no reader knows is named, or its first bytes are."""
    with pytest.raises(UnsupportedMedia, match=said) as caught:
        open_clip(ROOT + "x.dng", MemoryStore({"x.dng": content}), LIMITS)
    assert caught.value.facts["uri"] == ROOT + "x.dng"


@pytest.mark.parametrize("content", [b"", bytes(8192)])
def test_empty_files(content: bytes) -> None:
    """Nothing, or nothing but zeros, is damage."""
    with pytest.raises(DamagedSource):
        open_clip(ROOT + "x.mov", MemoryStore({"x.mov": content}), LIMITS)


@pytest.mark.parametrize("name", ["png", "tiff", "exr", "dpx"])
def test_ordinary_stills_have_facts_and_no_frames(name: str) -> None:
    """Developed pictures open with their size, and say that they are no camera raw."""
    content = developed(name)
    store = MemoryStore({f"s/shot.{n:04d}.{name}": content for n in (1, 2)})
    clip = open_clip(ROOT + "s/", store, LIMITS)
    assert (clip.facts.width, clip.facts.height, clip.facts.layout) == (24, 16, None)
    assert (clip.facts.container, clip.numbers()) == (name, FrameRange(1, 3))
    with pytest.raises(UnsupportedMedia, match="is not camera raw"):
        list(clip.frames(FrameRange(1, 2)))


def developed(name: str) -> bytes:
    import tempfile

    import OpenImageIO

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"one.{name}"
        picture = OpenImageIO.ImageBuf(OpenImageIO.ImageSpec(24, 16, 3, "uint16"))
        OpenImageIO.ImageBufAlgo.fill(picture, (0.2, 0.5, 0.7))
        assert picture.write(str(path))
        return path.read_bytes()


def test_movies_go_to_their_own_reader() -> None:
    """Containers of movies are told by their content, whatever they are called."""
    assert sniff(b"\0\0\0\x14ftypqt  ")[0] is Family.MOVIE
    assert sniff(bytes(100) + b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02")[0] is Family.MOVIE
    assert sniff(b"\0\0\0\x18ftypcrx \0\0\0\x01")[0] is Family.CAMERA
    assert sniff(b"\0\0\0\x18ftypheic\0\0\0\0")[0] is Family.KNOWN
    assert sniff(io.BytesIO(b"\x47" + bytes(187) + b"\x47").read())[0] is Family.MOVIE


def test_numbered_movies_are_no_sequence() -> None:
    """A pattern or a folder of movies is a request for one of them."""
    store = MemoryStore({f"m/A{n:03d}.mov": b"\0\0\0\x14ftypqt  " for n in (1, 2)})
    for name in ("m/A%03d.mov", "m/"):
        with pytest.raises(InvalidRequest, match=r"name one, as 'A001\.mov'"):
            open_clip(ROOT + name, store, LIMITS)


def test_every_shared_bad_file_is_named(shared_data: Path) -> None:
    """No file of the shared bad set opens as a picture: each ends in one of two errors."""
    store = RootedStore((f"file://{shared_data}",), None, None)
    files = sorted((shared_data / "raw_bad").iterdir())
    assert files
    for path in files:
        with pytest.raises((DamagedSource, UnsupportedMedia)) as caught:
            clip = open_clip(f"file://{path}", store, LIMITS)
            list(clip.frames(clip.numbers()))
        assert path.name in str(caught.value), path.name


def test_shared_raw_files_cut_anywhere(shared_data: Path, tmp_path: Path) -> None:
    """Real files cut at many points end in the contract's errors, also where LibRaw reads them."""
    store = RootedStore((f"file://{tmp_path}",), None, None)
    for name in ("kodak_c330_yrgb.raw", "canon6d_linear_lossy.dng", "gopro_hero6_vc5.GPR"):
        content = (shared_data / "raw" / name).read_bytes()
        cut = tmp_path / name
        for part in (0.001, 0.01, 0.2, 0.5, 0.9, 0.99):
            cut.write_bytes(content[: int(len(content) * part)])
            with pytest.raises(RushesError) as caught:
                clip = open_clip(f"file://{cut}", store, LIMITS)
                list(clip.frames(clip.numbers()))
            assert isinstance(caught.value, (DamagedSource, UnsupportedMedia))
