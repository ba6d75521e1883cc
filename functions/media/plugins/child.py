"""The process that a plug-in runs in. What it wants of the storage it asks its parent for.

An SDK may print: what it writes to standard output goes to standard error, and the messages go
another way. It may hang or fall: the parent has a clock, and sees the end of the pipe.
"""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, BinaryIO, TypeVar

from functions.contract.clip import Clip
from functions.contract.errors import (
    DamagedSource,
    LimitExceeded,
    RushesError,
    UnsupportedMedia,
    from_problem,
)
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.contract.store import Content, Stat
from functions.media.plugins.installed import ReaderPlugin, load
from functions.media.plugins.wire import frame_header, receive, send, typed

T = TypeVar("T")
Stats = list[Stat]
_BLOCK = 1 << 20


class ParentStore:
    """The parent's storage, read through the pipe (contract's protocol Store)."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink
        self._lock = threading.Lock()  # SDKs have threads

    def _ask(self, kind: type[T], verb: str, *words: Any) -> T:
        """The answer, as a value of that type."""
        with self._lock:
            send(self._sink, {"ask": verb, "words": words})
            answer, payload = receive(self._source)
        if "problem" in answer:
            raise from_problem(answer["problem"])
        found: T = typed(answer["value"] if "value" in answer else bytes(payload), kind)
        return found

    def stat(self, uri: str) -> Stat:
        return self._ask(Stat, "stat", uri)

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        return iter(self._ask(Stats, "list", folder, start))

    def folders(self, folder: str) -> tuple[str, ...]:
        return self._ask(tuple[str, ...], "folders", folder)

    def unlisted(self, folder: str) -> dict[str, str]:
        return self._ask(dict[str, str], "unlisted", folder)

    def read(self, uri: str) -> bytes:
        return self._ask(bytes, "read", uri)

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        return self._ask(bytes, "read_range", uri, start, length)

    def open(self, uri: str) -> BinaryIO:
        return io.BufferedReader(_Ranged(self, self.stat(uri)), _BLOCK)

    def local(self, uri: str) -> str:
        """A path at which the file can be read: its own, or a copy's that goes with the clip."""
        return self._ask(str, "local", uri)

    def put_if_absent(self, uri: str, content: Content) -> bool:
        raise NotImplementedError("a reader writes nothing")

    def put(self, uri: str, content: Content) -> None:
        raise NotImplementedError("a reader writes nothing")


class _Ranged(io.RawIOBase):
    def __init__(self, store: ParentStore, stat: Stat) -> None:
        self._store, self._stat, self._at = store, stat, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._stat.bytes}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        content = self._store.read_range(self._stat.uri, self._at, len(buffer))
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)


class _Served:
    def __init__(self, plugin: ReaderPlugin, store: ParentStore) -> None:
        self._plugin, self._store = plugin, store
        self._clip: Clip | None = None

    def version(self) -> tuple[Any, Any]:
        try:
            return {"value": str(self._plugin.version())}, b""
        except Exception as error:
            raise UnsupportedMedia(
                f"its plug-in has no SDK that answers: {type(error).__name__}: {error}"
            ) from error

    def open(self, stat: Any, limits: Any) -> tuple[Any, Any]:
        if self._clip is not None:
            self._clip.close()
        self._clip = None  # closed, whatever opening the next one gives
        sdk = self.version()[0]["value"]
        clip = self._plugin.open(typed(stat, Stat), self._store, typed(limits, Limits))
        self._clip, numbers = clip, clip.numbers()
        return {"sdk": sdk, "facts": clip.facts, "notes": clip.notes, "numbers": numbers}, b""

    def frame(self, number: int) -> tuple[Any, Any]:
        assert self._clip is not None, "a clip is opened first"
        frame = next(iter(self._clip.frames(FrameRange(number, number + 1))))
        return frame_header(frame), frame.pixels.reshape(-1)


def main() -> None:
    """Answer requests to the plug-in that the command line names, until there are none."""
    value = sys.argv[1]
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    served: _Served | None = None
    while True:
        try:
            (verb, *words), _ = receive(source)
        except EOFError:
            return
        try:
            served = served or _Served(load(value), ParentStore(source, sink))
            header, payload = getattr(served, verb)(*words)
        except RushesError as error:
            header, payload = {"problem": error.problem()}, b""
        except MemoryError:
            header, payload = {"problem": LimitExceeded("it wants more memory").problem()}, b""
        except Exception as error:  # noqa: BLE001 - an SDK's errors are of any type
            told = DamagedSource(f"{type(error).__name__}: {error}")
            header, payload = {"problem": told.problem()}, b""
        send(sink, header, payload)


def _end_with_parent(parent: int) -> None:
    """A parent that was killed closes the pipe, which an SDK at work does not look at."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
