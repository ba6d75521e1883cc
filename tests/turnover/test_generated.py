"""Thousands of random cuts, written in every format and pulled: the ranges are those of the cut.

Rates from 23.976 to 120, drop frame and not, over midnight, with gaps, transitions, retimes and
nesting.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from functions.turnover.matching import match_events
from functions.turnover.read import read_turnover
from tests.turnover import cut_aaf, cuts
from tests.turnover.cuts import Cut

MANY = settings(
    max_examples=120, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
# pyaaf2 takes half a second to write a file.
FEW = settings(MANY, max_examples=8, phases=[Phase.generate])


def pulled(data: bytes, name: str, cut: Cut) -> list[tuple[str, int, int]]:
    """Clip, first and last frame of each event."""
    turnover = read_turnover(data, name, cut.rate)
    matches, misses = match_events(turnover.events, cut.media)
    assert [miss.why for miss in misses] == []
    return [(each.media.name, each.first, each.last) for each in matches]


def truth(cut: Cut) -> list[tuple[str, int, int]]:
    return [use.truth for use in cut.uses]


def records(data: bytes, name: str, cut: Cut) -> list[int]:
    return [event.record for event in read_turnover(data, name, cut.rate).events]


@MANY
@given(cuts.cuts(), st.booleans())
def test_edl(cut: Cut, marks: bool) -> None:
    """Labels with marks or by the FCM line alone, dissolves of two lines, M2.

    A retime's columns are its material, which ends a step after the last frame that is shown.
    """
    material = [
        (name, low, max(high, use.first + use.used - 1) if use.speed != 1 else high)
        for use, (name, low, high) in zip(cut.uses, truth(cut), strict=True)
    ]
    assert pulled(cuts.edl(cut, marks), "cut.edl", cut) == material


@MANY
@given(cuts.cuts())
def test_fcpxml(cut: Cut) -> None:
    """Fractions of seconds, time maps, transitions that lie over the cut."""
    data = cuts.fcpxml(cut)
    assert pulled(data, "cut.fcpxml", cut) == truth(cut)
    assert records(data, "cut.fcpxml", cut) == [use.record for use in cut.uses]


@MANY
@given(cuts.cuts())
def test_xmeml(cut: Cut) -> None:
    """Edges of -1 in transitions, frames counted from the file's first, graphs of retimes."""
    data = cuts.xmeml(cut)
    assert pulled(data, "cut.xml", cut) == truth(cut)
    assert records(data, "cut.xml", cut) == [use.record for use in cut.uses]


@MANY
@given(cuts.cuts(), st.lists(st.integers(0, 4), min_size=1, max_size=3))
def test_otio(cut: Cut, depths: list[int]) -> None:
    """Clips in stacks of stacks, trimmed on the way, with transitions beside them."""
    data = cuts.otio(cut, depths)
    assert pulled(data, "cut.otio", cut) == truth(cut)
    assert records(data, "cut.otio", cut) == [use.record for use in cut.uses]


@MANY
@given(cuts.cuts(retimes=False, transitions=False))
def test_ale(cut: Cut) -> None:
    """A log's start and end."""
    assert pulled(cuts.ale(cut), "cut.ale", cut) == truth(cut)


@MANY
@given(cuts.cuts(retimes=False, transitions=False))
def test_pull_list(cut: Cut) -> None:
    """A table's in and out, and its handles."""
    assert pulled(cuts.pull_list(cut), "cut.csv", cut) == truth(cut)


@FEW
@given(cuts.cuts(retimes=False), st.booleans())
def test_aaf(tmp_path_factory: pytest.TempPathFactory, cut: Cut, file_timecode: bool) -> None:
    """Chains of four mobs, with timecode on the tape alone or on the file as well."""
    path: Path = tmp_path_factory.mktemp("aaf") / "cut.aaf"
    cut_aaf.aaf(cut, str(path), file_timecode)
    assert pulled(path.read_bytes(), "cut.aaf", cut) == truth(cut)
