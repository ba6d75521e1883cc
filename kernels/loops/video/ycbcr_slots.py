"""The floats and the room of `from_yuv`; its geometry is that of `yuv` with the picture going out.

Sources stand where `yuv` has its targets (Y_AT and on), the target where `pixels` has it.
"""

from __future__ import annotations

from kernels.loops.colour import slots as s

# geometry, in slots that only pictures coming in use
BYTES = s.IN_KIND  # of a sample: 1 or 2
COLUMNS = s.IN_LAYOUT  # chroma samples of a row
LINES = s.IN_ROW  # chroma rows
# 1: taps of even rows begin two before, not one; 2: taps of even columns; above: first row written
EARLY = s.IN_PLANE

# parameters
Y_SCALE = 2
Y_ZERO = 3
C_SCALE = 4
C_ZERO = 5
RED = 6  # of Cr in red
GREEN_BLUE = 7  # of Cb in green
GREEN_RED = 8  # of Cr in green
BLUE = 9  # of Cb in blue
ACROSS_EVEN = 10  # four taps each
ACROSS_ODD = 14
DOWN_EVEN = 18
DOWN_ODD = 22

ROWS = 8  # kept behind the tile: luma, four rows of chroma codes, three rows of chroma
