"""The walk over tiles and rows that the local methods share.

A row of the colour filter array holds green and one other colour, X (red in red rows, blue in blue
rows); Y is the third. `x0` and `g0` name the planes of the columns where row y has X and green;
in the rows above and below (1, 2) the same columns hold green and Y; two rows away (3, 4) the
order is that of row y again. `shift` is 0 when X stands in even columns: the green neighbours of
X number j are `g0[j - 1 + shift]` and `g0[j + shift]`, the X neighbours of green number j are
`x0[j - shift]` and `x0[j + 1 - shift]`. So one loop serves the four patterns and both rows.
"""

from __future__ import annotations

from typing import Any

from kernels.calls import (
    CROP_WIDTH,
    CROP_X,
    CROP_Y,
    RED_COLUMN,
    RED_ROW,
    ROW_START,
    ROW_STOP,
    TILE,
    WIDTH,
)
from kernels.compiler import inlined
from kernels.loops.demosaic.planes import load_row, plane


@inlined
def columns(scratch: Any, y: int, shift: int) -> Any:
    """Planes of five rows around `y`: two above, above, itself, below, two below."""
    return (
        plane(scratch, y - 2, shift),
        plane(scratch, y - 2, 1 - shift),
        plane(scratch, y - 1, shift),
        plane(scratch, y - 1, 1 - shift),
        plane(scratch, y, shift),
        plane(scratch, y, 1 - shift),
        plane(scratch, y + 1, shift),
        plane(scratch, y + 1, 1 - shift),
        plane(scratch, y + 2, shift),
        plane(scratch, y + 2, 1 - shift),
    )


def walker(write_row: Any) -> Any:
    """The walk for one method, by `kernels.loops.demosaic.finish.finisher`: a writer of rows."""

    @inlined
    def walk(src: Any, geom: Any, colour: Any, out: Any, scratch: Any) -> None:
        first = geom[CROP_Y] + geom[ROW_START]
        last = geom[CROP_Y] + geom[ROW_STOP]
        right = min(geom[WIDTH], geom[CROP_X] + geom[CROP_WIDTH])
        # Tiles stand at the same columns whatever the crop, so that a crop has the same bytes.
        x0 = geom[CROP_X] // TILE * TILE
        while x0 < right:
            n = (min(TILE, right - x0) + 1) >> 1
            for y in range(first - 2, first + 2):
                load_row(src, geom, colour, scratch, y, x0, n)
            for y in range(first, last):
                load_row(src, geom, colour, scratch, y + 2, x0, n)
                red = 1 if (y & 1) == geom[RED_ROW] else 0
                shift = geom[RED_COLUMN] if red else 1 - geom[RED_COLUMN]
                planes = columns(scratch, y, shift)
                row = y - geom[CROP_Y]
                # A constant phase lets LLVM reuse one load for two neighbours.
                if shift == 0:
                    write_row(planes, 0, red, geom, colour, out, scratch, row, x0, n)
                else:
                    write_row(planes, 1, red, geom, colour, out, scratch, row, x0, n)
            x0 += TILE

    return walk
