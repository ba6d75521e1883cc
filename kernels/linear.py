"""Pictures that come demosaiced or never had colours, through the same finish as `develop`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kernels import calls as c
from kernels.picture import (
    Crop,
    Highlights,
    Numbers,
    Planes,
    Rows,
    check_source,
    develop_into,
    numbers,
)

Samples = npt.NDArray[np.uint16] | npt.NDArray[np.float32]


def develop_linear(
    rgb: Samples,
    *,
    black: Numbers,
    white: Numbers,
    gains: Numbers,
    matrix: npt.ArrayLike,
    highlights: Highlights = "repair",
    clip_point: float = 1.0,
    crop: Crop | None = None,
    rows: Rows | None = None,
    out: Planes | None = None,
) -> Planes:
    """Linear camera RGB (LinearRaw) to scene-linear RGB halves.

    Parameters
    ----------
    rgb : (H, W, 3) uint16 or float32, rows contiguous
    black, white, gains : one number, or three: red, green, blue
    matrix, highlights, clip_point, crop, rows, out : as for `kernels.develop`

    Returns
    -------
    (3, height, width) float16 or as `out` is, planar; limits as for `kernels.develop`.

    Raises
    ------
    ValueError: another shape, dtype, layout, crop or level.

    Domain/Range: sensor samples; 1.0 = sensor white times gain.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((2, 3, 3), 0.18, np.float32)
    >>> half = develop_linear(grey, black=0.0, white=1.0, gains=1.0, matrix=np.eye(3))
    >>> round(float(half[2, 1, 2]), 3)
    0.18
    """
    check_source(rgb, "(height, width, 3)", 3, 1)
    return _develop(rgb, black, white, gains, matrix, highlights, clip_point, crop, rows, out)


def develop_mono(
    samples: Samples,
    *,
    black: Numbers,
    white: Numbers,
    gains: Numbers = 1.0,
    matrix: npt.ArrayLike | None = None,
    highlights: Highlights = "keep",
    crop: Crop | None = None,
    rows: Rows | None = None,
    out: Planes | None = None,
) -> Planes:
    """Monochrome sensor samples to three equal planes of halves (before `matrix`, if any).

    Parameters
    ----------
    samples : (H, W) uint16 or float32, rows contiguous
    black, white, gains : one number
    matrix, highlights, crop, rows, out : as for `kernels.develop`

    Returns
    -------
    (3, height, width) float16 or as `out` is, planar; limits as for `kernels.develop`.

    Raises
    ------
    ValueError: another shape, dtype, layout, crop or level.

    Domain/Range: sensor samples; 1.0 = sensor white times gain.

    Examples
    --------
    >>> import numpy as np
    >>> half = develop_mono(np.full((2, 3), 18, np.uint16), black=0, white=100)
    >>> round(float(half[1, 1, 2]), 3)
    0.18
    """
    check_source(samples, "(height, width)", 2, 1)
    mix = np.eye(3) if matrix is None else matrix
    return _develop(samples, black, white, gains, mix, highlights, 1.0, crop, rows, out)


def _develop(
    source: Samples,
    black: Numbers,
    white: Numbers,
    gains: Numbers,
    matrix: npt.ArrayLike,
    highlights: Highlights,
    clip_point: float,
    crop: Crop | None,
    rows: Rows | None,
    out: Planes | None,
) -> Planes:
    if source.ndim == 3 and source.shape[2] != 3:
        raise ValueError(f"picture is (height, width, 3), not {source.shape}")
    given = {"black": black, "white": white, "gains": gains}
    levels = {name: numbers(name, value, 3) for name, value in given.items()}
    return develop_into(
        "linear", c.OWN_AT, source, levels, levels["gains"], matrix, highlights, crop, rows, out,
        clip_point=clip_point,
    )  # fmt: skip
