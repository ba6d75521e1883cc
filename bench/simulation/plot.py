"""Lines in a drawing, as SVG: no library, and the same bytes for the same numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

Line = Sequence[tuple[float, float]]

_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 150, 30, 45
_COLOURS = ("#1b6ca8", "#d1495b", "#3a7d44", "#8d6a9f", "#c77f1a")


def drawing(
    title: str, across: str, up: str, lines: Mapping[str, Line], *, logarithmic: bool = False
) -> str:
    """An SVG document.

    across, up : names of the axes
    logarithmic : both axes
    """
    points = [point for line in lines.values() for point in line]
    xs, ys = _axis([p[0] for p in points], logarithmic), _axis([p[1] for p in points], logarithmic)
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

    def x(value: float) -> float:
        return _LEFT + _place(value, xs, logarithmic) * (right - _LEFT)

    def y(value: float) -> float:
        return bottom - _place(value, ys, logarithmic) * (bottom - _TOP)

    drawn = [f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>', _text(_LEFT, 18, title)]
    for tick in xs:
        drawn.append(_rule(x(tick), _TOP, x(tick), bottom))
        drawn.append(_text(x(tick), bottom + 16, _number(tick), "middle"))
    for tick in ys:
        drawn.append(_rule(_LEFT, y(tick), right, y(tick)))
        drawn.append(_text(_LEFT - 6, y(tick) + 4, _number(tick), "end"))
    drawn.append(_text((_LEFT + right) / 2, _HEIGHT - 8, across, "middle"))
    turn = f"rotate(-90 14 {(_TOP + bottom) / 2:.0f})"
    drawn.append(_text(14, (_TOP + bottom) / 2, up, "middle", turn))
    for number, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in line)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn.append(_text(right + 8, _TOP + 14 + 18 * number, name, fill=colour))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    return "\n".join([f'{head} font-family="sans-serif" font-size="12">', *drawn, "</svg>", ""])


def _axis(values: list[float], logarithmic: bool) -> list[float]:
    """Round numbers from below the least to above the most."""
    if logarithmic:
        low = math.floor(math.log10(min(values)))
        return [10.0**power for power in range(low, math.ceil(math.log10(max(values))) + 1)]
    most = max(values) or 1.0
    step = 10.0 ** math.floor(math.log10(most))
    step = next(step * part for part in (0.1, 0.2, 0.5, 1.0, 2.0) if most / (step * part) <= 6)
    return [step * n for n in range(math.ceil(most / step) + 1)]


def _place(value: float, axis: list[float], logarithmic: bool) -> float:
    if logarithmic:
        return math.log(value / axis[0]) / math.log(axis[-1] / axis[0])
    return value / axis[-1]


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#dddddd"/>'


def _text(
    x: float, y: float, text: str, anchor: str = "start", turn: str = "", fill: str = "#333333"
) -> str:
    turned = f' transform="{turn}"' if turn else ""
    said = f'text-anchor="{anchor}" fill="{fill}"{turned}'
    return f'<text x="{x:.1f}" y="{y:.1f}" {said}>{escape(text)}</text>'


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 or not value else f"{value:g}"
