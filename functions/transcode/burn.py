"""Burn-ins: words over the picture, white on a darkened strip, after all colour.

Glyphs are those of `functions.media.lettering`, in whole multiples of their pixels, so that
the same frame has the same words to the pixel everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from functions.contract.errors import InvalidRequest
from functions.contract.timecode import Timecode
from functions.media.lettering import ADVANCE, HEIGHT, letters

Planes = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
What = Literal["timecode", "reel", "frame", "clip", "text"]
POSITIONS = ("top-left", "top", "top-right", "bottom-left", "bottom", "bottom-right")
_USUAL: dict[str, str] = {
    "timecode": "bottom", "reel": "top-left", "frame": "bottom-right", "clip": "top",
    "text": "bottom-left",
}  # fmt: skip
_ROWS = 160  # of the picture for each pixel of a glyph: 7 of 160 rows are a letter's height
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
    """Draws the items of a clip on its frames; a line's mask is kept while it stays the same."""

    def __init__(self, items: tuple[BurnIn, ...]) -> None:
        self._items = items
        self._masks: dict[tuple[str, int], Mask] = {}

    def draw(self, planes: Planes, facts: Facts) -> None:
        """Write over (3, h, w) uint16 (0 to 1 over its range) or float, in place."""
        scale = max(1, round(planes.shape[1] / _ROWS))
        for position in POSITIONS:
            words = [w for i in self._items if i.position == position if (w := _said(i, facts))]
            if words:
                self._line("  ".join(words), planes, position, scale)

    def _line(self, text: str, planes: Planes, position: str, scale: int) -> None:
        height, width = planes.shape[1:]
        pad = 2 * scale
        most = max(1, (width - 2 * pad) // (ADVANCE * scale))
        text = text[:most]
        mask = self._mask(text, scale)
        rows, columns = mask.shape[0] + 2 * pad, mask.shape[1] + 2 * pad - scale
        edge = max(1, height // _MARGIN)
        y = edge if position.startswith("top") else height - edge - rows
        x = (width - columns) // 2
        if position.endswith("left"):
            x = edge
        elif position.endswith("right"):
            x = width - edge - columns
        x, y = max(0, min(x, width - columns)), max(0, y)
        strip = planes[:, y : y + rows, max(0, x) : x + columns]
        whole = 65535.0 if planes.dtype == np.uint16 else 1.0
        np.multiply(strip, np.float32(_DIM), out=strip, casting="unsafe")
        place = strip[:, pad : pad + mask.shape[0], pad : pad + mask.shape[1]]
        ink = mask[: place.shape[1], : place.shape[2]]
        for plane in place:
            plane[ink] = plane.dtype.type(round(_INK * whole) if whole > 1 else _INK)

    def _mask(self, text: str, scale: int) -> Mask:
        key = (text, scale)
        if key not in self._masks:
            if len(self._masks) > 32:
                self._masks.clear()
            mask = letters(text, scale)
            self._masks[key] = mask[:, : mask.shape[1] - scale]
        return self._masks[key]


def height_of(rows: int) -> int:
    """Rows of a letter in a picture of so many."""
    return HEIGHT * max(1, round(rows / _ROWS))


def _said(item: BurnIn, facts: Facts) -> str:
    if item.what == "timecode":
        return str(facts.timecode) if facts.timecode else "--:--:--:--"
    if item.what == "reel":
        return facts.reel or ""
    if item.what == "frame":
        return str(facts.number)
    return facts.clip if item.what == "clip" else item.words
