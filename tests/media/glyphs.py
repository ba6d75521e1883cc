"""Words in pictures, found by their glyphs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def holds(page: Array, mask: Array) -> bool:
    """Whether the mask stands somewhere on the page, ink for ink and gap for gap.

    page, mask : true where there is ink
    """
    mask = mask[:, mask.any(0).argmax() :]
    windows = np.lib.stride_tricks.sliding_window_view(page, mask.shape)
    points = np.argwhere(mask)[:: max(1, mask.sum() // 40)]
    found = np.logical_and.reduce([windows[..., y, x] for y, x in points])
    return any((windows[y, x] == mask).all() for y, x in np.argwhere(found))
