"""What a DNG's tags say about the camera, as the house's one record.

A damaged or senseless fact is left out, never guessed: the picture may still be whole. One of
colour that is left out is told.

Reference: Adobe, Digital Negative Specification 1.7.1.0 (2023), chapters 4 and 6; Adobe,
CinemaDNG Image Data Format Specification 1.1.0.0 (2011); CIPA DC-008 (Exif 2.32).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from fractions import Fraction

from functions.contract.camera import Assumption, Calibration, CameraRecord, matrix_of
from functions.contract.errors import DamagedSource
from functions.contract.frames import rate_text
from functions.contract.timecode import Timecode, exact_rate, nominal_rate, timecode_of
from functions.media.containers.tiff import Directory, quiet
from functions.media.dng.xmp import xmp_facts

DNG_VERSION = 50706
_OTHER = 255  # EXIF LightSource
_MOST_POWERS = 1000
_MATRICES = {
    50721: "ColorMatrix1", 50722: "ColorMatrix2", 52531: "ColorMatrix3",
    50964: "ForwardMatrix1", 50965: "ForwardMatrix2", 52532: "ForwardMatrix3",
    50723: "CameraCalibration1", 50724: "CameraCalibration2", 52530: "CameraCalibration3",
}  # fmt: skip
_NUMBERS = ((50728, "AsShotNeutral", 3), (50729, "AsShotWhiteXY", 2), (50727, "AnalogBalance", 3))
_DATE = re.compile(r"^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d:\d\d:\d\d)$")


def read_record(
    main: Directory, exif: Directory, timecode: Timecode | None, rate: Fraction | None
) -> CameraRecord:
    """The record of one frame, without its levels and its CFA.

    main, exif : the first directory, and the EXIF directory or an empty one; writers of
        CinemaDNG put EXIF tags in either.
    timecode, rate : as `read_timecode` and `read_rate` give them.
    """
    neutral = _triple(quiet(main.floats, 50728))
    xy = quiet(main.floats, 50729) or ()
    balance = _triple(quiet(main.floats, 50727))
    exposure = sum((quiet(main.floats, tag) or (0.0,))[0] for tag in (50730, 51109))
    orientation = quiet(main.whole, 274)

    def text(*tags: int) -> str | None:
        for tag in tags:
            for directory in (main, exif):
                found = quiet(directory.text, tag)
                if found:
                    return found
        return None

    def positive(tag: int) -> float | None:
        for directory in (exif, main):
            values = quiet(directory.floats, tag) or ()
            if values and values[0] > 0:
                return values[0]
        return None

    iso = positive(34855)
    said = xmp_facts(quiet(main.raw, 700))
    return CameraRecord(
        make=text(271),
        model=text(272),
        unique_model=text(50708),
        serial=text(50735, 42033),
        software=text(305),
        firmware=text(42041),
        lens=text(42036) or _lens(quiet(main.ratios, 50736)),
        iso=round(iso) if iso else None,
        shutter_seconds=positive(33434),
        aperture=positive(33437),
        focal_length_mm=positive(37386),
        lens_serial=text(42037),
        t_stop=positive(51058),
        focus_metres=positive(37382),
        camera_id=text(51105) or said.get("camera_id"),
        clip=said.get("clip"),
        scene=said.get("scene"),
        take=said.get("take"),
        as_shot_neutral=neutral if neutral and min(neutral) > 0 else None,
        as_shot_white_xy=(xy[0], xy[1]) if len(xy) == 2 and min(xy) > 0 else None,
        analog_balance=balance if balance and min(balance) > 0 else None,
        baseline_exposure=exposure if abs(exposure) < 32 else 0.0,
        calibrations=_calibrations(main),
        reel=text(51081) or said.get("reel"),
        timecode=str(timecode) if timecode else None,
        rate=rate_text(rate) if rate else None,
        captured=_date(text(36867)) or _date(text(306)),
        orientation=orientation if orientation and 1 <= orientation <= 8 else None,
        assumed=_left_out(main),
    )


def _left_out(main: Directory) -> tuple[Assumption, ...]:
    """Tags of colour that are there and make no sense."""
    wrong = [
        name
        for tag, name in _MATRICES.items()
        if tag in main and matrix_of(quiet(main.floats, tag)) is None
    ]
    for tag, name, count in _NUMBERS:
        values = quiet(main.floats, tag)
        if tag in main and (not values or len(values) != count or min(values) <= 0):
            wrong.append(name)
    exposures = {50730: "BaselineExposure", 51109: "BaselineExposureOffset"}
    for tag, name in exposures.items():
        values = quiet(main.floats, tag)
        if tag in main and not (values and abs(values[0]) < 32):
            wrong.append(name)
    said = f"left out, for it makes no sense: {', '.join(wrong)}"
    return (Assumption("colour_tags", said),) if wrong else ()


def _triple(values: Sequence[float] | None) -> tuple[float, float, float] | None:
    if values is None or len(values) != 3:
        return None
    return values[0], values[1], values[2]


def _calibrations(main: Directory) -> tuple[Calibration, ...]:
    # Chapter 6: a camera's own calibration counts only under the profile that it was
    # made for; two signatures that are not there are equal.
    same = quiet(main.text, 50931) == quiet(main.text, 50932)
    found = []
    for illuminant, color, forward, own, data in (
        (50778, 50721, 50964, 50723, 52533),
        (50779, 50722, 50965, 50724, 52534),
        (52529, 52531, 52532, 52530, 52535),
    ):
        matrix = matrix_of(quiet(main.floats, color))
        if matrix is not None:
            code = quiet(main.whole, illuminant) or 0
            xy, spectrum = _light(main, data) if code == _OTHER else (None, None)
            found.append(
                Calibration(
                    illuminant=code,
                    color_matrix=matrix,
                    forward_matrix=matrix_of(quiet(main.floats, forward)),
                    camera_calibration=matrix_of(quiet(main.floats, own)) if same else None,
                    white_xy=xy,
                    spectrum=spectrum,
                )
            )
    return tuple(found)


def _light(
    main: Directory, tag: int
) -> tuple[tuple[float, float] | None, tuple[float, ...] | None]:
    """IlluminantData: a kind, then xy, or a count, first wavelength, step and the powers.

    Raises DamagedSource for data that is neither: the light decides about every colour.
    """
    blob = main.raw(tag)
    if blob is None:
        raise DamagedSource(f"a calibration light is 'other' (255) and has no data in tag {tag}")
    try:
        (kind,) = struct.unpack_from(f"{main.order}H", blob)
        if kind == 0:
            x, y = _ratios(main, blob, 2, 2)
            if min(x, y) <= 0 or x + y >= 1:
                raise DamagedSource(f"IlluminantData of x {x:g}, y {y:g} is no light")
            return (x, y), None
        (count,) = struct.unpack_from(f"{main.order}I", blob, 2)
        if kind != 1 or not 2 <= count <= _MOST_POWERS:
            raise DamagedSource(f"IlluminantData of kind {kind} with {count} powers")
        first, step, *powers = _ratios(main, blob, 6, count + 2)
    except struct.error as error:
        raise DamagedSource("IlluminantData is cut short") from error
    if first <= 0 or step <= 0 or not any(powers):
        raise DamagedSource("IlluminantData is a spectrum that cannot be")
    return None, (first, step, *powers)


def _ratios(main: Directory, blob: bytes, at: int, count: int) -> list[float]:
    flat = struct.unpack_from(f"{main.order}{2 * count}I", blob, at)
    if 0 in flat[1::2]:
        raise DamagedSource("IlluminantData divides by zero")
    return [top / bottom for top, bottom in zip(flat[::2], flat[1::2], strict=True)]


def _lens(info: Sequence[Fraction | None] | None) -> str | None:
    """`24-105mm f/4` from the four numbers of LensInfo; a ratio over zero is unknown."""
    if info is None or len(info) != 4 or not info[0]:
        return None
    low, high, wide = info[0], info[1] or info[0], info[2]
    zoom = f"{float(low):g}" if high == low else f"{float(low):g}-{float(high):g}"
    return f"{zoom}mm f/{float(wide):g}" if wide else f"{zoom}mm"


def _date(text: str | None) -> str | None:
    match = _DATE.match(text or "")
    if match is None or match[1] == "0000":
        return None
    return f"{match[1]}-{match[2]}-{match[3]}T{match[4]}"


def read_rate(main: Directory) -> Fraction | None:
    """FrameRate as the exact rate that it stands for: 23.976 is 24000/1001."""
    values = quiet(main.ratios, 51044) or ()
    if not values or values[0] is None or not 0 < values[0] <= 100_000:
        return None
    return exact_rate(values[0])


def read_timecode(main: Directory, rate: Fraction | None) -> Timecode | None:
    """The first of TimeCodes: eight bytes, binary-coded decimal (SMPTE 331M, ST 12-1).

    None where there is none, where its digits are no label, or without a frame rate.
    """
    blob = quiet(main.raw, 51043)
    if blob is None or len(blob) < 8 or rate is None:
        return None
    frames, seconds, minutes, hours = blob[:4]
    digits = (hours & 0x3F, minutes & 0x7F, seconds & 0x7F, frames & 0x3F)
    if any(d & 0x0F > 9 for d in digits):
        return None
    h, m, s, f = (d // 16 * 10 + d % 16 for d in digits)
    if nominal_rate(rate) > 39:
        # Two digits hold half of it; the field mark says which of the pair (ST 12-1, 12.1).
        mark = hours if nominal_rate(rate) % 25 == 0 else seconds
        f = f * 2 + (mark >> 7)
    return timecode_of((h, m, s, f), rate, drop=bool(frames & 0x40))
