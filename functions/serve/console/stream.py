"""A job's news as server-sent events, for a bounded number of readers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from functions.contract.errors import RushesError
from functions.jobs.causes import by_cause
from functions.serve.console.watches import Watches

_LOOK = 0.5
_AGAIN = 5.0
_MOST_FINDINGS = 500
_LONGEST_VERSION = 18
_LONGEST = 300.0
"""After which a stream ends and its page asks anew: no place is kept for ever."""


def news(watches: Watches, output: str, job: str | None, since: str) -> dict[str, Any]:
    """What changed of a job since a mark: its numbers, rows of clips, and failures by cause.

    since : `mark` of earlier news, "" for all. A mark of another plan, or of another worker's
        eyes, is none: then all is told, which `whole` says.
    """
    watched = watches.get(output, job)
    watched.look()
    watch, (eyes, _, version) = watched.watch, since.partition(".")
    known = eyes == watched.eyes and version.isdecimal() and len(version) <= _LONGEST_VERSION
    seen = int(version) if known else 0
    summary = watched.summary()
    told: dict[str, Any] = {"summary": summary, "mark": f"{watched.eyes}.{summary['version']}"}
    if summary["version"] > seen:
        told["whole"] = seen == 0
        told["rows"] = watch.rows(seen)
        told["causes"] = by_cause(watch.failures())
        told["findings"] = watch.findings()[:_MOST_FINDINGS]
    return told


def events(
    ask: Callable[[str], dict[str, Any]], since: str, over: Callable[[], bool]
) -> Iterator[bytes]:
    """The stream: news when there is some, the numbers every few seconds.

    ask : `news` since a mark
    over : whether the reader has gone, or the server goes
    """
    yield b"retry: 2000\n\n"
    end, quiet = time.monotonic() + _LONGEST, 0.0
    while time.monotonic() < end and not over():
        try:
            told = ask(since)
        except RushesError as error:
            yield _event("problem", error.problem(), since)
            if not error.retryable:
                return
            told = None
        if told is not None and ("rows" in told or time.monotonic() >= quiet):
            since, quiet = told["mark"], time.monotonic() + _AGAIN
            yield _event("news", told, since)
        time.sleep(_LOOK)


def _event(name: str, value: Any, mark: str) -> bytes:
    return f"id: {mark}\nevent: {name}\ndata: ".encode() + msgspec.json.encode(value) + b"\n\n"
