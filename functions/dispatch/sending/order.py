"""Which unit is sent first: the longest, or the job's end waits for one that began last.

But for a few: how many may be in flight grows as units end, so that a large job begins with short
ones. In a model of 3,000 plates on 300 pods that halves the job (docs/simulation.md).

References
----------
R. L. Graham, "Bounds on multiprocessing timing anomalies", SIAM Journal on Applied Mathematics
17(2), 1969, doi:10.1137/0117039: longest first ends at most a third after the best order there is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from functions.jobs.outcome import Parcel

_STEPS = 2.0  # to a doubling: units of about one length stay in the job's order, clip by clip

_SHORT, _OF = 256, 4
"""Short ones at first, and of how many times as many units: the window has then found its size."""


def in_order(parcels: Iterable[Parcel]) -> list[Parcel]:
    """By rank; of a rank some short ones where there are many, then the longest first; of about one
    length, as the job has them."""
    found = sorted(parcels, key=lambda parcel: (parcel.rank, _length(parcel.seconds)))
    first = sum(parcel.rank == found[0].rank for parcel in found)
    short = _SHORT if first >= _SHORT * _OF else 0
    longest = sorted(found[short:], key=lambda parcel: (parcel.rank, -_length(parcel.seconds)))
    return found[:short] + longest


def _length(seconds: float) -> float:
    return math.floor(_STEPS * math.log2(seconds)) if seconds > 0 else -math.inf
