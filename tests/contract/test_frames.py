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
    "text", ["", "a", "5-1", "1-2-3", "1-5x0", "-5", "1.5", "1-", "01:00:00:00-5", "9" * 40]
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
