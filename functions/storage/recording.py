"""A store as one unit sees it: what it reads is noted for the receipt, and timed."""

from __future__ import annotations

import builtins
import io
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, BinaryIO, cast

import xxhash

from functions.contract import uris
from functions.contract.receipt import Input
from functions.contract.store import Content, Stat, Store, beginning

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

READ_WHOLE = 32 << 20
"""`open` takes a file up to this size whole: one request beats several ranges, and what was
read whole has a checksum in the receipt."""

Timed = Callable[[], AbstractContextManager[None]]


class RecordingStore:
    """Implements `contract.store.Store` on top of another, for the life of one unit.

    Listings and stats are remembered, so that asking about each of 5000 frames costs one
    listing; a put through here, or `forget`, makes them be asked again. What is put here
    is no input. Safe from many threads.

    inner : where all goes to
    timed : makes a context that counts the time spent inside as fetching
    """

    def __init__(self, inner: Store, timed: Timed = nullcontext) -> None:
        self._inner = inner
        self._timed = timed
        self._lock = threading.Lock()
        self._inputs: dict[str, Input] = {}
        self._stats: dict[str, Stat] = {}
        self._lists: dict[str, dict[str, tuple[Stat, ...]]] = {}
        self._folders: dict[str, tuple[str, ...]] = {}
        self._unlisted: dict[str, dict[str, str]] = {}
        self._forgotten = 0
        self._kept: tuple[str, bytes] | None = None

    def timed_by(self, timed: Timed) -> None:
        """Count the time of every fetch from now on under `timed()`."""
        self._timed = timed

    def inputs(self) -> tuple[Input, ...]:
        """What was read so far, sorted by URI."""
        with self._lock:
            return tuple(sorted(self._inputs.values(), key=lambda each: each.uri))

    def forget(self, uri: str | None = None) -> None:
        """Ask the store again about `uri` and its folder, or about everything."""
        with self._lock:
            self._forgotten += 1
            self._kept = None
            if uri is None:
                self._stats.clear()
                self._lists.clear()
                self._folders.clear()
                self._unlisted.clear()
                return
            self._stats.pop(uri, None)
            self._lists.pop(uris.parent(uri), None)
            self._unlisted.pop(uris.parent(uri), None)
            # A new file may bring every folder above it into being.
            self._folders = {k: v for k, v in self._folders.items() if not uri.startswith(k)}

    def stat(self, uri: str) -> Stat:
        with self._lock:
            known, asked = self._stats.get(uri), self._forgotten
        if known is None:
            with self._timed():
                known = self._inner.stat(uri)
            with self._lock:
                # An answer from before a put on another thread is not kept.
                if asked == self._forgotten:
                    self._stats[uri] = known
        return known

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        folder = uris.folder(folder)
        with self._lock:
            lists, asked = self._lists.get(folder, {}), self._forgotten
            known, whole = lists.get(start), lists.get("")
        if known is None:
            if whole is not None:
                known = beginning(whole, folder + start)
            else:
                with self._timed():
                    known = tuple(self._inner.list(folder, start))
            with self._lock:
                if asked == self._forgotten:
                    self._lists.setdefault(folder, {})[start] = known
                    self._stats.update((stat.uri, stat) for stat in known)
        return iter(known)

    def folders(self, folder: str) -> tuple[str, ...]:
        folder = uris.folder(folder)
        with self._lock:
            known, asked = self._folders.get(folder), self._forgotten
        if known is None:
            with self._timed():
                known = self._inner.folders(folder)
            with self._lock:
                if asked == self._forgotten:
                    self._folders[folder] = known
        return known

    def unlisted(self, folder: str) -> dict[str, str]:
        folder = uris.folder(folder)
        with self._lock:
            known, asked = self._unlisted.get(folder), self._forgotten
        if known is None:
            with self._timed():
                known = self._inner.unlisted(folder)
            with self._lock:
                if asked == self._forgotten:
                    self._unlisted[folder] = known
        return known

    def read(self, uri: str) -> bytes:
        with self._lock:
            kept = self._kept
            if kept is not None and kept[0] == uri:
                self._kept = None
                return kept[1]
        with self._timed():
            content = self._inner.read(uri)
            self._note(uri, len(content), xxhash.xxh64_hexdigest(content))
        return content

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        with self._timed():
            content = self._inner.read_range(uri, start, length)
        self._note(uri, self.stat(uri).bytes, None)
        return content

    def open(self, uri: str) -> BinaryIO:
        stat = self.stat(uri)
        if stat.bytes <= READ_WHOLE:
            content = self.read(uri)
            with self._lock:
                # Headers first, then the picture: the file is fetched once for both.
                self._kept = (uri, content)
            return io.BytesIO(content)
        with self._timed():
            reader = self._inner.open(uri)
        self._note(uri, stat.bytes, None)
        return io.BufferedReader(_TimedReader(reader, self._in_time), 64 << 10)

    def put_if_absent(self, uri: str, content: Content) -> bool:
        try:
            return self._inner.put_if_absent(uri, content)
        finally:
            self.forget(uri)

    def put(self, uri: str, content: Content) -> None:
        try:
            self._inner.put(uri, content)
        finally:
            self.forget(uri)

    def _in_time(self) -> AbstractContextManager[None]:
        return self._timed()

    def _note(self, uri: str, size: int, digest: str | None) -> None:
        with self._lock:
            known = self._inputs.get(uri)
            # Ranges of what was also read whole add nothing.
            if digest is not None or known is None:
                self._inputs[uri] = Input(uri=uri, bytes=size, xxh64=digest)


class _TimedReader(io.RawIOBase):
    """A reader whose fetches are timed; its own buffer, if it has one, is gone around."""

    def __init__(self, reader: BinaryIO, timed: Timed) -> None:
        self._reader = reader
        self._raw = cast("io.RawIOBase", getattr(reader, "raw", reader))
        self._timed = timed

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._raw.tell()

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._raw.seek(offset, whence)

    def fileno(self) -> int:
        return self._raw.fileno()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        with self._timed():
            return cast("int", self._raw.readinto(buffer))

    def readall(self) -> builtins.bytes:
        with self._timed():
            return self._raw.readall()

    def close(self) -> None:
        self._reader.close()
        super().close()
