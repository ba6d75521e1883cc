"""Camera spaces of the Academy's releases that no OpenColorIO config has, from published numbers.

S-Log 1 and 2 in S-Gamut as Sony's input transforms of the Academy have them (aces-dev 1.3,
IDT.Sony.SLog1_SGamut_10i and its kin), with their limits in codes of 10 or 12 bits over 1023 or
4095; below black their straight line is continued where theirs jumps by 4e-6. Canon Log 2 and 3
in BT.2020 (CSC.Canon.CLog2_BT2020_to_ACES, CAT02). ACESproxy of 12 bits (S-2013-001).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.colour.camera.chromatic import (
    ACES_WHITE,
    AP0,
    D65,
    Xy,
    bradford,
    inverse,
    product,
    rgb_to_xyz,
    xyz_of,
)
from functions.colour.ocio.library import library, operations, raw

Transforms = tuple[Any, ...]
Array = npt.NDArray[np.float64]
BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
# BT.601-7, table 1.3: 525 and 625 lines; BT.2020-2.
_VIDEO = {
    "bt601-525": ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    "bt601-625": ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),
    "bt2020": BT2020,
}
# Columns of Sony's matrices are rows here.
_SGAMUT = {
    "slog1-sgamut": ((0.754338638, 0.133697046, 0.111968437),
                     (0.021198141, 1.005410934, -0.026610548),
                     (-0.009756991, 0.004508563, 1.005253201)),
    "slog2-sgamut-daylight": ((0.8764457030, 0.0145411681, 0.1090131290),
                              (0.0774075345, 0.9529571767, -0.0303647111),
                              (0.0573564351, -0.1151066335, 1.0577501984)),
    "slog2-sgamut-tungsten": ((1.0110238740, -0.1362526051, 0.1252287310),
                              (0.1011994504, 0.9562196265, -0.0574190769),
                              (0.0600766530, -0.1010185315, 1.0409418785)),
}  # fmt: skip
# Light of 1.0 on the curve, and slope of its foot.
_SLOG = {"slog1": (0.9, 5.0 / 0.9), "slog2": (0.9 * 219 / 155, 3.53881278538813 / 0.9)}
# Codes of black, of the end of the foot and of white.
_CODES = {10: (64.0, 90.0, 940.0), 12: (256.0, 360.0, 3760.0)}
# Cone responses of CIECAM02 (CIE 159:2004).
_CAT02: Array = np.array(
    [[0.7328, 0.4296, -0.1624], [-0.7036, 1.6975, 0.0061], [0.0030, 0.0136, 0.9834]]
)
NAMES = {
    **dict.fromkeys(_SGAMUT), "clog2-bt2020": None, "clog3-bt2020": None,
    "bt601-525": None, "bt601-625": None, "bt2020": None,
}  # fmt: skip
TITLES = {
    "slog1-sgamut": "S-Log S-Gamut",
    "slog2-sgamut-daylight": "S-Log2 S-Gamut Daylight",
    "slog2-sgamut-tungsten": "S-Log2 S-Gamut Tungsten",
    "clog2-bt2020": "CanonLog2 BT.2020",
    "clog3-bt2020": "CanonLog3 BT.2020",
    "bt601-525": "BT.1886 BT.601 525",
    "bt601-625": "BT.1886 BT.601 625",
    "bt2020": "BT.1886 BT.2020",
}


@lru_cache(maxsize=16)
def own_space(name: str, bits: int = 10) -> tuple[Transforms, Transforms]:
    """Transforms to and from ACES2065-1 of one of `NAMES`, or of "acesproxy".

    bits : of the codes that a Sony curve's or ACESproxy's limits are given in
    """
    if name in _SGAMUT:
        into = [*_slog(name.partition("-")[0], bits), _matrix(np.array(_SGAMUT[name]))]
    elif name in _VIDEO:
        into = [_display_curve(), _matrix(_video_to_aces(_VIDEO[name]))]
    elif name == "acesproxy":
        into = _proxy(bits)
    else:
        curve = library().BuiltinTransform(f"CURVE - CANON_{name.partition('-')[0].upper()}"
                                           "_to_LINEAR")  # fmt: skip
        into = [*operations(raw().getProcessor(curve)), _matrix(_bt2020_to_aces())]
    group = library().GroupTransform(into)
    ways = library().TRANSFORM_DIR_FORWARD, library().TRANSFORM_DIR_INVERSE
    there, back = (tuple(operations(raw().getProcessor(group, way))) for way in ways)
    return there, back


def _display_curve() -> Any:
    """BT.1886 with a black of zero, as the configs have it for BT.709: a power of 2.4, mirrored
    at zero."""
    ocio = library()
    return ocio.ExponentTransform([2.4, 2.4, 2.4, 1.0], ocio.NEGATIVE_MIRROR)


def _video_to_aces(primaries: tuple[Xy, Xy, Xy]) -> Array:
    """Light of a display with the white of D65, adapted as the configs' own displays are."""
    adapted = product(bradford(D65, ACES_WHITE), rgb_to_xyz(primaries, D65))
    return product(inverse(rgb_to_xyz(AP0, ACES_WHITE)), adapted)


def _slog(curve: str, bits: int) -> list[Any]:
    black, foot, white = _CODES[bits]
    light, slope = _SLOG[curve]
    span = white - black
    whole = float((1 << bits) - 1)
    a, b, c = 0.432699, 0.037584, 0.616596 + 0.03
    cut = (10 ** (((foot - black) / span - c) / a) - b) * light
    log = library().LogCameraTransform(
        linSideBreak=[cut] * 3, base=10, logSideSlope=[a] * 3, logSideOffset=[c] * 3,
        linSideSlope=[1 / light] * 3, linSideOffset=[b] * 3, linearSlope=[slope] * 3,
        direction=library().TRANSFORM_DIR_INVERSE,
    )  # fmt: skip
    return [_matrix(np.eye(3) * whole / span, -black / span), log]


def _proxy(bits: int) -> list[Any]:
    """S-2013-001, 5.2: the lowest and the highest code are its limits."""
    ocio = library()
    low, middle, high, stop = {10: (64, 425, 940, 50), 12: (256, 1700, 3760, 200)}[bits]
    whole = float((1 << bits) - 1)
    limits = ocio.RangeTransform(
        low / whole, high / whole, (low - middle) / stop - 2.5, (high - middle) / stop - 2.5
    )
    log = ocio.LogTransform(base=2, direction=ocio.TRANSFORM_DIR_INVERSE)
    return [limits, log, *operations(raw().getProcessor(
        ocio.BuiltinTransform("ACEScg_to_ACES2065-1")))]  # fmt: skip


def _bt2020_to_aces() -> Array:
    cones = product(_CAT02, xyz_of(ACES_WHITE)) / product(_CAT02, xyz_of(D65))
    adapted = product(inverse(_CAT02), cones[:, None] * _CAT02)
    return product(inverse(rgb_to_xyz(AP0, ACES_WHITE)), adapted, rgb_to_xyz(BT2020, D65))


def _matrix(mix: Array, offset: float = 0.0) -> Any:
    whole = np.eye(4)
    whole[:3, :3] = mix
    return library().MatrixTransform(whole.ravel().tolist(), [offset] * 3 + [0.0])
