"""A look-up table with exact steps for the colours that it is wrong about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kernels.colour.lut import Domain, lut3d_step
from kernels.colour.steps import Step


def guarded_step(
    lut: npt.ArrayLike,
    wrong: npt.ArrayLike,
    exact: Sequence[Step],
    domain: Domain = (0.0, 1.0),
) -> Step:
    """A 3D table whose marked parts, and all that lies outside of it, take exact steps instead.

    Parameters
    ----------
    lut, domain : as for `lut3d_step`
    wrong : (2 N - 2, 2 N - 2, 2 N - 2) bool
        Eighths of cells that the table is not to be used for, `wrong[red, green, blue]`: on every
        axis a cell has two halves.
    exact : what the table stands for, from the table's input to its output

    Returns
    -------
    A step that gives the table's answer or the exact one, pixel by pixel, whatever is beside it.

    Raises
    ------
    ValueError: as `lut3d_step`; `wrong` of another shape; no exact step, or a guarded one.

    Domain/Range: as the exact steps, for every float; NaN counts as the lowest value.

    Examples
    --------
    >>> import numpy as np
    >>> from kernels.colour.matrix import matrix_step
    >>> from kernels.colour.steps import apply_steps
    >>> axis = np.linspace(0, 1, 3)
    >>> identity = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)
    >>> wrong = np.zeros((4, 4, 4), bool)
    >>> wrong[2:, 2:, 2:] = True
    >>> step = guarded_step(identity, wrong, [matrix_step(2 * np.eye(3))])
    >>> greys = np.array([0.25, 0.75, 1.5], np.float32)
    >>> apply_steps(np.repeat(greys[None, :, None], 3, 2), [step])[0, :, 0].tolist()
    [0.25, 1.5, 3.0]
    """
    plain = lut3d_step(lut, domain)
    eighths = np.asarray(wrong, bool)
    if plain.table is None or eighths.shape != tuple(2 * n - 2 for n in plain.table.shape[:3]):
        raise ValueError(
            f"wrong has two places between all corners on an axis, not {eighths.shape}"
        )
    if not exact or any(step.inside for step in exact):
        raise ValueError("exact steps are at least one, and none of them is guarded itself")
    table = plain.table.copy()
    # The fourth float of a corner is free: marks of the cell that begins there, a bit for each
    # eighth, and one that is always set: pixels outside of the cube ask for that.
    table[..., 3] = 256.0
    for red, green, blue in np.ndindex(2, 2, 2):
        bit = np.float32(1 << (4 * red + 2 * green + blue))
        table[:-1, :-1, :-1, 3] += bit * eighths[red::2, green::2, blue::2]
    return Step("guarded", plain.floats, table, inside=tuple(exact))
