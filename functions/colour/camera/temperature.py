"""Correlated colour temperature by Robertson's isotherms, and EXIF's light sources.

References
----------
Robertson, A. R. (1968). Computation of Correlated Color Temperature and Distribution
Temperature. JOSA 58(11), 1528. https://doi.org/10.1364/JOSA.58.001528; table as in
Wyszecki and Stiles, Color Science (2nd ed.), table 1(3.11), with the later correction of
the u of 325 mired.
"""

from __future__ import annotations

import math
from itertools import pairwise

from functions.colour.camera.chromatic import Xy

# Reciprocal megakelvin; CIE 1960 u and v on the Planckian locus; slope of the isotherm.
_ISOTHERMS = (
    (0, 0.18006, 0.26352, -0.24341),
    (10, 0.18066, 0.26589, -0.25479),
    (20, 0.18133, 0.26846, -0.26876),
    (30, 0.18208, 0.27119, -0.28539),
    (40, 0.18293, 0.27407, -0.30470),
    (50, 0.18388, 0.27709, -0.32675),
    (60, 0.18494, 0.28021, -0.35156),
    (70, 0.18611, 0.28342, -0.37915),
    (80, 0.18740, 0.28668, -0.40955),
    (90, 0.18880, 0.28997, -0.44278),
    (100, 0.19032, 0.29326, -0.47888),
    (125, 0.19462, 0.30141, -0.58204),
    (150, 0.19962, 0.30921, -0.70471),
    (175, 0.20525, 0.31647, -0.84901),
    (200, 0.21142, 0.32312, -1.0182),
    (225, 0.21807, 0.32909, -1.2168),
    (250, 0.22511, 0.33439, -1.4512),
    (275, 0.23247, 0.33904, -1.7298),
    (300, 0.24010, 0.34308, -2.0637),
    (325, 0.24792, 0.34655, -2.4681),
    (350, 0.25591, 0.34951, -2.9641),
    (375, 0.26400, 0.35200, -3.5814),
    (400, 0.27218, 0.35407, -4.3633),
    (425, 0.28039, 0.35577, -5.3762),
    (450, 0.28863, 0.35714, -6.7262),
    (475, 0.29685, 0.35823, -8.5955),
    (500, 0.30505, 0.35907, -11.324),
    (525, 0.31320, 0.35968, -15.628),
    (550, 0.32129, 0.36011, -23.325),
    (575, 0.32931, 0.36038, -40.770),
    (600, 0.33724, 0.36051, -116.45),
)

# EXIF 2.32, tag LightSource; fluorescent lamps by the middle of the range it gives.
_LIGHT_SOURCES: dict[int, tuple[float, str]] = {
    1: (5500.0, "daylight"),
    2: (4150.0, "fluorescent"),
    3: (2850.0, "tungsten"),
    4: (5500.0, "flash"),
    9: (5500.0, "fine weather"),
    10: (6500.0, "cloudy"),
    11: (7500.0, "shade"),
    12: (6400.0, "daylight fluorescent"),
    13: (5050.0, "day white fluorescent"),
    14: (4150.0, "cool white fluorescent"),
    15: (3525.0, "white fluorescent"),
    16: (2925.0, "warm white fluorescent"),
    17: (2850.0, "A"),
    18: (5500.0, "B"),
    19: (6500.0, "C"),
    20: (5500.0, "D55"),
    21: (6500.0, "D65"),
    22: (7500.0, "D75"),
    23: (5000.0, "D50"),
    24: (3200.0, "studio tungsten"),
}

_WHITES: dict[int, Xy] = {
    2: (0.37208, 0.37529),
    12: (0.31310, 0.33727),
    13: (0.34588, 0.35875),
    14: (0.37417, 0.37281),
    15: (0.40910, 0.39430),
    16: (0.44018, 0.40329),
    17: (0.44758, 0.40745),
    18: (0.34842, 0.35161),
    19: (0.31006, 0.31616),
    20: (0.33243, 0.34744),
    21: (0.31272, 0.32903),
    22: (0.29903, 0.31488),
    23: (0.34567, 0.35851),
}
"""CIE 15:2018, tables T.3 and T.6.1: the light sources that the CIE gives a chromaticity for, the
fluorescent ones as FL2, FL1, FL8, FL9, FL3 and FL4."""
_SAME_WHITE = {1: 20, 3: 17, 4: 20, 9: 20, 10: 21, 11: 22}
_TINT_SCALE = -3000.0  # of the distance from the Planckian locus in CIE 1960 uv


def light_source_kelvin(code: int) -> float | None:
    """Colour temperature of an EXIF light source; None for unknown (0) and other (255)."""
    return _LIGHT_SOURCES[code][0] if code in _LIGHT_SOURCES else None


def light_source_name(code: int) -> str:
    """What to call an EXIF light source in a sentence."""
    return _LIGHT_SOURCES[code][1] if code in _LIGHT_SOURCES else f"EXIF light source {code}"


def light_source_white(code: int) -> Xy | None:
    """Chromaticity of an EXIF light source, on the Planckian locus if the CIE has none."""
    kelvin = light_source_kelvin(code)
    white = _WHITES.get(_SAME_WHITE.get(code, code))
    return white or (planckian_white(kelvin) if kelvin else None)


def correlated_kelvin(xy: Xy) -> float:
    """Correlated colour temperature of a chromaticity, 1667 K up to infinity.

    Off the ends of the table the answer is the end: 1667 K, or infinity.
    """
    return kelvin_and_tint(xy)[0]


def kelvin_and_tint(xy: Xy) -> tuple[float, float]:
    """Correlated colour temperature, and the distance from the Planckian locus along Robertson's
    isotherm, 3000 for 1 in CIE 1960 uv and positive where it is greenish, as the DNG SDK has it.
    """
    x, y = xy
    scale = 1.5 - x + 6.0 * y
    u, v = 2.0 * x / scale, 3.0 * y / scale
    before = 0.0
    for i, (mired, at_u, at_v, slope) in enumerate(_ISOTHERMS):
        distance = ((v - at_v) - slope * (u - at_u)) / math.hypot(1.0, slope)
        last = i == len(_ISOTHERMS) - 1
        if distance < 0.0 or last:
            low, low_u, low_v, low_slope = _ISOTHERMS[max(i - 1, 0)]
            # Part of the way from the isotherm before to this one.
            part = 1.0 if distance > 0.0 or i == 0 else before / (before - distance)
            kelvin = math.inf if i == 0 else _kelvin(low + (mired - low) * part)
            (across, along), (next_across, next_along) = _unit(low_slope), _unit(slope)
            across, along = (
                across + part * (next_across - across),
                along + part * (next_along - along),
            )
            length = math.hypot(across, along)
            off_u = u - (low_u + part * (at_u - low_u))
            off_v = v - (low_v + part * (at_v - low_v))
            return kelvin, _TINT_SCALE * (off_u * across + off_v * along) / length
        before = distance
    raise AssertionError("the last isotherm ends the search")


def white_of(kelvin: float, tint: float) -> Xy:
    """The chromaticity of a temperature, 1667 K and above, and a tint: `kelvin_and_tint` undone."""
    mired = min(max(1e6 / kelvin, 0.0), 600.0)
    for (low, u0, v0, slope), (high, u1, v1, next_slope) in pairwise(_ISOTHERMS):
        if mired <= high:
            part = (mired - low) / (high - low)
            u, v = u0 + part * (u1 - u0), v0 + part * (v1 - v0)
            (across, along), (next_across, next_along) = _unit(slope), _unit(next_slope)
            break
    across, along = across + part * (next_across - across), along + part * (next_along - along)
    off = tint / _TINT_SCALE / math.hypot(across, along)
    u, v = u + off * across, v + off * along
    scale = 2.0 * u - 8.0 * v + 4.0
    return 3.0 * u / scale, 2.0 * v / scale


def _unit(slope: float) -> tuple[float, float]:
    """An isotherm's direction in uv, of length 1."""
    length = math.hypot(1.0, slope)
    return 1.0 / length, slope / length


def _kelvin(mired: float) -> float:
    return 1e6 / mired if mired > 0.0 else math.inf


def planckian_white(kelvin: float) -> Xy:
    """Chromaticity of a black radiator, between Robertson's isotherms."""
    return white_of(kelvin, 0.0)
