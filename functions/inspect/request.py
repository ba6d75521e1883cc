"""The request of inspect, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated

from functions.contract import uris
from functions.contract.operation import Request, about


class InspectRequest(Request, frozen=True, kw_only=True):
    """Inspect a clip."""

    input: Annotated[str, about("clip: a file, a pattern or a folder", uri=True)]
    output: (
        Annotated[str, about("folder for report and contact sheet", uri=True, unit="FOLDER")] | None
    ) = None
    frames: (
        Annotated[str, about("what the contact sheet shows: 1001-1024, or timecodes", unit="RANGE")]
        | None
    ) = None
    checksum: Annotated[bool, about("xxh64 of every file, which reads them whole")] = True
    contact: Annotated[bool, about("make a contact sheet, where there is an output")] = True


def output_name(clip_name: str) -> str:
    """The clip's name with odd characters replaced, as all outputs are called."""
    return uris.legal_name(clip_name)
