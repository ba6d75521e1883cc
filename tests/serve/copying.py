"""A small operation for the runner's tests: copies its input to numbered outputs."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from functions.contract import uris
from functions.contract.operation import Operation, Request, Result, Work
from functions.contract.receipt import Frames
from functions.contract.store import Stat

URI = {"format": "uri"}
RUNS: list[str] = []
"""Units that really ran, in order; tests clear it."""


class CopyRequest(Request, frozen=True, kw_only=True):
    """Copy a file a few times."""

    input: Annotated[str, Meta(description="file", extra_json_schema=URI)]
    output: Annotated[str, Meta(description="folder", extra_json_schema=URI)]
    copies: Annotated[int, Meta(description="how many", ge=1)] = 2
    suffix: Annotated[str, Meta(description="appended to every copy")] = ""
    fault: Annotated[str, Meta(description="'bug' breaks after the first copy")] = ""


class CopyUnit:
    """Commits `copies` files named 0.txt, 1.txt, ..."""

    def __init__(self, request: CopyRequest, work: Work) -> None:
        self.request, self.work = request, work

    def sources(self) -> tuple[Stat, ...]:
        """The one input."""
        return (self.work.store.stat(self.request.input),)

    def run(self) -> Result:
        """Copy."""
        request, work = self.request, self.work
        RUNS.append(request.output)
        content = work.store.read(request.input) + request.suffix.encode()
        work.assume("mood", "good")
        for number in range(request.copies):
            work.check()
            work.commit(f"{number}.txt", content, number)
            if request.fault == "bug":
                raise ZeroDivisionError("a fault of ours")
        return Result(frames=Frames(0, request.copies - 1, request.copies))

    def explain(self) -> dict[str, Any]:
        """Names only."""
        self.work.assume("mood", "good")
        output, copies = self.request.output, self.request.copies
        return {"outputs": [uris.join(output, f"{n}.txt") for n in range(copies)]}

    def close(self) -> None:
        """Nothing stays open."""


OPERATION = Operation(
    name="copy",
    request=CopyRequest,
    open=CopyUnit,
    summary="copies a file",
)
