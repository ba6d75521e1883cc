"""ICC profiles of displays that a primary and a curve describe: what a still says of its colour.

ICC.1:2022 (profile version 4.4): a matrix/TRC display profile, PCS XYZ under D50.
"""

from __future__ import annotations

import struct

import numpy as np

from functions.colour.camera.chromatic import (
    BT709,
    D65,
    Xy,
    bradford,
    product,
    rgb_to_xyz,
    xy_of,
)

# The profile connection space's illuminant, with the digits of 7.2.16 and no more.
_D50 = np.array([0.9642, 1.0, 0.8249])
_DCI: Xy = (0.314, 0.351)
_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
_PRIMARIES: dict[str, tuple[tuple[Xy, Xy, Xy], Xy, str]] = {
    "bt709": (BT709, D65, "Rec.709"),
    "smpte432": (_P3, D65, "P3-D65"),
    "smpte431": (_P3, _DCI, "P3-DCI"),
    "bt2020": (((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), D65, "Rec.2020"),
    "smpte170m": (((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)), D65, "BT.601-525"),
    "bt470bg": (((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)), D65, "BT.601-625"),
}
# Video is made for a BT.1886 display, whose black is 0 here: a power of 2.4.
_VIDEO = ("bt709", "smpte170m", "bt2020-10", "bt2020-12")
_CINEMA_PEAK = 48.0  # cd/m2: what has P3 and no transfer's name is of a gamma 2.6 projector
_SRGB = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # IEC 61966-2-1
# The profile is a definition and no event; a date it must have (7.2.8).
_DATE = (2022, 5, 1, 0, 0, 0)


def icc_profile(
    primaries: str | None, transfer: str | None, peak: float | None
) -> tuple[str, bytes] | None:
    """Name and bytes of the profile; None where none of matrix and curve describes the colour.

    primaries, transfer : FFmpeg's names
    peak : of the display in cd/m2, by which a projector's gamma is known
    """
    found = _PRIMARIES.get(primaries or "")
    if found is None:
        return None
    curve: tuple[float, ...]
    if transfer == "iec61966-2-1":
        curve, said = _SRGB, "sRGB curve"
    elif transfer in _VIDEO:
        curve, said = (2.4,), "gamma 2.4"
    elif transfer == "gamma22":
        curve, said = (2.2,), "gamma 2.2"
    elif transfer is None and peak == _CINEMA_PEAK:
        curve, said = (2.6,), "gamma 2.6"
    else:
        return None
    colours, white, name = found
    title = f"{name}, {said}"
    return title, _profile(title, colours, white, curve)


def _profile(title: str, colours: tuple[Xy, Xy, Xy], white: Xy, curve: tuple[float, ...]) -> bytes:
    adapted = bradford(white, xy_of(_D50))
    matrix = product(adapted, rgb_to_xyz(colours, white))
    trc = b"para" + struct.pack(">IHH", 0, 3 if len(curve) > 1 else 0, 0) + _fixed(*curve)
    tags = [
        (b"desc", _text(title)),
        (b"cprt", _text("No copyright, use freely")),
        (b"wtpt", b"XYZ \0\0\0\0" + _fixed(*_D50)),
        (b"chad", b"sf32\0\0\0\0" + _fixed(*adapted.ravel())),
        *((name, b"XYZ \0\0\0\0" + _fixed(*column))
          for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), matrix.T, strict=True)),
        (b"rTRC", trc),
    ]  # fmt: skip
    at = 128 + 4 + 12 * (len(tags) + 2)
    table, data = b"", b""
    for name, content in tags:
        names = (b"rTRC", b"gTRC", b"bTRC") if name == b"rTRC" else (name,)
        for each in names:
            table += each + struct.pack(">II", at + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    count = struct.pack(">I", len(tags) + 2)
    size = 128 + len(count) + len(table) + len(data)
    head = (
        struct.pack(">I4x", size) + b"\x04\x40\0\0" + b"mntrRGB XYZ " + struct.pack(">6H", *_DATE)
    )
    head += b"acsp" + bytes(28) + _fixed(*_D50) + bytes(48)
    return head + count + table + data


def _fixed(*values: float) -> bytes:
    """s15Fixed16Number (4.7)."""
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _text(words: str) -> bytes:
    """multiLocalizedUnicodeType (10.15) of one language."""
    written = words.encode("utf-16-be")
    return b"mluc" + struct.pack(">4xII4sII", 1, 12, b"enUS", len(written), 28) + written
