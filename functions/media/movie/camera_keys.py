"""What a movie's own keys say of the camera: QuickTime metadata and MXF identification.

References: Apple, AVFoundation metadata identifiers (`com.apple.quicktime.*`, and
`org.smpte.rdd18.*` with the words of SMPTE RDD 18); ExifTool 12.57, QuickTime tables, for their
values ("179.2deg", "4300K"); keys of ARRI's QuickTime files as programs that read them name them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

_ARRI, _APPS, _RDD18 = "com.arri.camera.", "com.apple.proapps.", "org.smpte.rdd18."
_QUICK = "com.apple.quicktime."
_TEXT: dict[str, tuple[str, ...]] = {
    "make": (f"{_QUICK}make", "make", f"{_APPS}manufacturer"),
    "model": (f"{_QUICK}model", "model", f"{_APPS}modelname", f"{_ARRI}cameramodel"),
    "serial": (f"{_ARRI}cameraserialnumber", f"{_APPS}serialno"),
    "software": (f"{_QUICK}software",),
    "camera_id": (f"{_ARRI}cameraindex", f"{_APPS}cameraname"),
    "lens": (
        f"{_QUICK}camera.lens_model", f"{_ARRI}lenstype", "com.blackmagic-design.camera.lenstype",
        f"{_APPS}exif.{{exifaux}}.lensmodel",
    ),
    "reel": (f"{_ARRI}reelname",),
    "clip": (f"{_APPS}clipid",),
    "scene": (f"{_ARRI}scenename", f"{_APPS}scene"),
    "take": (f"{_ARRI}takename", f"{_APPS}shot"),
    "look": (f"{_ARRI}look.name", f"{_ARRI}lookname"),
    "captured": (f"{_QUICK}creationdate",),
}  # fmt: skip
_NUMBER: dict[str, tuple[str, ...]] = {
    "aperture": (
        f"{_QUICK}camera.lens_irisfnumber", f"{_RDD18}lens.irisfnumber",
        f"{_APPS}exif.{{exif}}.fnumber",
    ),
    "iso": (
        f"{_ARRI}exposureindexasa", f"{_RDD18}camera.isosensitivity",
        f"{_APPS}exif.{{exif}}.exposureindex",
    ),
    "white_kelvin": (f"{_ARRI}whitebalancekelvin", f"{_RDD18}camera.whitebalance"),
    "tint": (f"{_ARRI}whitebalancetintcc",),
    "shutter_degrees": (f"{_RDD18}camera.shutterspeed_angle",),
}  # fmt: skip
# Of an MXF's identification, which names whatever wrote the file: these are cameras' makers.
_MAKERS = ("arri", "sony", "canon", "panasonic", "red", "jvc", "ikegami", "hitachi")
_LEADING = re.compile(r"[-+]?\d+(\.\d+)?")
_BELOW_ZERO = frozenset(("tint",))


def camera_facts(*tables: Mapping[str, str]) -> dict[str, Any]:
    """Fields of a `CameraRecord` that the tables say, the first one that says it.

    Numbers are those that their texts begin with; what is none, or none above zero, is left out.
    """
    lower: dict[str, str] = {}
    for table in tables:
        for key, value in table.items():
            lower.setdefault(key.lower(), value.strip())
    found: dict[str, Any] = {}

    def said(keys: tuple[str, ...]) -> str | None:
        return next((lower[key] for key in keys if lower.get(key)), None)

    for field, keys in _TEXT.items():
        if (text := said(keys)) is not None:
            found[field] = text
    for field, keys in _NUMBER.items():
        number = _number(said(keys) or "", below=field in _BELOW_ZERO)
        if number is not None:
            found[field] = round(number) if field == "iso" else number
    maker, product = lower.get("company_name", ""), lower.get("product_name", "")
    if "make" not in found and maker.lower().startswith(_MAKERS):
        found["make"] = maker
        if product:
            found.setdefault("model", product)
    if "make" not in found and any(key.startswith(_ARRI) for key in lower):
        found["make"] = "ARRI"
    return found


def _number(text: str, *, below: bool) -> float | None:
    match = _LEADING.match(text)
    value = float(match[0]) if match else math.nan
    return value if math.isfinite(value) and (below or value > 0) else None
