"""The worker's side of a child that sends: sinks, opened with the settings' own tokens."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any

from functions.contract.errors import Refused
from functions.contract.operation import Later, Sink
from functions.serve.box.messages import Ask

OpenSink = Callable[[str | None, str | None], AbstractContextManager[Sink]]

_LOOK_SECONDS = 1.0


class _Opened:
    """One sink, and the answers that nobody waits for."""

    def __init__(self, sink: Sink, stack: ExitStack) -> None:
        self.sink, self.stack = sink, stack
        self.later: dict[int, Later] = {}
        self.there: queue.SimpleQueue[int] = queue.SimpleQueue()


class SinkDesk:
    """What a child asks of sinks.

    open_sink : None for an operation that sends nothing
    """

    def __init__(self, open_sink: OpenSink | None) -> None:
        self._open_sink = open_sink
        self._lock = threading.Lock()
        self._handles = 0
        self._opened: dict[int, _Opened] = {}

    def close(self) -> None:
        """The child has gone: let go of what it had open."""
        with self._lock:
            found = list(self._opened.values())
            self._opened.clear()
        for each in found:
            # A sink that does not close well is no news of the unit.
            with contextlib.suppress(Exception):
                each.stack.close()

    def answer(self, ask: Ask) -> Any:
        """The answer to a question of a sink. Raises the contract's errors."""
        if self._open_sink is None or not ask.verb.startswith("sink_"):
            raise Refused(f"a unit of this operation has no {ask.verb!r}")
        if ask.verb == "sink_open":
            return self._open(ask)
        opened = self._opened[ask.handle]
        match ask.verb:
            case "sink_send":
                answer = opened.sink.send(ask.operation, ask.start, ask.fields)
                if not isinstance(answer, Later):
                    return answer, None
                number = self._number()
                opened.later[number] = answer
                answer.then(partial(opened.there.put, number))
                return None, number
            case "sink_next":
                with contextlib.suppress(queue.Empty):
                    return opened.there.get(timeout=_LOOK_SECONDS)
            case "sink_answer":
                return opened.later.pop(ask.offset).answer()
            case "sink_hang_up":
                opened.sink.hang_up(ask.start)
            case "sink_job_ended":
                opened.sink.job_ended(ask.fields)
            case "sink_close":
                with self._lock:
                    self._opened.pop(ask.handle, None)
                opened.stack.close()
        return None

    def _open(self, ask: Ask) -> Any:
        assert self._open_sink is not None
        stack = ExitStack()
        opening = self._open_sink(ask.fields.get("address"), ask.fields.get("job"))
        sink = stack.enter_context(opening)
        handle = self._number()
        self._opened[handle] = _Opened(sink, stack)
        return handle, sink.width, sink.most, sink.asynchronous

    def _number(self) -> int:
        with self._lock:
            self._handles += 1
            return self._handles
