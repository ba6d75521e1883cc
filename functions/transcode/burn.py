"""Burn-ins: words over the picture, white on a darkened strip, after all colour.

Letters are those of `functions.media.preview.lettering`: the same frame has the same words to the
pixel everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from functions.contract.errors import InvalidRequest
from functions.contract.timecode import Timecode
from functions.media.preview.lettering import Coverage, fitting, letters

Planes = npt.NDArray[Any]
What = Literal["timecode", "reel", "frame", "clip", "text"]
Area = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels; right and bottom are the first outside."""
POSITIONS = ("top-left", "top", "top-right", "bottom-left", "bottom", "bottom-right")
_USUAL: dict[str, str] = {
    "timecode": "bottom", "reel": "top-left", "frame": "bottom-right", "clip": "top",
    "text": "bottom-left",
}  # fmt: skip
_PARTS = 17  # of the shorter side is a letter's size: a capital is 7 of 160
_MARGIN = 24  # parts of the height: inside the title-safe area
_INK, _DIM = 0.9, 0.35


@dataclass(frozen=True, slots=True)
class BurnIn:
    """One item. words : of "text"."""

    what: What
    position: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What items may say of a frame."""

    number: int
    timecode: Timecode | None
    reel: str | None
    clip: str


def parse_burn_in(item: str) -> BurnIn:
    """`timecode`, `frame@top-right`, `text=NOT GRADED@top`. Raises InvalidRequest."""
    head, mark, position = item.rpartition("@")
    if not mark or (head.startswith("text=") and position not in POSITIONS):
        head, position = item, ""
    what, equals, words = head.partition("=")
    if what not in _USUAL or (what == "text") != bool(equals):
        raise InvalidRequest(
            f"burn-in {item!r}: write timecode, reel, frame, clip or text=WORDS", field="burn_in"
        )
    position = position or _USUAL[what]
    if position not in POSITIONS:
        raise InvalidRequest(
            f"burn-in {item!r}: positions are {', '.join(POSITIONS)}", field="burn_in"
        )
    return BurnIn(what, position, words)  # type: ignore[arg-type]


class Burner:
    """Draws the items of a clip on its frames; letters are kept while they are the same.

    size : of letters in percent of the picture's shorter side, a seventeenth of it if not said
    opacity : of the words with their strip, 0 to 1
    area : where they stand, to its very edges; within a margin of the picture if not said
    """

    def __init__(
        self,
        items: tuple[BurnIn, ...],
        *,
        size: float | None = None,
        opacity: float = 1.0,
        area: Area | None = None,
    ) -> None:
        self._items = items
        self._size, self._opacity, self.area = size, opacity, area
        self._drawn: dict[tuple[str, int], Coverage] = {}

    def draw(self, planes: Planes, facts: Facts) -> None:
        """Write over (3, h, w) uint16 (0 to 1 over its range) or float, in place.

        Words that would stand over others of their row go to a line of their own, towards the
        middle of the picture.
        """
        height, width = planes.shape[1:]
        # Of the shorter side: upright pictures have room for few letters.
        part = 1 / _PARTS if self._size is None else self._size / 100
        size = max(8, round(min(height, width) * part))
        pad = max(2, size // 5)
        edge = max(1, height // _MARGIN)
        if self.area is not None:
            left, top, right, bottom = self.area
            planes, edge = planes[:, top:bottom, left:right], 0
            height, width = planes.shape[1:]
        for row in (POSITIONS[:3], (POSITIONS[4], POSITIONS[3], POSITIONS[5])):
            lines: list[list[tuple[int, int]]] = []
            for position in row:
                said = [
                    w for i in self._items if i.position == position if (w := _text_of(i, facts))
                ]
                if not said:
                    continue
                ink = self._letters(fitting("  ".join(said), size, width - 2 * pad), size)
                columns = ink.shape[1] + 2 * pad
                x = _left_edge(position, width, columns, edge)
                number = next(
                    (n for n, line in enumerate(lines) if _free(line, x, columns, pad)),
                    len(lines),
                )
                if number == len(lines):
                    lines.append([])
                lines[number].append((x, x + columns))
                rows = ink.shape[0]
                y = edge + number * rows
                if position.startswith("bottom"):
                    y = height - y - rows
                strip = planes[:, max(0, y) : max(0, y) + rows, x : x + columns]
                _line(strip, ink, pad, self._opacity)

    def _letters(self, text: str, size: int) -> Coverage:
        key = (text, size)
        if key not in self._drawn:
            if len(self._drawn) > 32:
                self._drawn.clear()
            self._drawn[key] = letters(text, size)
        return self._drawn[key]


def _left_edge(position: str, width: int, columns: int, edge: int) -> int:
    x = (width - columns) // 2
    if position.endswith("left"):
        x = edge
    elif position.endswith("right"):
        x = width - edge - columns
    return max(0, min(x, width - columns))


def _free(line: list[tuple[int, int]], x: int, columns: int, gap: int) -> bool:
    """Whether nothing on the line stands where so many columns from x would."""
    return all(x >= end + gap or x + columns + gap <= start for start, end in line)


def _line(strip: Planes, cover: Coverage, pad: int, opacity: float) -> None:
    """A darkened strip with words, in place."""
    whole = 65535.0 if strip.dtype == np.uint16 else 1.0
    under = strip.astype(np.float32) if opacity < 1 else None
    np.multiply(strip, np.float32(_DIM), out=strip, casting="unsafe")
    place = strip[:, :, pad : pad + cover.shape[1]]
    share = cover[: place.shape[1], : place.shape[2]].astype(np.float32) / np.float32(255)
    ink = place + share * (np.float32(_INK * whole) - place)
    place[...] = np.rint(ink) if strip.dtype == np.uint16 else ink
    if under is not None:
        mixed = under + np.float32(opacity) * (strip - under)
        strip[...] = np.rint(mixed) if strip.dtype == np.uint16 else mixed


def _text_of(item: BurnIn, facts: Facts) -> str:
    if item.what == "timecode":
        return str(facts.timecode) if facts.timecode else "--:--:--:--"
    if item.what == "reel":
        return facts.reel or ""
    if item.what == "frame":
        return str(facts.number)
    return facts.clip if item.what == "clip" else item.words
