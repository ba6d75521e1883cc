"""ASC colour decision list: slope, offset, power, saturation."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kernels.colour.steps import Picture, Step, apply_steps

Style = Literal["noclamp", "asc"]
# Luma of Rec.709 whatever the space: ASC CDL 1.2 says so.
LUMA = (0.2126, 0.7152, 0.0722)


def cdl_step(
    slope: npt.ArrayLike = 1.0,
    offset: npt.ArrayLike = 0.0,
    power: npt.ArrayLike = 1.0,
    saturation: float = 1.0,
    style: Style = "noclamp",
) -> Step:
    """The step of `apply_cdl`, with the same arguments.

    Raises
    ------
    ValueError: as there.
    """
    rows = [np.asarray(value, np.float64) for value in (slope, offset, power)]
    if any(row.shape not in ((), (3,)) for row in rows):
        raise ValueError("slope, offset and power are one number or three")
    table = np.array([np.broadcast_to(row, 3) for row in rows])
    if not np.isfinite(table).all() or not np.isfinite(saturation):
        raise ValueError("CDL numbers are finite")
    if (table[0] < 0).any() or (table[2] <= 0).any() or saturation < 0:
        raise ValueError("slope and saturation are not negative, power is above 0")
    if style not in ("noclamp", "asc"):
        raise ValueError(f"style is noclamp or asc, not {style!r}")
    curved = bool((table[2] != 1.0).any())
    floats = (*table.ravel().tolist(), float(saturation), *LUMA)
    return Step("cdl", floats, flag=int(style == "asc"), other=int(curved))


def apply_cdl(
    image: Picture,
    slope: npt.ArrayLike = 1.0,
    offset: npt.ArrayLike = 0.0,
    power: npt.ArrayLike = 1.0,
    saturation: float = 1.0,
    style: Style = "noclamp",
    out: npt.NDArray[Any] | None = None,
) -> npt.NDArray[Any]:
    """Apply an ASC CDL: (x slope + offset) ^ power, then saturation about Rec.709 luma.

    Parameters
    ----------
    image, out : as for `kernels.apply_steps`
    slope, offset, power : one number or three: red, green, blue
    saturation : 0 is grey, 1 leaves colours alone
    style : "noclamp" or "asc"
        "noclamp" keeps values outside 0-1 and lets what is below 0 pass the power unchanged (the
        scene-linear and ACEScct use); "asc" clamps to 0-1 before the power and at the end, NaN
        to 0.

    Returns
    -------
    As `kernels.apply_steps`.

    Raises
    ------
    ValueError: another shape, dtype or layout; numbers not finite or out of range.

    References
    ----------
    ASC Color Decision List (ASC CDL) Transfer Functions and Interchange Syntax, 1.2, 2009.

    Domain/Range: the space that the CDL was made in; ACEScct for AMF.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((3, 1, 1), 0.18, np.float32)
    >>> round(float(apply_cdl(grey, slope=2.0, offset=0.1)[0, 0, 0]), 6)
    0.46
    """
    return apply_steps(image, [cdl_step(slope, offset, power, saturation, style)], out)
