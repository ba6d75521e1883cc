"""VC-5 pictures of a sensor, as GoPro's cameras write them: bands to planes, planes to a mosaic."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from kernels.compiled import entry, scratch
from kernels.packed import unpack
from kernels.video.vc5_codebook import tables

LEVELS, BANDS = 3, 10
SMALLEST = 34  # pixels of a side: three coefficients at the coarsest level
Plane = npt.NDArray[np.uint16]
_SPARE = 8  # bytes that may be read past a band


class Band(NamedTuple):
    """One band's bytes.

    data : of a low band packed numbers of `bits`; of a high band code words
    quantiser : of a high band, 1 and more
    """

    data: bytes | memoryview
    bits: int = 16
    quantiser: int = 1


def vc5_plane(
    bands: Sequence[Band], width: int, height: int, scaled: tuple[bool, bool, bool]
) -> Plane:
    """One of the four planes of a mosaic from its ten bands.

    Parameters
    ----------
    bands : the low band, then low-high, high-low and high-high of each level, coarsest first
    width, height : of the plane, at least half of `SMALLEST`
    scaled : whether two bits were taken away before each level, finest first

    Returns
    -------
    (height, width) uint16, 0 to 16383 where the finest level is not scaled.

    Raises
    ------
    ValueError: bands whose code does not hold what they must, or a picture that is too small.

    References
    ----------
    SMPTE ST 2073-1:2014, "VC-5 Video Essence, Part 1: Elementary Bitstream"; bit-equal to GoPro's
    gpr (github.com/gopro/gpr).

    Domain/Range: code words / code values of 12 bits, as a rule.

    Examples
    --------
    >>> low = Band(bytes([32, 0] * 9 + [0, 0]))
    >>> def flat(count):  # a zero each, the end, and what fills the last word
    ...     words = (count + 57) // 32
    ...     return Band((0x3114BA3 << 32 * words - count - 26).to_bytes(4 * words, "big"))
    >>> bands = [low, *map(flat, [9, 9, 9, 25, 25, 25, 81, 81, 81])]
    >>> vc5_plane(bands, 17, 17, (False, True, True))[0, :3].tolist()
    [2048, 2048, 2048]
    """
    if len(bands) != BANDS or min(width, height) < SMALLEST // 2:
        raise ValueError(f"{len(bands)} bands of a plane of {width}x{height}")
    sizes = [(width, height)]
    for _ in range(LEVELS):
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    low = _low(bands[0], *sizes[LEVELS])
    for level in range(LEVELS - 1, -1, -1):
        (wide, high), (wider, higher) = sizes[level + 1], sizes[level]
        first = 1 + 3 * (LEVELS - 1 - level)
        parts = [low, *(_high(band, wide, high) for band in bands[first : first + 3])]
        low = np.empty((higher, wider), np.uint16)
        places = [part.ctypes.data for part in parts]
        geom = np.array([*places, wide, high, wider, higher, scaled[level]], np.int64)
        entry("vc5_level")(0, geom.ctypes.data, 0, low.ctypes.data, scratch(2 * wide))
    return low


def vc5_mosaic(
    planes: Sequence[Plane],
    pattern: Literal["RGGB", "GBRG"],
    bits: int,
    out: Plane | None = None,
) -> Plane:
    """The mosaic, linear, of its four planes.

    Parameters
    ----------
    planes : (H, W) uint16 each, C-contiguous: mean green, red and blue less it, half the difference
        of the two greens; the last three around 2048
    bits : of the samples that come out, 1 to 16
    out : (2 H, 2 W) uint16, C-contiguous, optional

    Returns
    -------
    (2 H, 2 W) uint16, 0 to 2**bits - 1.

    Raises
    ------
    ValueError: another shape or dtype, pattern or depth.

    References
    ----------
    SMPTE ST 2073-3:2015, "Part 3: Image Formats"; the curve is Protune's, of GoPro's gpr.

    Domain/Range: code values of 12 bits / linear light.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((17, 17), 2048, np.uint16)
    >>> vc5_mosaic([grey] * 4, "RGGB", 14)[0, :2].tolist()
    [1409, 1409]
    """
    height, width = planes[0].shape
    if len(planes) != 4 or pattern not in ("RGGB", "GBRG") or not 1 <= bits <= 16:
        raise ValueError(f"{len(planes)} planes as {pattern} of {bits} bits")
    for plane in planes:
        fits = plane.shape == (height, width) and plane.dtype == np.uint16
        if not fits or not plane.flags.c_contiguous:
            raise ValueError("planes are uint16 of one shape, contiguous")
    mosaic = np.empty((2 * height, 2 * width), np.uint16) if out is None else out
    if mosaic.shape != (2 * height, 2 * width) or mosaic.dtype != np.uint16:
        raise ValueError("out is uint16, twice as wide and high as a plane")
    if not mosaic.flags.c_contiguous or not mosaic.flags.writeable:
        raise ValueError("out is contiguous and writeable")
    curve = np.right_shift(_curve(), 16 - bits)
    sites = (0, 1, 2, 3) if pattern == "RGGB" else (2, 0, 3, 1)
    places = [plane.ctypes.data for plane in planes]
    geom = np.array([*places, width, height, *sites], np.int64)
    entry("vc5_mosaic")(curve.ctypes.data, geom.ctypes.data, 0, mosaic.ctypes.data, scratch(64))
    return mosaic


@cache
def _curve() -> Plane:
    """12 bits to 16: 65535 (113^(x / 4095) - 1) / 112, rounded to a 32-bit float and cut off."""
    x = np.arange(4096) / 4095.0
    return (65535 * (np.power(113.0, x) - 1.0) / 112.0).astype(np.float32).astype(np.uint16)


def _low(band: Band, width: int, height: int) -> Plane:
    needed = (width * height * band.bits + 31) // 32 * 4
    if len(band.data) != needed or not 8 <= band.bits <= 16:
        raise ValueError(f"a low band of {len(band.data)} bytes, {needed} were due")
    return unpack(band.data, width * height, 1, band.bits).reshape(height, width)


def _high(band: Band, width: int, height: int) -> Plane:
    if band.quantiser < 1:
        raise ValueError(f"a quantiser of {band.quantiser}")
    source = np.zeros(len(band.data) + _SPARE, np.uint8)
    source[: len(band.data)] = np.frombuffer(band.data, np.uint8)
    magnitudes: Any = np.arange(256)
    values = ((magnitudes + magnitudes**3 * 768 // 255**3) * band.quantiser).astype(np.int32)
    found = np.empty((height, width), np.uint16)
    tabled = [*tables(), values]
    geom = np.array(
        [len(band.data), found.size, *(table.ctypes.data for table in tabled), 0, 0], np.int64
    )
    entry("vc5_band")(source.ctypes.data, geom.ctypes.data, 0, found.ctypes.data, scratch(64))
    count, bits = geom[6:].tolist()
    if count != found.size or (bits + 31) // 32 * 4 != len(band.data):
        raise ValueError(f"a band of {found.size} coefficients is corrupt")
    return found
