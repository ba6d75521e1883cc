"""The request of trim, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated

from functions.contract import uris
from functions.contract.frames import FrameRange
from functions.contract.operation import Request, about, names_output


class TrimRequest(Request, frozen=True, kw_only=True):
    """Cut a range out of a clip without encoding anything."""

    input: Annotated[str, about("clip: a file, a pattern or a folder", uri=True)]
    output: Annotated[str, about("folder for the movie or the files", uri=True, unit="FOLDER")]
    frames: Annotated[str, about("1001-1024 or timecodes, inclusive", unit="RANGE")] | None = None
    snap: Annotated[bool, about("let a long-GOP movie begin at the key frame before the range")] = (
        False
    )
    rate: (
        Annotated[
            str,
            about(
                "of frames and timecode of a WAV whose iXML says none: 24, 24000/1001",
                pattern=r"^[1-9]\d{0,6}(/[1-9]\d{0,6})?$",
                form="write 24 or 24000/1001",
                unit="FPS",
            ),
        ]
        | None
    ) = None
    name: (
        Annotated[
            str,
            names_output("of the movie, without its extension; files of a sequence keep theirs"),
        ]
        | None
    ) = None


def output_name(request: TrimRequest, clip_name: str, frames: FrameRange) -> str:
    """The request's name; else the clip's, with the range where one was asked for."""
    if request.name is not None:
        return request.name
    tidy = uris.legal_name(clip_name)
    return tidy if request.frames is None else f"{tidy}_{frames.start}-{frames.last}"
