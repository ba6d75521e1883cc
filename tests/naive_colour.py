"""Plain NumPy twins of the colour kernels, in float64: each says what its kernel means, slowly."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def _log10(x: Array) -> Array:
    return np.log10(np.maximum(x, 1e-300))


def _log2(x: Array) -> Array:
    return np.log2(np.maximum(x, 1e-300))


def logc3_encode(x: Array) -> Array:
    """EI 800."""
    a, b, c, d, e, f = 5.555556, 0.052272, 0.247190, 0.385537, 5.367655, 0.092809
    return np.where(x > 0.010591, c * _log10(a * x + b) + d, e * x + f)


def logc3_decode(y: Array) -> Array:
    a, b, c, d, e, f = 5.555556, 0.052272, 0.247190, 0.385537, 5.367655, 0.092809
    return np.where(y > e * 0.010591 + f, (10 ** ((y - d) / c) - b) / a, (y - f) / e)


_A4, _B4, _C4 = (2**18 - 16) / 117.45, (1023 - 95) / 1023, 95 / 1023
_S4 = 7 * np.log(2) * 2 ** (7 - 14 * _C4 / _B4) / (_A4 * _B4)
_T4 = (2 ** (14 * (-_C4 / _B4) + 6) - 64) / _A4


def logc4_encode(x: Array) -> Array:
    return np.where(x >= _T4, (_log2(_A4 * x + 64) - 6) / 14 * _B4 + _C4, (x - _T4) / _S4)


def logc4_decode(y: Array) -> Array:
    return np.where(y >= 0, (2 ** (14 * (y - _C4) / _B4 + 6) - 64) / _A4, y * _S4 + _T4)


def slog3_encode(x: Array) -> Array:
    log = (420 + _log10((x + 0.01) / 0.19) * 261.5) / 1023
    return np.where(x >= 0.01125, log, (x * (171.2102946929 - 95) / 0.01125 + 95) / 1023)


def slog3_decode(y: Array) -> Array:
    line = (y * 1023 - 95) * 0.01125 / (171.2102946929 - 95)
    log = 10 ** ((y * 1023 - 420) / 261.5) * 0.19 - 0.01
    return np.where(y >= 171.2102946929 / 1023, log, line)


def log3g10_encode(x: Array) -> Array:
    x = x + 0.01
    return np.where(x < 0, x * 15.1927, 0.224282 * _log10(x * 155.975327 + 1))


def log3g10_decode(y: Array) -> Array:
    return np.where(y < 0, y / 15.1927, (10 ** (y / 0.224282) - 1) / 155.975327) - 0.01


def clog3_encode(x: Array) -> Array:
    x = x / 0.9
    low = -0.36726845 * _log10(1 - x * 14.98325) + 0.12783901
    high = 0.36726845 * _log10(1 + x * 14.98325) + 0.12240537
    line = 1.9754798 * x + 0.12512219
    return np.select([line < 0.097465473, line <= 0.15277891], [low, line], high)


def clog3_decode(y: Array) -> Array:
    low = -(10 ** ((0.12783901 - y) / 0.36726845) - 1) / 14.98325
    high = (10 ** ((y - 0.12240537) / 0.36726845) - 1) / 14.98325
    line = (y - 0.12512219) / 1.9754798
    return 0.9 * np.select([y < 0.097465473, y <= 0.15277891], [low, line], high)


def vlog_encode(x: Array) -> Array:
    return np.where(x < 0.01, 5.6 * x + 0.125, 0.241514 * _log10(x + 0.00873) + 0.598206)


def vlog_decode(y: Array) -> Array:
    return np.where(y < 0.181, (y - 0.125) / 5.6, 10 ** ((y - 0.598206) / 0.241514) - 0.00873)


_FILM = 0.08692876065491224, 0.005494072432257808, 0.5300133392291939
_FILM_TOE = 8.283605932402494, 0.09246575342465753


def bmdfilm5_encode(x: Array) -> Array:
    a, b, c = _FILM
    log = a * np.log(np.maximum(x + b, 1e-300)) + c
    return np.where(x < 0.005, _FILM_TOE[0] * x + _FILM_TOE[1], log)


def bmdfilm5_decode(y: Array) -> Array:
    a, b, c = _FILM
    turn = _FILM_TOE[0] * 0.005 + _FILM_TOE[1]
    return np.where(y < turn, (y - _FILM_TOE[1]) / _FILM_TOE[0], np.exp((y - c) / a) - b)


def davinci_encode(x: Array) -> Array:
    log = (_log2(x + 0.0075) + 7) * 0.07329248
    return np.where(x > 0.00262409, log, x * 10.44426855)


def davinci_decode(y: Array) -> Array:
    return np.where(y > 0.02740668, 2 ** (y / 0.07329248 - 7) - 0.0075, y / 10.44426855)


def acescct_encode(x: Array) -> Array:
    line = 10.5402377416545 * x + 0.0729055341958355
    return np.where(x <= 0.0078125, line, (_log2(x) + 9.72) / 17.52)


def acescct_decode(y: Array) -> Array:
    line = (y - 0.0729055341958355) / 10.5402377416545
    return np.where(y <= 0.155251141552511, line, 2 ** (y * 17.52 - 9.72))


def acescc_encode(x: Array) -> Array:
    bent = np.where(x < 2.0**-15, 2.0**-16 + np.maximum(x, 0) / 2, x)
    return (np.log2(bent) + 9.72) / 17.52


def acescc_decode(y: Array) -> Array:
    x = 2 ** (y * 17.52 - 9.72)
    bent = np.where(y <= (9.72 - 15) / 17.52, (x - 2.0**-16) * 2, x)
    return np.where(y < (np.log2(65504) + 9.72) / 17.52, bent, np.where(np.isnan(y), y, 65504))


_APPLE = -0.05641088, 0.01, 47.28711236, 0.00964052, 0.08550479, 0.69336945


def applelog_encode(x: Array) -> Array:
    foot, turn, c, beta, gamma, delta = _APPLE
    bent = c * np.maximum(x - foot, 0) ** 2
    return np.where(x >= turn, gamma * _log2(x + beta) + delta, bent)


def applelog_decode(y: Array) -> Array:
    foot, turn, c, beta, gamma, delta = _APPLE
    bent = np.sqrt(np.maximum(y, 0) / c) + foot
    return np.where(y >= c * (turn - foot) ** 2, 2 ** ((y - delta) / gamma) - beta, bent)


_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


def pq_encode(x: Array) -> Array:
    y = np.abs(x) ** _M1
    return np.copysign(((_C1 + _C2 * y) / (1 + _C3 * y)) ** _M2, x)


def pq_decode(y: Array) -> Array:
    q = np.abs(y) ** (1 / _M2)
    return np.copysign((np.maximum(q - _C1, 0) / (_C2 - _C3 * q)) ** (1 / _M1), y)


_HA = 0.17883277
_HB, _HC = 1 - 4 * _HA, 0.5 - _HA * np.log(4 * _HA)


def hlg_encode(x: Array) -> Array:
    size = np.abs(x)
    log = _HA * np.log(np.maximum(12 * size - _HB, 1e-300)) + _HC
    return np.copysign(np.where(size <= 1 / 12, np.sqrt(3 * size), log), x)


def hlg_decode(y: Array) -> Array:
    size = np.abs(y)
    high = (np.exp((size - _HC) / _HA) + _HB) / 12
    return np.copysign(np.where(size <= 0.5, size**2 / 3, high), y)


def curve(name: str, direction: str, values: npt.NDArray[Any]) -> Array:
    """Any of the above."""
    with np.errstate(all="ignore"):
        made: Array = globals()[f"{name}_{direction}"](np.asarray(values, np.float64))
    return made


def matrix(rgb: npt.NDArray[Any], mix: Any) -> Array:
    """Planar (3, H, W)."""
    made: Array = np.einsum("ij,jhw->ihw", np.asarray(mix, np.float64), rgb.astype(np.float64))
    return made


def cdl(rgb: npt.NDArray[Any], slope: Any, offset: Any, power: Any, sat: float, asc: bool) -> Array:
    """Planar (3, H, W)."""
    s, o, p = (np.broadcast_to(np.asarray(v, np.float64), 3)[:, None, None]
               for v in (slope, offset, power))  # fmt: skip
    x = rgb.astype(np.float64) * s + o
    if asc:
        x = np.clip(x, 0, 1)
    x = np.where(x > 0, np.abs(x) ** p, x)
    luma = np.einsum("i,ihw->hw", [0.2126, 0.7152, 0.0722], x)
    x = luma + sat * (x - luma)
    made: Array = np.clip(x, 0, 1) if asc else x
    return made


def lut1d(values: npt.NDArray[Any], table: Any, low: float, high: float) -> Array:
    """(3, ...) by a (K,) or (K, 3) table."""
    table = np.asarray(table, np.float64)
    columns = np.broadcast_to(table.reshape(len(table), -1), (len(table), 3))
    knots = np.linspace(low, high, len(table))
    known = np.where(np.isnan(values), low, values).astype(np.float64)
    return np.stack([np.interp(known[c], knots, columns[:, c]) for c in range(3)])


def lut3d(rgb: npt.NDArray[Any], table: Any, low: float = 0.0, high: float = 1.0) -> Array:
    """(3, ...): sort the three fractions of a pixel, walk the cube's edges in that order."""
    table = np.asarray(table, np.float64)
    last = len(table) - 1
    place = np.nan_to_num((rgb.astype(np.float64) - low) / (high - low) * last, nan=0.0)
    place = np.clip(place, 0, last).reshape(3, -1)
    out = np.empty_like(place)
    for i in range(place.shape[1]):
        base = np.minimum(place[:, i].astype(int), last - 1)
        part = place[:, i] - base
        corner = base.copy()
        value = table[tuple(corner)].copy()
        for axis in np.argsort(-part, kind="stable"):
            before = table[tuple(corner)]
            corner[axis] += 1
            value += part[axis] * (table[tuple(corner)] - before)
        out[:, i] = value
    return out.reshape(rgb.shape)


def weight(name: str, x: Array) -> Array:
    """The resampling filters, by their definitions."""
    t = np.abs(x)
    if name.startswith("lanczos"):
        lobes = int(name[-1])
        safe = np.where(t == 0, 1, np.pi * t)
        lobe = np.where(t == 0, 1, lobes * np.sin(safe) * np.sin(safe / lobes) / safe**2)
        return np.where(t < lobes, lobe, 0)
    if name == "triangle":
        return np.where(t < 1, 1 - t, 0)
    b, c = {"catmull-rom": (0.0, 0.5), "mitchell": (1 / 3, 1 / 3)}[name]
    near = (12 - 9 * b - 6 * c) * t**3 + (-18 + 12 * b + 6 * c) * t**2 + (6 - 2 * b)
    far = (-b - 6 * c) * t**3 + (6 * b + 30 * c) * t**2 + (-12 * b - 48 * c) * t + 8 * b + 24 * c
    return np.where(t < 1, near, np.where(t < 2, far, 0)) / 6


def resampling(name: str, source: int, target: int, start: float, length: float) -> Array:
    """(target, source): every weight there is, rows of sum 1."""
    scale = length / target
    rows = np.zeros((target, source))
    for i in range(target):
        for j in range(source):
            if name == "area":
                low, high = start + i * scale, start + (i + 1) * scale
                rows[i, j] = max(0.0, min(j + 1, high) - max(j, low))
            else:
                centre = start + (i + 0.5) * scale
                rows[i, j] = weight(name, np.array((j + 0.5 - centre) / max(scale, 1.0)))
    made: Array = rows / rows.sum(1, keepdims=True)
    return made


def resize(image: npt.NDArray[Any], width: int, height: int, name: str, box: Any = None) -> Array:
    """(H, W, C), by two matrix products."""
    x, y, w, h = box or (0, 0, image.shape[1], image.shape[0])
    down = resampling(name, image.shape[0], height, y, h)
    across = resampling(name, image.shape[1], width, x, w)
    made: Array = np.einsum("ij,kl,jlc->ikc", down, across, image.astype(np.float64))
    return made


def chroma_taps(offsets: Array) -> Array:
    """Lanczos of two lobes, spread over twice the distance."""
    x = np.pi * offsets / 2
    safe = np.where(x == 0, 1, x)
    taps = np.where(x == 0, 1, 2 * np.sin(safe) * np.sin(safe / 2) / safe**2)
    taps = np.where(np.abs(offsets) < 4, taps, 0)
    made: Array = taps / taps.sum()
    return made


def halve(plane: Array, axis: int, between: bool) -> Array:
    """Every second sample along an axis, edges repeated."""
    n = plane.shape[axis]
    offsets = np.arange(-3, 5) if between else np.arange(-3, 4)
    taps = chroma_taps(offsets - 0.5 if between else offsets.astype(np.float64))
    centres = np.arange(0, n, 2)
    parts = [np.take(plane, np.clip(centres + o, 0, n - 1), axis) * t
             for o, t in zip(offsets, taps, strict=True)]  # fmt: skip
    return np.sum(parts, axis=0)


def yuv(rgb: Array, subsampling: str, matrix: str, bits: int, full: bool, top: bool) -> list[Array]:
    """Planar R'G'B' to code values before rounding."""
    kr, kb = {"bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}[matrix]
    r, g, b = np.clip(np.nan_to_num(rgb.astype(np.float64)), -8, 8)
    y = kr * r + (1 - kr - kb) * g + kb * b
    chroma = [(b - y) / (2 - 2 * kb), (r - y) / (2 - 2 * kr)]
    if subsampling != "444":
        chroma = [halve(c, 1, False) for c in chroma]
    if subsampling == "420":
        chroma = [halve(c, 0, not top) for c in chroma]
    unit = 2 ** (bits - 8)
    if full:
        codes = [y * (2**bits - 1), *(c * (2**bits - 1) + 128 * unit for c in chroma)]
        return [np.clip(c, 0, 2**bits - 1) for c in codes]
    codes = [(219 * y + 16) * unit, *((224 * c + 128) * unit for c in chroma)]
    return [np.clip(c, unit, 255 * unit - 1) for c in codes]
