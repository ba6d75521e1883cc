"""What the header of a Radiance picture says of its light, and OpenImageIO leaves out.

Reference: G. Ward, "The RADIANCE Picture File Format" (Radiance 5, doc/filefmts): light is what is
stored over the product of all EXPOSUREs; PRIMARIES are red, green, blue and white in CIE xy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

HEAD = 1 << 14
_SIGN = b"#?"


def exposure(head: bytes) -> float:
    """What light was multiplied by; 1 where nothing says it, or what no exposure can be."""
    total = math.prod(value for values in _numbers(head, "EXPOSURE") for value in values[:1])
    return total if 1e-12 < total < 1e12 else 1.0


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
                continue
