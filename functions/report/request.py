"""The request of report, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated

from functions.contract.errors import InvalidRequest
from functions.contract.operation import Request, about


class ReportRequest(Request, frozen=True, kw_only=True):
    """Sum up what became of a job."""

    input: Annotated[str, about("output of a job", uri=True)]
    output: (
        Annotated[str, about("folder for the report's files", uri=True, unit="FOLDER")] | None
    ) = None
    job: (
        Annotated[str, about("the job of this name; the last one", unit="NAME", min_length=1)]
        | None
    ) = None
    html: Annotated[
        bool, about("write a page too: first, middle and last frame of each clip through the look")
    ] = False

    def __post_init__(self) -> None:
        """A page is a file, and a file needs a place."""
        if self.html and self.output is None:
            raise InvalidRequest("a page is written into a folder: name an output", field="output")
