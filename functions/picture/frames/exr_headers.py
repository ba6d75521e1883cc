"""The EXR header of a developed frame: what the clip, the camera and the frame say."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from functions.contract.clip import ClipFacts, RawFrame
from functions.media.write.exr import (
    ACES_CHROMATICITIES,
    ACES_WHITE,
    Chromaticities,
    Compression,
    ExrHeader,
)
from functions.media.write.exr_header import AP1_CHROMATICITIES

if TYPE_CHECKING:
    from functions.picture import Developed

Space = Literal["aces", "acescg", "camera"]

_CHROMATICITIES: dict[str, Chromaticities] = {
    "aces": ACES_CHROMATICITIES,
    "acescg": AP1_CHROMATICITIES,
}

_DATE = re.compile(r"^(\d{4})[:-](\d{2})[:-](\d{2})[ T](\d{2}:\d{2}:\d{2})")


def exr_header(
    facts: ClipFacts,
    frame: RawFrame | Developed,
    number: int,
    space: Space,
    compression: Compression,
    *,
    pixel_aspect: float | None = None,
) -> ExrHeader:
    """Attributes of one frame's file; nothing of the machine, the day or the path.

    The picture is at (0, 0) and its own display window. Camera space has no primaries that
    a reader could use, so it claims none.

    number : the clip's own number of the frame, kept as `imageCounter`
    compression : the writer needs it to know an ACES container; a header does not
    pixel_aspect : of the output canvas; None is the camera's own
    """
    del compression
    camera = frame.camera
    aspect = camera.pixel_aspect if pixel_aspect is None else pixel_aspect
    return ExrHeader(
        chromaticities=_CHROMATICITIES.get(space),
        adopted_neutral=None if space == "camera" else ACES_WHITE,
        pixel_aspect=aspect if 0.1 <= aspect <= 10 else 1.0,
        time_code=frame.timecode,
        frames_per_second=facts.rate,
        capture_rate=Fraction(camera.sensor_rate) if camera.sensor_rate else None,
        captured=_capture_date(camera.captured),
        reel=_text(camera.reel or facts.camera.reel),
        image_counter=number,
        camera_make=_text(camera.make),
        camera_model=_text(camera.model or camera.unique_model),
        camera_serial=_text(camera.serial),
        camera_firmware=_text(camera.firmware),
        camera_label=_text(camera.camera_id),
        white_kelvin=_positive(camera.white_kelvin),
        iso=_positive(camera.iso),
        exposure_seconds=_positive(camera.shutter_seconds),
        aperture=_positive(camera.aperture),
        lens_model=_text(camera.lens),
        lens_serial=_text(camera.lens_serial),
        focal_length_mm=_positive(camera.focal_length_mm),
        focus_metres=_positive(camera.focus_metres),
        storage_serial=_text(camera.card),
    )


def _positive(value: float | None) -> float | None:
    """Cameras write 0 for a lens without contacts; that is no f-number."""
    return float(value) if value and math.isfinite(value) and value > 0 else None


def _text(value: str | None) -> str | None:
    printable = "".join(letter for letter in value or "" if letter.isprintable()).strip()
    return printable or None


def _capture_date(value: str | None) -> str | None:
    """`YYYY:MM:DD hh:mm:ss`, from EXIF's own form or ISO 8601; None for any other."""
    match = _DATE.match(value or "")
    return f"{match[1]}:{match[2]}:{match[3]} {match[4]}" if match else None
