"""A contact sheet: small pictures in a grid, frame number and timecode under each, as PNG."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from functions.media.preview.lettering import fitting, letters, line_height, width_of

RGB8 = npt.NDArray[np.uint8]

_AREA = 320 * 180  # pixels of one picture
_MOST = 12
_SIZE, _GAP = 17, 8
_GROUND, _INK, _DIM = 24, 224, 150


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of the sheet; `picture` is None for a frame that cannot be shown.

    picture : (h, w, 3) uint8, of the size that `cell_size` gave
    """

    number: str
    timecode: str
    picture: RGB8 | None


def pick(first: int, count: int) -> tuple[int, ...]:
    """A dozen frame numbers at most, even over the range, its first and last among them."""
    if count <= _MOST:
        return tuple(range(first, first + count))
    return tuple(first + i * (count - 1) // (_MOST - 1) for i in range(_MOST))


def cell_size(aspect: float) -> tuple[int, int]:
    """(width, height) of one picture: the same area whatever the aspect, even numbers."""
    aspect = min(max(aspect, 0.25), 4.0)
    width = round(math.sqrt(_AREA * aspect) / 2) * 2
    return width, max(2, round(width / aspect / 2) * 2)


def sheet(cells: Sequence[Cell], size: tuple[int, int], title: str = "") -> RGB8:
    """(H, W, 3) uint8: the grid, near to 16:9 as a whole, with a line above where there is a title.

    Raises ValueError without a cell.
    """
    if not cells:
        raise ValueError("a contact sheet needs a picture")
    width, height = size
    texts = [(c.number, c.timecode) for c in cells]
    line = line_height(_SIZE)
    spans = [(width_of(n, _SIZE), width_of(t, _SIZE)) for n, t in texts]
    one_line = max(sum(span) for span in spans) + 2 * _GAP <= width
    label = line if one_line else 2 * line
    wide = max(width, max(max(span) for span in spans))
    columns = min(len(cells), max(1, round(math.sqrt(len(cells) * 16 / 9 * height / wide))))
    rows = -(-len(cells) // columns)
    tall, top = height + label, _GAP + (line if title else 0)
    page = np.full((rows * (tall + _GAP) + top, columns * (wide + _GAP) + _GAP, 3), _GROUND, "u1")
    _write(page, title, _GAP, _GAP // 2, _INK)
    for place, cell in enumerate(cells):
        y = top + place // columns * (tall + _GAP)
        x = _GAP + place % columns * (wide + _GAP)
        left = x + (wide - width) // 2
        frame = page[y : y + height, left : left + width]
        if cell.picture is None:
            _cross(frame)
        else:
            frame[...] = cell.picture
        _write(page, cell.number, x, y + height, _INK)
        if cell.timecode:
            if one_line:
                _write(page, cell.timecode, x + wide - spans[place][1], y + height, _DIM)
            else:
                _write(page, cell.timecode, x, y + height + line, _DIM)
    return page


def _write(page: RGB8, text: str, x: int, y: int, ink: int) -> None:
    cover = letters(fitting(text, _SIZE, page.shape[1] - x), _SIZE)
    place = page[y : y + cover.shape[0], x : x + cover.shape[1]]
    share = cover[: place.shape[0], : place.shape[1], None].astype(np.uint16)
    place[...] = (place * (255 - share) + ink * share + 127) // 255


def _cross(frame: RGB8) -> None:
    """A frame that is not there: grey, struck through."""
    height, width = frame.shape[:2]
    frame[...] = 48
    for i in range(4 * max(height, width)):
        y, x = i * height // (4 * max(height, width)), i * width // (4 * max(height, width))
        frame[y, x] = frame[y, width - 1 - x] = (200, 60, 60)


def png(picture: RGB8) -> bytes:
    """An 8 bit sRGB PNG without clock or comment (ISO/IEC 15948): the same bytes each time."""
    height, width = picture.shape[:2]
    rows = np.zeros((height, 1 + 3 * width), np.uint8)
    rows[:, 0] = 1  # filter Sub: neighbours are alike
    flat = picture.reshape(height, width, 3)
    rows[:, 1:4] = flat[:, 0]
    rows[:, 4:] = (flat[:, 1:] - flat[:, :-1]).reshape(height, -1)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"sRGB", b"\0"),
        (b"IDAT", zlib.compress(rows.tobytes(), 6)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
