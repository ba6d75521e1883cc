"""Look-up tables: 1D by straight lines, 3D by tetrahedra, with a shaper in front."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kernels.colour.curves import curve_step
from kernels.colour.steps import Picture, Step, apply_steps

Domain = tuple[float, float]
Shaper = str | Step | npt.NDArray[Any] | tuple[npt.NDArray[Any], Domain]
# Places in the table are counted in float32, exact to 2^24.
LARGEST = 256


def _interval(domain: Domain) -> Domain:
    low, high = float(domain[0]), float(domain[1])
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"domain is two finite numbers, low and high, not {domain!r}")
    return low, high


def lut1d_step(lut: npt.ArrayLike, domain: Domain = (0.0, 1.0)) -> Step:
    """The step of `apply_lut1d`, with the same arguments.

    Raises
    ------
    ValueError: a table that is not (K,) or (K, 3) with K >= 2, or an empty domain.
    """
    table = np.ascontiguousarray(lut, np.float32)
    if table.ndim not in (1, 2) or table.shape[0] < 2 or table.shape[1:] not in ((), (3,)):
        raise ValueError(f"1D table is (K,) or (K, 3), K at least 2, not {table.shape}")
    low, high = _interval(domain)
    scale, last = (len(table) - 1) / (high - low), len(table) - 1
    floats = (scale, -low * scale, float(last), float(last - 1))
    return Step("lut1d", floats, table, flag=1 if table.ndim == 1 else 3)


def pad_lut3d(lut: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """A 3D table as the loop reads it, so that many frames pay for it once.

    Parameters
    ----------
    lut : (N, N, N, 3), `lut[red, green, blue]`

    Returns
    -------
    (N, N, N, 4) float32, C-contiguous: what `apply_lut3d` takes without copying.

    Raises
    ------
    ValueError: another shape, N below 2 or above 256.
    """
    table: npt.NDArray[np.float32] = np.asarray(lut, np.float32)
    size = table.shape[0] if table.ndim else 0
    if table.shape[:3] != (size,) * 3 or table.shape[3:] not in ((3,), (4,)) or size < 2:
        raise ValueError(f"3D table is (N, N, N, 3), N at least 2, not {table.shape}")
    if size > LARGEST:
        raise ValueError(f"3D table has at most {LARGEST} steps an axis, not {size}")
    if table.shape[-1] != 3:
        return np.ascontiguousarray(table)
    padded = np.zeros((size, size, size, 4), np.float32)
    padded[..., :3] = table
    return padded


def lut3d_step(lut: npt.ArrayLike, domain: Domain = (0.0, 1.0)) -> Step:
    """The step of `apply_lut3d` without its shaper.

    Raises
    ------
    ValueError: as `pad_lut3d`, or an empty domain.
    """
    table = pad_lut3d(lut)
    size = len(table)
    low, high = _interval(domain)
    scale, corner = (size - 1) / (high - low), size * size + size + 1
    floats: tuple[float, ...] = (scale, -low * scale, float(size - 1), float(size - 2))
    floats += (float(size * size), float(size), float(corner))
    return Step("lut3d", floats, table, corner)


def shaper_step(shaper: Shaper) -> Step:
    """A shaper as a step: a curve's name (encode), a step, a 1D table, or (table, domain)."""
    if isinstance(shaper, Step):
        return shaper
    if isinstance(shaper, str):
        return curve_step(shaper)
    if isinstance(shaper, tuple):
        return lut1d_step(shaper[0], shaper[1])
    return lut1d_step(shaper)


def apply_lut1d(
    image: Picture,
    lut: npt.ArrayLike,
    domain: Domain = (0.0, 1.0),
    out: npt.NDArray[Any] | None = None,
) -> npt.NDArray[Any]:
    """Look every channel up in a table, by straight lines between its entries.

    Parameters
    ----------
    image, out : as for `kernels.apply_steps`
    lut : (K,) for all channels or (K, 3)
    domain : what the first and the last entry stand for; beyond it the end entries hold

    Returns
    -------
    As `kernels.apply_steps`. NaN reads the first entry.

    Raises
    ------
    ValueError: another shape, dtype or layout.

    Domain/Range: `domain` to whatever the table holds; not clipped in float32.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((3, 1, 1), 0.18, np.float32)
    >>> round(float(apply_lut1d(grey, [0.0, 2.0])[0, 0, 0]), 6)
    0.36
    """
    return apply_steps(image, [lut1d_step(lut, domain)], out)


def apply_lut3d(
    image: Picture,
    lut: npt.ArrayLike,
    shaper: Shaper | None = None,
    out: npt.NDArray[Any] | None = None,
    *,
    domain: Domain = (0.0, 1.0),
) -> npt.NDArray[Any]:
    """Look every pixel up in a cube, by tetrahedral interpolation.

    Parameters
    ----------
    image, out : as for `kernels.apply_steps`
    lut : (N, N, N, 3), `lut[red, green, blue]`, N from 2 to 256
        A .cube file runs red fastest: `data.reshape(N, N, N, 3).transpose(2, 1, 0, 3)`. A table
        made by `pad_lut3d` is read in place; any other is copied at each call.
    shaper : applied before the cube, optional
        A curve's name (its encode direction), any step, a 1D table (K,) or (K, 3) over 0-1, or
        the pair (table, domain).
    domain : what the first and the last corner of the cube stand for, after the shaper

    Returns
    -------
    As `kernels.apply_steps`. Beyond the domain the cube's faces hold; NaN counts as the lowest
    value, as in OpenColorIO.

    Raises
    ------
    ValueError: another shape, dtype or layout.

    References
    ----------
    Kanamori, Kotera, "Color correction technique for hard copies by 4-neighbors interpolation
    method", Journal of Imaging Science and Technology 36 (1), 1992.

    Domain/Range: `domain` to whatever the cube holds; not clipped in float32.

    Examples
    --------
    >>> import numpy as np
    >>> axis = np.linspace(0, 1, 17)
    >>> identity = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)
    >>> grey = np.full((3, 1, 1), 0.18, np.float32)
    >>> round(float(apply_lut3d(grey, identity)[2, 0, 0]), 6)
    0.18
    """
    steps = [] if shaper is None else [shaper_step(shaper)]
    return apply_steps(image, [*steps, lut3d_step(lut, domain)], out)
