"""Pictures that are no pictures: decoders give zeros for what a cut file does not hold.

A sensor is noisy and sits on a pedestal, so an exact zero over whole rows is no darkness.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.errors import DamagedSource, truncated

_FEWEST = 2  # rows: one may be a defect that the camera masks


def check_picture(
    stored: npt.NDArray[Any], black: tuple[float, ...], tile: tuple[int, int] | None = None
) -> None:
    """Raise DamagedSource for stored samples that are zero all over, or from a row on down.

    stored : (H, W) or (H, W, 3), before black is subtracted.
    black : levels of the file. With a black of zero a dark row may be all zeros, so there
        the zeros must start sharply under rows that have none.
    tile : (width, height) of the file's tiles, of which none may be all zeros above black.
    """
    height = stored.shape[0]
    tail = _zero_rows(stored)
    if tail == height:
        raise DamagedSource("all samples of the picture are zero")
    if tile is not None and min(black) > 0 and _zero_tile(stored, *tile):
        raise truncated("a tile of the picture is all zero")
    if tail < _FEWEST or height < 4 * _FEWEST:
        return
    above = stored[max(0, height - tail - 9) : max(1, height - tail - 1)]
    sharp = tail * 16 >= height and float((above == 0).mean()) < 0.01
    if min(black) > 0 or sharp:
        raise truncated(f"the last {tail} of {height} rows are all zero")


def _zero_rows(stored: npt.NDArray[Any]) -> int:
    """How many rows at the bottom hold nothing but zeros."""
    height = len(stored)
    if stored[-1].any():
        return 0
    filled = np.flatnonzero(stored.reshape(height, -1).any(axis=1))
    return height - 1 - int(filled[-1]) if len(filled) else height


def _zero_tile(stored: npt.NDArray[Any], wide: int, high: int) -> bool:
    height, width = stored.shape[:2]
    corners = ((y, x) for y in range(0, height, high) for x in range(0, width, wide))
    return not all(stored[y : y + high, x : x + wide].any() for y, x in corners)


def check_tail(stored: npt.NDArray[Any], white: float) -> None:
    """Raise DamagedSource where the bottom repeats one row and the rows above do not.

    Some decoders carry their last rows on when the data end. Rows of a clipped sky repeat
    too, so a tail at the sensor's white is no damage.

    stored : (H, W) of a CFA, or (H, W, 3).
    white : level at which the sensor clips.
    """
    height = len(stored)
    if height < 32 or not np.array_equal(stored[-1], stored[-3]):
        return
    same = (stored[2:] == stored[:-2]).reshape(height - 2, -1).all(axis=1)
    differing = np.flatnonzero(~same)
    tail = height - 3 - int(differing[-1]) if len(differing) else height
    if 16 * tail < height or not len(differing) or bool((stored[-1] >= 0.9 * white).mean() > 0.5):
        return
    raise truncated(f"the last {tail} of {height} rows repeat one row")
