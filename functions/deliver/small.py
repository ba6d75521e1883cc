"""The programme's frame as a small picture on a slate."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import kernels


def small_picture(planes: npt.NDArray[Any], width: int, height: int) -> npt.NDArray[Any]:
    """(3, height, width) of the planes' own type, each pixel the mean of what it covers.

    planes : (3, H, W) halves of light, or words of code values: a small picture of a master that
        is looked at, and no measurement
    """
    if planes.dtype != np.uint16:
        light: npt.NDArray[Any] = kernels.resize(
            np.ascontiguousarray(planes), width, height, "area"
        )
        return light
    small = kernels.resize(planes.astype(np.float32), width, height, "area")
    words: npt.NDArray[Any] = np.rint(small.clip(0, 65535)).astype(np.uint16)
    return words
