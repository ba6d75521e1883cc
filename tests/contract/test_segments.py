"""Parts of movies: their sound, names and places."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.contract.frames import FrameRange
from functions.contract.segments import (
    cadence,
    is_receipt,
    part_name,
    parts_folder,
    samples_before,
    sound_apart,
)

RATES = [Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)]


@given(
    rate=st.sampled_from(RATES),
    sample_rate=st.sampled_from([44100, 48000, 96000]),
    cuts=st.lists(st.integers(0, 10**7), min_size=2, max_size=9),
)
def test_the_samples_of_parts_add_up_to_those_of_the_whole(
    rate: Fraction, sample_rate: int, cuts: list[int]
) -> None:
    """Wherever a clip is cut, no sample is lost or doubled, and none is a whole one off."""
    cuts = sorted(cuts)
    at = [samples_before(frame, rate, sample_rate) for frame in cuts]
    assert sum(b - a for a, b in pairwise(at)) == at[-1] - at[0]
    assert all(0 <= frame * sample_rate / rate - n < 1 for frame, n in zip(cuts, at, strict=True))


@pytest.mark.parametrize("rate", RATES)
def test_parts_of_a_cadence_have_one_pattern_of_samples(rate: Fraction) -> None:
    """After `cadence` frames, and no sooner, the samples of each frame come in the same turns."""
    length = cadence(rate)
    at = [samples_before(frame, rate, 48000) for frame in range(4 * length + 1)]
    each = [b - a for a, b in pairwise(at)]
    assert each == each[:length] * 4
    assert all(samples_before(n, rate, 48000) * rate != n * 48000 for n in range(1, length))
    assert cadence(None) == 1


@pytest.mark.parametrize(
    ("fields", "apart"),
    [
        ({}, False),
        ({"container": "mov"}, False),
        ({"container": "MP4"}, True),
        ({"container": "m4v"}, True),
        ({"container": "mp4", "audio": "pcm_s24le"}, False),
        ({"container": "mp4", "audio": "none"}, False),
        ({"container": "mov", "audio": "AAC"}, True),
    ],
)
def test_sound_that_overlaps_is_made_apart(fields: dict[str, str], apart: bool) -> None:
    """AAC, said or what MP4 has by itself, is made once; PCM and silence are cut with pictures."""
    assert sound_apart(fields) is apart


def test_names_and_places_of_parts() -> None:
    """A part's name has its first and its last frame; parts stand below their movie's output."""
    assert part_name("A001", FrameRange(24, 48)) == "A001.0000024-0000047"
    unit = "0" * 32
    assert parts_folder("s3://b/x/", unit) == f"s3://b/x/.rushes/parts/{unit}/"


def test_receipts_are_known_by_their_names() -> None:
    """A unit's receipt, and neither a movie, a failure note nor a job's plan."""
    unit = "0123456789abcdef" * 2
    assert is_receipt(f"s3://b/x/.rushes/{unit}.json")
    for other in (f"{unit}.failed.json", f"{unit}.mov", f"jobs/{unit}.json", f"{unit[1:]}.json"):
        assert not is_receipt(f"s3://b/x/.rushes/{other}")
