"""The demo's camera: its colour numbers, and its CinemaDNG files.

The numbers are of no maker's camera. Colour matrices were drawn up for a plausible sensor,
forward matrices follow from them, and the way from ACES to camera RGB is worked out here
once more, apart from `functions.colour`, so that the chart of the demo is a check.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

Value = str | bytes | list[int] | list[tuple[int, int]]
Tags = dict[int, tuple[str, Value]]
_KINDS = {
    "BYTE": (1, "B"),
    "ASCII": (2, "s"),
    "SHORT": (3, "H"),
    "LONG": (4, "I"),
    "RATIONAL": (5, "II"),
    "SRATIONAL": (10, "ii"),
}

BLACK, WHITE = 256, 4095
BASELINE_EXPOSURE = 1.0
MARGIN = 8
"""Pixels of sensor around the picture (DefaultCropOrigin)."""

COLOR_MATRIX_A = ((1.06, -0.44, -0.03), (-0.42, 1.24, 0.20), (-0.04, 0.14, 0.58))
COLOR_MATRIX_D65 = ((0.96, -0.34, -0.10), (-0.46, 1.28, 0.20), (-0.08, 0.20, 0.60))
FORWARD_MATRIX_A = (
    (0.6612, 0.1765, 0.1266),
    (0.2035, 0.8522, -0.0557),
    (-0.0081, -0.4762, 1.3094),
)
FORWARD_MATRIX_D65 = (
    (0.5844, 0.3726, 0.0073),
    (0.2121, 0.9934, -0.2055),
    (0.0038, -0.2038, 1.0251),
)

_KELVIN_A, _KELVIN_D65, _KELVIN_D55 = 2850.0, 6500.0, 5503.0
_D55 = (0.33243, 0.34744)
# XYZ to ACES2065-1 as SMPTE ST 2065-1 prints it, and Bradford from ICC D50 to its white.
_XYZ_TO_ACES = np.array(
    [
        [1.0498110175, 0.0, -0.0000974845],
        [-0.4959030231, 1.3733130458, 0.0982400361],
        [0.0, 0.0, 0.9912520182],
    ]
)
_D50_TO_ACES_WHITE = np.array(
    [
        [0.96757038, -0.01692624, 0.04429545],
        [-0.02102411, 1.00806577, 0.01479533],
        [0.00853666, -0.01416183, 1.22985031],
    ]
)


def _daylight() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Camera RGB of D55 white, largest 1, and camera to ACES without exposure."""
    part = (1 / _KELVIN_D55 - 1 / _KELVIN_D65) / (1 / _KELVIN_A - 1 / _KELVIN_D65)
    colour = part * np.array(COLOR_MATRIX_A) + (1 - part) * np.array(COLOR_MATRIX_D65)
    forward = part * np.array(FORWARD_MATRIX_A) + (1 - part) * np.array(FORWARD_MATRIX_D65)
    x, y = _D55
    neutral = colour @ np.array([x / y, 1.0, (1 - x - y) / y])
    neutral = neutral / neutral.max()
    return neutral, _XYZ_TO_ACES @ _D50_TO_ACES_WHITE @ forward / neutral


NEUTRAL, _CAMERA_TO_ACES = _daylight()


def camera_rgb(aces: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """(..., 3) ACES2065-1 to linear camera RGB, 1.0 = sensor white; no light is negative."""
    inverse = np.linalg.inv(_CAMERA_TO_ACES * 2.0**BASELINE_EXPOSURE)
    return np.maximum(np.asarray(aces) @ inverse.T, 0.0)


def pack12(values: npt.NDArray[np.uint16]) -> bytes:
    """Two 12-bit values in three bytes, most significant first; each row even in length."""
    even, odd = values[:, 0::2], values[:, 1::2]
    packed = np.empty((*even.shape, 3), np.uint8)
    packed[..., 0] = even >> 4
    packed[..., 1] = (even << 4 & 0xF0) | odd >> 8
    packed[..., 2] = odd & 0xFF
    return packed.tobytes()


def write_dng(
    path: Path,
    cfa: npt.NDArray[np.uint16],
    *,
    frame: int,
    rate: int,
    start_hour: int,
    reel: str,
) -> None:
    """One CinemaDNG frame: RGGB, 12 bits packed, one strip.

    frame : counted from the start of the clip, for the timecode
    """
    height, width = cfa.shape
    seconds, frames = divmod(frame, rate)
    digits = (frames, seconds % 60, seconds // 60 % 60, start_hour + seconds // 3600)
    timecode = bytes(d // 10 << 4 | d % 10 for d in digits) + bytes(4)
    picture = pack12(cfa)
    exif: Tags = {
        33434: ("RATIONAL", [(1, 2 * rate)]),  # ExposureTime, 180 degrees
        33437: ("RATIONAL", [(28, 10)]),  # FNumber
        34855: ("SHORT", [800]),  # ISO
        36867: ("ASCII", "2024:06:21 12:00:00"),  # DateTimeOriginal
        37386: ("RATIONAL", [(35, 1)]),  # FocalLength
        42036: ("ASCII", "Rushes Prime 35mm T2.9"),  # LensModel
    }
    tags: Tags = {
        254: ("LONG", [0]),
        256: ("LONG", [width]),
        257: ("LONG", [height]),
        258: ("SHORT", [12]),
        259: ("SHORT", [1]),  # uncompressed
        262: ("SHORT", [32803]),  # CFA
        271: ("ASCII", "Rushes"),
        272: ("ASCII", "Demo Camera"),
        273: ("LONG", [0]),
        274: ("SHORT", [1]),
        277: ("SHORT", [1]),
        278: ("LONG", [height]),
        279: ("LONG", [len(picture)]),
        284: ("SHORT", [1]),
        305: ("ASCII", "1.0"),
        33421: ("SHORT", [2, 2]),
        33422: ("BYTE", bytes([0, 1, 1, 2])),
        34665: ("LONG", [0]),
        50706: ("BYTE", bytes([1, 4, 0, 0])),
        50707: ("BYTE", bytes([1, 1, 0, 0])),
        50708: ("ASCII", "Rushes Demo Camera"),
        50713: ("SHORT", [2, 2]),
        50714: ("SHORT", [BLACK] * 4),
        50717: ("LONG", [WHITE]),
        50719: ("LONG", [MARGIN, MARGIN]),
        50720: ("LONG", [width - 2 * MARGIN, height - 2 * MARGIN]),
        50721: ("SRATIONAL", _fractions(COLOR_MATRIX_A)),
        50722: ("SRATIONAL", _fractions(COLOR_MATRIX_D65)),
        50728: ("RATIONAL", [(round(value * 1e6), 1_000_000) for value in NEUTRAL]),
        50730: ("SRATIONAL", [(round(BASELINE_EXPOSURE * 100), 100)]),
        50735: ("ASCII", "0001"),
        50778: ("SHORT", [17]),
        50779: ("SHORT", [21]),
        50829: ("LONG", [0, 0, height, width]),
        50964: ("SRATIONAL", _fractions(FORWARD_MATRIX_A)),
        50965: ("SRATIONAL", _fractions(FORWARD_MATRIX_D65)),
        51043: ("BYTE", timecode),
        51044: ("SRATIONAL", [(rate, 1)]),
        51081: ("ASCII", reel),
    }
    # Offsets go in last: a directory's length does not depend on where it stands.
    exif_at = 8 + len(_directory(tags, 8))
    picture_at = exif_at + len(_directory(exif, exif_at))
    tags[34665] = ("LONG", [exif_at])
    tags[273] = ("LONG", [picture_at])
    header = b"II*\0" + struct.pack("<I", 8)
    path.write_bytes(header + _directory(tags, 8) + _directory(exif, exif_at) + picture)


def _directory(tags: Tags, at: int) -> bytes:
    """A TIFF image file directory that stands at byte `at` of the file."""
    entries, beyond = b"", b""
    beyond_at = at + 2 + 12 * len(tags) + 4
    for tag in sorted(tags):
        kind, value = tags[tag]
        code, letters = _KINDS[kind]
        if isinstance(value, str):
            data = value.encode() + b"\0"
            count = len(data)
        else:
            count = len(value)
            items = [item if isinstance(item, tuple) else (item,) for item in value]
            data = b"".join(struct.pack("<" + letters, *item) for item in items)
        if len(data) > 4:
            place = beyond_at + len(beyond)
            beyond += data + bytes(len(data) % 2)
            data = struct.pack("<I", place)
        entries += struct.pack("<HHI", tag, code, count) + data.ljust(4, b"\0")
    return struct.pack("<H", len(tags)) + entries + bytes(4) + beyond


def _fractions(matrix: tuple[tuple[float, ...], ...]) -> list[tuple[int, int]]:
    return [(round(value * 10_000), 10_000) for row in matrix for value in row]
