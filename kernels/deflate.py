"""Zip compression of pictures: the blocks of an OpenEXR file, and plain zlib streams."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kernels.compiled import entry, scratch
from kernels.loops.coding import zip_slots as z


def to_zlib(data: bytes | bytearray | memoryview | npt.NDArray[np.uint8]) -> bytes:
    """A zlib stream of any bytes, by the coder of `zip_blocks`.

    Parameters
    ----------
    data : bytes-like, C-contiguous

    Returns
    -------
    bytes: the same for the same data, on every machine. It looks for runs of one byte, not for
    repeats in general: noise and flat parts pack well, text and programs do not.

    Raises
    ------
    ValueError: `data` is not contiguous bytes.

    References
    ----------
    RFC 1950 (zlib), RFC 1951 (deflate).

    Domain/Range: any bytes / at most the data, 5 bytes for each 32 KiB begun, and 6 bytes.

    Examples
    --------
    >>> import zlib
    >>> packed = to_zlib(bytes(100_000))
    >>> len(packed) < 1000, zlib.decompress(packed) == bytes(100_000)
    (True, True)
    """
    source = np.frombuffer(data, np.uint8)
    geom = np.zeros(z.SIZES + 1, np.int64)
    geom[z.LENGTH] = source.size
    target = np.empty(_most(source.size, 1), np.uint8)
    entry("deflate")(
        source.ctypes.data, geom.ctypes.data, 0, target.ctypes.data, scratch(_floats(source.size))
    )
    return target[: geom[z.SIZES]].tobytes()


def zip_room(width: int, height: int, channels: int, lines: int) -> int:
    """Bytes that `zip_blocks` may need to write to."""
    return _most(2 * width * height * channels, -(-height // lines))


def zip_blocks(
    planes: npt.NDArray[np.float16],
    order: Sequence[int],
    lines: int,
    *,
    first: int = 0,
    out: npt.NDArray[np.uint8] | None = None,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Blocks of an OpenEXR scan line file with ZIP (16 lines) or ZIPS (1 line) compression.

    Each block is its first line's number and its size (32 bits each, little-endian), then the
    size's bytes: low bytes before high bytes, as differences, deflated; or the lines as they are
    where that is not smaller.

    Parameters
    ----------
    planes : (C, H, W) float16, C of 1 to 4
        The halves of a row stand together; rows may be strided, mirrored or repeated. Every bit
        pattern is kept.
    order : sequence of C
        Plane of each channel in the order of the file (alphabetical).
    lines : int, at least 1
        Rows of a block; the last block has what is left.
    first : int
        Number of the first row: the top of the data window and what is above in it.
    out : (at least `zip_room`,) uint8, contiguous, optional

    Returns
    -------
    (n,) uint8, the blocks one after another, the beginning of `out`; and (blocks,) int64, the size
    of each without its eight bytes of marks. The bytes depend on nothing but the picture: a frame
    cut into bands at a multiple of `lines` gives the same blocks.

    Raises
    ------
    ValueError: another shape, dtype, layout or order, or too small an `out`.

    References
    ----------
    OpenEXR File Layout, "Scan line blocks" and "ZIP compression" (openexr.com); RFC 1950, 1951.

    Domain/Range: every bit pattern.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((3, 20, 64), 0.18, np.float16)
    >>> blocks, sizes = zip_blocks(grey, (2, 1, 0), 16)
    >>> len(sizes), blocks.size == int(sizes.sum()) + 16, int(sizes[0]) < 200
    (2, True, True)
    """
    if not isinstance(planes, np.ndarray) or planes.dtype != np.float16 or planes.ndim != 3:
        raise ValueError(f"planes are (C, H, W) float16, not {getattr(planes, 'shape', planes)!r}")
    channels, height, width = planes.shape
    if not 1 <= channels <= z.PLANES or not height or not width:
        raise ValueError(f"{channels} planes of {width}x{height}: 1 to {z.PLANES}, none empty")
    if planes.strides[2] != 2:
        raise ValueError("the halves of a row must stand together in memory")
    if sorted(order) != list(range(channels)):
        raise ValueError(f"order is a permutation of {channels} planes, not {order!r}")
    if lines < 1:
        raise ValueError(f"a block has at least one line, not {lines}")
    needed = zip_room(width, height, channels, lines)
    target = np.empty(needed, np.uint8) if out is None else out
    if target.dtype != np.uint8 or target.ndim != 1 or target.strides != (1,):
        raise ValueError("out is one row of contiguous bytes")
    if target.size < needed or not target.flags.writeable:
        raise ValueError(f"out must be writeable and hold {needed} bytes, not {target.size}")
    geom = np.zeros(z.SIZES - (-height // lines), np.int64)
    geom[[z.MODE, z.WIDTH, z.ROWS, z.LINES]] = 1, width, height, lines
    geom[[z.CHANNELS, z.ROW, z.FIRST]] = channels, planes.strides[1], first
    geom[z.PLANE : z.PLANE + channels] = np.array(order) * planes.strides[0]
    floats = _floats(2 * min(lines, height) * channels * width)
    entry("deflate")(planes.ctypes.data, geom.ctypes.data, 0, target.ctypes.data, scratch(floats))
    sizes = geom[z.SIZES :]
    return target[: int(sizes.sum()) + z.MARKS * len(sizes)], sizes


def _most(length: int, blocks: int) -> int:
    """Bytes of a stream that shrinks nothing, for each block with its marks."""
    segments = length * 2 // z.SEGMENT + 3 * blocks
    return length + blocks * (z.MARKS + z.FRAME) + z.RUN * segments


def _floats(length: int) -> int:
    """Scratch for blocks of that many bytes, in 32-bit numbers."""
    return z.DATA + (length + 4 * z.GUARD) // 4
