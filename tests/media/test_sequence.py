"""Frames of a sequence: order, holes, damage, and what is fetched for them."""

from __future__ import annotations

import pytest

from functions.contract.errors import (
    DamagedSource,
    InvalidRequest,
    LimitExceeded,
    SourceNotFound,
    UnsupportedMedia,
)
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.media import open_clip, resolve_frames
from functions.media.open.clip_files import ClipFiles
from tests.media.dngs import noisy, write_dng
from tests.media.memory_store import ROOT
from tests.media.takes import LIMITS, opened, sequence


def test_holes() -> None:
    """A missing frame is raised with its number when its turn comes, not before."""
    store = sequence((1, 2, 4, 5))
    clip = opened("A001/", store)
    assert clip.numbers() == FrameRange(1, 6)
    assert clip.missing() == (3,)
    got = []
    with pytest.raises(SourceNotFound, match="frame 3 of A001 is missing") as caught:
        for frame in clip.frames(clip.numbers()):
            got.append(frame.number)  # noqa: PERF401 - what came before the error counts
    assert got == [1, 2]
    assert caught.value.facts["frame"] == 3


def test_steps_read_only_what_they_need() -> None:
    """Every second frame fetches every second file, once, in order."""
    store = sequence(range(1, 10))
    clip = opened("A001/", store)
    store.read_whole.clear()
    assert [f.number for f in clip.frames(FrameRange(2, 9, 2))] == [2, 4, 6, 8]
    assert store.read_whole == [f"{ROOT}A001/A001.{n:06d}.dng" for n in (2, 4, 6, 8)]


def test_few_files_are_fetched_ahead() -> None:
    """While a frame is worked on, at most two more files have been fetched."""
    store = sequence(range(1, 30))
    frames = opened("A001/", store).frames(FrameRange(1, 30))
    next(frames)
    next(frames)
    assert len(store.read_whole) <= 4
    frames.close()  # type: ignore[attr-defined]
    assert len(store.read_whole) <= 4


def test_opening_reads_no_pixels() -> None:
    """Opening a sequence reads one head and no whole file."""
    store = sequence(range(1, 30))
    opened("A001/", store)
    assert store.read_whole == []


def test_errors_carry_frame_and_file() -> None:
    """A damaged file in the middle is told with its number and its URI."""
    store = sequence(range(1, 6))
    uri = f"{ROOT}A001/A001.000003.dng"
    store.files[uri] = store.files[uri][:-200]
    with pytest.raises(DamagedSource, match=r"frame 3 \(A001\.000003\.dng\): truncated") as caught:
        list(opened("A001/", store).frames(FrameRange(1, 6)))
    assert (caught.value.facts["frame"], caught.value.facts["uri"]) == (3, uri)


@pytest.mark.parametrize("content", [b"", bytes(5000), b"II*\0", b"hello"])
def test_a_frame_that_is_no_dng(content: bytes) -> None:
    """An empty, zeroed or foreign file among the frames is damage with its number."""
    store = sequence(range(1, 4))
    store.files[f"{ROOT}A001/A001.000002.dng"] = content
    with pytest.raises(DamagedSource) as caught:
        list(opened("A001/", store).frames(FrameRange(2, 3)))
    assert caught.value.facts["frame"] == 2


def test_a_frame_of_another_size() -> None:
    """A clip keeps its size: another one among its frames is named."""
    store = sequence((1, 2))
    store.files[f"{ROOT}A001/A001.000002.dng"] = write_dng(noisy((8, 8), 12), 12)
    with pytest.raises(UnsupportedMedia, match="8x8 cfa in a clip of 24x16 cfa"):
        list(opened("A001/", store).frames(FrameRange(1, 3)))


def test_limits() -> None:
    """Too many pixels are refused when the clip is opened, too many bytes before a file is read."""
    store = sequence((1,))
    with pytest.raises(LimitExceeded, match="24x16"):
        open_clip(ROOT + "A001/", store, Limits(pixels=383))
    clip = open_clip(ROOT + "A001/", store, Limits(bytes=10))
    with pytest.raises(LimitExceeded, match="limit of 10"):
        list(clip.frames(clip.numbers()))
    assert store.read_whole == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (None, (1, 2, 3, 4, 5)),
        ("2-4", (2, 3, 4)),
        ("1-5x2", (1, 3, 5)),
        ("3", (3,)),
        ("01:00:00:02-01:00:00:03", (2, 3)),
    ],
)
def test_frames_of_a_request(text: str | None, numbers: tuple[int, ...]) -> None:
    """Numbers and timecodes mean the clip's own numbers, and name the files of the identity."""
    store = sequence(range(1, 6))
    clip = opened("A001/", store)
    assert tuple(resolve_frames(clip, text)) == numbers
    stats = ClipFiles(ROOT + "A001/", store, LIMITS).stats(text)
    assert [s.uri for s in stats] == [f"{ROOT}A001/A001.{n:06d}.dng" for n in numbers]


@pytest.mark.parametrize("text", ["0-3", "4-6", "99", "1-9007199254740992", "00:59:00:00", "x"])
def test_frames_outside_the_clip(text: str) -> None:
    """Frames that the clip does not have are an invalid request that names those it has."""
    store = sequence(range(1, 6))
    with pytest.raises(InvalidRequest) as caught:
        resolve_frames(opened("A001/", store), text)
    assert text == "x" or "1-5" in str(caught.value)
    with pytest.raises(InvalidRequest):
        ClipFiles(ROOT + "A001/", store, LIMITS).stats(text)


def test_identity_lists_only() -> None:
    """The identity of a unit opens no file unless its frames are in timecode."""
    store = sequence((1, 2, 4))
    assert len(ClipFiles(ROOT + "A001/", store, LIMITS).stats("1-3")) == 2
    assert len(ClipFiles(ROOT + "A001/", store, LIMITS).stats(None)) == 3
    assert len(ClipFiles(ROOT + "A001/A001.000001.dng", store, LIMITS).stats("0")) == 1
    assert (store.read_whole, store.bytes_read) == ([], 0)
    with pytest.raises(SourceNotFound):
        ClipFiles(ROOT + "A001/", store, LIMITS).stats("3")
