"""Slate and leader as drawings: which ink each pixel has. Whole numbers only, so that they are
the same on every machine; what an ink looks like is told by its light (`functions.deliver.inks`).
"""

from __future__ import annotations

import math
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


Place = tuple[int, int, int, int]
"""x, y, width and height in pixels."""


def small_size(width: int, height: int) -> Place:
    """Where the small picture of a slate stands: at its upper right, the programme's own shape."""
    margin = max(1, height // 16)
    wide = max(1, (width - 2 * margin) * 2 // 5)
    high = max(1, min(wide * height // width, height * 2 // 5))
    return width - margin - wide, margin, wide, high


def draw_slate(
    title: str,
    lines: Sequence[tuple[str, str]],
    width: int,
    height: int,
    small: Place | None = None,
) -> Drawing:
    """(height, width) inks of a slate: title, lines of label and value, bars and grey ramp.

    small : left free for a picture. What does not fit a very small slate is left out, lines from
        the last one on.
    """
    out: Drawing = np.full((height, width), BLACK, np.uint8)
    margin = max(1, height // 16)
    strip = max(1, height // 10)
    room = width - 2 * margin
    end = width if small is None else small[0] - margin
    wide = room if small is None else end - margin
    size = _size([(f"{label}  ", value) for label, value in lines], height // _LINES, wide)
    large = max(size, _size([(title, "")], 2 * size, wide))
    labels = max((width_of(f"{label}  ", size) for label, _ in lines), default=0)
    y = margin
    _write(out[:, :end], title, margin, y, large, WHITE)
    y += round(_PITCH * large + size / 2)
    for label, value in lines:
        if y + line_height(size) > height - margin - 2 * strip:
            break
        _write(out[:, :end], label, margin, y, size, GREY)
        _write(out[:, :end], value, margin + labels, y, size, WHITE)
        y += round(_PITCH * size)
    for number, inks in enumerate((BARS, RAMP)):
        top = height - margin - (2 - number) * strip
        for place, ink in enumerate(inks):
            left = margin + room * place // len(inks)
            right = margin + room * (place + 1) // len(inks)
            out[top : top + strip, left:right] = ink
    return out


def draw_chart(out: Drawing, framing: tuple[float, float, float, float] | None) -> None:
    """The picture's edge and middle in grey, and the corners of a framing in white, in place.

    framing : x, y, width, height on the canvas, rounded to whole pixels; None is all of it. Its
        marks stand on the first pixels outside, or on the last of the picture
    """
    height, width = out.shape
    thick = max(1, min(width, height) // 540)
    for side in (out[:thick], out[-thick:], out[:, :thick], out[:, -thick:]):
        side[...] = GREY
    arm = max(2, min(width, height) // 32)
    middle, centre = height // 2 - thick // 2, width // 2 - thick // 2
    out[middle : middle + thick, centre - arm : centre + arm] = GREY
    out[middle - arm : middle + arm, centre : centre + thick] = GREY
    arm = max(2, min(width, height) // 20)  # short of the margin of the words
    x, y, wide, high = framing or (0.0, 0.0, float(width), float(height))
    left, top = max(0, math.floor(x + 0.5) - thick), max(0, math.floor(y + 0.5) - thick)
    right = min(width, math.floor(x + wide + 0.5) + thick)
    bottom = min(height, math.floor(y + high + 0.5) + thick)
    for rows in (slice(top, top + thick), slice(bottom - thick, bottom)):
        out[rows, left : left + arm] = out[rows, right - arm : right] = WHITE
    for columns in (slice(left, left + thick), slice(right - thick, right)):
        out[top : top + arm, columns] = out[bottom - arm : bottom, columns] = WHITE


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
