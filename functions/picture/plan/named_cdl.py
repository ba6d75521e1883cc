"""CDLs of a request's decisions, with their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from functions.contract.amf import Cdl


class NamedCdl(msgspec.Struct, frozen=True, kw_only=True):
    """A CDL of the decisions and where it works, for the .cc and .cdl beside a plate.

    space : name of its working space, "ACEScct"
    beside : it is one of the spec's looks, not the AMF's
    """

    id: str
    cdl: Cdl
    space: str
    applied: bool
    beside: bool = False
