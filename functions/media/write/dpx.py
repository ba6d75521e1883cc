"""DPX of 10 bits: R, G, B in one 32-bit word, filled method A, big-endian.

SMPTE ST 268-1:2014, version 2.0. Own, because OpenImageIO writes the clock and the path of
its file into every header.
"""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from functions.contract.timecode import Timecode, bcd
from functions.contract.version import VERSION
from functions.media.write.tiff import check_words

_HEADER = 2048
_ROWS = 64
_NOTHING = 0xFFFFFFFF
Transfer = Literal["user", "printing-density", "linear", "log", "bt709", "bt601"]
# ST 268-1, table 5A and 5B: transfer and colorimetric characteristics.
_CODES: dict[Transfer, tuple[int, int]] = {
    "user": (0, 0),
    "printing-density": (1, 1),
    "linear": (2, 0),
    "log": (3, 0),
    "bt709": (6, 6),
    "bt601": (8, 8),
}


def encode_dpx(
    planes: npt.NDArray[np.uint16],
    *,
    transfer: Transfer,
    frame: int | None = None,
    timecode: Timecode | None = None,
    rate: Fraction | None = None,
    reel: str | None = None,
    name: str = "",
    pixel_aspect: Fraction,
) -> bytearray:
    """One file.

    planes : (3, H, W) uint16, R, G, B; 0 to 65535 is 0.0 to 1.0, rounded to 1023 steps
    name : of the file, without a folder; at most 100 bytes are kept
    reel : goes into the input device's field, as film scanners use it; at most 32 bytes

    Raises ValueError for another shape or dtype.
    """
    check_words(planes, 3)
    height, width = planes.shape[1:]
    size = _HEADER + 4 * width * height
    made = bytearray(size)

    def put(at: int, form: str, *values: Any) -> None:
        struct.pack_into(">" + form, made, at, *values)

    put(0, "4sI8sIIIII", b"SDPX", _HEADER, b"V2.0", size, 1, 1664, 384, 0)
    put(36, "100s", name.encode()[:99])
    # 136: creation date, empty: an output holds no clock.
    put(160, "100s", f"rushes {VERSION}".encode())
    put(660, "I", _NOTHING)  # no encryption key
    # Image information: left to right, top to bottom, one element.
    put(768, "HHII", 0, 1, width, height)
    code, colorimetric = _CODES[transfer]
    density = 2.046 if transfer == "printing-density" else 1.0
    # Element: unsigned, reference low and high code, RGB, 10 bits, filled A, no encoding.
    put(780, "IIfIf", 0, 0, 0.0, 1023, density)
    put(800, "BBBBHHIII", 50, code, colorimetric, 10, 1, 0, _HEADER, 0, 0)
    # Orientation: offsets, centres and original size unsaid but for the aspect.
    put(1408, "IIffII", 0, 0, 0.0, 0.0, width, height)
    put(1588, "32s", (reel or "").encode()[:31])
    put(1628, "II", pixel_aspect.numerator, pixel_aspect.denominator)
    # Film header: position and rate.
    put(1712, "I", _NOTHING if frame is None else frame)
    speed = float(rate) if rate is not None else 0.0
    put(1724, "f", speed)
    # Television header: timecode, user bits, temporal rate.
    put(1920, "II", _packed(timecode), _NOTHING if timecode is None else 0)
    put(1940, "f", speed)
    words = np.frombuffer(made, ">u4", offset=_HEADER).reshape(height, width)
    # Row by row: whole planes of 32 bits, and what lies between, are nine times the file.
    for row in range(0, height, _ROWS):
        part = planes[:, row : row + _ROWS].astype(np.uint32)
        # To nearest: 65535 / 1023 is 64.06.
        codes = (part * np.uint32(1023) + np.uint32(32767)) // np.uint32(65535)
        words[row : row + _ROWS] = codes[0] << 22 | codes[1] << 12 | codes[2] << 2
    return made


def _packed(timecode: Timecode | None) -> int:
    """Eight digits, four bits each; a drop-frame flag has no place in ST 268."""
    if timecode is None:
        return _NOTHING
    word = 0
    for part in bcd(timecode):
        word = word << 8 | part // 10 << 4 | part % 10
    return word
