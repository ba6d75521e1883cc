"""The numbers that Python hands to the colour entries: one list, read by both sides.

No import of numba here: the public modules read it where only native objects are installed.
"""

from __future__ import annotations

# geometry of `pixels`: a picture in, steps, a picture out
ROWS = 0
PIXELS = 1  # pixels of a row
IN_KIND = 2
IN_LAYOUT = 3
IN_ROW = 4  # bytes from row to row
IN_PLANE = 5  # bytes from plane to plane, planar only
OUT_KIND = 6
OUT_LAYOUT = 7
OUT_ROW = 8
OUT_PLANE = 9
STEPS = 10  # how many
# where `yuv` writes, in place of OUT_...: addresses, bytes from row to row, and every how many
# pixels a chroma sample stands
Y_AT = 11
CB_AT = 12
CR_AT = 13
Y_ROW = 14
C_ROW = 15
ACROSS = 16
DOWN = 17
NOISE_AT = 18  # address of a tile of noise, in code values; its rows stand there twice
NOISE_ROW = 19  # the tile's row that the picture's first one takes
STEP = 20  # where the first stands, STEP_SIZE numbers each

# geometry of a step, which is an entry of its own; its `source` is the tile's planes
CODE = 0  # the entry's address
AT = 1  # where its floats begin
TABLE = 2  # address of a table
SIZE = 3
FLAG = 4
OTHER = 5
COUNT = 6  # floats of a plane, a multiple of the widest vector; written by `pixels`
STEP_SIZE = 8

FLOAT, HALF, WORD = 0, 1, 2
SIZES = (4, 2, 2)
PLANAR, INTERLEAVED = 0, 1

# parameters: scales of integer pictures, then what the steps need
IN_SCALE = 0
OUT_SCALE = 1
FLOATS = 2

# parameters of `yuv` begin at FLOATS with these
LUMA = 2  # weights of red, green, blue
CB_SCALE = 5
CR_SCALE = 6
Y_SCALE = 7
Y_ZERO = 8
C_SCALE = 9
C_ZERO = 10
LOWEST = 11
HIGHEST = 12
SIDE = 13  # chroma filter along a row: weights of the sample itself, one and three away
UPRIGHT = 16  # down the columns: from three rows above to four below

# scratch, in floats: three planes of a tile, bytes of a row's end, four pixels' worth of a LUT
TILE = 512
ENDS_AT = 3 * TILE
ENDS = 64
WEIGHTS_AT = ENDS_AT + ENDS
PLACES_AT = WEIGHTS_AT + 4 * TILE
MIXED_AT = PLACES_AT + 3 * TILE
SCRATCH = MIXED_AT + 4 * TILE
# `yuv` keeps whole rows behind that, with room on both sides
EDGE = 64
ROWS_KEPT = 16
NOISE = 64  # rows and columns of the tile

# geometry of `resize`: one plane, or a picture whose channels stand side by side
CHANNELS = 0
FROM_KIND = 1
FROM_ROW = 2  # bytes
FROM_SAMPLES = 3  # of a row: pixels times channels
TO_WIDTH = 4
TO_HEIGHT = 5
TO_KIND = 6
TO_ROW = 7
X_TAPS = 8
Y_TAPS = 9
X_START = 10  # addresses of int32 tables, one start for each output column or row
Y_START = 11
X_WEIGHTS = 12  # addresses of float32 tables, taps for each
Y_WEIGHTS = 13
X_TILE = 14  # output columns worked on together
BLOCK_AT = 15  # places in the scratch, in floats
COLUMNS_AT = 16
MADE_AT = 17
LINE_AT = 18
RESIZE = 19
WIDEST = 16  # lanes of the widest target
