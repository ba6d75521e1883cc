"""The failure note: what a function that was asked by an event leaves where its receipt would be.

The answer to an event goes to a broker. Whoever dispatched the unit looks into the storage, and
without a note would look until its patience ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from cloudevents.core.base import BaseCloudEvent

from functions.contract import uris
from functions.contract.errors import InternalError, RushesError, SourceNotFound
from functions.contract.operation import Prepared
from functions.contract.receipt import Receipt, failure_uri, receipt_uri
from functions.contract.store import Store
from functions.serve.events.cloudevents import DISPATCH, request_of

_UNIT = re.compile(r"[0-9a-f]{32}")

Prepare = Callable[[str, Mapping[str, Any]], Prepared]


def is_final(error: RushesError) -> bool:
    """Whether no broker's retry cures it: a 4xx other than busy. A fault of ours (500) may be of
    this one pod, and is delivered again."""
    return not error.retryable and 400 <= error.status < 500


def leave_note(
    event: BaseCloudEvent, operation: str, error: RushesError, store: Store, prepare: Prepare
) -> str | None:
    """Write `<output>/.rushes/<unit>.failed.json` and return its URI.

    The unit is the event's subject, as a dispatcher's events have it, or else what the request's
    own identity is. None where there is nothing to name (no output, no unit), where the plan
    alone was asked for, and where the receipt of that unit stands.

    Raises the contract's errors when the output is not to be written.
    """
    request = request_of(event)
    if request.get("explain") is True or not isinstance(request.get("output"), str):
        return None
    output = uris.folder(uris.canonical(request["output"], field="output"))
    unit = event.get_subject() or ""
    if not _UNIT.fullmatch(unit):
        unit = prepare(operation, request).unit
    try:
        store.stat(receipt_uri(output, unit))
    except SourceNotFound:
        told = {**error.problem(), "operation": operation, "unit": unit}
        uri = failure_uri(output, unit)
        store.put(uri, msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n")
        return uri
    return None


def dispatched_unit(event: BaseCloudEvent) -> str | None:
    """The unit of a dispatcher's event; None for anybody else's."""
    asked = event.get_subject() or ""
    return asked if event.get_source() == DISPATCH and _UNIT.fullmatch(asked) else None


def another_unit(event: BaseCloudEvent, receipt: Receipt) -> RushesError | None:
    """The failure of a dispatched unit in whose place another one was done, if it was so."""
    asked = dispatched_unit(event)
    if asked is None or asked == receipt.unit:
        return None
    return InternalError(
        f"{receipt.operation}: the function did unit {receipt.unit} for {asked}: its source "
        "changed after it was planned, or function and dispatcher are of different versions"
    )
