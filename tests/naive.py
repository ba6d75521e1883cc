"""Plain NumPy twins of the kernels, in float64: each says what its kernel means, slowly.

No twin shares code with a kernel. A picture is widened by mirroring about its edge samples, the
filters run on the wide picture, and the middle is cut out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
RED = {"RGGB": (0, 0), "GRBG": (0, 1), "GBRG": (1, 0), "BGGR": (1, 1)}
WIDE = 24


def widen(picture: npt.NDArray[Any]) -> Array:
    """The picture with WIDE mirrored samples on each side (np.pad folds as often as needed)."""
    return np.pad(np.asarray(picture, np.float64), WIDE, mode="reflect")


def narrow(wide: Array) -> Array:
    """The middle of a widened picture."""
    return wide[WIDE:-WIDE, WIDE:-WIDE]


def at(a: Array, dy: int, dx: int) -> Array:
    """The sample `dy` rows below and `dx` columns right of each place."""
    return np.roll(a, (-dy, -dx), (0, 1))


def sites(shape: tuple[int, ...], pattern: str) -> tuple[Any, Any, Any]:
    """Where red, green and blue stand in a widened picture (WIDE is even: the phase is kept)."""
    row, column = RED[pattern]
    y, x = np.indices(shape)
    red = (y % 2 == row) & (x % 2 == column)
    blue = (y % 2 != row) & (x % 2 != column)
    return red, ~(red | blue), blue


def cross(a: Array, step: int = 1) -> Array:
    """Sum of the four neighbours beside, above and below."""
    return at(a, 0, step) + at(a, 0, -step) + at(a, step, 0) + at(a, -step, 0)


def corners(a: Array) -> Array:
    """Sum of the four diagonal neighbours."""
    return at(a, 1, 1) + at(a, 1, -1) + at(a, -1, 1) + at(a, -1, -1)


def draft(cfa: npt.NDArray[Any], pattern: str) -> Array:
    """Bilinear."""
    c = widen(cfa)
    red, green, blue = sites(c.shape, pattern)
    rows = {"red": red.any(1)[:, None], "blue": blue.any(1)[:, None]}
    level, upright = (at(c, 0, 1) + at(c, 0, -1)) / 2, (at(c, 1, 0) + at(c, -1, 0)) / 2
    r = np.select([red, blue, rows["red"]], [c, corners(c) / 4, level], upright)
    b = np.select([blue, red, rows["blue"]], [c, corners(c) / 4, level], upright)
    g = np.where(green, c, cross(c) / 4)
    return np.dstack([narrow(r), narrow(g), narrow(b)])


def fast(cfa: npt.NDArray[Any], pattern: str) -> Array:
    """Malvar, He and Cutler 2004, figure 2, written as 5x5 sums."""
    c = widen(cfa)
    red, green, blue = sites(c.shape, pattern)
    red_row = red.any(1)[:, None]
    beside, updown = at(c, 0, 1) + at(c, 0, -1), at(c, 1, 0) + at(c, -1, 0)
    beside2, updown2 = at(c, 0, 2) + at(c, 0, -2), at(c, 2, 0) + at(c, -2, 0)
    g_at_x = (4 * c + 2 * (beside + updown) - beside2 - updown2) / 8
    level = (5 * c + 4 * beside - corners(c) - beside2 + updown2 / 2) / 8
    upright = (5 * c + 4 * updown - corners(c) - updown2 + beside2 / 2) / 8
    y_at_x = (6 * c + 2 * corners(c) - 1.5 * (beside2 + updown2)) / 8
    r = np.select([red, blue, red_row], [c, y_at_x, level], upright)
    b = np.select([blue, red, ~red_row], [c, y_at_x, level], upright)
    g = np.where(green, c, g_at_x)
    return np.dstack([narrow(r), narrow(g), narrow(b)])


def noise(samples: npt.NDArray[Any]) -> float:
    """The quietest of a grid of runs of unclipped second differences, as `kernels.noise` tells."""
    height, width = samples.shape
    down, across = max(1, height // 32) | 1, max(2, width // 32 // 2 * 2)
    runs = [
        np.asarray(samples[y, x : x + 20], np.float64)
        for y in range(0, height, down)
        for x in range(0, width - 19, across)
    ]
    top, bottom = np.max(runs, initial=-np.inf), np.min(runs, initial=np.inf)
    inside = [r for r in runs if r.max() < top and r.min() > bottom]
    found = [np.mean((r[2:-2] - (r[:-4] + r[4:]) / 2) ** 2) for r in inside]
    return float(np.sqrt(np.sort(found)[int(0.03 * len(found))] / 0.7)) if found else 0.0


def best(
    cfa: npt.NDArray[Any], pattern: str, light: str = "linear", white: float | None = None
) -> Array:
    """On lightness for linear light, on the numbers themselves for coded pictures."""
    cfa = np.asarray(cfa, np.float64)
    if light == "coded":
        return _directed(cfa, pattern, 0.0, None)
    if white is None:
        tops = np.sort(np.fmax.reduce(cfa[:: max(1, len(cfa) // 32)], 1))
        white = tops[len(tops) // 2] if tops[len(tops) // 2] > 0 else 1.0
    sigma = noise(cfa) / white
    root = np.cbrt(0.0005 + 2 * sigma)
    bent = np.sign(cfa) * (np.cbrt(np.abs(cfa) / white + root**3) - root)
    made = _directed(bent, pattern, sigma, root)
    linear: Array = white * np.sign(made) * ((np.abs(made) + root) ** 3 - root**3)
    for channel, own in enumerate(sites(cfa.shape, pattern)):
        linear[..., channel] = np.where(own, cfa, linear[..., channel])
    return linear


def _directed(cfa: Array, pattern: str, sigma: float, root: float | None) -> Array:
    """The five steps told at the top of `kernels.loops.demosaic.directed`."""
    c = widen(cfa)
    red, green, blue = sites(c.shape, pattern)
    tiny = 1e-12
    total, weights = np.zeros_like(c), np.zeros_like(c)
    for axis in (0, 1):
        dy, dx = 1 - axis, axis

        def go(a: Array, n: int, dy: int = dy, dx: int = dx) -> Array:
            return at(a, n * dy, n * dx)

        filled = (go(c, 1) + go(c, -1)) / 2 + (2 * c - go(c, 2) - go(c, -2)) / 8
        d = np.where(green, c - filled, filled - c)
        lag_two = (go(d, 1) - go(d, -1)) ** 2
        alternating = (2 * d - go(d, 1) - go(d, -1)) ** 2
        signal = go(lag_two, -1) + lag_two + go(lag_two, 1) + 100 * sigma**2
        waves = go(alternating, -1) + alternating + go(alternating, 1)
        take = signal / (signal + 6 * waves + tiny)
        around = [at(lag_two, y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
        box = tiny + np.sum(around, axis=0)
        for side in (-1, 1):
            long = (d + go(d, 4 * side)) / 8 + sum(go(d, n * side) for n in (1, 2, 3)) / 4
            short = (d + go(d, side)) / 2
            weight = 1 / go(box, 2 * side)
            total += weight * (long + take * (short - long))
            weights += weight
    g = np.where(green, c, c + total / weights)
    # The variance of a sample at the level of green: noise is even in linear light.
    variance = (sigma / (3 * (np.abs(g) + root) ** 2)) ** 2 if root else np.zeros_like(g)
    lines = [_line(c, g, own, variance) for own in (red, blue)]
    for own, (_, _, smooth) in zip((red, blue), lines, strict=True):
        g = np.where(own, smooth, g)
    r, b = (
        np.where(own, c, slope * g + offset)
        for own, (slope, offset, _) in zip((red, blue), lines, strict=True)
    )
    return np.dstack([narrow(a) for a in (r, g, b)])


def _line(c: Array, g: Array, own: Any, variance: Array) -> tuple[Array, Array, Array]:
    """Slope and offset of red or blue over green everywhere, from their own sites; green there."""
    lean = 0.18 * g * g + 1e-12
    bend_g, bend_x = 4 * g - cross(g, 2), 4 * c - cross(c, 2)
    nine = [(y, x) for y in (-2, 0, 2) for x in (-2, 0, 2)]
    products = sum(at(bend_g * bend_x, y, x) for y, x in nine) - 100 * variance
    squares = sum(at(bend_g * bend_g, y, x) for y, x in nine)
    slope = np.where(own, np.clip((products + lean) / (squares + lean), 0, 1), 0)
    take = np.minimum(1, 100 * variance / (squares + 1e-12)) / 5
    smooth_g, smooth_x = g - take * bend_g, c - take * bend_x
    offset = np.where(own, smooth_x - slope * smooth_g, 0)
    slope, offset = (a + cross(a) / 2 + corners(a) / 4 for a in (slope, offset))
    return slope, offset, smooth_g


METHODS = {"draft": draft, "fast": fast, "best": best}


def levels(samples: npt.NDArray[Any], black: Any, white: Any, gains: Any) -> Array:
    """(sample - black) / (white - black) * gain, per site of the 2x2 cell."""
    out = np.asarray(samples, np.float64).copy()
    for site in range(4):
        b, w, k = (np.broadcast_to(v, 4)[site] for v in (black, white, gains))
        part = out[site // 2 :: 2, site % 2 :: 2]
        part[...] = (part - b) / (w - b) * k
    return out


def recover(rgb: Array, gains: Any) -> Array:
    """Highlights: a clipped channel is raised to what the others agree on."""
    w = np.clip((rgb / gains - 0.992) / 0.007, 0, 1)
    top = rgb.max(-1, keepdims=True)
    bound = rgb + w * (top - rgb)
    lifted = rgb.copy()
    for channel in range(3):
        others = [k for k in range(3) if k != channel]
        lift = bound[..., others].min(-1) - rgb[..., channel]
        lifted[..., channel] += w[..., channel] * np.maximum(lift, 0)
    return lifted


def finish(rgb: Array, gains: Any, matrix: Any, highlights: str) -> Array:
    """Highlights, matrix and bounds of half, planar."""
    if highlights == "repair":
        rgb = recover(rgb, np.asarray(gains))
    if highlights == "clip":
        rgb = np.minimum(rgb, np.min(gains))
    mixed: Array = np.einsum("ij,hwj->ihw", np.asarray(matrix, np.float64), rgb)
    bounded: Array = np.clip(mixed, -65504, 65504)
    return bounded


def develop(
    cfa: npt.NDArray[Any],
    pattern: str,
    black: Any,
    white: Any,
    gains: Any,
    matrix: Any,
    method: str,
    highlights: str = "repair",
) -> Array:
    """Levels, demosaic, highlights, matrix; (3, H, W), not yet rounded to half."""
    four = np.broadcast_to(gains, 4)
    row, column = RED[pattern]
    red = 2 * row + column
    channels = [four[red], min(four[red ^ 1], four[red ^ 2]), four[red ^ 3]]
    values = levels(cfa, black, white, gains)
    rgb = best(values, pattern, white=1.0) if method == "best" else METHODS[method](values, pattern)
    return finish(rgb, channels, matrix, highlights)


def unpack(data: bytes, width: int, height: int, bits: int, row_bytes: int, packing: str) -> Any:
    """Bit by bit."""
    rows = np.frombuffer(data, np.uint8)[: height * row_bytes].reshape(height, row_bytes)
    if packing == "mlv":
        rows = rows.reshape(height, -1, 2)[:, :, ::-1].reshape(height, -1)
    order: Any = "little" if packing == "lsb" else "big"
    stream = np.unpackbits(np.ascontiguousarray(rows), axis=1, bitorder=order)
    samples = stream[:, : width * bits].reshape(height, width, bits).astype(np.int64)
    powers = np.arange(bits) if packing == "lsb" else np.arange(bits)[::-1]
    return (samples << powers).sum(-1).astype(np.uint16)


def pack(samples: npt.NDArray[Any], bits: int, packing: str) -> tuple[bytes, int]:
    """The inverse of `unpack`, and the bytes of a row."""
    powers = np.arange(bits) if packing == "lsb" else np.arange(bits)[::-1]
    flat = ((samples.astype(np.int64)[..., None] >> powers) & 1).astype(np.uint8)
    flat = flat.reshape(samples.shape[0], -1)
    unit = 16 if packing == "mlv" else 8
    flat = np.pad(flat, ((0, 0), (0, -flat.shape[1] % unit)))
    rows = np.packbits(flat, axis=1, bitorder="little" if packing == "lsb" else "big")
    if packing == "mlv":
        rows = rows.reshape(rows.shape[0], -1, 2)[:, :, ::-1].reshape(rows.shape[0], -1)
    return rows.tobytes(), rows.shape[1]
