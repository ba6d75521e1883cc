"""What a still file says of its colour, in FFmpeg's names; words that disagree are both told.

References
----------
Color Interop Forum (ASWF), "Color Space Encodings for Texture Assets and CG Rendering" (2024): the
names of `colorInteropID`. ITU-T H.273 for `cICP`. SMPTE ST 2065-4 for the container flag of ACES.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from functions.contract.picture import ColourTags
from functions.media.stills.oiio_files import text
from functions.media.write.exr_header import (
    ACES_CHROMATICITIES,
    AP1_CHROMATICITIES,
    Chromaticities,
)

_PRIMARIES: tuple[tuple[str, Chromaticities], ...] = (
    ("ap0", ACES_CHROMATICITIES),
    ("ap1", AP1_CHROMATICITIES),
    ("bt709", (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)),
    ("bt2020", (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290)),
    ("smpte432", (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290)),
)
_CLOSE, _ROUGH = 2e-4, 2e-3
_SRGB, _BT1886 = "iec61966-2-1", "bt709"
_INTEROP = {
    "lin_ap0_scene": ("ap0", "linear"),
    "lin_ap1_scene": ("ap1", "linear"),
    "lin_rec709_scene": ("bt709", "linear"),
    "lin_rec2020_scene": ("bt2020", "linear"),
    "lin_p3d65_scene": ("smpte432", "linear"),
    "srgb_rec709_scene": ("bt709", _SRGB),
    "srgb_rec709_display": ("bt709", _SRGB),
    "srgb_p3d65_scene": ("smpte432", _SRGB),
    "srgb_p3d65_display": ("smpte432", _SRGB),
    "g22_rec709_scene": ("bt709", "gamma22"),
    "g22_rec709_display": ("bt709", "gamma22"),
    "g24_rec709_display": ("bt709", _BT1886),
    "pq_rec2020_display": ("bt2020", "smpte2084"),
    "pq_p3d65_display": ("smpte432", "smpte2084"),
    "hlg_rec2020_display": ("bt2020", "arib-std-b67"),
}
# OpenImageIO's older names of the same.
_OLDER = {
    "srgb": "srgb_rec709_display",
    "rec709": "g24_rec709_display",
    "itu709_rec709_scene": "g24_rec709_display",
    "linear": "lin_rec709_scene",
}
_DPX = {"ITU-R 709-4": ("bt709", "bt709"), "SMPTE 274M": ("bt709", "bt709")}
# Its colorimetric byte says nothing by these (ST 268-1, table 5B).
_NO_COLORIMETRY = ("", "User defined", "Linear", "Logarithmic", "Unspecified video", "Undefined")
# ICC profiles by what their descriptions begin with, lower case.
_PROFILES = (
    ("srgb", ("bt709", _SRGB)),
    ("display p3", ("smpte432", _SRGB)),
    ("rec. 709", ("bt709", "bt709")),
    ("rec.709", ("bt709", "bt709")),
    ("rec709", ("bt709", "bt709")),
    ("itu-r bt.709", ("bt709", "bt709")),
)
# Exif 3.0, ColorSpace: uncalibrated, which is Adobe RGB mostly, and what some write for that.
_NOT_SRGB = (0xFFFF, 2)
_H273_PRIMARIES = {1: "bt709", 9: "bt2020", 12: "smpte432", 11: "smpte431"}
_H273_TRANSFERS = {1: "bt709", 8: "linear", 13: _SRGB, 16: "smpte2084", 18: "arib-std-b67"}


def still_tags(
    spec: Any,
    told: tuple[float, ...] | None = None,
    odd: str | None = None,
    codes: tuple[int, ...] | None = None,
) -> ColourTags:
    """What the header says of colour; nothing where it says nothing.

    spec : OpenImageIO's
    told : red, green, blue and white in CIE xy, where the format says them its own way
    odd : a sentence for what no picture can have
    codes : primaries, transfer, matrix and range by ITU-T H.273, where the library leaves them out
    """
    if odd is not None:
        return ColourTags(conflict=odd)
    space, named = _interop(spec)
    chromaticities = spec.getattribute("chromaticities")
    if isinstance(chromaticities, tuple) and len(chromaticities) == 8:
        return _by_chromaticities(spec, chromaticities, space, named)
    if spec.get_int_attribute("acesImageContainerFlag") == 1:
        if named is not None and space != ("ap0", "linear"):
            return ColourTags(conflict=f"colorInteropID is {named!r}, {_FLAG}")
        return ColourTags(primaries="ap0", transfer="linear", full=True)
    if named is not None:
        return _of_space(space, named)
    code = codes or spec.getattribute("CICP")
    if isinstance(code, tuple) and len(code) == 4:
        return ColourTags(
            primaries=_H273_PRIMARIES.get(code[0], f"H.273 primaries {code[0]}"),
            transfer=_H273_TRANSFERS.get(code[1], f"H.273 transfer {code[1]}"),
            full=bool(code[3]),
        )
    transfer = text(spec, "dpx:Transfer")
    if transfer:
        return _of_dpx(transfer, text(spec, "dpx:Colorimetric") or "")
    profile = text(spec, "ICCProfile:profile_description")
    if profile is not None or spec.getattribute("ICCProfile") is not None:
        return _by_profile(profile or "without a name")
    if spec.get_int_attribute("Exif:ColorSpace") in _NOT_SRGB:
        return ColourTags(conflict="its Exif says that its colour is not sRGB, and not what it is")
    found = _of_space(*_as_found(spec))
    if told is None:
        return found
    name = _primaries(told, _ROUGH)
    if name is None:
        shown = " ".join(f"{value:.4g}" for value in told)
        return ColourTags(conflict=f"its primaries are {shown}, which no space here has")
    return replace(found, primaries=name)


def _of_dpx(transfer: str, colorimetric: str) -> ColourTags:
    if transfer not in _DPX:
        return ColourTags()
    if colorimetric not in _DPX and colorimetric not in _NO_COLORIMETRY:
        return ColourTags(
            conflict=f"the DPX says transfer {transfer} and colorimetric {colorimetric}"
        )
    primaries, curve = _DPX[transfer]
    return ColourTags(primaries=primaries, transfer=curve)


_FLAG = "and the flag of an ACES container (acesImageContainerFlag) is set"


def _interop(spec: Any) -> tuple[tuple[str, str] | None, str | None]:
    """(primaries, transfer) of colorInteropID, and its name where it says anything."""
    named = text(spec, "colorInteropID")
    if named is None or named == "unknown":
        return None, None
    return _INTEROP.get(named), named


def _of_space(space: tuple[str, str] | None, named: str | None) -> ColourTags:
    if space is not None:
        return ColourTags(primaries=space[0], transfer=space[1])
    if named == "data":
        return ColourTags(conflict="colorInteropID is 'data', which is no colour")
    return ColourTags(log=named)


def _by_chromaticities(
    spec: Any, written: tuple[float, ...], space: tuple[str, str] | None, named: str | None
) -> ColourTags:
    shown = " ".join(f"{value:.4g}" for value in written)
    found = _primaries(written, _CLOSE)
    if named is not None and (space is None or space[0] != found):
        return ColourTags(
            conflict=f"colorInteropID is {named!r}, and its chromaticities are {found or shown}"
        )
    if spec.get_int_attribute("acesImageContainerFlag") == 1 and found != "ap0":
        return ColourTags(conflict=f"chromaticities are {found or shown}, {_FLAG}")
    if found is None:
        return ColourTags(conflict=f"its chromaticities are {shown}, which no space here has")
    return ColourTags(primaries=found, transfer=space[1] if space else "linear", full=True)


def _primaries(written: tuple[float, ...], close: float) -> str | None:
    """Name of primaries and white in CIE xy."""
    for name, known in _PRIMARIES:
        if max(abs(a - b) for a, b in zip(written, known, strict=True)) < close:
            return name
    return None


def _by_profile(name: str) -> ColourTags:
    for start, (primaries, transfer) in _PROFILES:
        if name.lower().startswith(start):
            return ColourTags(primaries=primaries, transfer=transfer)
    return ColourTags(conflict=f"its ICC profile is {name!r}, and profiles are not read")


def _as_found(spec: Any) -> tuple[tuple[str, str] | None, str | None]:
    """What OpenImageIO makes of the format and its own tags."""
    name = (text(spec, "oiio:ColorSpace") or "").lower()
    return _INTEROP.get(_OLDER.get(name, name)), None
