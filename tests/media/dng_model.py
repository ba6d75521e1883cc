"""DNG chapters 5 and 6 in plain NumPy and colour-science: what a file's samples mean in ACES2065-1.

Written from the specification (and, for three lights, from the DNG SDK 1.6), without the code
that it is compared to.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.colour.reference import ACES_WHITE, D50, adaptation, colour, xyz, xyz_to_ap0
from tests.media.dng_cases import COLUMNS, ROWS, SIDE, Array, Case, Light

KELVIN = {17: 2850, 20: 5500, 21: 6500, 22: 7500, 23: 5000, 24: 3200, 1: 5500, 2: 4150, 14: 4150}
XY = {
    17: (0.4476, 0.4074), 20: (0.3324, 0.3474), 21: (0.3127, 0.3290), 22: (0.2990, 0.3149),
    23: (0.3457, 0.3585), 1: (0.3324, 0.3474), 2: (0.37208, 0.37529), 14: (0.37417, 0.37281),
}  # fmt: skip
INNER = 5


def linear(case: Case, stored: Array) -> Array:
    """Chapter 5: (24, 3) linear camera RGB, 1 = white, of an active area's stored numbers."""
    values = stored.astype(np.float64)
    if case.curve is not None:
        values = case.curve[np.minimum(stored, len(case.curve) - 1)].astype(np.float64)
    height, width = values.shape[:2]
    cell = case.cell
    rows, columns = np.arange(height) % len(cell), np.arange(width) % cell.shape[1]
    black = cell[rows][:, columns] + (case.row_black[:, None] + case.column_black)[..., None]
    highest = cell.max((0, 1)) + case.row_black.max() + case.column_black.max()
    values = (values - black) / (case.whites - highest)
    found = np.zeros((ROWS * COLUMNS, 3))
    for patch in range(ROWS * COLUMNS):
        y, x = (side * SIDE for side in divmod(patch, COLUMNS))
        part = values[y + INNER : y + SIDE - INNER, x + INNER : x + SIDE - INNER]
        for channel in range(3):
            if case.kind == "linear":
                found[patch, channel] = part[..., channel].mean()
            elif case.kind == "mono":
                found[patch, channel] = part.mean()
            else:
                sites = [
                    part[(s // 2 - INNER) % 2 :: 2, (s % 2 - INNER) % 2 :: 2].mean()
                    for s in range(4)
                    if "RGB".index(case.pattern[s]) == channel
                ]
                found[patch, channel] = np.mean(sites)
    return found


def to_aces(case: Case) -> Array:
    """Chapter 6: the matrix from linear camera RGB to ACES2065-1 (white balance within)."""
    gain = 2.0 ** ((case.exposure or 0.0) + (case.offset or 0.0))
    if case.kind == "mono":
        return np.eye(3) * gain
    if case.neutral is not None:
        neutral = np.array(case.neutral)
        white: Any = D50
        for _ in range(200):
            seen = np.linalg.inv(_xyz_to_camera(case, white)) @ neutral
            white = tuple(seen[:2] / seen.sum())
    else:
        assert case.white_xy is not None
        white = case.white_xy
        neutral = _xyz_to_camera(case, white) @ xyz(white)
    neutral = neutral / neutral.max()
    forward = _blend(case, white, "forward")
    if forward is None:
        back = np.linalg.inv(_xyz_to_camera(case, white))
        back = back / (back @ neutral)[1]
        return gain * xyz_to_ap0() @ adaptation(white, ACES_WHITE) @ back
    own = np.linalg.inv(_own(case, white))
    to_d50 = forward @ np.diag(1 / (own @ neutral)) @ own
    return gain * xyz_to_ap0() @ adaptation(D50, ACES_WHITE) @ to_d50


def _own(case: Case, white: Any) -> Array:
    balance = np.diag(case.balance or (1.0, 1.0, 1.0))
    same = case.signatures is None or case.signatures[0] == case.signatures[1]
    own = _blend(case, white, "own") if same else None
    return balance if own is None else balance @ own


def _xyz_to_camera(case: Case, white: Any) -> Array:
    color = _blend(case, white, "color")
    assert color is not None
    return _own(case, white) @ color


def _blend(case: Case, white: Any, which: str) -> Array | None:
    matrices = [getattr(light, which) for light in case.lights]
    if not any(m is not None for m in matrices):
        return None
    filled = [np.eye(3) if m is None else np.round(m, 4) for m in matrices]
    return np.asarray(sum(w * m for w, m in zip(weights(case.lights, white), filled, strict=True)))


def weights(lights: tuple[Light, ...], white: Any) -> list[float]:
    """How much each calibration counts."""
    if len(lights) == 1:
        return [1.0]
    if len(lights) == 2:
        one, two = (_kelvin(light) for light in lights)
        part = (1 / _cct(white)[0] - 1 / two) / (1 / one - 1 / two)
        part = min(max(part, 0.0), 1.0)
        return [part, 1 - part]
    at = _place(white)
    near = np.array([1 / (((at - _place(white_of(light))) ** 2).sum() + 1e-8) for light in lights])
    part = near / near.sum()
    kept = ((part**2 * (3 - 2 * part) - 0.02) / 0.98).clip(0, 1)
    return [float(k) for k in kept / kept.sum()]


def _kelvin(light: Light) -> float:
    return KELVIN[light.code] if light.code != 255 else _cct(white_of(light))[0]


def white_of(light: Light) -> Any:
    """Chromaticity of a calibration's light."""
    if light.code != 255:
        return XY[light.code]
    assert light.data is not None
    if len(light.data) == 2:
        return light.data
    first, step, *powers = light.data
    at = np.arange(360, 831)
    places = first + step * np.arange(len(powers))
    observer = colour.MSDS_CMFS["CIE 1931 2 Degree Standard Observer"].values
    seen = (np.interp(at, places, powers)[:, None] * observer).sum(0) / observer.sum(0)
    return tuple(seen[:2] / seen.sum())


def _cct(white: Any) -> tuple[float, float]:
    kelvin, tint = colour.temperature.uv_to_CCT_Robertson1968(colour.xy_to_UCS_uv(white))
    return float(kelvin), float(tint)


def _place(white: Any) -> Array:
    kelvin, off = _cct(white)
    return np.array([min(1500 / kelvin, 1.0), 3000 * off / 200])


def delta_e(one: Array, two: Array) -> Array:
    """CIEDE2000 of ACES2065-1 values under the ACES white."""
    labs = [
        colour.XYZ_to_Lab(values @ np.linalg.inv(xyz_to_ap0()).T, ACES_WHITE)
        for values in (one, two)
    ]
    return np.asarray(colour.delta_E(*labs, method="CIE 2000"))
