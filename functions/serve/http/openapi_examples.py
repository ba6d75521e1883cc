"""A request for each operation as a person would send it first, and the receipt that it gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from functions.contract.errors import RushesError
from functions.contract.operation import Operation
from functions.contract.receipt import STAGES
from functions.contract.request import canonical_request, decode
from functions.contract.version import VERSION

_CLIP = "s3://camera/A001/A001_%06d.dng"
_PLATE = "s3://plates/ABC_010_020_PL01_v001/"

REQUESTS: Mapping[str, Mapping[str, Any]] = {
    "inspect": {"input": "s3://camera/A001/", "frames": "1001-1024"},
    "debayer": {
        "input": _CLIP,
        "frames": "1001-1024",
        "output": "s3://plates/A001/",
        "compression": "zip",
    },
    "trim": {
        "input": "s3://camera/B002.mov",
        "frames": "01:00:00:00-01:00:03:23",
        "output": "s3://cuts/B002/",
    },
    "stitch": {
        "parts": ["s3://dailies/parts/B002_1.mov", "s3://dailies/parts/B002_2.mov"],
        "output": "s3://dailies/B002/",
    },
    "plate": {
        "input": _CLIP,
        "frames": "1009-1056",
        "output": _PLATE,
        "amf": "s3://camera/A001/A001.amf",
        "handles": 8,
        "start": 1001,
    },
    "transcode": {
        "input": "s3://camera/A001/",
        "output": "s3://dailies/A001/",
        "codec": "h264",
        "burn_in": ["timecode", "reel"],
        "width": 1920,
        "height": 1080,
    },
    "deliver": {
        "input": "s3://conform/reel1/reel1.%07d.exr",
        "output": "s3://masters/reel1/",
        "profile": "rec709-dpx",
        "start": 86400,
    },
    "seal": {"input": _PLATE, "mode": "verify"},
    "lint": {"input": _PLATE, "output": "s3://reports/", "fail": "error"},
    "pull": {
        "input": "s3://editorial/reel1.fcpxml",
        "media": ["s3://camera/"],
        "output": "s3://plates/reel1/",
        "start": 1001,
    },
    "dispatch": {
        "output": "s3://plates/turnover7/",
        "defaults": {"compression": "zip"},
        "units": {"target_seconds": 30},
        "clips": [
            {"operation": "debayer", "input": "s3://camera/A001/", "frames": "1001-1100"},
            {"operation": "debayer", "input": "s3://camera/A002/"},
        ],
    },
}

_OUTPUTS: Mapping[str, tuple[str, int | None]] = {
    "debayer": ("A001.1001.exr", 1001),
    "trim": ("B002.mov", None),
    "stitch": ("B002.mov", None),
    "plate": ("ABC_010_020_PL01_v001.1001.exr", 1001),
    "transcode": ("A001.mp4", None),
    "deliver": ("reel1.0086400.dpx", 86400),
    "lint": ("lint.json", None),
}
_UNIT = "3f2a9c0d5b7e41868f0c2d1e9a4b6c75"
_DETAILS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "invalid_request": (
        "unknown field 'frame'; field 'explain': Expected `bool`, got `str`",
        {
            "field": "frame",
            "problems": [
                {"field": "frame", "detail": "unknown field 'frame'"},
                {"field": "explain", "detail": "field 'explain': Expected `bool`, got `str`"},
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
    "refused": (
        "s3://private/ is outside the roots of this function",
        {"uri": "s3://private/"},
    ),
    "limit_exceeded": ("the unit has 200000 frames; this function's limit is 100000", {}),
    "store_unavailable": ("s3://camera/ did not answer", {"uri": "s3://camera/"}),
    "deadline_exceeded": ("the unit took longer than 540 seconds", {}),
    "busy": ("this worker is at another unit: it does one at a time", {"retry_after": 1}),
    "internal_error": ("a fault inside rushes; its log says more", {}),
}


def request(operation: str) -> dict[str, Any] | None:
    """What a person would send first."""
    found = REQUESTS.get(operation)
    return None if found is None else dict(found)


def receipt(operation: Operation) -> dict[str, Any] | None:
    """What that request is answered with when it is done."""
    asked = request(operation.name)
    if asked is None:
        return None
    plain = canonical_request(decode(operation.request, asked))
    sources = asked.get("parts") or [asked["input"]] if "clips" not in asked else []
    name, frame = _OUTPUTS.get(operation.name, (None, None))
    output = {"uri": f"{asked.get('output')}{name}", "bytes": 25165824, "xxh64": "8c1f0f4d2b7a6e93"}
    return {
        "rushes": VERSION,
        "operation": operation.name,
        "unit": _UNIT,
        "status": "done",
        "request": plain,
        "assumed": {},
        "inputs": [{"uri": uri, "bytes": 24883712, "xxh64": None} for uri in sources],
        "outputs": [] if name is None else [{**output, "frame": frame}],
        "frames": None,
        "seconds": {stage: 6.25 if stage == "total" else 1.5 for stage in STAGES},
        "machine": {"arch": "x86_64", "python": "3.13.1", "threads": 2},
        "report": {"job": _UNIT, "complete": True} if operation.name == "dispatch" else None,
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
