"""Colour of ARRIRAW: the Academy's published matrices for ALEXA raw.

Reference: Academy of Motion Picture Arts and Sciences, ACES 1.3.1, input transforms of vendors,
`arri/alexa/AlexaParameters-2013-Nov-13/Alexa_aces_matrix.txt` (13 November 2013), and the
transforms made of it, `v3/EI*/IDT.ARRI.Alexa-v3-raw-EI*-CCT*.ctl`. Of white-balanced linear
samples x of 16 bits

    ACES2065-1 = matrix(CCT) * (x - 256) / 65535 * 0.18 / (0.01 * 400 / EI)

with the matrix interpolated in 1/CCT. ARRI's chromatic adaptation is inside.
"""

from __future__ import annotations

import math
from bisect import bisect_right

from functions.contract.camera import Matrix

BLACK, WHITE = 256.0, 65535.0
_CCT_AND_MATRIX = (
    (2000, 0.79489711, 0.04467472, 0.16042817, -0.02029606, 1.07798072, -0.05768465,
     0.01214535, -0.3848286, 1.37268325),
    (2100, 0.79219969, 0.04866462, 0.1591357, -0.01049226, 1.06636022, -0.05586796,
     0.01682454, -0.38224266, 1.36541812),
    (2200, 0.78993866, 0.05302074, 0.1570406, -0.00209169, 1.05777778, -0.05568608,
     0.02044202, -0.37795889, 1.35751687),
    (2400, 0.7865086, 0.06205234, 0.15143906, 0.01153698, 1.04692947, -0.05846644,
     0.02555404, -0.36716807, 1.34161403),
    (2600, 0.78428243, 0.0708654, 0.14485218, 0.02212203, 1.04163081, -0.06375284,
     0.02891649, -0.35578875, 1.32687226),
    (2900, 0.78271888, 0.08302195, 0.13425916, 0.03424762, 1.0398109, -0.07405852,
     0.03220438, -0.34004619, 1.30784181),
    (3200, 0.7827903, 0.09372326, 0.12348645, 0.04343061, 1.04223613, -0.08566674,
     0.0343854, -0.3266869, 1.2923015),
    (3500, 0.78406491, 0.10305977, 0.11287532, 0.05069011, 1.04701644, -0.09770655,
     0.03598664, -0.31560659, 1.27961995),
    (3900, 0.78707994, 0.11368594, 0.09923412, 0.0583726, 1.05532979, -0.11370239,
     0.0376261, -0.30374342, 1.26611732),
    (4300, 0.78581866, 0.12810824, 0.0860731, 0.06242826, 1.06054239, -0.12297065,
     0.03903455, -0.30301998, 1.26398543),
    (4700, 0.78896941, 0.13720947, 0.07382112, 0.06771218, 1.06923215, -0.13694433,
     0.04031405, -0.29456041, 1.25424636),
    (5100, 0.79304098, 0.14478669, 0.06217234, 0.07222785, 1.07831702, -0.15054487,
     0.04141713, -0.28764132, 1.24622419),
    (5600, 0.79885684, 0.15258852, 0.04855464, 0.07701582, 1.08970778, -0.1667236,
     0.04260493, -0.28073643, 1.2381315),
    (6500, 0.80993138, 0.16274056, 0.02732805, 0.0837309, 1.10866656, -0.19239745,
     0.04416643, -0.27203799, 1.22787156),
    (7500, 0.82193008, 0.17179075, 0.00627917, 0.08952206, 1.12853132, -0.21805339,
     0.04585089, -0.26538039, 1.2195295),
    (9000, 0.83760897, 0.18063042, -0.01823938, 0.09563924, 1.15255389, -0.24819312,
     0.04753821, -0.25944785, 1.21190964),
    (11000, 0.85415842, 0.18830616, -0.04246458, 0.10110658, 1.1769488, -0.27805537,
     0.04911187, -0.25503969, 1.20592782),
)  # fmt: skip
COLDEST, WARMEST = _CCT_AND_MATRIX[-1][0], _CCT_AND_MATRIX[0][0]


def alexa_matrix(kelvin: float) -> Matrix:
    """White-balanced ALEXA RGB to ACES2065-1, the nearest one outside 2000 to 11000 K.

    Examples
    --------
    >>> alexa_matrix(5600)[0]
    (0.79885684, 0.15258852, 0.04855464)
    """
    kelvin = min(max(kelvin, WARMEST), COLDEST)
    place = bisect_right(_CCT_AND_MATRIX, kelvin, key=lambda row: row[0])
    below, above = _CCT_AND_MATRIX[place - 1], _CCT_AND_MATRIX[min(place, len(_CCT_AND_MATRIX) - 1)]
    part = 0.0
    if above is not below:
        part = (1 / below[0] - 1 / kelvin) / (1 / below[0] - 1 / above[0])
    v = [low + part * (high - low) for low, high in zip(below[1:], above[1:], strict=True)]
    return (v[0], v[1], v[2]), (v[3], v[4], v[5]), (v[6], v[7], v[8])


def exposure_stops(ei: int) -> float:
    """Stops from samples on the scale of black 0 and white 1 to ACES2065-1."""
    return math.log2((WHITE - BLACK) / WHITE * 0.18 / (0.01 * 400 / ei))
