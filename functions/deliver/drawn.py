"""Slate and leader as drawings: which ink each pixel has. Whole numbers only, so that they are
the same on every machine; what an ink looks like is told by its light (`functions.deliver.inks`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from functions.deliver.inks import BARS, BLACK, EDGES, GREY, RAMP, WHITE, edge
from functions.media.preview.lettering import Coverage, fitting, letters, line_height, width_of

Drawing = npt.NDArray[np.uint8]
_PITCH = 1.25  # of a line, in its letters' size
_SMALLEST = 6
_LINES = 23  # sizes in a picture's height: 1080 rows make capitals of 34


def draw_slate(title: str, lines: Sequence[tuple[str, str]], width: int, height: int) -> Drawing:
    """(height, width) inks of a slate: title, lines of label and value, bars and grey ramp.

    What does not fit a very small picture is left out, lines from the last one on.
    """
    out: Drawing = np.full((height, width), BLACK, np.uint8)
    margin = max(1, height // 16)
    strip = max(1, height // 10)
    room = width - 2 * margin
    size = _size([(f"{label}  ", value) for label, value in lines], height // _LINES, room)
    large = max(size, _size([(title, "")], 2 * size, room))
    labels = max((width_of(f"{label}  ", size) for label, _ in lines), default=0)
    y = margin
    _write(out, title, margin, y, large, WHITE)
    y += round(_PITCH * large + size / 2)
    for label, value in lines:
        if y + line_height(size) > height - margin - 2 * strip:
            break
        _write(out, label, margin, y, size, GREY)
        _write(out, value, margin + labels, y, size, WHITE)
        y += round(_PITCH * size)
    for number, inks in enumerate((BARS, RAMP)):
        top = height - margin - (2 - number) * strip
        for place, ink in enumerate(inks):
            left = margin + room * place // len(inks)
            right = margin + room * (place + 1) // len(inks)
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
    size = max(8, height * 2 // 5)
    figure = _ink_alone(letters(str(-(-left // nominal)), size))
    y, x = (height - figure.shape[0]) // 2, (width - figure.shape[1]) // 2
    pad = max(1, size // 8)
    out[
        max(0, y - pad) : y + figure.shape[0] + pad, max(0, x - pad) : x + figure.shape[1] + pad
    ] = BLACK
    _ink(out, figure, x, y, WHITE)
    margin = max(1, height // 16)
    small = max(_SMALLEST, height // _LINES)
    for number, text in enumerate(words):
        _write(out, text, margin, margin + round(number * _PITCH * small), small, WHITE)
    gone = -left % nominal + 1
    bar = max(1, height // 40)
    long = width - 2 * margin
    out[height - margin - bar : height - margin, margin : margin + long] = GREY
    out[height - margin - bar : height - margin, margin : margin + long * gone // nominal] = WHITE
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


def _size(rows: Sequence[tuple[str, str]], wanted: int, room: int) -> int:
    """The size at which the widest of some rows fits, no larger than wanted."""
    size = max(_SMALLEST, wanted)
    labels = max((width_of(label, size) for label, _ in rows), default=0)
    widest = labels + max((width_of(value, size) for _, value in rows if value), default=0)
    return max(_SMALLEST, min(size, size * room // max(1, widest)))


def _write(out: Drawing, text: str, x: int, y: int, size: int, ink: int) -> None:
    if text and x < out.shape[1]:
        _ink(out, letters(fitting(text, size, out.shape[1] - x), size), x, y, ink)


def _ink_alone(cover: Coverage) -> Coverage:
    """Without the empty rows and columns around it."""
    rows, columns = np.nonzero(cover.any(1))[0], np.nonzero(cover.any(0))[0]
    return cover[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _ink(out: Drawing, cover: Coverage, x: int, y: int, ink: int) -> None:
    """Edges over what is there: as over black."""
    x, y = max(0, x), max(0, y)
    place = out[y : y + cover.shape[0], x : x + cover.shape[1]]
    shares = (cover[: place.shape[0], : place.shape[1]].astype(np.uint16) * EDGES + 127) // 255
    inks = np.array([edge(ink, share) for share in range(EDGES + 1)], np.uint8)
    place[shares > 0] = inks[shares[shares > 0]]
