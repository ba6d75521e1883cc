"""Slate and leader as drawings: which ink each pixel has. Whole numbers only, so that they are
the same on every machine; what an ink looks like is told by its light (`functions.deliver.inks`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from functions.deliver.inks import BARS, BLACK, GREY, RAMP, WHITE
from functions.media.preview.lettering import ADVANCE, HEIGHT, letters

Drawing = npt.NDArray[np.uint8]
_PITCH = 11  # rows of a line in pixels of a glyph, of which seven are ink
_LINES = 216  # rows of a picture for each pixel of a glyph: 1080 rows make letters of 35


def draw_slate(title: str, lines: Sequence[tuple[str, str]], width: int, height: int) -> Drawing:
    """(height, width) inks of a slate: title, lines of label and value, bars and grey ramp.

    What does not fit a very small picture is left out, lines from the last one on.
    """
    out: Drawing = np.full((height, width), BLACK, np.uint8)
    edge = max(1, height // 16)
    strip = max(1, height // 10)
    labels = max((len(label) for label, _ in lines), default=0) + 2
    longest = max((labels + len(value) for _, value in lines), default=1)
    room = width - 2 * edge
    scale = max(1, min(height // _LINES, room // (ADVANCE * max(1, longest))))
    large = max(scale, min(2 * scale, room // (ADVANCE * max(1, len(title)))))
    y = edge
    _write(out, title, edge, y, large, WHITE)
    y += _PITCH * large + scale * 2
    for label, value in lines:
        if y + HEIGHT * scale > height - edge - 2 * strip:
            break
        _write(out, label, edge, y, scale, GREY)
        _write(out, value, edge + labels * ADVANCE * scale, y, scale, WHITE)
        y += _PITCH * scale
    for number, inks in enumerate((BARS, RAMP)):
        top = height - edge - (2 - number) * strip
        for place, ink in enumerate(inks):
            left = edge + room * place // len(inks)
            right = edge + room * (place + 1) // len(inks)
            out[top : top + strip, left:right] = ink
    return out


def draw_countdown(
    left: int, nominal: int, words: Sequence[str], width: int, height: int
) -> Drawing:
    """(height, width) inks of the leader's frame that is `left` frames before the programme.

    The seconds that are left, counted as SMPTE leaders count: the 2 is seen for one frame,
    exactly two seconds before; after it there is black. A bar fills up within each second.

    nominal : frames of a second of timecode
    words : lines beside the figure, from the top
    """
    out: Drawing = np.full((height, width), BLACK, np.uint8)
    if left < 2 * nominal:
        return out
    out[_target(width, height)] = GREY
    scale = max(1, height // 24)
    figure = letters(str(-(-left // nominal)), scale)[:, :-scale]
    y, x = (height - figure.shape[0]) // 2, (width - figure.shape[1]) // 2
    pad = scale
    out[
        max(0, y - pad) : y + figure.shape[0] + pad, max(0, x - pad) : x + figure.shape[1] + pad
    ] = BLACK
    _ink(out, figure, x, y, WHITE)
    edge = max(1, height // 16)
    small = max(1, height // _LINES)
    for number, text in enumerate(words):
        _write(out, text, edge, edge + number * _PITCH * small, small, WHITE)
    gone = -left % nominal + 1
    bar = max(1, height // 40)
    long = width - 2 * edge
    out[height - edge - bar : height - edge, edge : edge + long] = GREY
    out[height - edge - bar : height - edge, edge : edge + long * gone // nominal] = WHITE
    return out


@lru_cache(maxsize=4)
def _target(width: int, height: int) -> npt.NDArray[np.bool_]:
    """Ring and cross."""
    rows, columns = np.ogrid[:height, :width]
    # In half pixels, so that the middle of an even picture is one.
    away = (2 * rows - height + 1) ** 2 + (2 * columns - width + 1) ** 2
    line = max(1, height // 270)
    radius = 2 * (height * 3 // 8)
    ring = (away <= radius**2) & (away >= (radius - 2 * line) ** 2)
    cross = (abs(2 * rows - height + 1) <= line) | (abs(2 * columns - width + 1) <= line)
    found: npt.NDArray[np.bool_] = ring | cross
    return found


def _write(out: Drawing, text: str, x: int, y: int, scale: int, ink: int) -> None:
    if text:
        _ink(out, letters(text, scale), x, y, ink)


def _ink(out: Drawing, mask: npt.NDArray[np.bool_], x: int, y: int, ink: int) -> None:
    x, y = max(0, x), max(0, y)
    place = out[y : y + mask.shape[0], x : x + mask.shape[1]]
    place[mask[: place.shape[0], : place.shape[1]]] = ink
