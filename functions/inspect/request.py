"""The request of inspect, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from functions.contract import uris
from functions.contract.operation import Request

_URI = {"format": "uri"}


class InspectRequest(Request, frozen=True, kw_only=True):
    """Inspect a clip."""

    input: Annotated[
        str, Meta(description="clip: a file, a pattern or a folder", extra_json_schema=_URI)
    ]
    output: (
        Annotated[
            str,
            Meta(description="folder for report and contact sheet", extra_json_schema=_URI),
        ]
        | None
    ) = None
    frames: (
        Annotated[str, Meta(description="what the contact sheet shows: 1001-1024, or timecodes")]
        | None
    ) = None
    checksum: Annotated[bool, Meta(description="xxh64 of every file, which reads them whole")] = (
        True
    )
    contact: Annotated[bool, Meta(description="make a contact sheet, where there is an output")] = (
        True
    )


def output_name(clip_name: str) -> str:
    """The clip's name with odd characters replaced, as all outputs are called."""
    return uris.legal_name(clip_name)
