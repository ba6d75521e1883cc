"""The colour correction of a turnover's event, which becomes the plate's look."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from functions.contract.amf import Cdl
from functions.contract.errors import InvalidRequest


def event_cdl(event: Mapping[str, Any] | None) -> tuple[str, Cdl] | None:
    """Name and numbers; None where the event has none.

    Raises InvalidRequest for numbers that no CDL has.
    """
    found = (event or {}).get("cdl")
    if not isinstance(found, Mapping):
        return None
    try:
        cdl = msgspec.convert(dict(found), Cdl)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"event.cdl: {error}", field="event") from error
    numbers = (*cdl.slope, *cdl.offset, *cdl.power, cdl.saturation)
    if not all(map(math.isfinite, numbers)) or min(*cdl.slope, cdl.saturation) < 0:
        raise InvalidRequest("event.cdl: a slope or saturation is below 0", field="event")
    if min(cdl.power) <= 0:
        raise InvalidRequest("event.cdl: a power is not above 0", field="event")
    name = str((event or {}).get("name") or (event or {}).get("number") or "event")
    return name, cdl
