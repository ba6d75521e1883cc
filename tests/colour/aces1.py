"""ACES 1.3 to Rec.709 at 100 cd/m2 in float64 NumPy: reference rendering and output device.

Written from the Academy's published definition (aces-dev 1.3: RRT a1.0.3 and
ODT.Academy.Rec709_100nits_dim a1.0.3), without OpenColorIO and without our kernels. All functions
take and give (N, 3) or (N,) float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
_HALF_MAX, _HALF_MIN = 65504.0, 2.0**-24
_ACES_WHITE, _D65 = (0.32168, 0.33767), (0.3127, 0.3290)
AP0 = ((0.7347, 0.2653), (0.0, 1.0), (0.0001, -0.0770), _ACES_WHITE)
AP1 = ((0.713, 0.293), (0.165, 0.830), (0.128, 0.044), _ACES_WHITE)
BT709 = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), _D65)
# Quadratic B-spline coefficients of log10 luminance, between (light in, luminance out) points.
_RENDERING = (
    (-4.0, -4.0, -3.1573765773, -0.4852499958, 1.8477324706, 1.8477324706),
    (-0.7185482425, 2.0810307172, 3.6681241237, 4.0, 4.0, 4.0),
)
_CINEMA = (
    (-1.6989700043, -1.6989700043, -1.4779, -1.2291, -0.8648, -0.4480, 0.00518, 0.4511080334,
     0.9113744414, 0.9113744414),
    (0.5154386965, 0.8470437783, 1.1358, 1.3802, 1.5197, 1.5985, 1.6467, 1.6746091357,
     1.6878733390, 1.6878733390),
)  # fmt: skip


def to_xyz(space: tuple[tuple[float, float], ...]) -> Array:
    """RGB to XYZ of three primaries and a white (SMPTE RP 177)."""
    ends = np.array([[x, y, 1 - x - y] for x, y in space[:3]]).T
    x, y = space[3]
    return ends * np.linalg.solve(ends, [x / y, 1.0, (1 - x - y) / y])


def bradford(source: tuple[float, float], target: tuple[float, float]) -> Array:
    cones = np.array(
        [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    )
    one, two = (cones @ [x / y, 1.0, (1 - x - y) / y] for x, y in (source, target))
    made: Array = np.linalg.solve(cones, np.diag(two / one) @ cones)
    return made


AP0_TO_AP1 = np.linalg.solve(to_xyz(AP1), to_xyz(AP0))
LUMA = to_xyz(AP1)[1]


def spline(
    light: Array, parts: Any, low: Any, middle: Any, high: Any, slope_high: float = 0.0
) -> Array:
    """A tone scale of two quadratic B-splines in log-log, flat below and straight above."""
    x = np.log10(np.maximum(light, _HALF_MIN))
    ends = [tuple(np.log10(point)) for point in (low, middle, high)]
    y = np.where(x <= ends[0][0], ends[0][1], ends[2][1] + slope_high * (x - ends[2][0]))
    for number, coefficients in enumerate(parts):
        start, stop = ends[number][0], ends[number + 1][0]
        knots = len(coefficients) - 3
        place = knots * (x - start) / (stop - start)
        j = np.clip(np.floor(place).astype(int), 0, knots - 1)
        t = place - j
        a, b, c = (np.take(coefficients, j + k) for k in range(3))
        curve = (0.5 * a - b + 0.5 * c) * t * t + (b - a) * t + 0.5 * (a + b)
        inside = ((x > start) if number == 0 else (x >= start)) & (x < stop)
        y = np.where(inside, curve, y)
    made: Array = 10.0**y
    return made


def rendering_curve(light: Array) -> Array:
    """The tone scale of the reference rendering, in cd/m2 of the reference display."""
    return spline(
        light, _RENDERING, (0.18 * 2.0**-15, 0.0001), (0.18, 4.8), (0.18 * 2.0**18, 10000.0)
    )


def cinema_curve(light: Array) -> Array:
    """The tone scale of a display of 48 cd/m2."""
    low, middle, high = (
        float(rendering_curve(np.array([0.18 * 2.0**stops]))[0]) for stops in (-6.5, 0, 6.5)
    )
    return spline(light, _CINEMA, (low, 0.02), (middle, 4.8), (high, 48.0), 0.04)


def desaturated(rgb: Array, share: float) -> Array:
    made: Array = share * rgb + (1 - share) * (rgb @ LUMA)[:, None]
    return made


def saturation_of(aces: Array) -> Array:
    most, least = aces.max(1), aces.min(1)
    made: Array = (np.maximum(most, 1e-10) - np.maximum(least, 1e-10)) / np.maximum(most, 1e-2)
    return made


def sweetened(aces: Array, *, anew: bool = False) -> Array:
    """The glow of dark saturated colours, and reds pulled towards their pivot.

    anew : measure saturation again after the glow, as OpenColorIO does, whose two functions know
        nothing of each other; the definition does not. It tells for colours below 0.01 alone.
    """
    r, g, b = aces.T
    saturation = saturation_of(aces)
    chroma = np.sqrt(np.maximum(b * (b - g) + g * (g - r) + r * (r - b), 0))
    weighted = (b + g + r + 1.75 * chroma) / 3
    x = (saturation - 0.4) / 0.2
    t = np.maximum(1 - np.abs(x / 2), 0)
    gain = 0.05 * (1 + np.sign(x) * (1 - t * t)) / 2
    middle = 0.08
    with np.errstate(divide="ignore", invalid="ignore"):
        falling = gain * (middle / weighted - 0.5)
    glow = np.where(weighted <= 2 / 3 * middle, gain, np.where(weighted >= 2 * middle, 0, falling))
    aces = aces * (1 + glow)[:, None]
    saturation = saturation_of(aces) if anew else saturation
    r, g, b = aces.T
    hue = np.degrees(np.arctan2(np.sqrt(3) * (g - b), 2 * r - g - b))
    hue[(r == g) & (g == b)] = 0
    made = aces.copy()
    made[:, 0] += red_weight(hue) * saturation * (0.03 - r) * (1 - 0.82)
    return made


def red_weight(hue: Array) -> Array:
    """A cubic B-spline of 135 degrees about red, 1 at its top."""
    place = np.abs(hue) * 4 / 135
    near = 2 / 3 - place**2 + place**3 / 2
    far = np.maximum(2 - place, 0) ** 3 / 6
    made: Array = 1.5 * np.where(place < 1, near, far)
    return made


def dimmed(rgb: Array) -> Array:
    """Luminance for a dim surround in place of a dark one, chromaticity kept."""
    y = rgb @ LUMA
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(y > 0, np.maximum(y, 0) ** 0.9811 / y, 0)
    return rgb * gain[:, None]


def rec709(aces: Array, *, anew: bool = False) -> Array:
    """ACES2065-1 to Rec.709 code values, 0.0 to 1.0 over the full range. anew : as above."""
    rgb = np.clip(sweetened(aces, anew=anew), 0, None) @ AP0_TO_AP1.T
    rgb = desaturated(np.clip(rgb, 0, _HALF_MAX), 0.96)
    # Out to ACES primaries between the two and in again: nothing.
    luminance = cinema_curve(rendering_curve(rgb))
    linear = (luminance - 0.02) / (48.0 - 0.02)
    linear = desaturated(dimmed(linear), 0.93)
    xyz = linear @ to_xyz(AP1).T @ bradford(_ACES_WHITE, _D65).T
    linear = np.clip(xyz @ np.linalg.inv(to_xyz(BT709)).T, 0, 1)
    made: Array = linear ** (1 / 2.4)
    return made
