"""The way to other functions as a child has it: the worker sends, which alone knows tokens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import msgspec

from functions.contract.operation import Answer, Later, Sink
from functions.serve.box.lines import Lines
from functions.serve.run.settings import Settings


class _AskedSink:
    """Implements `contract.operation.Sink`."""

    def __init__(self, lines: Lines, handle: int, facts: tuple[int, int, bool]) -> None:
        self._lines, self._handle = lines, handle
        self.width, self.most, self.asynchronous = facts
        self._lock = threading.Lock()
        self._waiting: dict[int, Callable[[], None]] = {}
        self._there: set[int] = set()
        self._waiter: threading.Thread | None = None
        self._over = False

    def send(self, operation: str, unit: str, request: Mapping[str, Any]) -> Answer | Later | None:
        (found, later), _ = self._lines.ask(
            "sink_send", handle=self._handle, operation=operation, start=unit, fields=request
        )
        if later is not None:
            return Later(partial(self._then, later), partial(self._answer, later))
        return None if found is None else msgspec.convert(found, Answer)

    def hang_up(self, unit: str) -> None:
        self._lines.ask("sink_hang_up", handle=self._handle, start=unit)

    def job_ended(self, report: Mapping[str, Any]) -> None:
        self._lines.ask("sink_job_ended", handle=self._handle, fields=report)

    def close(self) -> None:
        """Wait for nothing more."""
        self._over = True
        if self._waiter is not None:
            self._waiter.join()
        self._lines.ask("sink_close", handle=self._handle)

    def _then(self, later: int, call: Callable[[], None]) -> None:
        with self._lock:
            if later not in self._there:
                self._waiting[later] = call
                if self._waiter is None:
                    self._waiter = threading.Thread(target=self._wait, daemon=True)
                    self._waiter.start()
                return
        call()

    def _wait(self) -> None:
        """The one thread that is told of answers."""
        while not self._over:
            later, _ = self._lines.ask("sink_next", handle=self._handle)
            if later is not None:
                with self._lock:
                    self._there.add(later)
                    call = self._waiting.pop(later, None)
                if call is not None:
                    call()

    def _answer(self, later: int) -> Answer | None:
        found, _ = self._lines.ask("sink_answer", handle=self._handle, offset=later)
        return None if found is None else msgspec.convert(found, Answer)


def asked_sinks(
    lines: Lines,
) -> Callable[[str | None, Settings, str | None], AbstractContextManager[Sink]]:
    """What a runner opens sinks with."""

    @contextmanager
    def open_sink(address: str | None, settings: Settings, job: str | None) -> Iterator[Sink]:
        about = {"address": address, "job": job}
        (handle, *facts), _ = lines.ask("sink_open", fields=about)
        sink = _AskedSink(lines, handle, (facts[0], facts[1], facts[2]))
        try:
            yield sink
        finally:
            sink.close()

    return open_sink
