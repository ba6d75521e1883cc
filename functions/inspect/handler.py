"""inspect: what is in a clip, counted and checked, as a report and a contact sheet.

Any clip of the house's formats, raw or movie. Damage that leaves the headers readable is
listed as findings; what cannot be opened ends with the contract's error. Framelines and a CDL that
the camera wrote stand beside the report as sidecars. Without `output` nothing is written and the
report comes back in the receipt alone.
"""

from __future__ import annotations

import msgspec

from functions.contract.operation import Example, Operation, imported
from functions.inspect.request import InspectRequest


def report() -> type[msgspec.Struct]:
    """The report's own type."""
    from functions.inspect.report import Report

    return Report


OPERATION = Operation(
    name="inspect",
    request=InspectRequest,
    open=imported("functions.inspect.unit", "InspectUnit"),
    summary="what is in a clip: report, findings, contact sheet",
    example=Example(request={"input": "s3://camera/A001/", "frames": "1001-1024"}),
    lines=imported("functions.inspect.summary", "lines"),
    report=report,
    shapes=("functions.media", "functions.colour", "functions.sidecars", "functions.inspect"),
)
