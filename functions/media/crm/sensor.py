"""What LibRaw gives of one frame: samples, levels, white balance and matrix."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from functions.contract.camera import Matrix, Triple, matrix_of
from functions.contract.errors import DamagedSource
from functions.media.crm.boxes import Coding
from functions.media.raw.libraw import opened

# LibRaw's numbers of the sites in reading order: red 0, blue 2, green of red's row 1, the other 3.
_ORDER = {"RGGB": (0, 1, 3, 2), "GRBG": (1, 0, 2, 3), "GBRG": (3, 2, 0, 1), "BGGR": (2, 3, 1, 0)}


class Sensor(NamedTuple):
    """black : of the four sites in reading order; white : None where the frame says none
    gains : of R, G, B, as the camera measured its white; None where it says none
    matrix : XYZ to camera under D65, of LibRaw's table of cameras
    """

    black: tuple[float, float, float, float]
    white: float | None
    gains: Triple | None
    matrix: Matrix | None


def read_sensor(content: bytes, coding: Coding, pixels: int) -> Sensor:
    """Of a file of one frame, whatever its picture.

    Raises DamagedSource, UnsupportedMedia, LimitExceeded.
    """
    with opened(content, "Canon CRM", pixels) as raw:
        return _sensor(raw, coding)


def read_samples(
    content: bytes, coding: Coding, pixels: int
) -> tuple[npt.NDArray[np.uint16], Sensor]:
    """(H, W) samples as they are stored, and the rest.

    Raises DamagedSource, UnsupportedMedia, LimitExceeded.
    """
    with opened(content, "Canon CRM", pixels) as raw:
        area = raw.raw_image
        if area is None or area.shape != (coding.height, coding.width):
            raise DamagedSource("LibRaw reads samples of another size than the boxes say")
        return np.array(area, np.uint16), _sensor(raw, coding)


def _sensor(raw: Any, coding: Coding) -> Sensor:
    levels = [float(level) for level in raw.black_level_per_channel]
    a, b, c, d = (levels[site] for site in _ORDER[coding.pattern])
    full = float((1 << coding.bits) - 1)
    said = raw.camera_white_level_per_channel
    white = float(min(said)) if said and max(a, b, c, d) < min(said) <= full else None
    balance = raw.camera_whitebalance
    gains = None
    if balance and min(balance[:3]) > 0:
        gains = (balance[0] / balance[1], 1.0, balance[2] / balance[1])
    matrix = matrix_of([float(value) for row in raw.rgb_xyz_matrix[:3] for value in row])
    return Sensor((a, b, c, d), white, gains, matrix)
