"""Words drawn into pictures: burn-ins, slates, contact sheets.

HarfBuzz shapes them (kerning, ligatures, marks, Arabic) and FreeType draws them without hinting,
both as their wheels have them and with fonts of our own: the same pixels on every machine. DejaVu
Sans has the alphabets of Europe and the Near East, Droid Sans Fallback those of East Asia; a letter
that neither has is a box. Runs of letters stand from left to right, each in its own direction.
"""

from __future__ import annotations

import math
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Coverage = npt.NDArray[np.uint8]
FONTS = tuple(
    Path(__file__).with_name("fonts") / name for name in ("DejaVuSans.ttf", "DroidSansFallback.ttf")
)
# A line in parts of the size: room for every letter of both fonts, and where letters stand on it.
_LINE, _BASE = 1.3, 1.0
_MOST = 1000  # letters of a line; no picture has room for more
_drawing = threading.Lock()  # a font holds the place of the letter that it draws


def line_height(size: int) -> int:
    """Rows of a line of that size, the same for all words."""
    return math.ceil(_LINE * size)


def width_of(text: str, size: int) -> int:
    """Columns of `letters`."""
    return max(1, math.ceil(sum(run.advance for run in _runs(_plain(text), size)) / 64))


def letters(text: str, size: int) -> Coverage:
    """(line_height(size), width_of(text, size)) uint8: how much of each pixel is ink, 255 all.

    size : of the font in pixels, of which a capital is 0.73 high
    """
    text = _plain(text)
    out = np.zeros((line_height(size), width_of(text, size)), np.uint8)
    base, pen = round(_BASE * size), 0
    with _drawing:
        for run in _runs(text, size):
            for glyph, x, y, advance in run.glyphs:
                _draw(out, run.font, size, glyph, pen + x, base, y)
                pen += advance
    return out


def fitting(text: str, size: int, width: int) -> str:
    """The text, or as much of it as so many columns hold, an ellipsis where it was cut."""
    text = _plain(text)
    if width_of(text, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:  # most letters that fit
        middle = (low + high + 1) // 2
        if width_of(text[:middle] + "…", size) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low] + "…"


class _Run:
    """Letters of one font and direction, shaped.

    glyphs : number, offset to the right and up, advance; lengths in 64ths of a pixel
    advance : of all
    """

    def __init__(self, font: int, size: int, text: str) -> None:
        hb: Any = import_module("uharfbuzz")
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        hb.shape(_shaper(font, size), buffer)
        self.font = font
        self.glyphs = [
            (info.codepoint, place.x_offset, place.y_offset, place.x_advance)
            for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        ]
        self.advance: int = sum(advance for *_, advance in self.glyphs)


@lru_cache(maxsize=256)
def _runs(text: str, size: int) -> tuple[_Run, ...]:
    return tuple(_Run(font, size, part) for font, part in _parts(text))


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """(font, letters) in order: marks stay with their letter, spaces with what stands before."""
    part, now = "", (0, "")
    for letter in text:
        own = _font_of(letter), _script(letter)
        follows = unicodedata.category(letter)[0] in "MZ" or unicodedata.bidirectional(letter) in (
            "WS", "CS", "ON",
        )  # fmt: skip
        if part and own != now and not (follows and _has(now[0], letter)):
            yield now[0], part
            part = ""
        if not part:
            now = own
        part += letter
    if part:
        yield now[0], part


def _plain(text: str) -> str:
    """Without what has no shape: line ends and controls become spaces, marks of direction go."""
    kinds = {"Cc": " ", "Zl": " ", "Zp": " ", "Cf": "", "Cs": "\N{REPLACEMENT CHARACTER}"}
    return "".join(kinds.get(unicodedata.category(c), c) for c in text[:_MOST])


def _script(letter: str) -> str:
    """Of letters that are written from right to left: "HEBREW", "ARABIC"; "" for others."""
    if unicodedata.bidirectional(letter) not in ("R", "AL"):
        return ""
    return unicodedata.name(letter, "").partition(" ")[0]


def _font_of(letter: str) -> int:
    return next((font for font in range(len(FONTS)) if _has(font, letter)), 0)


@lru_cache(maxsize=4096)
def _has(font: int, letter: str) -> bool:
    return bool(_face(font).get_char_index(letter))


@lru_cache(maxsize=len(FONTS))
def _face(font: int) -> Any:
    freetype: Any = import_module("freetype")
    return freetype.Face(str(FONTS[font]))


@lru_cache(maxsize=len(FONTS))
def _outlines(font: int) -> Any:
    hb: Any = import_module("uharfbuzz")
    return hb.Face(hb.Blob.from_file_path(str(FONTS[font])))


@lru_cache(maxsize=16)
def _shaper(font: int, size: int) -> Any:
    hb: Any = import_module("uharfbuzz")
    shaper = hb.Font(_outlines(font))
    shaper.scale = (64 * size, 64 * size)
    return shaper


def _draw(out: Coverage, font: int, size: int, glyph: int, x: int, base: int, y: int) -> None:
    """One glyph, x and y in 64ths of a pixel: between two pixels, where its place is there."""
    ink, left, top = _bitmap(font, size, glyph, x % 64, y)
    rows, columns = ink.shape
    left, top = left + x // 64, base - top
    first, last = max(0, left), min(out.shape[1], left + columns)
    above, below = max(0, top), min(out.shape[0], top + rows)
    if first < last and above < below:
        place = out[above:below, first:last]
        np.maximum(place, ink[above - top : below - top, first - left : last - left], out=place)


@lru_cache(maxsize=4096)
def _bitmap(font: int, size: int, glyph: int, x: int, y: int) -> tuple[Coverage, int, int]:
    """A glyph moved by parts of a pixel; its columns and rows from the pen, right and up."""
    freetype: Any = import_module("freetype")
    face = _face(font)
    face.set_pixel_sizes(0, size)
    face.set_transform(freetype.Matrix(0x10000, 0, 0, 0x10000), freetype.Vector(x, y))
    face.load_glyph(glyph, freetype.FT_LOAD_RENDER | freetype.FT_LOAD_NO_HINTING)
    slot = face.glyph
    rows, columns = slot.bitmap.rows, slot.bitmap.width
    flat = (
        np.array(slot.bitmap.buffer, np.uint8).reshape(rows, -1) if rows else np.zeros((0, 0), "u1")
    )
    return flat[:, :columns], slot.bitmap_left, slot.bitmap_top
