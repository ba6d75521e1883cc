"""Ids of the Academy's releases that are real, and for which nothing here has a transform.

An AMF may name one for a step that is not run, as an output that a plate leaves to others. A
step that has to be run is refused with what to do instead.
"""

from __future__ import annotations

import re

PREFIX = "urn:ampas:aces:transformId:"

_EI = "160|200|250|320|400|500|640|800|1000|1280|1600|2000|2560|3200"
_KELVIN = "2000|2100|2200|2400|2600|2900|3200|3500|3900|4300|4700|5100|5600|6500|7500|9000|11000"
_FILE = "let the AMF refer to a CLF file of it, or name the nearest space in `source`"
# Patterns of what follows the prefix, and what to do.
_REAL: tuple[tuple[str, str], ...] = (
    (
        r"v1\.5:IDT\.ARRI\.Alexa-v3-logC-EI(?:2000|2560|3200)\.a1\.v2",
        f"LogC3 above EI 1600 is a table and no formula; {_FILE}",
    ),
    (
        rf"v1\.5:IDT\.ARRI\.Alexa-v2-(?:logC|raw)-EI(?:{_EI})-CCT(?:{_KELVIN})\.a1\.v1",
        "files of ALEXA firmware before SUP 3 are LogC of the camera's own gamut; " + _FILE,
    ),
    (
        rf"v1\.5:IDT\.ARRI\.Alexa-v3-raw-EI(?:{_EI})-CCT(?:{_KELVIN})(?:-ND1pt3)?\.a1\.v2",
        "it is of ARRIRAW files, which are developed as they are read; of pictures that ARRI's "
        "tools made of them name the space in `source`",
    ),
    (
        r"v1\.5:IDT\.Canon\.CanonLog[23]_(?:BT2020|CinemaGamut)_Tng\.a1\.v2",
        "of Canon's transforms those for daylight are here; " + _FILE,
    ),
    (
        r"v1\.5:(?:Inv)?ODT\.Academy\.DCDM(?:\.a1\.0\.3|_P3D60\.a1\.0\.3|_P3D65limited\.a1\.1\.0)",
        "make `p3d65` of ACES 1.3 and let the DCP tool convert it to X'Y'Z'",
    ),
)


def advice_on(text: str) -> str:
    """What to do about a real id that has no transform here; "" for any other text."""
    short = text.removeprefix(PREFIX)
    found = (advice for pattern, advice in _REAL if re.fullmatch(pattern, short))
    return next(found, "") if short != text else ""
