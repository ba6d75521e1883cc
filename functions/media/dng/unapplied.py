"""Tags of a DNG that would change its picture and are not applied: each is told by its name.

A debayer gives the sensor's light. What a profile does to it afterwards (tone, hue, local gain) is
a look, and a look is somebody's decision: whoever wants it has to know that it is there.

Reference: Adobe, Digital Negative Specification 1.7.1.0 (2023), chapters 4 and 6.
"""

from __future__ import annotations

import struct
from fractions import Fraction

from functions.contract.frames import rate_text
from functions.contract.timecode import Timecode
from functions.media.containers.tiff import Directory, quiet

_LOOK = {
    50937: "ProfileHueSatMapDims",
    50940: "ProfileToneCurve",
    50981: "ProfileLookTableDims",
    52525: "ProfileGainTableMap",
    52543: "RGBTables",
    52544: "ProfileGainTableMap2",
    52551: "ProfileDynamicRange",
}
_INPUT_PROFILES = {
    50831: "AsShotICCProfile",
    50832: "AsShotPreProfileMatrix",
    50833: "CurrentICCProfile",
    50834: "CurrentPreProfileMatrix",
}


def unapplied_tags(main: Directory, raw: Directory) -> tuple[str, ...]:
    """One sentence for each kind of them.

    main, raw : the first directory, which holds what is said of colour, and the raw image's own.
    """
    notes = []
    look = _named(_LOOK, main, raw)
    if look:
        notes.append(f"the look of the camera profile is not applied: {look}")
    profiles = _named(_INPUT_PROFILES, main, raw)
    if profiles:
        notes.append(f"colour comes from the DNG matrices, not from {profiles}")
    if 50933 in main:
        notes.append("the extra camera profiles are not used (ExtraCameraProfiles)")
    wanted, own = quiet(main.text, 50934), quiet(main.text, 50936)
    if wanted and own and wanted != own:
        notes.append(f"AsShotProfileName is {wanted!r}, the profile that is used is {own!r}")
    reference = quiet(main.floats, 50879)
    if reference and reference[0] != 0:
        notes.append(
            f"ColorimetricReference is {reference[0]:g}: its colours are a rendering's, and are "
            "taken for the scene's"
        )
    limit = quiet(main.floats, 50734)
    if limit and 0 < limit[0] < 1:
        notes.append(f"the sensor is linear up to {limit[0]:g} of white (LinearResponseLimit)")
    user = quiet(raw.floats, 51125)
    if user and user != (0.0, 0.0, 1.0, 1.0):
        notes.append(f"DefaultUserCrop {', '.join(f'{v:g}' for v in user)} is not applied")
    if 50830 in raw and 50714 not in raw:
        notes.append(
            "black is taken as 0: MaskedAreas are not measured, and BlackLevel is not there"
        )
    if 50728 in main and 50729 in main:
        notes.append("AsShotWhiteXY is not used: AsShotNeutral, which excludes it, is there too")
    devices = _gpmf(main)
    if devices:
        notes.append(f"GoPro's own data is not applied: {', '.join(devices[:8])} (GPMF)")
    turn = quiet(main.floats, 274)
    if turn and turn[0] > 1:
        notes.append(
            f"Orientation {turn[0]:g} is not applied: pictures are as the sensor read them"
        )
    return tuple(notes)


def odd_time(main: Directory, rate: Fraction | None, timecode: Timecode | None) -> tuple[str, ...]:
    """A sentence for a rate or a timecode that stands there and says nothing.

    rate, timecode : as they were read
    """
    notes = []
    if 51044 in main and rate is None:
        notes.append("FrameRate is no rate: it is not used")
    if 51043 in main and timecode is None:
        why = "stands without a FrameRate" if rate is None else f"is no label at {rate_text(rate)}"
        notes.append(f"TimeCodes {why}: it is not used")
    return tuple(notes)


def _gpmf(main: Directory) -> list[str]:
    """What GoPro's cameras call the parts of their data: GPMF in DNGPrivateData.

    Each part is a key, the kind and size of its values, their number, and the values, filled up to
    four bytes (GoPro's GPMF introduction, github.com/gopro/gpmf-parser).
    """
    blob = quiet(main.raw, 50740) or b""
    found, at = [], 6 if blob.startswith(b"GoPro\n") else len(blob)
    while at + 8 <= len(blob):
        key, size, count = struct.unpack_from(">4sxBH", blob, at)
        at += 8
        if key == b"DVNM":
            found.append(blob[at : at + size * count].decode("latin-1").strip("\0 "))
        # What a device holds follows its own mark.
        at += 0 if key == b"DEVC" else (size * count + 3) // 4 * 4
    return found


def _named(names: dict[int, str], *directories: Directory) -> str:
    found = (name for tag, name in names.items() if any(tag in d for d in directories))
    return ", ".join(found)
