"""A tiny operation, so that the doors are tested without media."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from functions.contract.errors import leaves
from functions.contract.frames import FrameRange
from functions.contract.operation import Operation, Request, Result, Work, count_frames
from functions.contract.store import Stat

_URI = {"format": "uri"}


class EchoRequest(Request, frozen=True, kw_only=True):
    """Write the input again, some times.

    fail : code of the error to end with; "fault" is a mistake of the code
    started, release : paths of FIFOs: one tells that the unit began, one lets it end
    forever : go on, in a thread as real units do, until told to stop
    """

    input: Annotated[str, Meta(description="a file", extra_json_schema=_URI)]
    output: Annotated[str, Meta(description="a folder", extra_json_schema=_URI)] | None = None
    count: Annotated[int, Meta(description="how often", ge=1, le=9)] = 1
    mode: Annotated[Literal["plain", "upper"], Meta(description="what to do")] = "plain"
    words: list[str] | None = None
    reverse: bool = False
    share: float | None = None
    fail: str | None = None
    started: str | None = None
    release: str | None = None
    forever: bool = False


def _go_on(work: Work) -> None:
    while True:
        work.check()
        time.sleep(0.01)


class EchoUnit:
    """The input again, `count` times."""

    def __init__(self, request: EchoRequest, work: Work) -> None:
        self.request, self.work = request, work

    def sources(self) -> tuple[Stat, ...]:
        """The one input."""
        return (self.work.store.stat(self.request.input),)

    def run(self) -> Result:
        """Commit `count` copies."""
        request, work = self.request, self.work
        if request.started:
            Path(request.started).write_text("started")
        if request.release:
            Path(request.release).read_text()
        if request.forever:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(_go_on, work).result()
        if request.fail == "fault":
            raise ZeroDivisionError("a mistake")
        for leaf in leaves():
            if leaf.code == request.fail:
                raise leaf("as was asked", frame=7)
        data = work.store.read(request.input)
        data = data.upper() if request.mode == "upper" else data
        frames = FrameRange(0, request.count)
        for number in frames:
            if request.output is not None:
                work.commit(f"echo.{number:04d}.txt", data, frame=number)
        work.assume("words", request.words or ["none"])
        return Result(frames=count_frames(frames), report={"bytes": len(data)})

    def explain(self) -> dict[str, Any]:
        """Say how many copies there would be."""
        count = self.request.count
        return {"copies": count, "steps": ["read", {"write": count}]}

    def close(self) -> None:
        """Nothing stays open."""


OPERATION = Operation(
    name="echo",
    request=EchoRequest,
    open=EchoUnit,
    summary="the input again, some times",
)
