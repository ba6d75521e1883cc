"""How a debayer is made in parts: each frame is a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from functions.contract.clip import ClipFacts
from functions.contract.segments import FRAME_SECONDS, Parts

# Nanoseconds per pixel on one core, as measured with 8 Mpx DNG frames and rounded up: slower
# machines are more than faster ones.
_READ = 4.0
_DEMOSAIC = {"draft": 3.0, "fast": 3.0, "best": 6.0}
_COMPRESS = {"none": 6.0, "zips": 50.0, "zip": 45.0, "piz": 50.0, "dwaa": 60.0, "dwab": 60.0}


def splitting(fields: Mapping[str, Any]) -> Callable[[ClipFacts], Parts]:
    """See `contract.segments.Splitting`."""
    return partial(_parts, fields)


def _parts(fields: Mapping[str, Any], facts: ClipFacts) -> Parts:
    demosaic = _DEMOSAIC.get(str(fields.get("method")), _DEMOSAIC["best"])
    compress = _COMPRESS.get(str(fields.get("compression")), _COMPRESS["none"])
    if fields.get("depth") == "float":
        demosaic, compress = demosaic + 12.0, 3 * compress
    pixels = facts.width * facts.height
    seconds = FRAME_SECONDS + pixels * (_READ + demosaic + compress) * 1e-9
    return Parts(way="frames", seconds=seconds)
