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
    """A 3D table whose marked cells, and all that lies outside of it, take exact steps instead.

    Parameters
    ----------
    lut, domain : as for `lut3d_step`
    wrong : (N - 1, N - 1, N - 1) bool
        Cells that the table is not to be used for, `wrong[red, green, blue]`.
    exact : what the table stands for, from the table's input to its output

    Returns
    -------
    A step that gives the table's answer or the exact one, pixel by pixel, whatever is beside it.

    Raises
    ------
    ValueError: as `lut3d_step`; cells of another shape; a guarded step inside another.

    Domain/Range: as the exact steps, for every float; NaN counts as the lowest value.

    Examples
    --------
    >>> import numpy as np
    >>> from kernels.colour.matrix import matrix_step
    >>> from kernels.colour.steps import apply_steps
    >>> axis = np.linspace(0, 1, 3)
    >>> identity = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)
    >>> wrong = np.zeros((2, 2, 2), bool)
    >>> wrong[1, 1, 1] = True
    >>> step = guarded_step(identity, wrong, [matrix_step(2 * np.eye(3))])
    >>> greys = np.array([0.25, 0.75, 1.5], np.float32)
    >>> apply_steps(np.repeat(greys[None, :, None], 3, 2), [step])[0, :, 0].tolist()
    [0.25, 1.5, 3.0]
    """
    plain = lut3d_step(lut, domain)
    cells = np.asarray(wrong, bool)
    if plain.table is None or cells.shape != tuple(size - 1 for size in plain.table.shape[:3]):
        raise ValueError(f"wrong has a cell between all corners of the table, not {cells.shape}")
    if any(step.inside for step in exact):
        raise ValueError("a guarded step stands in no other")
    table = plain.table.copy()
    # The fourth float of a corner is free: the mark of the cell that begins there.
    table[..., 3] = 0.0
    table[:-1, :-1, :-1, 3] = cells
    first = Step(plain.loop, plain.floats, table, plain.size)
    return Step("guarded", plain.floats, table, inside=(first, *exact))
