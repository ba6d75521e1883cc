"""The display that a PQ picture is rendered for, as files describe it (SMPTE ST 2086)."""

from __future__ import annotations

import struct

# Green, blue, red, as the box has them, and white: CIE xy.
_D65 = (0.3127, 0.3290)
_PRIMARIES = {
    "smpte432": ((0.265, 0.690), (0.150, 0.060), (0.680, 0.320)),
    "bt2020": ((0.170, 0.797), (0.131, 0.046), (0.708, 0.292)),
}
_BLACK = 0.0001
"""cd/m2: black of ACES's HDR outputs (ACES 1.1's `Y_MIN`), and the least that a file can say."""


def mastering_volume(primaries: str, peak: float) -> bytes:
    """The body of an `mdcv` box (ISO/IEC 14496-12, 12.1.5).

    primaries : "smpte432" (P3) or "bt2020", white D65; peak : cd/m2

    >>> len(mastering_volume("smpte432", 1000))
    24
    """
    points = [round(value * 50000) for xy in (*_PRIMARIES[primaries], _D65) for value in xy]
    return struct.pack(">8H2I", *points, round(peak * 10000), round(_BLACK * 10000))
