"""Camera facts that a DNG has in its XMP packet and nowhere else.

Reference: ISO 16684-1 (XMP); Adobe, XMP Specification Part 2 (dynamic media: scene, take, tape).
The packet is not parsed as XML: a few simple properties are looked for, as attribute or element.
"""

from __future__ import annotations

import re

_LONGEST = 1 << 18
_FIELDS = {
    "scene": "scene",
    "takeNumber": "take",
    "tapeName": "reel",
    "cameraLabel": "camera_id",
    "shotName": "clip",
}
_PROPERTY = re.compile(
    rb"\bxmpDM:(" + "|".join(_FIELDS).encode() + rb")(?:\s*=\s*[\"']([^\"'<>]*)|>([^<>]*)</xmpDM)"
)


def xmp_facts(packet: bytes | None) -> dict[str, str]:
    """Fields of a `CameraRecord` by name; the first one of each, blank ones left out."""
    found: dict[str, str] = {}
    for name, one, other in _PROPERTY.findall((packet or b"")[:_LONGEST]):
        import html  # a frame without such words does without its 2,000 entities

        text = html.unescape((one or other).decode("utf-8", "replace")).strip()
        plain = "".join(letter for letter in text if letter.isprintable())
        if plain:
            found.setdefault(_FIELDS[name.decode()], plain)
    return found
