"""The numbers that Python hands to a compiled entry: one list, read by both sides.

Every entry is `void entry(source, geometry, colour, target, scratch)`: 64-bit integers in
`geometry`, 32-bit floats in `colour`, both at the places named here.
"""

from __future__ import annotations

# geometry of an entry that turns a picture into rows of RGB
KIND = 0  # 0 uint16, 1 float32
STRIDE = 1  # bytes from one source row to the next
WIDTH = 2
HEIGHT = 3
RED_ROW = 4  # place of red in the 2x2 cell
RED_COLUMN = 5
MODE = 6  # see below
CROP_X = 7
CROP_Y = 8
CROP_WIDTH = 9
ROW_START = 10  # rows of the crop to write, half-open
ROW_STOP = 11
OUT_ROW = 12  # bytes from one target row to the next
OUT_PLANE = 13  # bytes from one target plane to the next (planar half)
CHANNELS = 14  # samples per source pixel of a linear picture: 1 or 3
WORK = 15  # where in scratch `best` finds the rows that it works on: 0 or CURVED_AT
GEOMETRY = 16

PLANAR_HALF = 0
INTERLEAVED_FLOAT = 1

# colour: four CFA sites in reading order, or three channels and a spare
BLACK = 0
SCALE = 4  # gain / (white - black)
MATRIX = 8
KNEE = 17  # where a channel begins to count as clipped, three
SLOPE = 20  # 1 / (clipped - knee), three
CEILING = 23  # where every channel is cut off once one is over its knee
# The curve that `best` works in, t = cube root of (|x| UNIT + LIFT), and its way back; see
# `kernels.loops.demosaic.lightness`.
UNIT = 24  # 1 / white
LIFT = 25
BACK = 26  # coefficients of |y|^2, |y| and 1, three
ROOT = 29  # t = |y| TILT + ROOT
TILT = 30
NOISE = 31  # energy of a gradient; times t^4, of a product of Laplacians and of a flat part; three
COLOUR = 34

# Added to energies, far below what one step of any sensor makes; keeps 0/0 away.
TINY = 1e-12

# A tile is worked on while its rows stay in the second-level cache. Each row is split into its even
# and odd columns, `PLANE` floats each: a guard that no result depends on, `MARGIN` mirrored or
# neighbouring samples, the tile, the same again.
TILE = 2048
MARGIN = 16
BEFORE = 2 * MARGIN
PLANE = TILE // 2 + 5 * MARGIN  # an odd number of cache lines, so that planes do not collide
# Rows are kept in rings, as long as what looks back at them the farthest: all have to stay in the
# cache, and a tenth more costs a fiftieth of the time.
RING = 12  # source rows
MIDDLE = 9
SHORT = 6
BRIEF = 4
# Scratch, in floats: source rows, one output row as six planes, three rows of halves, then
# whatever the method keeps.
RGB_AT = RING * 2 * PLANE
HALF_AT = RGB_AT + 6 * PLANE
OWN_AT = HALF_AT + 3 * PLANE

# What `best` keeps: rings of phase-plane pairs, and rings of one plane (the sites that are not
# green).
CURVED_AT = OWN_AT  # source rows as the curve has them
ACROSS_AT = CURVED_AT + RING * 2 * PLANE  # differences along the row: this row only
DOWN_AT = ACROSS_AT + 2 * PLANE  # differences along the column
ROUGH_ACROSS_AT = DOWN_AT + MIDDLE * 2 * PLANE
ROUGH_DOWN_AT = ROUGH_ACROSS_AT + BRIEF * 2 * PLANE
WEST_AT = ROUGH_DOWN_AT + BRIEF * 2 * PLANE
EAST_AT = WEST_AT + SHORT * PLANE
BOX_ACROSS_AT = EAST_AT + SHORT * PLANE
BOX_DOWN_AT = BOX_ACROSS_AT + BRIEF * PLANE
GREEN_AT = BOX_DOWN_AT + SHORT * PLANE
BEND_G_AT = GREEN_AT + SHORT * PLANE
BEND_X_AT = BEND_G_AT + SHORT * PLANE
SLOPE_AT = BEND_X_AT + SHORT * PLANE
OFFSET_AT = SLOPE_AT + BRIEF * PLANE
BEST_FLOATS = OFFSET_AT + BRIEF * PLANE
