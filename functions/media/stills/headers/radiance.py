"""What the header of a Radiance picture says of its light, and OpenImageIO leaves out.

Reference: G. Ward, "The RADIANCE Picture File Format" (Radiance 5, doc/filefmts): light is what is
stored over the product of all EXPOSUREs, and of all COLORCORRs for each colour; PIXASPECT is height
over width of a pixel; PRIMARIES are red, green, blue and white in CIE xy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from functions.contract.errors import DamagedSource

HEAD = 1 << 14
_SIGN = b"#?"
_WIDEST = 1000  # of a pixel over its height


def no_picture(head: bytes) -> str | None:
    """What a Radiance picture with this start holds that is not read; None for what is."""
    if not head.startswith(_SIGN):
        return None
    lines, _, rest = head[:HEAD].partition(b"\n\n")
    if b"32-bit_rle_xyze" in lines:
        return "CIE XYZ"
    # The library mixes up two of these four.
    return "columns in place of rows" if rest[1:2] == b"X" else None


def exposure(head: bytes) -> tuple[float, float, float]:
    """What red, green and blue light was multiplied by; 1 where nothing says it.

    Raises DamagedSource for factors that no light can have.
    """
    one = math.prod(values[0] for values in _factors(head, "EXPOSURE", 1))
    red, green, blue = (
        one * math.prod(each) for each in zip(*_factors(head, "COLORCORR", 3), strict=True)
    )
    if not all(1e-12 < factor < 1e12 for factor in (red, green, blue)):
        raise DamagedSource(f"its exposure is {red:g}, {green:g}, {blue:g}")
    return red, green, blue


def _factors(head: bytes, name: str, count: int) -> list[tuple[float, ...]]:
    found = list(_numbers(head, name))
    if any(len(values) != count for values in found):
        raise DamagedSource(f"its {name} is not {count} numbers")
    return [(1.0,) * count, *found]


def pixel_aspect(head: bytes) -> Fraction | None:
    """Width of a pixel over its height by the product of all PIXASPECTs; None where none stands.

    Raises DamagedSource for what no pixel can be.
    """
    found = _factors(head, "PIXASPECT", 1)
    total = math.prod(values[0] for values in found)
    if not 1 / _WIDEST <= total <= _WIDEST:
        raise DamagedSource(f"its PIXASPECT is {total:g}")
    return None if len(found) == 1 else 1 / Fraction(total).limit_denominator(10_000)


def primaries(head: bytes) -> tuple[float, ...] | None:
    """Red, green, blue and white in CIE xy, the last that are said."""
    found = [values for values in _numbers(head, "PRIMARIES") if len(values) == 8]
    return found[-1] if found else None


def _numbers(head: bytes, name: str) -> Iterator[tuple[float, ...]]:
    if not head.startswith(_SIGN):
        return
    for line in head[:HEAD].split(b"\n\n")[0].decode("latin-1").splitlines():
        key, _, words = line.partition("=")
        if key.strip().upper() == name:
            try:
                yield tuple(float(word) for word in words.split())
            except ValueError:
                yield ()
