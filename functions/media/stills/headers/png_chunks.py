"""What a PNG says of its colour that OpenImageIO leaves out: cHRM, and cICP that it does not take.

Reference: W3C, Portable Network Graphics, third edition (2025), 11.3.2 and 4.3: cICP goes before
iCCP, that before sRGB, that before cHRM and gAMA.
"""

from __future__ import annotations

import struct
from pathlib import Path

_COLOUR = (b"cICP", b"iCCP", b"sRGB", b"cHRM", b"gAMA")
_READ = (*_COLOUR, b"acTL")
_SIGNATURE = 8
_MOST = 1 << 10  # chunks before the picture


def colour_chunks(path: Path) -> dict[bytes, bytes]:
    """The colour chunks of a PNG, iCCP without its body; and acTL, which an animation has."""
    found: dict[bytes, bytes] = {}
    with path.open("rb") as file:
        file.seek(_SIGNATURE)
        for _ in range(_MOST):
            head = file.read(8)
            if len(head) < 8 or head[4:] in (b"IDAT", b"IEND"):
                break
            length = int.from_bytes(head[:4], "big")
            body = file.read(length) if head[4:] in _READ and length <= 32 else b""
            if head[4:] in _READ:
                found[head[4:]] = body
            file.seek(length - len(body) + 4, 1)
    return found


def primaries_of(chunks: dict[bytes, bytes]) -> tuple[float, ...] | None:
    """Red, green, blue and white in CIE xy by cHRM, where it is that which counts."""
    body = chunks.get(b"cHRM", b"")
    if len(body) != 32 or any(name in chunks for name in (b"cICP", b"iCCP", b"sRGB")):
        return None
    white, *rest = (value / 1e5 for value in struct.unpack(">8I", body))
    return (*rest[1:], white, rest[0])


def odd_codes(chunks: dict[bytes, bytes]) -> str | None:
    """A sentence for cICP or gAMA that no PNG can have; None for any other."""
    first = next((name for name in _COLOUR if name in chunks and name != b"cHRM"), None)
    if first == b"gAMA" and not any(chunks[first]):
        return "its gAMA is 0, which no curve has"
    body = chunks.get(b"cICP")
    if body is None or (len(body) == 4 and body[2] == 0 and body[3] <= 1):
        return None
    return f"its cICP is {', '.join(str(code) for code in body)}, which no picture in RGB can be"
