"""What a coding lets anybody know of damage: which harm to a picture's bytes can be found at all.

Measured by turning single bits in coded pictures of each kind: in PNG, ZIP and PXR24 of EXR and
deflate of DNG their checksums find every one of them; of the others a decoder finds what breaks the
rules of the coding, and in plain samples nothing but missing bytes can be seen.
"""

from __future__ import annotations

from functions.contract.clip import ClipFacts, DamageShownBy

_CHECKED = frozenset(("png", "apng", "deflate"))
_CHECKED_EXR = frozenset(("zip", "zips", "pxr24"))
# Names as FFmpeg has them, then those of stills and of raw formats that pack their samples.
_PLAIN = frozenset(
    (
        *("rawvideo", "v210", "v210x", "v308", "v408", "v410", "r210", "r10k", "avrp", "avui"),
        *("ayuv", "yuv4", "y41p", "bitpacked", "dpx", "cineon", "bmp", "targa", "pnm"),
        *("cine_p10", "cine_p12"),
    )
)


def damage_shown_by(facts: ClipFacts) -> DamageShownBy:
    """See `contract.clip.DamageShownBy`."""
    packed = facts.picture.compression
    if facts.codec in _CHECKED or (facts.codec == "exr" and packed in _CHECKED_EXR):
        return "checksums"
    if facts.codec in _PLAIN or packed == "none":
        return "length"
    return "syntax"
