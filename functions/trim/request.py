"""The request of trim, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from functions.contract import uris
from functions.contract.frames import FrameRange
from functions.contract.operation import Request

_URI = {"format": "uri"}


class TrimRequest(Request, frozen=True, kw_only=True):
    """Cut a range out of a clip without encoding anything."""

    input: Annotated[
        str, Meta(description="clip: a file, a pattern or a folder", extra_json_schema=_URI)
    ]
    output: Annotated[
        str, Meta(description="folder for the movie or the files", extra_json_schema=_URI)
    ]
    frames: Annotated[str, Meta(description="1001-1024 or timecodes, inclusive")] | None = None
    snap: Annotated[
        bool,
        Meta(description="let a long-GOP movie begin at the key frame before the range"),
    ] = False
    name: (
        Annotated[
            str,
            Meta(
                description="of the movie, without its extension; files of a sequence keep theirs",
                pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$",
            ),
        ]
        | None
    ) = None


def output_name(request: TrimRequest, clip_name: str, frames: FrameRange) -> str:
    """The request's name; else the clip's, with the range where one was asked for."""
    if request.name is not None:
        return request.name
    tidy = uris.legal_name(clip_name)
    return tidy if request.frames is None else f"{tidy}_{frames.start}-{frames.last}"
