"""stitch: parts of one movie into one file, without re-encoding.

Parts are whole movies of consecutive frames, made with the same settings; each is a URI of a
movie or of the receipt of the unit that made one. The result equals a movie made in one piece
in frame count, timecode and length of sound, and in every packet of an intra codec. Parts
that do not fit are named, with what does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta

from functions.contract import uris
from functions.contract.operation import Operation, Request, Result, Work
from functions.contract.segments import is_receipt
from functions.contract.store import Stat, Store

_URI = {"format": "uri"}
_RANGE = re.compile(r"[._]\d+-\d+$")


class StitchRequest(Request, frozen=True, kw_only=True):
    """Join parts of one movie."""

    parts: Annotated[
        tuple[str, ...],
        Meta(
            description="movies in order, or receipts of the units that made them",
            min_length=1,
            extra_json_schema=_URI,
        ),
    ]
    output: Annotated[str, Meta(description="folder for the movie", extra_json_schema=_URI)]
    sound: (
        Annotated[
            str,
            Meta(
                description="movie (or receipt) whose sound goes with parts that have none",
                extra_json_schema=_URI,
            ),
        ]
        | None
    ) = None
    name: (
        Annotated[
            str,
            Meta(
                description="of the movie, without its extension; the first part's if not said",
                pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$",
            ),
        ]
        | None
    ) = None


def run(request: StitchRequest, work: Work) -> Result:
    """Join; see the module's docstring."""
    from functions.stitch.joining import join

    return join(request, work)


def explain(request: StitchRequest, work: Work) -> dict[str, Any]:
    """Whether the parts fit, and what they become."""
    from functions.stitch.joining import plan_join

    return plan_join(request, work)


def sources(request: StitchRequest, store: Store) -> Iterable[Stat]:
    """Stats of parts that are named themselves.

    The name of a receipt is a unit's identity and says already what that unit makes: so a
    stitch has its own identity before its parts exist, and a job can be planned.
    """
    named = [*request.parts, *([request.sound] if request.sound else [])]
    return [store.stat(uri) for uri in named if not is_receipt(uri)]


def output_name(request: StitchRequest, first_part: str) -> str:
    """The request's name, or the first part's without its range of frames."""
    if request.name is not None:
        return request.name
    stem = uris.basename(first_part).rpartition(".")[0]
    tidy = re.sub(r"[^A-Za-z0-9._-]+", "_", _RANGE.sub("", stem)).lstrip("._-")
    return tidy or "movie"


OPERATION = Operation(
    name="stitch",
    request=StitchRequest,
    run=run,
    explain=explain,
    sources=sources,
    summary="parts of one movie joined without re-encoding",
    shapes=("functions.media", "functions.stitch"),
)
