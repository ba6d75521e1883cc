"""A child's lines to its worker: one to tell, and as many to ask as threads ask at once."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from functions.contract.errors import StoreUnavailable, from_problem
from functions.serve.box.messages import Ask, Note, Reply
from functions.serve.box.wire import Channel, Closed
from functions.storage.commit import write_whole

_MOST = 4 << 30


class Lines:
    """Made of the socket that the child was given."""

    def __init__(self, channel: Channel) -> None:
        self._notes = channel
        self._lock = threading.Lock()
        self._free: list[Channel] = []

    def note(self, note: Note, files: Sequence[int] = ()) -> None:
        """Tell something of the unit; nobody answers."""
        with self._lock:
            self._notes.send(note, files=files)

    @contextmanager
    def _line(self) -> Iterator[Channel]:
        """A channel that is this thread's for one question."""
        with self._lock:
            channel = self._free.pop() if self._free else None
        channel = channel or self._open()
        yield channel
        # Not after an error: the answer to a question that was left would be taken for the next's.
        with self._lock:
            self._free.append(channel)

    def ask(
        self, verb: str, files: Sequence[int] = (), fill: memoryview | None = None, **about: Any
    ) -> tuple[Any, bytearray]:
        """The answer and its bytes. Raises the contract's errors, as the worker met them.

        fill : what is written into each file that the worker opens for it
        """
        with self._line() as channel:
            reply, content = _exchange(channel, Ask(verb=verb, **about), files, fill)
        if reply.problem is not None:
            raise from_problem(reply.problem)
        return reply.result, content

    def _open(self) -> Channel:
        ours, theirs = socket.socketpair()
        with theirs:
            self.note(Note(opens=True), [theirs.fileno()])
        return Channel(ours, _MOST)


def _exchange(
    channel: Channel, ask: Ask, files: Sequence[int], fill: memoryview | None
) -> tuple[Reply, bytearray]:
    """One question and its answer, errors in it too."""
    try:
        channel.send(ask, files=files)
        while True:
            reply, content, opened = channel.receive(Reply)
            if not opened:
                return reply, content
            fault = 0
            for each in opened:
                try:
                    write_whole(each, fill or memoryview(b""))
                except OSError as error:  # a full disk: the worker says it
                    fault = error.errno or 1
                finally:
                    os.close(each)
            channel.send(Ask(verb="written", length=fault))
    except Closed as error:
        raise StoreUnavailable("the server that this unit runs for has gone") from error
