"""AAF: a speed that does not say itself is told."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from functions.turnover.readers.aaf_mobs import speed_map
from functions.turnover.time_map import Span


def group(ratio: Any) -> SimpleNamespace:
    """A motion effect of 24 frames over 48, as the library gives it."""
    return SimpleNamespace(
        parameters=[ratio], operation=SimpleNamespace(name="Video Speed Control"), length=24
    )


def points(*values: Fraction) -> list[SimpleNamespace]:
    return [SimpleNamespace(time=at, value=value) for at, value in enumerate(values)]


HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("ratio", "told"),
    [
        (SimpleNamespace(name="SpeedRatio", value=HALF), None),
        (SimpleNamespace(name="SpeedRatio", value=None, pointlist=points(HALF, HALF)), None),
        (SimpleNamespace(name="SpeedRatio", value=None, pointlist=points(HALF, HALF / 2)),
         "changes, and does not say where"),
        (SimpleNamespace(name="SpeedRatio", value=None, pointlist=[]), "is not said"),
    ],
)  # fmt: skip
def test_a_speed_ratio_that_varies_is_told(ratio: SimpleNamespace, told: str | None) -> None:
    """The Video Speed Control effect has one SpeedRatio (AAF Edit Protocol): its first value is
    not that of all frames."""
    seat = Span(Fraction(0), Fraction(1))
    times, trouble = speed_map(group(ratio), SimpleNamespace(length=48), seat, Fraction(24))
    assert times is not None
    assert (told in str(trouble)) if told else (trouble is None and times.pace == 2)
