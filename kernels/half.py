"""float32 to half, sixteen at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kernels.compiled import entry, scratch
from kernels.picture import check_target


def to_half(
    values: npt.NDArray[np.float32],
    out: npt.NDArray[np.float16] | None = None,
    *,
    saturate: bool = False,
) -> npt.NDArray[np.float16]:
    """Round float32 to half: to nearest, ties to even, subnormals kept.

    Parameters
    ----------
    values : float32 of any shape, C-contiguous
    out : float16 of the same shape, C-contiguous, optional
    saturate : bool
        Past +-65504 give +-65504 in place of infinity (infinity itself too). NaN stays NaN.

    Returns
    -------
    float16 of the same shape, bit for bit what NumPy's `astype` gives.

    Raises
    ------
    ValueError: another dtype or layout.

    References
    ----------
    IEEE 754-2019, binary16; roundTiesToEven.

    Domain/Range: every float32.

    Examples
    --------
    >>> import numpy as np
    >>> to_half(np.array([0.18, 65520.0], np.float32)).tolist()
    [0.1800537109375, inf]
    >>> to_half(np.array([65520.0], np.float32), saturate=True).tolist()
    [65504.0]
    """
    if not isinstance(values, np.ndarray) or values.dtype != np.float32:
        raise ValueError(f"values are float32, not {getattr(values, 'dtype', type(values))}")
    if not values.flags.c_contiguous:
        raise ValueError("values must be C-contiguous")
    target = check_target(out, values.shape, np.float16, ())
    if not target.flags.c_contiguous:
        raise ValueError("out must be C-contiguous")
    geom = np.array([values.size, saturate], np.int64)
    entry("half")(values.ctypes.data, geom.ctypes.data, 0, target.ctypes.data, scratch(64))
    return target
