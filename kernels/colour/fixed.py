"""Fixed functions of ACES 1 output transforms and of BT.2100: glow, red modifier, surround."""

from __future__ import annotations

import math

from kernels.colour.steps import Step

# ACES 1.0 and later, RRT: numbers of its CTL.
GLOW_GAIN, GLOW_MIDDLE = 0.05, 0.08
RED_SCALE, RED_PIVOT, RED_WIDTH = 0.82, 0.03, 135.0


def glow_step(gain: float = GLOW_GAIN, middle: float = GLOW_MIDDLE) -> Step:
    """Saturated darks lifted: the RRT's glow module, ACES2065-1 in and out.

    gain : of the darkest; middle : twice it is the luminance from which on nothing is added

    References
    ----------
    Academy, aces-dev 1.3, `RRT.a1.0.3.ctl` and `ACESlib.RRT_Common.ctl`.

    Examples
    --------
    >>> import numpy as np
    >>> from kernels.colour.steps import apply_steps
    >>> red = np.array([0.02, 0.001, 0.001], np.float32).reshape(3, 1, 1)
    >>> round(float(apply_steps(red, [glow_step()])[0, 0, 0]), 5)
    0.021
    """
    return Step("glow", (gain, middle))


def red_modifier_step(
    scale: float = RED_SCALE, pivot: float = RED_PIVOT, width: float = RED_WIDTH
) -> Step:
    """Saturated reds darkened: the RRT's red modifier, ACES2065-1 in and out.

    scale : what a full red keeps of its distance to `pivot`; width : of the hues, in degrees

    References
    ----------
    As `glow_step`.
    """
    return Step("red_modifier", (1.0 - scale, pivot, 4.0 / math.radians(width)))


def surround_step(
    exponent: float,
    weights: tuple[float, float, float],
    floor: float = 1e-10,
    *,
    unsigned: bool = False,
) -> Step:
    """All channels scaled by luminance ^ exponent: dark to dim surround, HLG's system gamma.

    exponent : gamma - 1; weights : of luminance; floor : its least
    unsigned : luminance counts without its sign

    References
    ----------
    Academy, aces-dev 1.3, `ACESlib.ODT_Common.ctl`; ITU-R BT.2100-2, table 5.
    """
    return Step("surround", (*weights, floor, exponent), flag=int(unsigned))


def bound_step(low: float, high: float) -> Step:
    """Every channel held between two numbers; NaN becomes the lower one.

    Raises
    ------
    ValueError: `low` above `high`.
    """
    if not low <= high:
        raise ValueError(f"low is at most high, not {low} and {high}")
    largest = 3.4028234663852886e38
    return Step("bound", (max(low, -largest), min(high, largest)))


def gamma_step(exponent: float | tuple[float, float, float]) -> Step:
    """Channels held between 0.0 and 1.0, then raised to a power above 0.

    exponent : one for all, or red, green, blue

    Raises
    ------
    ValueError: an exponent that is not above 0.
    """
    three = exponent if isinstance(exponent, tuple) else (exponent,) * 3
    if min(three) <= 0:
        raise ValueError(f"exponent is above 0, not {exponent}")
    return Step("gamma", tuple(float(one) for one in three))


def gamut_compress_step(
    limits: tuple[float, float, float] = (1.147, 1.264, 1.312),
    thresholds: tuple[float, float, float] = (0.815, 0.803, 0.88),
    power: float = 1.2,
) -> Step:
    """ACES 1.3 reference gamut compression, in ACEScg (AP1) and out.

    limits : distances from the achromatic axis (cyan, magenta, yellow) that become 1.0
    thresholds : distances that nothing below is changed at
    power : how hard the knee is

    Raises
    ------
    ValueError: limits that are not above 1, thresholds outside 0 to 1, a power below 1.

    References
    ----------
    Academy, aces-dev 1.3, `LMT.Academy.GamutCompress.ctl`.

    Domain/Range: scene-linear AP1, every float.
    """
    if min(limits) <= 1 or not all(0 <= one < 1 for one in thresholds) or power < 1:
        raise ValueError("limits are above 1, thresholds in 0 to 1, the power is at least 1")
    scales = [
        (limit - threshold) / (((1 - threshold) / (limit - threshold)) ** -power - 1) ** (1 / power)
        for limit, threshold in zip(limits, thresholds, strict=True)
    ]
    return Step("gamut_compress", (*thresholds, *scales, power, -1 / power))
