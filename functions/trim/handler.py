"""trim: a sub-range of a clip without re-encoding.

Sequences are copied file by file under their own names and numbers. Movies of intra codecs
are cut at the frame; long-GOP movies at a key frame, or with `snap` at the one before, which
is said. Timecode, sound, edit list, colour and metadata are right after the cut; the
container stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta

from functions.contract import uris
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits, Operation, Request, Result, Work, count_frames
from functions.contract.store import Stat, Store
from functions.media import identify

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


def run(request: TrimRequest, work: Work) -> Result:
    """Write the range; see the module's docstring."""
    from functions.trim.source import open_source

    source = open_source(request, work)
    frames, report = source.write(request, work)
    return Result(frames=count_frames(frames), report=report)


def explain(request: TrimRequest, work: Work) -> dict[str, Any]:
    """Which frames the result would hold, and what becomes of sound and timecode."""
    from functions.trim.source import open_source

    return open_source(request, work).explain(request, work)


def sources(request: TrimRequest, store: Store) -> Iterable[Stat]:
    """Stats of the files that hold the wanted frames."""
    return identify(request.input, request.frames, store, Limits())


def output_name(request: TrimRequest, clip_name: str, frames: FrameRange) -> str:
    """The request's name; else the clip's, with the range where one was asked for."""
    if request.name is not None:
        return request.name
    tidy = uris.legal_name(clip_name)
    return tidy if request.frames is None else f"{tidy}_{frames.start}-{frames.last}"


OPERATION = Operation(
    name="trim",
    request=TrimRequest,
    run=run,
    explain=explain,
    sources=sources,
    summary="a sub-range of a clip without re-encoding",
    shapes=("functions.media", "functions.trim"),
)
