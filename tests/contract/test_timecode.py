"""Timecode labels against counts that were published or made by stepping label by label."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.contract.errors import InvalidRequest
from functions.contract.timecode import Timecode, bcd

NTSC = Fraction(30000, 1001)
RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), NTSC, Fraction(60000, 1001)]


def labels(base: int, skip: int) -> Iterator[str]:
    """Every label of a day, by ST 12-1's own rule, one at a time."""
    for h in range(24):
        for m in range(60):
            for s in range(60):
                for f in range(base):
                    if skip and s == 0 and m % 10 and f < skip:
                        continue
                    yield f"{h:02d}:{m:02d}:{s:02d}{';' if skip else ':'}{f:02d}"


@pytest.mark.parametrize(("rate", "skip"), [(NTSC, 2), (Fraction(60000, 1001), 4)])
def test_drop_frame_labels_follow_the_rule(rate: Fraction, skip: int) -> None:
    """The first eleven hours of drop-frame labels equal a count that steps label by label."""
    for frame, label in enumerate(labels(int(rate) + 1, skip)):
        if label.startswith("11"):
            break
        if frame % 97 < 2 or ":00;0" in label:
            assert str(Timecode(frame, rate, True)) == label
            assert Timecode.parse(label, rate) == Timecode(frame, rate, True)


def test_published_drop_frame_counts() -> None:
    """An hour of 29.97 drop frame has 107892 frames, ten minutes have 17982."""
    assert Timecode.parse("01:00:00;00", NTSC).frame == 107892
    assert Timecode.parse("00:10:00;00", NTSC).frame == 17982
    assert Timecode.parse("00:01:00;02", NTSC).frame == 1800
    assert str(Timecode(2589408, NTSC, True)) == "00:00:00;00"


@given(st.integers(0, 24 * 3600 * 24 - 1), st.sampled_from(RATES))
def test_labels_and_counts_are_each_others_inverse(frame: int, rate: Fraction) -> None:
    """A frame of any day goes to its label and back."""
    assert Timecode.parse(str(Timecode(frame, rate)), rate).frame == frame


@pytest.mark.parametrize(
    "text",
    [
        "00:01:00;00",
        "00:01:00;01",
        "25:00:00:00",
        "00:60:00:00",
        "00:00:60:00",
        "00:00:00:30",
        "1:00:00:00",
        "",
    ],
)
def test_labels_that_do_not_exist_are_refused(text: str) -> None:
    """Skipped, out-of-range and malformed labels are errors, not other frames."""
    with pytest.raises(InvalidRequest):
        Timecode.parse(text, NTSC)


def test_drop_frame_needs_an_ntsc_rate() -> None:
    """24 frames per second has no drop frame."""
    with pytest.raises(InvalidRequest, match="drop frame"):
        Timecode.parse("01:00:00;00", Fraction(24))


def test_two_digits_hold_high_rates_by_halves() -> None:
    """At 60 frames per second the stored frame digits count pairs."""
    assert bcd(Timecode.parse("01:02:03:58", Fraction(60))) == (1, 2, 3, 29)
    assert bcd(Timecode.parse("01:02:03:23", Fraction(24))) == (1, 2, 3, 23)
