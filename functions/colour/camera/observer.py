"""White of a light that a file gives as a spectrum, by the CIE 1931 standard observer.

References
----------
CIE 018:2019, table 6: colour-matching functions of the CIE 1931 2 degree observer, each 5 nm.
DNG Specification 1.7.1.0, chapter 4, IlluminantData1: powers between the given wavelengths run
straight, and beyond them the last one stands.
"""

from __future__ import annotations

import math

from functions.colour.camera.chromatic import Xy
from functions.contract.errors import DamagedSource

_FIRST, _STEP = 360, 5
# fmt: off
_X = (
    0.0001299, 0.0002321, 0.0004149, 0.0007416, 0.001368, 0.002236, 0.004243, 0.00765, 0.01431,
    0.02319, 0.04351, 0.07763, 0.13438, 0.21477, 0.2839, 0.3285, 0.34828, 0.34806, 0.3362, 0.3187,
    0.2908, 0.2511, 0.19536, 0.1421, 0.09564, 0.05795001, 0.03201, 0.0147, 0.0049, 0.0024, 0.0093,
    0.0291, 0.06327, 0.1096, 0.1655, 0.2257499, 0.2904, 0.3597, 0.4334499, 0.5120501, 0.5945,
    0.6784, 0.7621, 0.8425, 0.9163, 0.9786, 1.0263, 1.0567, 1.0622, 1.0456, 1.0026, 0.9384,
    0.8544499, 0.7514, 0.6424, 0.5419, 0.4479, 0.3608, 0.2835, 0.2187, 0.1649, 0.1212, 0.0874,
    0.0636, 0.04677, 0.0329, 0.0227, 0.01584, 0.01135916, 0.008110916, 0.005790346, 0.004109457,
    0.002899327, 0.00204919, 0.001439971, 0.0009999493, 0.0006900786, 0.0004760213, 0.0003323011,
    0.0002348261, 0.0001661505, 0.000117413, 0.0000830753, 0.0000587065, 0.0000415099,
    0.0000293533, 0.0000206738, 0.0000145598, 0.000010254, 0.0000072215, 0.0000050859,
    0.0000035817, 0.0000025225, 0.0000017765, 0.0000012511,
)
_Y = (
    0.000003917, 0.000006965, 0.00001239, 0.00002202, 0.000039, 0.000064, 0.00012, 0.000217,
    0.000396, 0.00064, 0.00121, 0.00218, 0.004, 0.0073, 0.0116, 0.01684, 0.023, 0.0298, 0.038,
    0.048, 0.06, 0.0739, 0.09098, 0.1126, 0.13902, 0.1693, 0.20802, 0.2586, 0.323, 0.4073, 0.503,
    0.6082, 0.71, 0.7932, 0.862, 0.9148501, 0.954, 0.9803, 0.9949501, 1., 0.995, 0.9786, 0.952,
    0.9154, 0.87, 0.8163, 0.757, 0.6949, 0.631, 0.5668, 0.503, 0.4412, 0.381, 0.321, 0.265, 0.217,
    0.175, 0.1382, 0.107, 0.0816, 0.061, 0.04458, 0.032, 0.0232, 0.017, 0.01192, 0.00821,
    0.005723, 0.004102, 0.002929, 0.002091, 0.001484, 0.001047, 0.00074, 0.00052, 0.0003611,
    0.0002492, 0.0001719, 0.00012, 0.0000848, 0.00006, 0.0000424, 0.00003, 0.0000212, 0.00001499,
    0.0000106, 0.0000074657, 0.0000052578, 0.0000037029, 0.0000026078, 0.0000018366, 0.0000012934,
    0.0000009109, 0.0000006415, 0.0000004518,
)
_Z = (
    0.0006061, 0.001086, 0.001946, 0.003486, 0.006450001, 0.01054999, 0.02005001, 0.03621,
    0.06785001, 0.1102, 0.2074, 0.3713, 0.6456, 1.0390501, 1.3856, 1.62296, 1.74706, 1.7826,
    1.77211, 1.7441, 1.6692, 1.5281, 1.28764, 1.0419, 0.8129501, 0.6162, 0.46518, 0.3533, 0.272,
    0.2123, 0.1582, 0.1117, 0.07824999, 0.05725001, 0.04216, 0.02984, 0.0203, 0.0134, 0.008749999,
    0.005749999, 0.0039, 0.002749999, 0.0021, 0.0018, 0.001650001, 0.0014, 0.0011, 0.001, 0.0008,
    0.0006, 0.00034, 0.00024, 0.00019, 0.0001, 0.00005, 0.00003, 0.00002, 0.00001, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
)
# fmt: on


def spectrum_white(spectrum: tuple[float, ...]) -> Xy:
    """CIE xy of a light, summed in steps of 1 nm from 360 to 830 nm.

    Parameters
    ----------
    spectrum : first wavelength and step in nm, then relative powers.

    Raises DamagedSource for a light that no eye sees.
    """
    first, step, *powers = spectrum
    sums = []
    for table in (_X, _Y, _Z):
        response = _by_nanometre(table)
        seen = [
            weight * _power(powers, (_FIRST + index - first) / step)
            for index, weight in enumerate(response)
        ]
        # The three curves ought to have one sum, and miss it by their rounding.
        sums.append(math.fsum(seen) / math.fsum(response))
    if min(sums) <= 0 or not math.isfinite(sum(sums)):
        raise DamagedSource("IlluminantData is a spectrum that no eye sees")
    return sums[0] / sum(sums), sums[1] / sum(sums)


def _power(powers: list[float], place: float) -> float:
    place = min(max(place, 0.0), len(powers) - 1.0)
    low = min(int(place), len(powers) - 2)
    part = place - low
    return powers[low] * (1 - part) + powers[low + 1] * part


def _by_nanometre(table: tuple[float, ...]) -> list[float]:
    """The table at each nanometre, by the cubic through the four nearest of its values."""
    last = len(table) - 1
    found = []
    for index in range(_STEP * last + 1):
        low = min(max(index // _STEP - 1, 0), last - 3)
        t = index / _STEP - low
        a, b, c, d = table[low : low + 4]
        found.append(
            -a * (t - 1) * (t - 2) * (t - 3) / 6
            + b * t * (t - 2) * (t - 3) / 2
            - c * t * (t - 1) * (t - 3) / 2
            + d * t * (t - 1) * (t - 2) / 6
        )
    return found
