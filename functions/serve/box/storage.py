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

from functions.contract.store import Content, Stat, Store
from functions.contract.uris import scheme_of
from functions.serve.box.lines import Lines
from functions.storage.commit import write_whole
from functions.storage.rooted import RootedStore
from functions.storage.seekable import Seekable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER = 128 << 10


class BoxedStore(RootedStore):
    """Implements `contract.store.Store`.

    roots : as `functions.storage.open_store` has them
    """

    def __init__(self, roots: tuple[str, ...], lines: Lines) -> None:
        super().__init__(roots, None, None)
        self._asked: Store = _Asked(lines)

    def put_if_absent(self, uri: str, content: Content) -> bool:
        return self._asked.put_if_absent(uri, content)

    def put(self, uri: str, content: Content) -> None:
        self._asked.put(uri, content)

    def _open(self, scheme: str, uri: str) -> Store:
        return super()._open(scheme, uri) if scheme == "file" else self._asked


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
            return self._lines.ask(verb, fill=flat, uri=uri)[0]
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
