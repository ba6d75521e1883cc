"""3x3 matrix over a picture, with an offset if one is needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kernels.colour.steps import Picture, Step, apply_steps


def matrix_step(matrix: npt.ArrayLike, offset: npt.ArrayLike = (0.0, 0.0, 0.0)) -> Step:
    """The step `matrix @ (r, g, b) + offset`.

    Raises
    ------
    ValueError: not 3x3 and three, or not finite.
    """
    mix, add = np.asarray(matrix, np.float64), np.asarray(offset, np.float64)
    if mix.shape != (3, 3) or add.shape != (3,):
        raise ValueError(f"matrix is 3x3 and offset three numbers, not {mix.shape}, {add.shape}")
    if not (np.isfinite(mix).all() and np.isfinite(add).all()):
        raise ValueError("matrix and offset are finite")
    return Step("matrix", (*mix.ravel().tolist(), *add.tolist()))


def apply_matrix(
    image: Picture, matrix: npt.ArrayLike, out: npt.NDArray[Any] | None = None
) -> npt.NDArray[Any]:
    """Multiply every pixel by a 3x3 matrix.

    Parameters
    ----------
    image, out : as for `kernels.apply_steps`
    matrix : (3, 3)
        Rows make red, green, blue of the answer. Summed in float32, red first.

    Returns
    -------
    As `kernels.apply_steps`.

    Raises
    ------
    ValueError: another shape, dtype or layout, or a matrix that is not finite.

    Domain/Range: scene-linear; 1.0 = diffuse white. Not clipped in float32.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((3, 2, 2), 0.18, np.float32)
    >>> double = apply_matrix(grey, 2 * np.eye(3), np.empty((3, 2, 2), np.float16))
    >>> round(float(double[2, 1, 1]), 4)
    0.3601
    """
    return apply_steps(image, [matrix_step(matrix)], out)
