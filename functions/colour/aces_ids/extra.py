"""Transform ids of the Academy's releases that neither built-in config lists.

Camera spaces come from `own_spaces`; outputs of ACES 2 are put together of the library's own
renderings and displays, which go by the same words as the ids.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from functions.colour.camera.spaces import TITLES, own_space
from functions.colour.chain.values import OutputTags
from functions.colour.ocio.library import group, library, operations, raw
from functions.colour.outputs import (
    DISPLAY_P3,
    GAMMA22,
    HLG,
    P3_D65,
    REC709,
    SRGB,
    pq_tags,
)

_SONY = re.compile(
    r"v1\.5:IDT\.Sony\.(SLog[12]_SGamut(?:_Daylight|_Tungsten)?)_(10|12)i\.a1\.v1"
    r"|v2\.0:CSC\.Sony\.(SLog[12]_SGamut(?:_Daylight|_Tungsten)?)_(10|12)i_to_ACES\.a2\.v1"
)
_CANON = re.compile(r"v2\.0:CSC\.Canon\.(ACES_to_)?(CLog[23]_BT2020)(_to_ACES)?\.a[12]\.v1")
_PROXY = re.compile(
    r"(?:v1\.5:ACEScsc|v2\.0:CSC)\.Academy\.(ACES_to_)?ACESproxy(10|12)i(_to_ACES)?\."
    r"(?:a1\.0\.3|a2\.v1)"
)
_OUTPUT = re.compile(
    r"v2\.0:(Inv)?Output\.Academy\.(Rec709|P3|Rec2100)-D6([05])_(\d+)nit_in_([\w-]+?)_"
    r"(BT1886|sRGB-Piecewise|Gamma2pt2|Gamma2pt6|ST2084|HLG)\.a2\.v1"
)
_GAMUTS = {"Rec709": "REC709", "P3": "P3", "Rec2100": "REC2020"}
_PLACES = {"Rec709-D65": "REC709-D65", "P3-D65": "P3-D65", "Rec2100-D65": "REC2020-D65",
           "XYZ-E": "XYZ-E"}  # fmt: skip
_XYZ = "DISPLAY - CIE-XYZ-D65_to_"
_P3_GAMMA22 = "P3-D65, gamma 2.2"
_DISPLAYS: dict[tuple[str, str], tuple[str, OutputTags]] = {
    ("Rec709-D65", "BT1886"): ("REC.1886-REC.709", REC709),
    ("Rec709-D65", "sRGB-Piecewise"): ("sRGB", SRGB),
    ("Rec709-D65", "Gamma2pt2"): ("G2.2-REC.709", GAMMA22),
    ("P3-D65", "sRGB-Piecewise"): ("DisplayP3", DISPLAY_P3),
    ("P3-D65", "Gamma2pt2"): (_P3_GAMMA22, OutputTags("smpte432", "gamma22", None, 100.0)),
    ("P3-D65", "Gamma2pt6"): ("G2.6-P3-D65", P3_D65),
    ("P3-D65", "ST2084"): ("ST2084-P3-D65", pq_tags(0, "smpte432", None)),
    ("XYZ-E", "Gamma2pt6"): ("DCDM-D65", OutputTags("smpte428", "smpte428", None, 48.0)),
    ("XYZ-E", "ST2084"): ("ST2084-DCDM-D65", pq_tags(0, "smpte428", None)),
    ("Rec2100-D65", "ST2084"): ("REC.2100-PQ", pq_tags(0)),
    ("Rec2100-D65", "HLG"): ("REC.2100-HLG-1000nit", HLG),
}


def camera_of(short: str) -> tuple[str, tuple[Any, ...], bool] | None:
    """(name, transforms, whether they lead out of ACES) of a camera's or transport's id.

    short : without `urn:ampas:aces:transformId:`
    """
    sony = _SONY.fullmatch(short)
    if sony:
        words, bits = sony[1] or sony[3], int(sony[2] or sony[4])
        name = words.lower().replace("_", "-")
        if name not in TITLES:
            return None
        return f"{TITLES[name]}, {bits} bits", own_space(name, bits)[0], False
    for pattern in (_CANON, _PROXY):
        found = pattern.fullmatch(short)
        if not found or bool(found[1]) == bool(found[3]):
            continue
        out = bool(found[1])
        if pattern is _PROXY:
            return f"ACESproxy, {found[2]} bits", own_space("acesproxy", int(found[2]))[out], out
        name = found[2].lower().replace("_", "-")
        return TITLES[name], own_space(name)[out], out
    return None


@lru_cache(maxsize=16)
def output_of(short: str) -> tuple[str, tuple[Any, ...], OutputTags, bool] | None:
    """(name, transforms, tags, whether inverse) of an output of ACES 2.

    Cinema's 48 nits are the rendering of 100: a projector's white is less bright, its picture
    is not.
    """
    found = _OUTPUT.fullmatch(short)
    if not found:
        return None
    back, gamut, white, nits, place, curve = found.groups()
    display = _DISPLAYS.get((place, curve))
    if display is None:
        return None
    level = "SDR-100nit" if nits in ("48", "100") else f"HDR-{nits}nit"
    limit = _GAMUTS[gamut]
    end = f"-D60-in-{_PLACES[place]}" if white == "0" else "" if limit != "P3" else "-D65"
    style = f"ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - {level}-{limit}{end}_2.0"
    ocio = library()
    if style not in set(ocio.BuiltinTransformRegistry()):
        return None
    shown, tags = display
    if tags.peak == 0:
        tags = OutputTags(tags.primaries, tags.transfer, tags.matrix, float(nits))
    if shown == "DisplayP3" and level != "SDR-100nit":
        shown = "DisplayP3-HDR"
        tags = OutputTags(tags.primaries, tags.transfer, tags.matrix, float(nits))
    whole = group([ocio.BuiltinTransform(style), *_shown(shown)])
    if back:
        whole.setDirection(ocio.TRANSFORM_DIR_INVERSE)
    title = f"{shown}, {limit}-D6{white} at {nits} cd/m2 of ACES 2"
    return title, tuple(operations(raw().getProcessor(whole))), tags, bool(back)


def _shown(display: str) -> list[Any]:
    """CIE XYZ to a display."""
    ocio = library()
    if display != _P3_GAMMA22:
        return [ocio.BuiltinTransform(_XYZ + display)]
    # Like the projector's, with a monitor's exponent.
    cinema = ocio.BuiltinTransform(_XYZ + "G2.6-P3-D65")
    made = operations(raw().getProcessor(cinema))
    for one in made:
        if isinstance(one, ocio.ExponentTransform):
            one.setValue([2.2, 2.2, 2.2, 1.0])
    return made
