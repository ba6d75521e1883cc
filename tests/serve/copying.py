"""A small operation for the runner's tests: copies its input to numbered outputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta

from functions.contract import uris
from functions.contract.operation import Operation, Request, Result, Work
from functions.contract.receipt import Frames
from functions.contract.store import Stat, Store

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


def run(request: CopyRequest, work: Work) -> Result:
    """Commit `copies` files named 0.txt, 1.txt, ..."""
    RUNS.append(request.output)
    content = work.store.read(request.input) + request.suffix.encode()
    work.assume("mood", "good")
    for number in range(request.copies):
        work.check()
        work.commit(f"{number}.txt", content, number)
        if request.fault == "bug":
            raise ZeroDivisionError("a fault of ours")
    return Result(frames=Frames(0, request.copies - 1, request.copies))


def explain(request: CopyRequest, work: Work) -> dict[str, Any]:
    """Names only."""
    work.assume("mood", "good")
    return {"outputs": [uris.join(request.output, f"{n}.txt") for n in range(request.copies)]}


def sources(request: CopyRequest, store: Store) -> Iterable[Stat]:
    """The one input."""
    return [store.stat(request.input)]


OPERATION = Operation(
    name="copy",
    request=CopyRequest,
    run=run,
    explain=explain,
    sources=sources,
    summary="copies a file",
)
