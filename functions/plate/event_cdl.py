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
    if found is None:
        return None
    if not isinstance(found, Mapping):
        raise InvalidRequest("event.cdl is no object of slope, offset, power", field="event")
    odd = sorted(str(each) for each in found if each not in Cdl.__struct_fields__)
    if odd:
        raise InvalidRequest(f"event.cdl: no CDL has {', '.join(odd[:4])}"[:200], field="event")
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
