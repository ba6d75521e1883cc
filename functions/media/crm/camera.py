"""A frame's camera record: what Canon's boxes say, and what nobody has published.

Canon describes neither levels nor colour of its movies of raw. What LibRaw and dnglab make of them
is taken, and named in the receipt.
"""

from __future__ import annotations

from fractions import Fraction

import msgspec

from functions.contract.camera import Assumption, Calibration, CameraRecord, Matrix, Triple
from functions.contract.timecode import Timecode
from functions.media.containers.tiff import quiet
from functions.media.crm.boxes import Coding, Said, Timed
from functions.media.crm.sensor import Sensor
from functions.media.dng.camera import read_record

_D65 = 21
_D65_XYZ = (0.95047, 1.0, 1.08883)
Levels = tuple[tuple[float, float, float, float], float]


def levels(sensor: Sensor, coding: Coding) -> Levels:
    """Black of the four sites and white."""
    return sensor.black, sensor.white or float((1 << coding.bits) - 1)


def camera_record(
    said: Said,
    timed: Timed,
    sensor: Sensor,
    coding: Coding,
    timecode: Timecode | None,
    rate: Fraction | None,
) -> CameraRecord:
    """The record of one frame."""
    record = read_record(said.camera, said.exposure, timecode, rate)
    own = {name: value for name, value in timed._asdict().items() if value is not None}
    black, white = levels(sensor, coding)
    neutral, balance, calibrations, assumed = _colour(said, sensor)
    if sensor.white is None:
        assumed.append(
            Assumption("white_level", f"the frame says none: its largest code, {white:.0f}")
        )
    if not any(black):
        assumed.append(Assumption("black_level", "the frame says none: 0"))
    firmware = (quiet(said.maker.text, 7) or "").removeprefix("Firmware Version ")
    own.setdefault("firmware", firmware or None)
    return msgspec.structs.replace(
        record,
        **own,
        as_shot_neutral=neutral,
        as_shot_white_xy=None,
        analog_balance=balance,
        calibrations=calibrations,
        cfa=coding.pattern,
        bits=coding.bits,
        black=black,
        white=(white,),
        look=said.log,
        assumed=tuple(assumed),
    )


def _colour(
    said: Said, sensor: Sensor
) -> tuple[Triple | None, Triple | None, tuple[Calibration, ...], list[Assumption]]:
    """Neutral, gains before the samples were stored, calibrations, and what is assumed."""
    calibrations: tuple[Calibration, ...] = ()
    if sensor.matrix is not None:
        calibrations = (Calibration(illuminant=_D65, color_matrix=sensor.matrix),)
    gains = sensor.gains
    if not said.is_movie:
        return _inverse(gains) if gains else None, None, calibrations, []
    assumed = [
        Assumption(
            "curve",
            "samples are taken as linear light, as LibRaw and dnglab do: Canon publishes no curve"
            if said.mode
            else "samples are taken as linear light, which nobody has confirmed for this camera, "
            "and of the EOS C200 it is said that they are logarithmic: compare with Canon's own "
            "development before the light is used",
        )
    ]
    if said.mode == "Standard":
        return _inverse(gains) if gains else None, None, calibrations, assumed
    which = "it is Light RAW" if said.mode else "its mode is not named and taken for Light RAW"
    detail = f"{which}: balanced in the camera, as LibRaw's and dnglab's authors found"
    if gains is None and sensor.matrix is not None:
        gains = _inverse(_seen(sensor.matrix, _D65_XYZ))
        detail += "; for which light is not said: D65"
    assumed.append(Assumption("white_balance", detail))
    return (1.0, 1.0, 1.0), gains if calibrations else None, calibrations, assumed


def _seen(matrix: Matrix, white: Triple) -> Triple:
    """Camera RGB of a light."""
    r, g, b = (sum(m * w for m, w in zip(row, white, strict=True)) for row in matrix)
    return r, g, b


def _inverse(values: Triple) -> Triple | None:
    """Of gains the neutral, of a neutral the gains; green is 1. None for what no camera has."""
    if min(values) <= 0:
        return None
    return values[1] / values[0], 1.0, values[1] / values[2]
