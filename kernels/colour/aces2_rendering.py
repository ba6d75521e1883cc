"""ACES 2 output transform: ACES2065-1 to the light of a display."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kernels.colour.steps import Step
from kernels.loops.colour import aces2_slots as n


def rendering2_step(
    numbers: Sequence[float],
    reach: npt.ArrayLike,
    cusp_hues: npt.ArrayLike,
    cusps: npt.ArrayLike,
) -> Step:
    """The step of an output transform, from ACES2065-1 to linear display primaries, 1.0 = 100 nits.

    Parameters
    ----------
    numbers : in the order of `kernels.loops.colour.aces2_slots`, up to THRESHOLD
    reach : (361,) greatest M that the compression reaches for, at whole degrees from 0 on
    cusp_hues : (K,) degrees, ascending, the first at most 0 and the last above 360
    cusps : (K, 3) J and M of the gamut's cusp and the exponent of its upper hull

    Raises
    ------
    ValueError: another shape, hues that do not ascend or stand within a thirty-second of a degree.

    References
    ----------
    Academy, ACES 2 output transforms: aces-output 2.0, `Lib.Academy.OutputTransform.ctl`;
    Li, Luo et al., "Comprehensive color solutions: CAM16, CAT16, and CAM16-UCS", 2017.

    Domain/Range: scene-linear ACES2065-1, every float; display light, not clipped.
    """
    edge, hues = np.asarray(reach, np.float64), np.asarray(cusp_hues, np.float64)
    corners = np.asarray(cusps, np.float64)
    if len(numbers) != n.REACH_AT or edge.shape != (361,):
        raise ValueError(f"an output transform has {n.REACH_AT} numbers and 361 reaches")
    if hues.ndim != 1 or corners.shape != (len(hues), 3) or hues[0] > 0 or hues[-1] <= 360:
        raise ValueError("cusps are (K, 3), their hues go from at most 0 to above 360")
    fine = next((one for one in (4, 8, 16, 32) if (np.diff(hues) > 1 / one).all()), 0)
    if not fine:
        raise ValueError("cusps stand more than a thirty-second of a degree apart")
    bins = 360 * fine
    reach_at = bins // 2
    rows_at = reach_at + 360
    rows = len(hues) - 1
    table = np.zeros((rows_at + rows * n.ROW, 2))
    table[reach_at:rows_at, 0], table[reach_at:rows_at, 1] = edge[:-1], np.diff(edge)
    cells = table[rows_at:].reshape(rows, n.ROW, 2)
    cells[:, 0, 0], cells[:, 0, 1] = hues[:-1], hues[1:]
    cells[:, 1:, 0] = corners[:-1]
    cells[:, 1:, 1] = np.diff(corners, axis=0) / np.diff(hues)[:, None]
    first = np.searchsorted(hues, np.arange(bins) / fine, "right") - 1
    flat = table.reshape(-1)
    flat[:bins] = rows_at + n.ROW * first
    places = (float(reach_at), float(rows_at), float(fine))
    floats = (*(float(one) for one in numbers), *places)
    return Step("rendering2", floats, table.astype(np.float32))
