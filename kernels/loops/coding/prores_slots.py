"""The numbers that `kernels.video.prores` hands to its compiled loop, as both sides read them."""

from __future__ import annotations

# geometry; a picture is a frame, or one of its two fields
Y_AT = 0  # addresses of uint16 planes: Y', Cb, Cr, alpha (0: none)
CB_AT = 1
CR_AT = 2
ALPHA_AT = 3
Y_ROW = 4  # bytes from one row of the frame to the next
C_ROW = 5
ALPHA_ROW = 6
WIDTH = 7  # of luma
C_WIDTH = 8
HEIGHT = 9  # of a picture
FIELDS = 10  # pictures of a frame: 1 or 2
ACROSS = 11  # 1 (4:4:4) or 2 (4:2:2)
ALPHA_BITS = 12  # as coded: 8 or 16
TABLES = 13  # address of the tables, int32
JOBS = 14
JOBS_AT = 15  # address of the jobs, int64
GEOMETRY = 16

# a job: a slice and how it is coded, and what came out
FIELD = 0
ROW = 1  # in macroblocks
COLUMN = 2
BLOCKS = 3  # macroblocks of the slice: 1, 2, 4 or 8
QUANTISER = 4  # quantization_index, 1 to 224
SIZE = 5  # bytes written
ALPHA_SIZE = 6  # of these, that there would not be without alpha
JOB = 8

# numbers; shares of a step, from 0
ROUND = 0  # added to a coefficient before it is cut off
LEAST = 1  # a coefficient below it is none
MIDDLE = 2  # 64 samples of the grey that is 0
HIGHEST = 3  # the largest sample
LUMA = 4  # what makes a coefficient a multiple of W, 64 in raster order
CHROMA = LUMA + 64
NUMBERS = CHROMA + 64

# tables: length << 24 | code word, for each code book and each run, or level with its sign
RUNS = 0
RUN_BITS = 11
LEVELS = RUNS + (6 << RUN_BITS)
LEVEL_BITS = 14
AFTER_RUNS = LEVELS + (6 << LEVEL_BITS)  # where the book after each run begins
AFTER_LEVELS = AFTER_RUNS + (1 << RUN_BITS)  # and after each level
SCAN = AFTER_LEVELS + (1 << LEVEL_BITS)  # raster place of each coded place
TABLE = SCAN + 64

# scratch, in floats
ACROSS_SLICE = 128  # samples
TILE = 0  # 16 rows of uint16, where a slice reaches over the border
UPRIGHT = TILE + 16 * ACROSS_SLICE // 2  # columns transformed: 16 rows
COEFFICIENTS = UPRIGHT + 16 * ACROSS_SLICE  # three components, [64][LANES]
LANES = 32  # blocks of a component in a full slice
LEVELS_AT = COEFFICIENTS + 3 * 64 * LANES  # of 16 bits, in coded order
MARKS_AT = LEVELS_AT + 64 * LANES // 2 + 16  # a bit a coefficient, 64-bit words
SCRATCH = MARKS_AT + 2 * LANES + 16

# Bytes that a slice may need: words of 64 bits are written whole.
MOST = 3 * 64 * LANES * 4 + 16 * ACROSS_SLICE * 5 + 64
