"""Exposure and white balance that a person asks for, in place of what a camera recorded."""

from __future__ import annotations

import re

import msgspec

WHITE = r"^[0-9]{4,5}([+-][0-9]{1,3})?$"


class Asked(msgspec.Struct, frozen=True):
    """What a person wants otherwise than the camera recorded it.

    exposure : stops, beside the camera's own
    kelvin, tint : of the scene's light; tint as `temperature.kelvin_and_tint` has it
    """

    exposure: float = 0.0
    kelvin: float | None = None
    tint: float = 0.0


AS_RECORDED = Asked()


def asked(exposure: float, white: str | None) -> Asked:
    """From a request's fields: stops, and `5600` or `5600+10`, which is as WHITE has it."""
    if white is None:
        return Asked(exposure)
    kelvin, tint = re.fullmatch(r"(\d+)(.*)", white).groups()  # type: ignore[union-attr]
    return Asked(exposure, float(kelvin), float(tint or 0))
