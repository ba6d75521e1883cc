"""The request of stitch, and what follows from it alone."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from functions.contract import uris
from functions.contract.operation import Request

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


def output_name(request: StitchRequest, first_part: str) -> str:
    """The request's name, or the first part's without its range of frames."""
    if request.name is not None:
        return request.name
    stem = uris.basename(first_part).rpartition(".")[0]
    tidy = re.sub(r"[^A-Za-z0-9._-]+", "_", _RANGE.sub("", stem)).lstrip("._-")
    return tidy or "movie"
