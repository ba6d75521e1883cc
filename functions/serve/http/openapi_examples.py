"""The receipts, events and problems that operations' example requests are answered with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from functions.contract.errors import RushesError
from functions.contract.operation import Operation
from functions.contract.receipt import STAGES
from functions.contract.request import canonical_request, decode
from functions.contract.version import VERSION

_UNIT = "3f2a9c0d5b7e41868f0c2d1e9a4b6c75"
_DETAILS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "invalid_request": (
        "unknown field 'frame' (did you mean 'frames'?); "
        "field 'explain' takes true or false, not text",
        {
            "field": "frame",
            "problems": [
                {"field": "frame", "detail": "unknown field 'frame' (did you mean 'frames'?)"},
                {"field": "explain", "detail": "field 'explain' takes true or false, not text"},
            ],
        },
    ),
    "unsupported_media": (
        "notes.txt: no format that we know, starting with bytes 78",
        {"uri": "s3://camera/A001/notes.txt"},
    ),
    "damaged_source": (
        "s3://camera/A001/A001_001007.dng: the strip ends after 4096 of 24883200 bytes",
        {"uri": "s3://camera/A001/A001_001007.dng", "frame": 1007},
    ),
    "source_not_found": ("s3://camera/A009/ is not there", {"uri": "s3://camera/A009/"}),
    "output_conflict": (
        "s3://plates/A001/A001.1001.exr stands already with other content; "
        "choose another output or say overwrite",
        {"uri": "s3://plates/A001/A001.1001.exr", "frame": 1001},
    ),
    "refused": ("s3://private/ is outside the roots of this function", {"uri": "s3://private/"}),
    "limit_exceeded": ("the unit has 200000 frames; this function's limit is 100000", {}),
    "store_unavailable": ("s3://camera/ did not answer", {"uri": "s3://camera/"}),
    "deadline_exceeded": ("the unit took longer than 540 seconds", {}),
    "busy": ("this worker is at another unit: it does one at a time", {"retry_after": 1}),
    "internal_error": ("a fault inside rushes; its log says more", {}),
}


def receipt(operation: Operation) -> dict[str, Any] | None:
    """What that request is answered with when it is done."""
    example = operation.example
    if example is None:
        return None
    asked = example.request
    plain = canonical_request(decode(operation.request, asked))
    sources = asked.get("parts") or [asked["input"]] if "clips" not in asked else []
    output = {
        "uri": f"{asked.get('output')}{example.output}",
        "bytes": 25165824,
        "xxh64": "8c1f0f4d2b7a6e93",
    }
    return {
        "rushes": VERSION,
        "operation": operation.name,
        "unit": _UNIT,
        "status": "done",
        "request": plain,
        "assumed": {},
        "inputs": [{"uri": uri, "bytes": 24883712, "xxh64": None} for uri in sources],
        "outputs": [] if example.output is None else [{**output, "frame": example.frame}],
        "frames": None,
        "seconds": {stage: 6.25 if stage == "total" else 1.5 for stage in STAGES},
        "machine": {"arch": "x86_64", "python": "3.13.1", "threads": 2},
        "report": example.report,
    }


def event(operation: str, state: str, data: Any) -> dict[str, Any]:
    """An event of that operation in structured form."""
    source = "/studio/editorial" if state == "requested" else f"/rushes/{operation}"
    media = "application/problem+json" if state == "failed" else "application/json"
    reply = {} if state == "requested" else {"causationid": "turnover7-0001"}
    return {
        "specversion": "1.0",
        "id": "turnover7-0001",
        "source": source,
        "type": f"dev.rushes.{operation}.{state}.v1",
        "datacontenttype": media,
        **reply,
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "data": data,
    }


def problem(leaf: type[RushesError]) -> dict[str, Any]:
    """A problem of that kind."""
    detail, facts = _DETAILS[leaf.code]
    found: dict[str, Any] = msgspec.to_builtins(leaf(detail, **facts).problem())
    return found
