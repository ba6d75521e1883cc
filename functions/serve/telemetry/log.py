"""One line an event on standard error: JSON for machines, words for people."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from functions.contract.uris import escaped

Level = Literal["info", "warning", "error"]
_KEPT = 1000


def _stderr(line: str) -> None:
    try:
        sys.stderr.write(line)
        sys.stderr.flush()
    except (OSError, ValueError):  # a log that nobody reads any more must not end a unit
        return


class Log:
    """Writes lines whole, from any thread.

    form : "json", one object a line; "text", `time level event key=value ...`
    """

    def __init__(
        self, form: Literal["json", "text"] = "json", write: Callable[[str], None] = _stderr
    ) -> None:
        self._form = form
        self._write = write
        self._lock = threading.Lock()
        self._last: deque[tuple[str, str]] = deque(maxlen=_KEPT)

    def lines_of(self, unit: str) -> list[str]:
        """What this process logged of a unit, of its last thousand lines about units."""
        with self._lock:
            return [text for name, text in self._last if name == unit]

    def line(self, event: str, level: Level = "info", **facts: Any) -> None:
        """Facts that are None are left out."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        told = {k: v for k, v in facts.items() if v is not None}
        if self._form == "json":
            text = msgspec.json.encode(
                {"time": now, "level": level, "event": event, **told}, enc_hook=str
            ).decode()
        else:
            text = " ".join([now, level, event, *(f"{k}={_plain(v)}" for k, v in told.items())])
        with self._lock:
            if unit := told.get("unit"):
                self._last.append((str(unit), escaped(text)))
            self._write(escaped(text) + "\n")


Progress = Callable[[int, int, str], None]
"""Is told how many of how many are done, and a note."""


class Course:
    """One unit while it runs: how it is stopped, who watches, and what becomes known of it for its
    log line and its span.

    Threads of the unit write to it; it is read when the unit is over, however it ended.

    stop : set when the unit is to give up
    began, started : `time.perf_counter` at the door, and when the work began (None: it never did)
    waited : seconds from when it was asked for to then
    unit : its id, known once the request is checked
    stages : name -> (first began, last ended, seconds summed over threads, how often)
    cold : whether it was the first of its worker
    start : seconds from that worker's start until it was ready
    """

    def __init__(
        self, stop: threading.Event | None = None, progress: Progress | None = None
    ) -> None:
        self.stop, self.progress = stop or threading.Event(), progress
        self.began = time.perf_counter()
        self.started: float | None = None
        self.waited: float | None = None
        self.unit: str | None = None
        self.stages: dict[str, tuple[float, float, float, int]] = {}
        self.cold = False
        self.start = 0.0

    def stage(self, name: str, began: float, ended: float) -> None:
        """One stretch of a stage; the caller holds the unit's lock."""
        first, last, spent, times = self.stages.get(name, (began, ended, 0.0, 0))
        self.stages[name] = (min(first, began), max(last, ended), spent + ended - began, times + 1)


def _plain(value: Any) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    # A value from outside must not start a line of its own.
    return repr(text) if any(c.isspace() or not c.isprintable() for c in text) else text
