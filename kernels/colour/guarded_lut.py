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
    wrong : (2 N - 2, 2 N - 2, 2 N - 2) or (N - 1, N - 1, N - 1) bool
        Eighths of cells (on every axis a cell has two halves), or whole cells, that the table is
        not to be used for: `wrong[red, green, blue]`.
    exact : what the table stands for, from the table's input to its output; one finer guarded
        step may stand for it in turn

    Returns
    -------
    A step that gives the table's answer or the exact one, pixel by pixel, whatever is beside it.

    Raises
    ------
    ValueError: as `lut3d_step`; `wrong` of another shape; no exact step; a guarded one beside
        others, or with a guarded one inside.

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
    marked = np.asarray(wrong, bool)
    assert plain.table is not None
    cells = len(plain.table) - 1
    if marked.shape not in ((2 * cells,) * 3, (cells,) * 3):
        raise ValueError(f"wrong has one or two places between corners, not {marked.shape}")
    guarded = [step for step in exact if step.inside]
    if not exact or (guarded and (len(exact) > 1 or any(one.inside for one in guarded[0].inside))):
        raise ValueError("exact steps are at least one; one that is guarded itself stands alone, "
                         "and none inside it is")  # fmt: skip
    table = plain.table.copy() if plain.table is lut else plain.table
    # The fourth float of a corner is free: marks of the cell that begins there, a bit for each
    # eighth, and one that is always set: pixels outside of the cube ask for that.
    table[..., 3] = 256.0
    if len(marked) == cells:
        table[:-1, :-1, :-1, 3] += np.float32(255) * marked
    else:
        for red, green, blue in np.ndindex(2, 2, 2):
            bit = np.float32(1 << (4 * red + 2 * green + blue))
            table[:-1, :-1, :-1, 3] += bit * marked[red::2, green::2, blue::2]
    return Step("guarded", plain.floats, table, inside=tuple(exact))
