"""What a frame costs, learned from the receipts of earlier jobs.

An operation's constants tell how frames compare: twice the pixels, or a tighter compression, cost
so much more. Receipts tell by how much the constants are off for one operation, with the same
settings, format and size where enough stand, and on one platform. Slope and intercept of seconds
over what the constants expect are taken by Theil and Sen's medians, which up to 29 percent of
wrong receipts do not move.

References
----------
P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", Journal of the American
Statistical Association 63(324), 1968, doi:10.1080/01621459.1968.10480934.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from statistics import median
from typing import Any

import msgspec

from functions.jobs.plan import Sizing
from functions.jobs.samples import Sample, Samples

LEAST = 3
"""Receipts below which nothing is learned: a median of two is no median."""

_MOST = 64
# Lengths of units must differ by so much, or their slope is noise.
_SPREAD = 1.5
_NO_COST = {"input", "output", "frames", "name", "overwrite", "whole", "title", "start", "reel"}


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a kind of unit.

    factor : seconds for each second that the operation's constants expect
    start : seconds of a unit beside its frames, cold starts with their share
    typical : seconds of a unit, for those of which nobody knows the frames
    receipts, platform : how many it is from, and of which kind of machine
    source : where it is from, in words; of the constants alone where no receipts are enough
    """

    factor: float = 1.0
    start: float = 0.0
    typical: float = 0.0
    receipts: int = 0
    platform: str = ""
    source: str = ""


def settings_of(fields: Mapping[str, Any]) -> str:
    """What a request says that a cost may depend on: numbers and words; of files and lists, that
    they are there."""
    told = []
    for name, value in sorted(fields.items()):
        if name not in _NO_COST and value not in (None, False, "", [], {}):
            plain = isinstance(value, int | float | str) and "/" not in str(value)
            told.append(f"{name}={value}" if plain and value is not True else name)
    return " ".join(told)


class CostModel:
    """Figures from samples: the same samples, in any order, give the same figures."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        kinds: defaultdict[tuple[Any, ...], defaultdict[str, list[Sample]]]
        kinds = defaultdict(lambda: defaultdict(list))
        for sample in samples.found:
            for kind, _ in _kinds(sample.operation, sample.sizing):
                kinds[kind][sample.platform].append(sample)
        self._figures = {
            kind: _figure(platforms)
            for kind, platforms in kinds.items()
            if max(map(len, platforms.values())) >= LEAST
        }

    def figure(self, operation: str, sizing: Sizing) -> Figure:
        """Of the narrowest kind of which receipts enough stand."""
        for kind, told in _kinds(operation, sizing):
            if (found := self._figures.get(kind)) is not None:
                source = f"{found.receipts} receipts of {told}; on {found.platform}"
                return msgspec.structs.replace(found, source=source)
        known = f", fewer than {LEAST} receipts tell" if self.samples.found else ""
        return Figure(source=f"the operation's constants{known}")

    def explain(self) -> dict[str, Any]:
        """What was read, for a plan."""
        by: defaultdict[str, int] = defaultdict(int)
        for sample in self.samples.found:
            by[f"{sample.operation} on {sample.platform}"] += 1
        left_out = {f"left out, {why}": n for why, n in sorted(self.samples.left_out.items())}
        return {**dict(sorted(by.items())), **left_out}


def _kinds(operation: str, sizing: Sizing) -> Iterable[tuple[tuple[Any, ...], str]]:
    clip = (sizing.format, sizing.width, sizing.height)
    size = f"{sizing.format} {sizing.width}x{sizing.height}" if sizing.width else ""
    settings = sizing.settings or "no settings"
    yield (operation, settings, *clip), ", ".join(t for t in (operation, size, settings) if t)
    yield (operation, settings), f"{operation}, {settings}, of other clips"
    yield (operation,), f"{operation} with other settings"


def _figure(platforms: Mapping[str, list[Sample]]) -> Figure:
    """Of the platform that most receipts are of; of two, the slower one."""
    fitted = {
        platform: _fit(samples) for platform, samples in platforms.items() if len(samples) >= LEAST
    }
    chosen = max(fitted, key=lambda p: (len(platforms[p]), fitted[p].factor, p))
    return msgspec.structs.replace(fitted[chosen], receipts=len(platforms[chosen]), platform=chosen)


def _fit(samples: list[Sample]) -> Figure:
    ordered = sorted(samples, key=lambda s: (s.constant, s.seconds, s.cold))
    step = max(1.0, len(ordered) / _MOST)
    chosen = [ordered[int(n * step)] for n in range(min(_MOST, len(ordered)))]
    factor = median(s.seconds / s.constant for s in chosen)
    start = 0.0
    slopes = [
        (b.seconds - a.seconds) / (b.constant - a.constant)
        for a, b in combinations(chosen, 2)
        if b.constant >= a.constant * _SPREAD
    ]
    if len(slopes) >= LEAST:
        slope = median(slopes)
        rest = median(s.seconds - slope * s.constant for s in chosen)
        if slope > 0 and rest > 0:
            factor, start = slope, rest
    cold = [s.cold for s in samples if s.cold]
    share = len(cold) / len(samples)
    return Figure(
        factor=factor,
        start=round(start + (median(cold) * share if cold else 0.0), 3),
        typical=median(s.seconds for s in chosen),
    )
