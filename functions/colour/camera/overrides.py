"""What a person asks of a camera's colour, in place of what it recorded."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from functions.contract.errors import InvalidRequest

LOWEST = 1667
Idt = Literal["dng", "spectral"]
WHITE = r"^[0-9]{4,5}([+-][0-9]{1,3})?$"


class CameraOverrides(msgspec.Struct, frozen=True):
    """What a person wants otherwise than the camera recorded it.

    exposure : stops, beside the camera's own
    kelvin, tint : of the scene's light; tint as `temperature.kelvin_and_tint` has it
    idt : matrices to ACES2065-1: the file's own, or those of the camera's measured curves
    """

    exposure: float = 0.0
    kelvin: float | None = None
    tint: float = 0.0
    idt: Idt = "dng"


AS_RECORDED = CameraOverrides()


def overrides_of(exposure: float, white: str | None, idt: Idt) -> CameraOverrides:
    """From a request's fields: stops, and `5600` or `5600+10`, which is as WHITE has it.

    Raises InvalidRequest for a light below 1667 K, where the table of isotherms ends.
    """
    if white is None:
        return CameraOverrides(exposure, idt=idt)
    kelvin, sign, tint = re.split(r"([+-]|$)", white, maxsplit=1)
    if int(kelvin) < LOWEST:
        raise InvalidRequest(f"white is {kelvin} K, and the lowest is {LOWEST} K", field="white")
    return CameraOverrides(exposure, float(kelvin), float(f"{sign}{tint}" or 0), idt)
