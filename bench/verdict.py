"""Thresholds beside what was measured: a line each, PASS or MISS, and all of them at the end.

A missed threshold is a fact about this run, on a machine that others may load; a wrong answer ends
the bench. The goals are the thresholds of what is still to be reached: they have a table of their
own, with the spread of each ratio over its rounds, and where one is missed, what bounds it.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

_LINES: list[str] = []
_GOALS: list[str] = []


def judge(what: str, found: float, threshold: float, *, unit: str = "x", most: bool = False) -> str:
    """A line that says how `found` stands to its threshold; kept for `summary`.

    most : the threshold is the most that may be, not the least
    """
    line = f"{_word(found, threshold, most)}  {what}: {found:.2f}{unit}, {_bound(threshold, most)}"
    _LINES.append(line + unit)
    return line + unit


def goal(
    what: str,
    found: Sequence[float],
    threshold: float,
    *,
    most: bool = False,
    every: bool = False,
    floor: str = "",
) -> str:
    """As `judge`, of the ratios of all rounds: their median counts, least and largest are told.

    every : the worst of them counts, where they are of different pictures
    floor : what was measured that bounds the ratio; told where the goal is missed
    """
    middle = (max if most else min)(found) if every else statistics.median(found)
    spread, word = f"{min(found):.2f}-{max(found):.2f}", _word(middle, threshold, most)
    why = floor if word == "MISS" else ""
    bound = f"{_bound(threshold, most)}x"
    _GOALS.append(f"| {what} | {middle:.2f}x | {spread} | {bound} | {word} | {why} |")
    return f"{word}  {what}: {middle:.2f}x ({spread}), {bound}" + (f"; {why}" if why else "")


def absent(what: str, why: str) -> str:
    """A line for a threshold that this machine cannot try."""
    line = f"----  {what}: not measured, {why}"
    _LINES.append(line)
    return line


def summary() -> None:
    """Every threshold again, in the order in which they were tried, then the goals."""
    print("\nthresholds")
    for line in _LINES:
        print(f"  {line}")
    if _GOALS:
        print("\n| goal | found | rounds | wanted | | what bounds it |")
        print("| --- | ---: | ---: | ---: | --- | --- |")
        print("\n".join(_GOALS))


def _word(found: float, threshold: float, most: bool) -> str:
    return "PASS" if (found <= threshold if most else found >= threshold) else "MISS"


def _bound(threshold: float, most: bool) -> str:
    return f"{'at most' if most else 'at least'} {threshold:g}"
