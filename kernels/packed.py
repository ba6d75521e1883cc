"""Packed sensor samples to uint16."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from kernels.compiled import entry, scratch
from kernels.picture import check_target

Packing = Literal["msb", "lsb", "mlv"]
_ORDER = {"msb": 0, "lsb": 1, "mlv": 2}


def unpack(
    data: bytes | bytearray | memoryview | npt.NDArray[np.uint8],
    width: int,
    height: int,
    bits: int,
    *,
    row_bytes: int | None = None,
    packing: Packing = "msb",
    out: npt.NDArray[np.uint16] | None = None,
) -> npt.NDArray[np.uint16]:
    """Spread packed samples over 16 bits each.

    Parameters
    ----------
    data : bytes-like
        `height` rows of `row_bytes`; what follows the last sample is not looked at.
    width, height : int
    bits : int, 1 to 16
    row_bytes : int, optional
        From one row to the next. By default a row ends at a whole byte ("msb", "lsb") or a whole
        16-bit word ("mlv").
    packing : "msb", "lsb" or "mlv"
        "msb": TIFF and DNG with FillOrder 1, the first sample in the highest bits of the first
        byte; 16 bits are big-endian then. "lsb": the first sample in the lowest bits of the first
        byte; 16 bits are little-endian. "mlv": little-endian 16-bit words, each filled from its
        highest bit (Magic Lantern's 10, 12 and 14 bit).
    out : (height, width) uint16, C-contiguous, optional

    Returns
    -------
    (height, width) uint16, 0 to 2**bits - 1.

    Raises
    ------
    ValueError: fewer bytes than the samples need, or a number out of range.

    References
    ----------
    TIFF 6.0, section "Compression" and FillOrder; Digital Negative Specification 1.7.1,
    "BitsPerSample".

    Domain/Range: bits / 0 to 2**bits - 1.

    Examples
    --------
    >>> unpack(bytes([0x12, 0x3A, 0xBC]), 2, 1, 12).tolist()
    [[291, 2748]]
    """
    if packing not in _ORDER:
        raise ValueError(f"packing is one of {', '.join(_ORDER)}, not {packing!r}")
    if not 1 <= bits <= 16 or width < 1 or height < 1:
        raise ValueError(f"cannot unpack {width}x{height} samples of {bits} bits")
    used = (width * bits + 7) // 8
    if packing == "mlv":
        used = (used + 1) // 2 * 2
    stride = used if row_bytes is None else row_bytes
    if stride < used:
        raise ValueError(f"a row of {width} samples needs {used} bytes, not {stride}")
    source = np.frombuffer(data, np.uint8)
    needed = (height - 1) * stride + used
    if source.size < needed:
        raise ValueError(f"{needed} bytes are needed, {source.size} are there")
    target = check_target(out, (height, width), np.uint16, (2 * width, 2))
    geom = np.array([width, height, bits, stride, _ORDER[packing]], np.int64)
    entry("unpack")(source.ctypes.data, geom.ctypes.data, 0, target.ctypes.data, scratch(64))
    return target
