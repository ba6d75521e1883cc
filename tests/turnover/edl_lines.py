"""Lines of an EDL, and what is read of them."""

from __future__ import annotations

from fractions import Fraction

from functions.contract.timecode import Timecode
from functions.turnover.readers.edl import read_edl

HEAD = "TITLE: T\nFCM: NON-DROP FRAME\n"


def events(body: str, rate: Fraction | None = None) -> list[tuple[str, str | None, int, int]]:
    """(number, reel, first, last) of each event."""
    found = read_edl((HEAD + body).encode(), "t.edl", rate).events
    return [(e.number, e.reel, *e.needed) for e in found]


def line(number: int, reel: str, kind: str, *labels: str) -> str:
    return f"{number:03d}  {reel} V     {kind} {' '.join(labels)}\n"


def seconds(*at: float) -> tuple[str, ...]:
    """Labels at 24 frames a second."""
    return tuple(str(Timecode(round(each * 24), Fraction(24))) for each in at)
