"""One line an event on standard error: JSON for machines, words for people."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

Level = Literal["info", "warning", "error"]


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
            self._write(text + "\n")


def _plain(value: Any) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    # A value from outside must not start a line of its own.
    return repr(text) if any(c.isspace() or not c.isprintable() for c in text) else text
