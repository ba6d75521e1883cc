"""The ACES 2 output transform in float64 NumPy, tables and all.

Written from the Academy's published definition (aces-core, Lib.Academy.OutputTransform.a2.v1 and
Lib.Academy.Tonescale.a2.v1; the focus gain with the square that the release has), without
OpenColorIO and without our kernels: lightness, colourfulness and hue of a simplified
Hellwig-Fairchild model, tone scale, chroma compression, gamut compression. Arrays of light are
(N, 3), of the model's correlates (N,).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.colour.aces1 import AP0, AP1, BT709, to_xyz

Array = npt.NDArray[np.float64]
Space = tuple[tuple[float, float], ...]
_CONES: Space = ((0.8336, 0.1735), (2.3854, -1.4659), (0.087, -0.125), (0.333, 0.333))
_HUES = np.arange(360.0)
# Dim surround, adapting luminance 100, background 20.
_C, _N, _ADAPTING = 0.59, 0.9, 100.0
_CZ = _C * (1.48 + np.sqrt(20 / 100))
_K4 = (1 / (5 * _ADAPTING + 1)) ** 4
_FL = 0.2 * _K4 * 5 * _ADAPTING + 0.1 * (1 - _K4) ** 2 * (5 * _ADAPTING) ** (1 / 3)
_OPPONENTS = np.array([[2.0, 1.0, 0.05], [1.0, -12 / 11, 1 / 11], [1 / 9, 1 / 9, -2 / 9]])
_SMOOTH, _SMOOTH_M, _MIDDLE_BLEND, _GAIN_BLEND = 0.12, 0.27, 1.3, 0.3


def bent(light: Array) -> Array:
    size = (_FL * np.abs(light) / 100) ** 0.42
    made: Array = np.sign(light) * 400 * size / (27.13 + size)
    return made


def straight(response: Array) -> Array:
    size = np.abs(response)
    made: Array = np.sign(response) * 100 / _FL * (27.13 * size / (400 - size)) ** (1 / 0.42)
    return made


_WHITE = float(bent(np.array([100.0]))[0]) * 3.05


def lightness(luminance: Any) -> Array:
    """J of an achromatic luminance in cd/m2."""
    made: Array = 100 * (3.05 * bent(np.asarray(luminance, np.float64)) / _WHITE) ** _CZ
    return made


def luminance(j: Array) -> Array:
    return straight(_WHITE / 3.05 * (np.abs(j) / 100) ** (1 / _CZ))


def adapted(space: Space) -> Array:
    """RGB of a space, times 100, to cones under its own white."""
    cones = np.linalg.inv(to_xyz(_CONES)) @ to_xyz(space)
    made: Array = cones / (cones @ np.ones(3))[:, None]
    return made


def correlates(rgb: Array, space: Space) -> tuple[Array, Array, Array]:
    """J, M, h of RGB in cd/m2."""
    achromatic, a, b = _OPPONENTS @ bent(rgb @ adapted(space).T).T
    j = 100 * (np.maximum(achromatic, 0) / _WHITE) ** _CZ
    m = np.where(j == 0, 0, 43 * _N * np.hypot(a, b))
    return j, m, np.degrees(np.arctan2(b, a)) % 360


def light(j: Array, m: Array, h: Array, space: Space) -> Array:
    """RGB in cd/m2 of correlates."""
    achromatic = _WHITE * (j / 100) ** (1 / _CZ)
    a, b = m / (43 * _N) * np.cos(np.radians(h)), m / (43 * _N) * np.sin(np.radians(h))
    cones = straight(np.linalg.solve(_OPPONENTS, np.stack([achromatic, a, b])).T)
    return cones @ np.linalg.inv(adapted(space)).T


@dataclass
class ToneScale:
    """Scene light 1.0 to luminance, for a display's peak."""

    peak: float

    def __post_init__(self) -> None:
        n, r, g, self.toe = self.peak, 100.0, 1.15, 0.04
        hit = 128 + (896 - 128) * np.log(n / r) / np.log(100)
        m1 = 0.5 * (n / r + np.sqrt(n / r * (n / r + 4 * self.toe)))
        m = m1 / (hit / m1 / (hit / m1 + 1)) ** g
        self.grey = 10.013 / r * (1 + np.log2(n / 100) * 0.14)
        inside = 0.5 * (self.grey + np.sqrt(self.grey * (self.grey + 4 * self.toe)))
        root = (inside / m) ** (1 / g)
        w2 = 0.18 / (-(m1 * root) / (root - 1))
        self.s2, self.g = w2 * m1, g
        self.m2 = m1 / (hit / m1 / (hit / m1 + w2)) ** g

    def __call__(self, scene: Array) -> Array:
        f = self.m2 * (np.maximum(scene, 0) / (scene + self.s2)) ** self.g
        made: Array = np.maximum(f * f / (f + self.toe), 0) * 100
        return made


def toe(x: Array, limit: Array, k1: Array, k2: Array) -> Array:
    k2 = np.maximum(k2, 0.001)
    k1 = np.sqrt(k1 * k1 + k2 * k2)
    k3 = (limit + k1) / (limit + k2)
    b = k3 * x - k1
    with np.errstate(invalid="ignore"):
        curved = 0.5 * (b + np.sqrt(b * b + 4 * k2 * k3 * x))
    return np.where(x > limit, x, curved)


def meeting(j: Array, m: Array, focus: Array, top: float, gain: Array) -> Array:
    """Where the line through a colour and the focus meets the neutral axis."""
    a = m / (focus * gain)
    below = j < focus
    b = np.where(below, 1 - m / gain, -(1 + m / gain + top * m / (focus * gain)))
    c = np.where(below, -j, top * m / gain + j)
    root = np.sqrt(b * b - 4 * a * c)
    made: Array = 2 * c / np.where(below, -b - root, -b + root)
    return made


@dataclass
class Rendering:
    """ACES2065-1 to light of a display. limit : its primaries; peak : in cd/m2."""

    limit: Space = BT709
    peak: float = 100.0

    def __post_init__(self) -> None:
        self.tones = ToneScale(self.peak)
        self.top = float(lightness(self.peak))
        self.middle = float(lightness(self.tones.grey * 100))
        above = np.log10(self.peak / 100)
        self.compress = 2.4 + 2.4 * 3.3 * above
        self.saturate = max(0.2, 1.3 - 1.3 * 0.69 * above)
        self.scale = (0.03379 * self.peak) ** 0.30596 - 0.45135
        self.distance = 1.35 + 1.35 * 1.75 * above
        self.lower = 1.14 + 0.07 * above
        self.gamma = 1 / _CZ
        self.reach = self._reach()
        self.cusps = self._cusps()
        self.upper = self._upper()

    def _reach(self) -> Array:
        """Colourfulness at which AP1 ends at the top, at each hue."""
        top = np.full(360, self.top)

        def outside(m: Array) -> Any:
            return (light(top, m, _HUES, AP1) < 0).any(1)

        high = np.full(360, 50.0)
        while (inside := ~outside(high) & (high < 1300)).any():
            high = np.where(inside, high + 50, high)
        low = high - 50
        for _ in range(13):  # to 1e-2
            half = (low + high) / 2
            out = outside(half)
            low, high = np.where(out, low, half), np.where(out, half, high)
        return high

    def _cusps(self) -> tuple[Array, Array, Array]:
        """(h, J, M) of the display's full colours, sorted, a turn more at either end."""
        part = np.arange(360) / 60
        wave = 1 - np.abs(part % 2 - 1)
        one, none = np.ones(360), np.zeros(360)
        orders = ((one, wave, none), (wave, one, none), (none, one, wave), (none, wave, one),
                  (wave, none, one), (one, none, wave))  # fmt: skip
        rgb = np.stack([np.choose(part.astype(int), [o[n] for o in orders]) for n in range(3)], 1)
        j, m, h = correlates(rgb * self.peak, self.limit)
        order = np.argsort(h)
        return tuple(
            np.concatenate([x[order][-1:] - turn, x[order], x[order][:1] + turn])
            for x, turn in ((h, 360), (j, 0), (m, 0))
        )  # type: ignore[return-value]

    def cusp(self, h: Array) -> tuple[Array, Array]:
        """J and M of the display's fullest colour of a hue."""
        hues, j, m = self.cusps
        return np.interp(h, hues, j), np.interp(h, hues, m)

    def _focus(self, cusp: Array) -> Array:
        share = np.minimum(1, _MIDDLE_BLEND - cusp / self.top)
        return cusp + share * (self.middle - cusp)

    def _slope_gain(self, j: Array, cusp: Array) -> Array:
        threshold = cusp + _GAIN_BLEND * (self.top - cusp)
        gain = (self.top - threshold) / np.maximum(1e-4, self.top - np.minimum(self.top, j))
        more = np.log10(np.maximum(gain, 1)) ** 2 + 1
        made: Array = self.top * self.distance * np.where(j > threshold, more, 1)
        return made

    def _slope(self, at: Array, focus: Array, gain: Array) -> Array:
        made: Array = np.where(at < focus, at, self.top - at) * (at - focus) / (focus * gain)
        return made

    def boundary(self, j: Array, m: Array, h: Array, gain: Array, upper: Array) -> Any:
        """(J, M) of the display's gamut on the line to the focus, and where that meets J."""
        cusp_j, cusp_m = self.cusp(h)
        focus = self._focus(cusp_j)
        cusp_m = cusp_m * (1 + _SMOOTH_M * _SMOOTH)
        at = meeting(j, m, focus, self.top, gain)
        at_cusp = meeting(cusp_j, cusp_m, focus, self.top, gain)
        slope = self._slope(at, focus, gain)
        low = at_cusp * (at / at_cusp) ** (1 / self.lower) / (cusp_j / cusp_m - slope)
        left = np.maximum(self.top - at, 0) / (self.top - at_cusp)
        high = cusp_m * (self.top - at_cusp) * left ** (1 / upper)
        high = high / (slope * cusp_m + self.top - cusp_j)
        one, other = low / cusp_m, high / cusp_m
        h3 = (np.maximum(_SMOOTH - np.abs(one - other), 0) / _SMOOTH) ** 3
        edge = cusp_m * (np.minimum(one, other) - h3 * _SMOOTH / 6)
        return at + slope * edge, edge, at

    def _upper(self) -> Array:
        """Exponent of the gamut's upper hull at each hue: the least that holds all of it."""
        cusp_j, cusp_m = self.cusp(_HUES)

        def holds(exponent: Array) -> Any:
            found = np.ones(360, bool)
            for share in (0.01, 0.5, 0.99):
                j = cusp_j + (self.top - cusp_j) * share
                gain = self._slope_gain(j, cusp_j)
                edge_j, edge_m, _ = self.boundary(j, cusp_m, _HUES, gain, exponent)
                found &= (light(edge_j, edge_m, _HUES, self.limit) > self.peak).any(1)
            return found

        high = np.full(360, 0.4)
        while (not_yet := ~holds(high) & (high < 5.0)).any():
            high = np.where(not_yet, high + 0.4, high)
        low = high - 0.4
        while (high - low).max() > 1e-5:
            half = (low + high) / 2
            enough = holds(half)
            low, high = np.where(enough, low, half), np.where(enough, half, high)
        return high

    def _at_hue(self, table: Array, h: Array) -> Array:
        place = np.floor(h).astype(int) % 360
        made: Array = table[place] + (h - np.floor(h)) * (table[(place + 1) % 360] - table[place])
        return made

    def _chroma(self, j: Array, m: Array, h: Array, before: Array) -> Array:
        """Colourfulness compressed inside of the gamut."""
        turn = np.radians(h)
        norm = self.scale * (
            11.34072 * np.cos(turn) + 16.46899 * np.cos(2 * turn) + 7.88380 * np.cos(3 * turn)
            + 14.66441 * np.sin(turn) - 6.37224 * np.sin(2 * turn) + 9.19364 * np.sin(3 * turn)
            + 77.12896
        )  # fmt: skip
        share = j / self.top
        left = np.maximum(0, 1 - share)
        limit = share**self.gamma * self._at_hue(self.reach, h) / norm
        with np.errstate(divide="ignore", invalid="ignore"):
            x = m * (j / before) ** self.gamma / norm
        steep = np.sqrt(share * share + 0.5 / self.peak)
        x = limit - toe(limit - x, limit - 0.001, left * self.saturate, steep)
        x = toe(x, limit, share * self.compress, left)
        return np.where(m == 0, 0, x * norm)

    def _mapped(self, j: Array, m: Array, h: Array) -> tuple[Array, Array]:
        """Into the display's gamut."""
        cusp_j, _ = self.cusp(h)
        focus = self._focus(cusp_j)
        gain = self._slope_gain(j, cusp_j)
        edge_j, edge_m, at = self.boundary(j, m, h, gain, self._at_hue(self.upper, h))
        far = self._at_hue(self.reach, h)
        edge_gain = self._slope_gain(edge_j, cusp_j)
        there = meeting(edge_j, edge_m, focus, self.top, edge_gain)
        slope = self._slope(there, focus, edge_gain)
        reach = self.top * (there / self.top) ** self.gamma * far / (self.top - slope * far)
        most = np.maximum(1.0001, reach / edge_m)
        threshold = np.maximum(0.75, 1 / most)
        v = m / edge_m
        s = (most - threshold) * (1 - threshold) / (most - 1)
        over = (v - threshold) / s
        v = np.where((v < threshold) | (most < 1.0001), v, threshold + s * over / (1 + over))
        grey = (m < 1e-4) | (j > self.top)
        return np.where(grey, j, at + v * (edge_j - at)), np.where(grey, 0, v * edge_m)

    def __call__(self, aces: Array) -> Array:
        """(N, 3) ACES2065-1 to RGB of the display, 1.0 is 100 cd/m2, clipped to its peak."""
        inside = aces @ to_xyz(AP0).T @ np.linalg.inv(to_xyz(AP1)).T
        hit = 128 + 768 * np.log(self.peak / 100) / np.log(100)
        rgb = inside.clip(0, 8 * hit) @ to_xyz(AP1).T @ np.linalg.inv(to_xyz(AP0)).T
        before, m, h = correlates(rgb * 100, AP0)
        j = lightness(self.tones(luminance(before) / 100))
        with np.errstate(divide="ignore", invalid="ignore"):
            m = self._chroma(j, m, h, before)
            j, m = self._mapped(j, m, h)
            made: Array = np.nan_to_num(light(j, m, h, self.limit)) / 100
        return made.clip(0, self.peak / 100)
