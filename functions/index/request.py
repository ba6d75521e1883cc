"""The request of index, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated

from functions.contract import uris
from functions.contract.errors import InvalidRequest
from functions.contract.operation import Request, about


class IndexRequest(Request, frozen=True, kw_only=True):
    """Index what was shot."""

    input: Annotated[str, about("root of the footage: a folder or prefix", uri=True)]
    output: Annotated[str, about("folder of the index", uri=True, unit="FOLDER")]
    card: (
        Annotated[
            str, about("this folder of it alone, as a part of a job", uri=True, unit="FOLDER")
        ]
        | None
    ) = None
    gather: Annotated[
        bool, about("make the one file of cards that a job has read; what is missing is read")
    ] = False
    thumbnails: Annotated[bool, about("a small picture of each clip, through its look")] = True
    checksum: Annotated[
        bool, about("hold every sealed file against its hash, which reads it whole; else its size")
    ] = False

    def __post_init__(self) -> None:
        """A card is one of the root's."""
        if self.card is not None and not uris.within(self.card, (self.input,)):
            raise InvalidRequest(f"{self.card} is not below {self.input}", field="card")
