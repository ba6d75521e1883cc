"""Pictures the way up that their file says: TIFF's Orientation, which DPX's header words too."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def swaps_sides(orientation: int) -> bool:
    """Whether the picture is as wide as it is stored high."""
    return 5 <= orientation <= 8


def upright(plane: Array, orientation: int) -> Array:
    """(H, W) or (H, W, channels) samples, first row at the top and first column at the left.

    orientation : 1 to 8, where the stored first row and column are (TIFF 6.0, section 8): 2 and 4
        mirror across and down, 3 turns by half, 5 to 8 are the same four with rows for columns.
    """
    if swaps_sides(orientation):
        plane = plane.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        plane = plane[::-1]
    if orientation in (2, 3, 6, 7):
        plane = plane[:, ::-1]
    return np.ascontiguousarray(plane)
