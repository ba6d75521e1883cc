"""A unit on its way, and how it ended."""

from __future__ import annotations

from typing import Any

import msgspec

from functions.contract.receipt import Receipt


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A unit on its way: what is sent, and where its receipt will stand.

    after : units of this delivery that must have ended with receipts before this is sent
    seconds : that it is expected to take; 0 where nothing is known
    rank : the lower is sent before the higher
    """

    unit: str
    operation: str
    request: dict[str, Any]
    output: str | None
    clip: int
    frames: str | None
    count: int
    after: tuple[str, ...] = ()
    seconds: float = 0.0
    rank: int = 0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a unit ended: with a receipt, or with the problem of its last attempt.

    undelivered : no function has said anything: the problem is the sink's, and not the unit's
    """

    parcel: Parcel
    attempts: int
    receipt: Receipt | None = None
    problem: dict[str, Any] | None = None
    undelivered: bool = False
