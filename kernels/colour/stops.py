"""Curves over light as tables by stops: as fine in the shadows as in the highlights."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kernels.colour.steps import Step

# Where the mantissa of `kernels.loops.simd.vectors` begins.
_FOOT = float(np.float32(0.70710677))


def stop_places(first: int, last: int, per_stop: int) -> npt.NDArray[np.float64]:
    """The values that a table's entries stand for.

    first, last : the table goes from about 2^(first - 1/2) to 2^(last - 1/2)
    per_stop : entries of a stop, evenly within it

    Returns
    -------
    ((last - first) per_stop + 1,) float64, ascending.
    """
    count = (last - first) * per_stop
    stop, part = np.divmod(np.arange(count + 1), per_stop)
    places: npt.NDArray[np.float64] = np.ldexp(_FOOT * (1 + part / per_stop), stop + first)
    return places


def stops_step(table: npt.ArrayLike, first: int, per_stop: int) -> Step:
    """A curve by its values at `stop_places`, straight lines between them; all channels alike.

    table : (K,), K a multiple of `per_stop` and one
    first : as for `stop_places`

    Returns
    -------
    A step; below the first entry and above the last one these hold, NaN counts as the first.

    Raises
    ------
    ValueError: another shape, values that are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from kernels.colour.steps import apply_steps
    >>> places = stop_places(-20, 16, 64)
    >>> grey = np.full((3, 1, 1), 0.18, np.float32)
    >>> round(float(apply_steps(grey, [stops_step(np.sqrt(places), -20, 64)])[0, 0, 0]), 4)
    0.4243
    """
    values = np.asarray(table, np.float64)
    if values.ndim != 1 or len(values) < 2 or (len(values) - 1) % per_stop:
        raise ValueError(f"table is (K,), K - 1 a multiple of {per_stop}, not {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("table is finite")
    pairs = np.zeros((len(values), 2), np.float32)
    pairs[:, 0] = values
    pairs[:-1, 1] = np.diff(values)
    least = float(np.float32(np.ldexp(_FOOT, first)))
    return Step("stops", (least, float(per_stop), float(-first * per_stop),
                          float(len(values) - 1)), pairs)  # fmt: skip
