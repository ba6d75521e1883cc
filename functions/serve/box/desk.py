"""The worker's side of a child: its questions to the storage and to sinks, answered one by one.

A child is asked for nothing and believed in nothing: it reads what a request may read anyway,
writes below its unit's own output, and passes content as files that it has open itself.
"""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from typing import Any, BinaryIO

from functions.contract import uris
from functions.contract.errors import InternalError, InvalidRequest, Refused, RushesError
from functions.contract.store import Content
from functions.serve.box.messages import Ask, Reply
from functions.serve.box.sink_desk import OpenSink, SinkDesk
from functions.serve.box.wire import Channel, Closed, close_all
from functions.storage.rooted import RootedStore

Answered = tuple[Any, bytes]

_MOST_READERS = 1024
_MOST_READ = 2 << 30


class Desk:
    """What one child may ask for.

    writes_below : the folder of its outputs; None where nothing is to be written
    open_sink : None for an operation that sends nothing
    """

    def __init__(
        self, store: RootedStore, writes_below: str | None, open_sink: OpenSink | None
    ) -> None:
        self._store = store
        self._below = writes_below
        self._lock = threading.Lock()
        self._handles = 0
        self._readers: dict[int, tuple[BinaryIO, threading.Lock]] = {}
        self._sinks = SinkDesk(open_sink)

    def close(self) -> None:
        """The child has gone: let go of what it had open."""
        with self._lock:
            readers = list(self._readers.values())
            self._readers.clear()
        for reader, _ in readers:
            reader.close()
        self._sinks.close()

    def serve(self, channel: Channel) -> None:
        """Answer the questions of one channel until the child closes it."""
        with channel.sock, contextlib.suppress(Closed):
            while True:
                ask, _, files = channel.receive(Ask)
                try:
                    result, content = self._answer(ask, files, channel)
                    reply = Reply(result=result)
                except RushesError as error:
                    reply, content = Reply(problem=error.problem()), b""
                except Closed:
                    raise
                except Exception as error:  # noqa: BLE001 - a fault of ours: the unit says so
                    fault = InternalError(f"{ask.verb}: {type(error).__name__}: {error}")
                    reply, content = Reply(problem=fault.problem()), b""
                finally:
                    close_all(files)
                channel.send(reply, content)

    def _answer(self, ask: Ask, files: list[int], channel: Channel) -> Answered:
        store = self._store
        match ask.verb:
            case "stat":
                return store.stat(ask.uri), b""
            case "list":
                return list(store.list(ask.uri, ask.start)), b""
            case "folders":
                return store.folders(ask.uri), b""
            case "unlisted":
                return store.unlisted(ask.uri), b""
            case "read":
                return None, store.read(ask.uri)
            case "read_range":
                return None, store.read_range(ask.uri, ask.offset, ask.length)
            case "open" | "read_at" | "close":
                return self._read(ask)
            case "put" | "put_if_absent":
                return self._put(ask, files, channel), b""
            case _:
                return self._sinks.answer(ask), b""

    def _read(self, ask: Ask) -> Answered:
        if ask.verb == "open":
            size, reader = self._store.stat(ask.uri).bytes, self._store.open(ask.uri)
            with self._lock:
                if len(self._readers) >= _MOST_READERS:
                    reader.close()
                    raise InvalidRequest("too many files are open at once")
                self._handles += 1
                self._readers[self._handles] = (reader, threading.Lock())
                return (self._handles, size), b""
        if ask.verb == "close":
            with self._lock:
                found = self._readers.pop(ask.handle, None)
            if found is not None:
                found[0].close()
            return None, b""
        reader, lock = self._readers[ask.handle]
        with lock:
            reader.seek(ask.offset)
            return None, reader.read(min(ask.length, _MOST_READ))

    def _put(self, ask: Ask, files: list[int], channel: Channel) -> bool:
        uri, replace = uris.canonical(ask.uri), ask.verb == "put"
        if self._below is None or not uris.within(uri, (self._below,)):
            raise Refused(f"{uri} is not below the output of its unit", uri=uri)
        if not files:

            def fill(descriptor: int) -> None:
                channel.send(Reply(), files=[descriptor])
                written, _, others = channel.receive(Ask)
                close_all(others)
                if written.length:
                    raise OSError(written.length, os.strerror(written.length))

            return self._store.fill(uri, fill, replace=replace)
        # Read by its descriptor: what the child names otherwise in the meantime does not count.
        content: Content = Path(f"/proc/self/fd/{files[0]}")
        if ask.length:
            content = os.pread(files[0], ask.length, 0)
        if replace:
            self._store.put(uri, content)
            return True
        return self._store.put_if_absent(uri, content)
