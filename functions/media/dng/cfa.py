"""The colour filter array that a raw directory declares, or a sentence that names what it is.

Only what is a Bayer pattern all over is read as one. Quad Bayer, X-Trans, staggered sensors and
four colours need a demosaic of their own: taken for Bayer they would be a wrong picture.

Reference: Adobe, Digital Negative Specification 1.7.1.0 (2023), chapter 4 (CFAPlaneColor,
CFALayout); TIFF/EP, ISO 12234-2:2001 (CFARepeatPatternDim, CFAPattern).
"""

from __future__ import annotations

from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.media.containers.tiff import Directory

_PHASES = ("RGGB", "BGGR", "GRBG", "GBRG")
_LETTERS = "RGBCMYW"
_LARGEST = 64  # sites of a cell
_LAYOUTS = {
    2: "staggered, even columns down half a row",
    3: "staggered, even columns up half a row",
    4: "staggered, even rows right half a column",
    5: "staggered, even rows left half a column",
    6: "staggered, even rows up and even columns left",
    7: "staggered, even rows up and even columns right",
    8: "staggered, even rows down and even columns left",
    9: "staggered, even rows down and even columns right",
}


def bayer_pattern(directory: Directory) -> str:
    """RGGB, BGGR, GRBG or GBRG, in reading order of the active area's first cell.

    A larger cell that repeats a Bayer cell is one too.

    Raises UnsupportedMedia for any other sensor, DamagedSource for a cell that cannot be.
    """
    layout = directory.whole(50711) or 1
    if layout != 1:
        what = _LAYOUTS.get(layout, "unknown")
        raise UnsupportedMedia(f"a CFA whose sites are no plain grid: CFALayout {layout} ({what})")
    size = directory.ints(33421) or ()
    cells = directory.ints(33422) or ()
    if len(size) != 2 or min(size) < 1 or size[0] * size[1] > _LARGEST:
        shape = "x".join(str(n) for n in size[:2]) or "unknown"
        raise UnsupportedMedia(f"a CFA of {shape} cells")
    rows, columns = size
    if len(cells) != rows * columns:
        raise DamagedSource(f"CFAPattern has {len(cells)} colours for cells of {rows}x{columns}")
    pattern = "".join(_LETTERS[c] if 0 <= c < len(_LETTERS) else "?" for c in cells)
    planes = directory.ints(50710) or (0, 1, 2)
    if planes != (0, 1, 2):
        named = "".join(_LETTERS[c] if 0 <= c < len(_LETTERS) else "?" for c in planes)
        raise UnsupportedMedia(f"a CFA of the colours {named} (CFAPlaneColor), cells {pattern}")
    lines = [pattern[row * columns : (row + 1) * columns] for row in range(rows)]
    cell = "".join(lines[row % rows][column % columns] for row in (0, 1) for column in (0, 1))
    repeats = all(
        lines[row][column] == cell[2 * (row % 2) + column % 2]
        for row in range(rows)
        for column in range(columns)
    )
    if cell not in _PHASES or not repeats or rows % 2 or columns % 2:
        raise UnsupportedMedia(_named(lines))
    return cell


def _named(lines: list[str]) -> str:
    rows, columns = len(lines), len(lines[0])
    pattern = "".join(lines)
    shape = f"{rows}x{columns}"
    for side, name in ((2, "quad Bayer"), (3, "nona Bayer"), (4, "4x4-binned Bayer")):
        if (rows, columns) == (2 * side, 2 * side):
            blocks = "".join(lines[side * y][side * x] for y in (0, 1) for x in (0, 1))
            same = all(
                lines[y][x] == blocks[2 * (y // side) + x // side]
                for y in range(rows)
                for x in range(columns)
            )
            if same and blocks in _PHASES:
                return f"a {name} sensor (a CFA of {shape} cells {pattern})"
    if shape == "6x6" and [pattern.count(c) for c in "RGB"] == [8, 20, 8]:
        return f"an X-Trans sensor (a CFA of 6x6 cells {pattern})"
    return f"a CFA of {shape} cells {pattern}"
