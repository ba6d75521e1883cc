"""Thresholds beside what was measured: a line each, PASS or MISS, and all of them at the end.

A missed threshold is a fact about this run, on a machine that others may load; a wrong answer ends
the bench.
"""

from __future__ import annotations

_LINES: list[str] = []


def judge(what: str, found: float, threshold: float, *, unit: str = "x", most: bool = False) -> str:
    """A line that says how `found` stands to its threshold; kept for `summary`.

    most : the threshold is the most that may be, not the least
    """
    good = found <= threshold if most else found >= threshold
    bound = "at most" if most else "at least"
    line = f"{'PASS' if good else 'MISS'}  {what}: {found:.2f}{unit}, {bound} {threshold:g}{unit}"
    _LINES.append(line)
    return line


def absent(what: str, why: str) -> str:
    """A line for a threshold that this machine cannot try."""
    line = f"----  {what}: not measured, {why}"
    _LINES.append(line)
    return line


def summary() -> None:
    """Every threshold again, in the order in which they were tried."""
    print("\nthresholds")
    for line in _LINES:
        print(f"  {line}")
