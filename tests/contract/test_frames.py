"""Frame ranges: inclusive in text, half-open inside."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.contract.errors import InvalidRequest
from functions.contract.frames import FrameRange, parse_frames
from functions.contract.timecode import Timecode

START = Timecode.parse("01:00:00:00", Fraction(24))
RANGES = st.builds(
    lambda start, count, step: FrameRange(start, start + (count - 1) * step + 1, step),
    st.integers(0, 10**6),
    st.integers(1, 500),
    st.integers(1, 7),
)


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("1001-1024", list(range(1001, 1025))),
        ("1001", [1001]),
        ("1001-1006x2", [1001, 1003, 1005]),
        (" 8 - 9 ", [8, 9]),
        ("01:00:00:00-01:00:00:03", [1001, 1002, 1003, 1004]),
        ("01:00:01:00", [1025]),
        ("01:00:00:00-01:00:01:00x12", [1001, 1013, 1025]),
    ],
)
def test_text_means_what_the_field_means(text: str, frames: list[int]) -> None:
    """Both ends are in the range, timecode counts from the clip's own start."""
    assert list(parse_frames(text, start=START, first=1001)) == frames


def test_drop_frame_ranges_count_real_frames() -> None:
    """A minute's border in drop frame is one frame wide, not three."""
    start = Timecode.parse("00:00:00;00", Fraction(30000, 1001))
    assert list(parse_frames("00:00:59;29-00:01:00;02", start=start)) == [1799, 1800]


@pytest.mark.parametrize(
    "text", ["", "a", "5-1", "1-2-3", "1-5x0", "-", "1.5", "1-", "01:00:00:00-5", "9" * 40]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    """Malformed and empty ranges name the field."""
    with pytest.raises(InvalidRequest) as caught:
        parse_frames(text, start=START)
    assert caught.value.facts.get("field", "frames") == "frames"


def test_timecode_needs_a_clip_that_has_it() -> None:
    """A clip without timecode, or with the other kind, cannot be cut by timecode."""
    with pytest.raises(InvalidRequest, match="carries none"):
        parse_frames("01:00:00:00", start=None)
    with pytest.raises(InvalidRequest, match="non-drop"):
        parse_frames("01:00:00;00", start=START)


@given(RANGES, st.integers(1, 100))
def test_splits_partition_the_range(frames: FrameRange, size: int) -> None:
    """Sub-segments together are the range, in order, none larger than asked."""
    parts = frames.split(size)
    assert [f for part in parts for f in part] == list(frames)
    assert all(0 < len(part) <= size for part in parts)


@given(RANGES)
def test_text_and_range_are_each_others_inverse(frames: FrameRange) -> None:
    """What a range prints is what makes it again."""
    assert list(parse_frames(str(frames))) == list(frames)
    assert frames.last == list(frames)[-1]
    assert frames.start in frames
    assert frames.stop + frames.step not in frames


@pytest.mark.parametrize(
    ("text", "numbers", "again"),
    [
        ("0,4,8-12", [0, 4, 8, 9, 10, 11, 12], "0,4,8-12"),
        ("8-10, 1 ,9", [1, 8, 9, 10], "1,8-10"),
        ("1,3,5", [1, 3, 5], "1-5x2"),
        ("4,5", [4, 5], "4-5"),
        ("-3-1", [-3, -2, -1, 0, 1], "-3-1"),
        ("-10--8", [-10, -9, -8], "-10--8"),
        ("-2,1-5x2", [-2, 1, 3, 5], "-2,1,3,5"),
    ],
)
def test_lists_and_numbers_below_zero(text: str, numbers: list[int], again: str) -> None:
    """Frames of a list are each there once, in order, and the text comes back."""
    found = parse_frames(text)
    assert list(found) == numbers
    assert (found.start, found.last, len(found)) == (numbers[0], numbers[-1], len(numbers))
    assert [n for n in range(-20, 20) if n in found] == numbers
    assert str(found) == again
    assert [found.nth(place) for place in range(len(found))] == numbers
    assert list(parse_frames(str(found))) == numbers
    parts = found.split(2)
    assert [n for part in parts for n in part] == numbers
    assert max(len(part) for part in parts) == 2


@pytest.mark.parametrize(
    "text", ["1,", ",", "1,x", "5-1,7", "1,1:00", "0-99999999,1", "1," * 3000 + "1"]
)
def test_lists_that_are_none_are_refused(text: str) -> None:
    """A part that is no range, or more than a person lists."""
    with pytest.raises(InvalidRequest):
        parse_frames(text)
