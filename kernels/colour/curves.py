"""Camera log curves and display curves in pairs: their published numbers, and how to apply them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kernels.colour.matrix import matrix_step
from kernels.colour.steps import Picture, Step, apply_steps

Direction = Literal["encode", "decode"]
Pair = tuple[Step, Step]
_LOG2_10 = math.log2(10.0)


def _cut(value: float, inclusive: bool = False) -> float:
    """Smallest float32 that is not on the toe, so that `x < cut` means what the paper means."""
    near = np.float32(value)
    if float(near) < value or (inclusive and float(near) == value):
        near = np.nextafter(near, np.float32(np.inf))
    return float(near)


def _log(
    cut: float, toe: tuple[float, float], inside: tuple[float, float], outside: tuple[float, float],
    encoded_cut: float | None = None, inclusive: bool = False,
) -> Pair:  # fmt: skip
    """y = toe[0] x + toe[1] below the cut, else outside[0] log2(inside[0] x + inside[1]) + o[1]."""
    (slope, offset), (b, c), (a, d) = toe, inside, outside
    turn = slope * cut + offset if encoded_cut is None else encoded_cut
    encode = (_cut(cut, inclusive), slope, offset, b, c, a, d)
    decode: tuple[float, ...] = (_cut(turn, inclusive), 1 / slope, -offset / slope)
    decode += (1 / a, -d / a - math.log2(b), -c / b)
    return Step("log_encode", encode), Step("log_decode", decode)


def _logc3(ei: float) -> Pair:
    a, b, c, d, e, f, cut = logc3_numbers(ei)
    return _log(cut, (e, f), (a, b), (c / _LOG2_10, d), inclusive=True)


def logc3_numbers(ei: float) -> tuple[float, float, float, float, float, float, float]:
    """a, b, c, d, e, f and cut of LogC3 for relative scene exposure at an exposure index.

    ARRI, "ALEXA Log C Curve: Usage in VFX", 2017, the formula of its appendix; the table of that
    paper is these numbers rounded. Valid to EI 1600; above it ALEXA bends the top as well.
    """
    if not 50 <= ei <= 1600:
        raise ValueError(f"exposure index of LogC3 is 50 to 1600, not {ei}")
    if ei == 800:  # what every other program uses, to the digit
        return 5.555556, 0.052272, 0.247190, 0.385537, 5.367655, 0.092809, 0.010591
    corner = 1 / 9
    slope = 1 / (corner * math.log(10))
    lift = math.log10(corner) - slope * corner
    gain = ei / 400
    grey = 0.01 / gain
    contrast = (math.log2(gain) * (0.89 - 1) / 3 + 1) * 0.256598
    top = 0.391007
    black = 0.0
    for _ in range(3):
        black = ((95 / 1023 - top) / contrast - lift) / slope
        top = 0.391007 - math.log10(1 + black) * contrast
    a, b = 1 / grey, black - 0.003907 / grey
    e, f = slope * a * contrast, contrast * (slope * b + lift) + top
    scale, zero = 4 / (0.18 * ei), 0.003907
    b, f = b + a * zero, f + e * zero
    a, e = a * scale, e * scale
    return a, b, contrast, top, e, f, (corner - b) / a


def _logc4(ei: float) -> Pair:
    a, b, c = (2**18 - 16) / 117.45, (1023 - 95) / 1023, 95 / 1023
    s = 7 * math.log(2) * 2 ** (7 - 14 * c / b) / (a * b)
    t = (2 ** (14 * (-c / b) + 6) - 64) / a
    return _log(t, (1 / s, -t / s), (a, 64.0), (b / 14, c - 6 * b / 14), encoded_cut=0.0)


def _slog3(ei: float) -> Pair:
    slope = (171.2102946929 - 95) / 0.01125 / 1023
    return _log(0.01125, (slope, 95 / 1023), (1 / 0.19, 0.01 / 0.19),
                (261.5 / 1023 / _LOG2_10, 420 / 1023), 171.2102946929 / 1023)  # fmt: skip


def _log3g10(ei: float) -> Pair:
    a, b, c, g = 0.224282, 155.975327, 0.01, 15.1927
    return _log(-c, (g, g * c), (b, b * c + 1), (a / _LOG2_10, 0.0), 0.0)


def _clog3(ei: float) -> Pair:
    a, b, slope, offset = 0.36726845, 14.98325 / 0.9, 1.9754798 / 0.9, 0.12512219
    above, below = 0.12240537, 0.12783901
    # Canon states the turns as code values.
    low, high = 0.097465473, 0.15277891
    encode: tuple[float, ...] = ((low - offset) / slope, (high - offset) / slope, slope, offset, b)
    encode += (a / _LOG2_10, above, below)
    decode: tuple[float, ...] = (
        low,
        high,
        1 / slope,
        -offset / slope,
        1 / b,
        _LOG2_10 / a,
        above,
        below,
    )
    return Step("two_sided_encode", encode), Step("two_sided_decode", decode)


def _vlog(ei: float) -> Pair:
    return _log(0.01, (5.6, 0.125), (1.0, 0.00873), (0.241514 / _LOG2_10, 0.598206), 0.181)


def _bmdfilm5(ei: float) -> Pair:
    a, b, c = 0.08692876065491224, 0.005494072432257808, 0.5300133392291939
    toe = (8.283605932402494, 0.09246575342465753)
    return _log(0.005, toe, (1.0, b), (a * math.log(2), c))


def _davinci(ei: float) -> Pair:
    a, b, c, m = 0.0075, 7.0, 0.07329248, 10.44426855
    return _log(0.00262409, (m, 0.0), (1.0, a), (c, b * c), 0.02740668, inclusive=True)


def _acescct(ei: float) -> Pair:
    toe = (10.5402377416545, 0.0729055341958355)
    return _log(0.0078125, toe, (1.0, 0.0), (1 / 17.52, 9.72 / 17.52), 0.155251141552511, True)


def _acescc(ei: float) -> Pair:
    encode = (2.0**-15, 2.0**-16, 1 / 17.52, 9.72 / 17.52)
    top = (math.log2(65504) + 9.72) / 17.52
    decode = (_cut((9.72 - 15) / 17.52, True), _cut(top), 17.52, -9.72, 2.0**-16, 65504.0)
    return Step("acescc_encode", encode), Step("acescc_decode", decode)


def _apple(ei: float) -> Pair:
    foot, cut, c = -0.05641088, 0.01, 47.28711236
    beta, gamma, delta = 0.00964052, 0.08550479, 0.69336945
    encode = (_cut(cut), foot, c, beta, gamma, delta)
    decode = (_cut(c * (cut - foot) ** 2), foot, 1 / c, -beta, 1 / gamma, -delta / gamma)
    return Step("apple_encode", encode), Step("apple_decode", decode)


def _pq(ei: float) -> Pair:
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    rest = (1 - 3424 / 4096, 2392 / 4096 * 32)
    return Step("pq_encode", (m1, m2, *rest)), Step("pq_decode", (1 / m1, 1 / m2, *rest))


def _hlg(ei: float) -> Pair:
    a = 0.17883277
    b, c = 1 - 4 * a, 0.5 - a * math.log(4 * a)
    fall = a * math.log(2)
    decode = (0.5, 1 / 3, 1 / 12, b / 12, 1 / fall, -c / fall)
    return Step("hlg_encode", (1 / 12, 3.0, 12.0, -b, fall, c)), Step("hlg_decode", decode)


CURVES: dict[str, Callable[[float], Pair]] = {
    "acescc": _acescc,
    "acescct": _acescct,
    "applelog": _apple,
    "bmdfilm5": _bmdfilm5,
    "clog3": _clog3,
    "davinci": _davinci,
    "hlg": _hlg,
    "log3g10": _log3g10,
    "logc3": _logc3,
    "logc4": _logc4,
    "pq": _pq,
    "slog3": _slog3,
    "vlog": _vlog,
}


def curve_step(name: str, direction: Direction = "encode", ei: float = 800.0) -> Step:
    """The step of `apply_curve`, with the same arguments.

    Raises
    ------
    ValueError: an unknown curve or direction, an exposure index outside the formula.
    """
    if name not in CURVES:
        raise ValueError(f"curve is one of {', '.join(CURVES)}, not {name!r}")
    if direction not in ("encode", "decode"):
        raise ValueError(f"direction is encode or decode, not {direction!r}")
    return CURVES[name](ei)[direction == "decode"]


def apply_curve(
    image: Picture,
    name: str,
    direction: Direction = "encode",
    out: npt.NDArray[Any] | None = None,
    *,
    ei: float = 800.0,
) -> npt.NDArray[Any]:
    """Encode scene-linear values to a log or display curve, or decode them.

    Parameters
    ----------
    image, out : as for `kernels.apply_steps`
    name : str
        logc3, logc4, slog3, log3g10, clog3, vlog, bmdfilm5, davinci (Intermediate), acescct,
        acescc, applelog, pq, hlg. Code values are full range: code / (2^bits - 1).
    ei : exposure index, of logc3 only

    Returns
    -------
    As `kernels.apply_steps`. A straight toe goes on below its foot, so negatives survive a round
    trip (clog3 mirrors, acescc and applelog end); pq and hlg are odd about zero. NaN stays NaN
    and +infinity infinity, but acescc decodes to 65504 at most and clog3 has no end.

    Raises
    ------
    ValueError: an unknown curve or direction; another shape, dtype or layout.

    References
    ----------
    ARRI, "ALEXA Log C Curve: Usage in VFX", 2017; ARRI, "LogC4 Specification", 2022; Sony,
    "Technical Summary for S-Gamut3.Cine/S-Log3", 2014; RED, "White Paper on REDWideGamutRGB and
    Log3G10", 2017; Canon, "Canon Log Gamma Curves", 1.2, 2020; Panasonic, "VARICAM V-Log/V-Gamut",
    2014; Blackmagic Design, "Generation 5 Color Science", 2021, and "DaVinci Resolve Wide Gamut
    Intermediate", 2021; AMPAS S-2014-003 (ACEScc), S-2016-001 (ACEScct); Apple, "Apple Log
    Profile", 2023; SMPTE ST 2084:2014; ITU-R BT.2100-2.

    Domain/Range: linear 0.18 = grey; pq 1.0 = 10 000 cd/m2; hlg 1.0 = nominal peak. Error below
    0.1 of half's spacing from 1e-3 up, and of a 16-bit code value.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((3, 1, 1), 0.18, np.float32)
    >>> round(float(apply_curve(grey, "logc3")[0, 0, 0]), 5)
    0.39101
    """
    return apply_steps(image, [curve_step(name, direction, ei)], out)


def apply_chain(
    image: Picture,
    curve: str,
    matrix: npt.ArrayLike,
    out: npt.NDArray[Any] | None = None,
    *,
    ei: float = 800.0,
) -> npt.NDArray[Any]:
    """Decode a camera's curve and multiply by a matrix: code values to scene-linear, in one pass.

    Parameters
    ----------
    image, out : as for `kernels.apply_steps`
    curve, ei : as for `apply_curve`
    matrix : (3, 3), camera primaries to the wanted ones

    Returns
    -------
    `out`, or a new (3, H, W) float16: planar halves, as an EXR writer wants them.

    Raises
    ------
    ValueError: as `apply_curve` and `apply_matrix`.

    Domain/Range: code values 0-1 to scene-linear, 0.18 = grey.

    Examples
    --------
    >>> import numpy as np
    >>> code = np.full((1, 1, 3), 0.391007, np.float32)
    >>> round(float(apply_chain(code, "logc3", np.eye(3))[1, 0, 0]), 3)
    0.18
    """
    if out is None and isinstance(image, np.ndarray) and image.ndim == 3:
        height, width = image.shape[1:] if image.shape[0] == 3 else image.shape[:2]
        out = np.empty((3, height, width), np.float16)
    return apply_steps(image, [curve_step(curve, "decode", ei), matrix_step(matrix)], out)
