"""Which unit is sent first: the longest, or the job's end waits for one that began last.

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


def in_order(parcels: Iterable[Parcel]) -> list[Parcel]:
    """By rank, then longest first; of about one length, as the job has them."""
    return sorted(parcels, key=lambda parcel: (parcel.rank, -_length(parcel.seconds)))


def _length(seconds: float) -> float:
    return math.floor(_STEPS * math.log2(seconds)) if seconds > 0 else -math.inf
