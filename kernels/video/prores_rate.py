"""How large a ProRes frame may be, and the quantisers that make it so.

Apple publishes target rates for sizes and frame rates; all come to one size of a frame, whatever is
in it (Apple ProRes White Paper, "Target data rates"). Pictures that need less are smaller.

Sums, products and square roots only: logarithms round differently on different processors.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]

PROFILES = ("proxy", "lt", "422", "hq", "4444", "4444xq")
# Pixels of a published size, and bits a frame of each profile in units of macroblocks there:
# 720x486, 720x576, 960x720, 1280x720, 1280x1080, 1440x1080, 1920x1080, 2048x1080.
_PUBLISHED = (
    (349_920, 1395, (290, 692, 1005, 1506, 2260, 3390)),
    (414_720, 1620, (290, 692, 1005, 1506, 2260, 3390)),
    (691_200, 2700, (235, 538, 779, 1168, 1749, 2620)),
    (921_600, 3600, (209, 468, 681, 1020, 1529, 2294)),
    (1_382_400, 6120, (207, 474, 687, 1030, 1543, 2312)),
    (1_555_200, 6120, (207, 474, 687, 1030, 1543, 2312)),
    (2_073_600, 8160, (186, 417, 600, 900, 1350, 2025)),
    (2_211_840, 8704, (197, 445, 642, 964, 1445, 2168)),
)
# Above that the table is linear: bits a pixel.
_LARGE = (0.733, 1.65, 64 / 27, 32 / 9, 16 / 3, 8.0)
_LARGE_FROM = 2048 * 1152
# The finest quantiser of a profile. Files of Apple's encoder have these in frames far below their
# target; LT is what FFmpeg's prores_aw has for it.
FINEST = {"proxy": 8, "lt": 3, "422": 2, "hq": 1, "4444": 1, "4444xq": 1}
COARSEST = 224
# Slices are coded in this many interleaved groups: the first is measured, the others follow what
# the ones before them took.
GROUPS = 16
_TURNS = ((1, 4), (4, GROUPS))
# Of what there is: an estimate may be a little short, and what is over is coded again.
_AIM = 0.99


def target_bytes(profile: str, width: int, height: int) -> int:
    """Bytes of a frame at the published rate, without alpha.

    Sizes that nobody publishes lie on straight lines between those that are, by pixels; small ones
    on a line to nothing.
    """
    column, pixels = PROFILES.index(profile), width * height
    if pixels >= _LARGE_FROM:
        return int(_LARGE[column] * pixels / 8)
    sizes = [0, *(size for size, _, _ in _PUBLISHED), _LARGE_FROM]
    bits = [0.0, *(float(count * each[column]) for _, count, each in _PUBLISHED)]
    bits.append(_LARGE[column] * _LARGE_FROM)
    return int(np.interp(pixels, sizes, bits) / 8)


class Quantisers:
    """Codes every slice of a frame so that all fit, with quantisers as alike as can be.

    One quantiser for all is close to the least error for the bits; two neighbours, evenly mixed,
    fill the frame. What is decided depends on the frame alone.

    code : codes the slices of these numbers with these quantisers, keeps the last of each, and
        gives their sizes (without alpha)
    rows, columns : where slices are
    """

    def __init__(
        self, code: Callable[[Numbers, Numbers], Numbers], rows: Numbers, columns: Numbers
    ):
        self._code = code
        self._group = (columns + 3 * rows) % GROUPS
        self._group = (self._group - self._group[0]) % GROUPS
        # Evenly spread over the frame: multiples of two irrational numbers (R2, M. Roberts).
        self._share = (columns * 0.7548776662466927 + rows * 0.5698402909980532) % 1.0
        self._sizes = np.zeros(len(rows), np.int64)
        self._chosen = np.zeros(len(rows), np.int64)
        self._measured: dict[int, float] = {}

    def fit(self, budget: int, finest: int) -> None:
        """Code the frame. budget : bytes of all slices; finest : quantiser that is fine enough"""
        first = np.flatnonzero(self._group == 0)
        aim = _AIM * budget / len(self._sizes)
        self._run(first, _mixed(self._search(first, aim, finest), self._share[first]))
        for start, stop in _TURNS:
            known = self._chosen > 0
            which = np.flatnonzero((self._group >= start) & (self._group < stop))
            counts = np.bincount(self._chosen[known]).tolist()
            expected = sum(n * self._expected(q) for q, n in enumerate(counts) if n)
            left = max(_AIM * budget - int(self._sizes.sum()), 0.0) / max(int((~known).sum()), 1)
            level = self._level(left * expected / int(self._sizes.sum()), finest)
            self._run(which, _mixed(level, self._share[which]))
        self._trim(budget)

    def _run(self, which: Numbers, quantisers: Numbers) -> None:
        new = self._chosen[which] != quantisers
        which, quantisers = which[new], quantisers[new]
        self._sizes[which] = self._code(which, quantisers)
        self._chosen[which] = quantisers

    def _search(self, sample: Numbers, aim: float, finest: int) -> float:
        """The level at which the sample's slices take `aim` on the mean."""
        low, high, q = finest - 1, COARSEST + 1, 2 * finest
        while high - low > 1:
            self._run(sample, np.full(len(sample), q))
            self._measured[q] = float(self._sizes[sample].mean())
            low, high = (q, high) if self._measured[q] > aim else (low, q)
            q = min(max(math.ceil(self._level(aim, finest)), low + 1), high - 1)
        return self._level(aim, finest)

    def _level(self, aim: float, finest: int) -> float:
        """The level, between two quantisers, at which slices take `aim` on the mean."""
        q = finest
        if self._expected(q) <= aim:
            return float(q)
        while q < COARSEST and self._expected(q + 1) > aim:
            q += 1
        above, below = self._expected(q), self._expected(q + 1)
        return q + min((above - aim) / max(above - below, 1e-9), 1.0)

    def _expected(self, q: int) -> float:
        """Mean size of a slice: as measured, on a line between by 1/q, or on a power of q."""
        finer = max((known for known in self._measured if known <= q), default=0)
        coarser = min((known for known in self._measured if known >= q), default=0)
        if finer and coarser:
            if finer == coarser:
                return self._measured[q]
            part = (1 / finer - 1 / q) / (1 / finer - 1 / coarser)
            return self._measured[finer] * (1 - part) + self._measured[coarser] * part
        near = finer or coarser
        return self._measured[near] * math.sqrt(near / q * math.sqrt(near / q))

    def _trim(self, budget: int) -> None:
        """Make slices coarser, the finest first, until all fit."""
        while (over := int(self._sizes.sum()) - budget) > 0 and self._chosen.min() < COARSEST:
            order = np.lexsort((self._share, self._chosen))
            order = order[self._chosen[order] < COARSEST]
            # A step saves about this part of a slice.
            saved = np.cumsum(self._sizes[order] * 0.5 / (self._chosen[order] + 1))
            which = order[: int(np.searchsorted(saved, over)) + 1]
            self._run(which, self._chosen[which] + 1)


def _mixed(level: float, share: npt.NDArray[np.float64]) -> Numbers:
    """Quantisers of which so many are the coarser neighbour that their mean is about `level`."""
    return np.minimum(np.floor(level + share).astype(np.int64), COARSEST)
