"""The storage as a child has it: local files are read here, all else is asked of the worker.

The kernel holds reads to the roots (Landlock), and what is written goes through the worker, which
takes it below the unit's own output alone. Bytes for a local file are written straight into the
file that the worker opened: they are not copied on the way.
"""

from __future__ import annotations

import builtins
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from functions.contract.errors import StoreUnavailable
from functions.contract.store import Content, Stat, Store
from functions.contract.uris import scheme_of
from functions.serve.box.lines import Lines, answer
from functions.serve.box.messages import Ask, Reply
from functions.serve.box.wire import Channel, Closed
from functions.storage import open_store
from functions.storage.commit import write_whole
from functions.storage.seekable import Seekable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER = 128 << 10


class BoxedStore:
    """Implements `contract.store.Store`.

    roots : as `functions.storage.open_store` has them
    """

    def __init__(self, roots: tuple[str, ...], lines: Lines) -> None:
        self._local: Store = open_store(roots, None)
        self._asked: Store = _Asked(lines)
        self._lines = lines

    def stat(self, uri: str) -> Stat:
        return self._of(uri).stat(uri)

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        return self._of(folder).list(folder, start)

    def folders(self, folder: str) -> tuple[str, ...]:
        return self._of(folder).folders(folder)

    def unlisted(self, folder: str) -> dict[str, str]:
        return self._of(folder).unlisted(folder)

    def read(self, uri: str) -> bytes:
        return self._of(uri).read(uri)

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        return self._of(uri).read_range(uri, start, length)

    def open(self, uri: str) -> BinaryIO:
        return self._of(uri).open(uri)

    def put_if_absent(self, uri: str, content: Content) -> bool:
        return self._asked.put_if_absent(uri, content)

    def put(self, uri: str, content: Content) -> None:
        self._asked.put(uri, content)

    def _of(self, uri: str) -> Store:
        return self._local if scheme_of(uri) == "file" else self._asked


class _Asked:
    """Every verb by a message."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def stat(self, uri: str) -> Stat:
        found, _ = self._lines.ask("stat", uri=uri)
        return msgspec.convert(found, Stat)

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        found, _ = self._lines.ask("list", uri=folder, start=start)
        return iter(msgspec.convert(found, builtins.list[Stat]))

    def folders(self, folder: str) -> tuple[str, ...]:
        return tuple(self._lines.ask("folders", uri=folder)[0])

    def unlisted(self, folder: str) -> dict[str, str]:
        return dict(self._lines.ask("unlisted", uri=folder)[0])

    def read(self, uri: str) -> bytes:
        return bytes(self._lines.ask("read", uri=uri)[1])

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        return bytes(self._lines.ask("read_range", uri=uri, offset=start, length=length)[1])

    def open(self, uri: str) -> BinaryIO:
        (handle, size), _ = self._lines.ask("open", uri=uri)
        return io.BufferedReader(_Reader(self._lines, handle, size), _BUFFER)

    def put_if_absent(self, uri: str, content: Content) -> bool:
        return bool(self._put("put_if_absent", uri, content))

    def put(self, uri: str, content: Content) -> None:
        self._put("put", uri, content)

    def _put(self, verb: str, uri: str, content: Content) -> object:
        if isinstance(content, Path):
            with content.open("rb") as file:
                return self._lines.ask(verb, files=[file.fileno()], uri=uri)[0]
        view = memoryview(content)
        flat = view.cast("B") if view.c_contiguous and view.nbytes else memoryview(view.tobytes())
        if scheme_of(uri) == "file":
            with self._lines.line() as channel:
                reply = _filled(channel, Ask(verb=verb, uri=uri), flat)
            return answer(reply)
        passed = os.memfd_create("content")
        try:
            write_whole(passed, flat)
            return self._lines.ask(verb, files=[passed], uri=uri, length=flat.nbytes)[0]
        finally:
            os.close(passed)


class _Reader(Seekable):
    """A file that the worker has open."""

    def __init__(self, lines: Lines, handle: int, size: int) -> None:
        super().__init__(size)
        self._lines, self._handle = lines, handle

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        wanted = min(view.nbytes, self._size - self._at)
        if wanted <= 0:
            return 0
        _, content = self._lines.ask("read_at", handle=self._handle, offset=self._at, length=wanted)
        view[: len(content)] = content
        self._at += len(content)
        return len(content)

    def close(self) -> None:
        if not self.closed:
            self._lines.ask("close", handle=self._handle)
        super().close()


def _filled(channel: Channel, ask: Ask, content: memoryview) -> Reply:
    """Ask to put, and write into each file that the worker opens for it."""
    try:
        channel.send(ask)
        while True:
            reply, _, files = channel.receive(Reply)
            if not files:
                return reply
            fault = 0
            for each in files:
                try:
                    write_whole(each, content)
                except OSError as error:  # a full disk: the worker says it
                    fault = error.errno or 1
                finally:
                    os.close(each)
            channel.send(Ask(verb="written", length=fault))
    except Closed as error:
        raise StoreUnavailable("the server that this unit runs for has gone") from error
