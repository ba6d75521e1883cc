"""One look at each folder while a job is planned."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, BinaryIO, cast

from functions.contract import uris
from functions.contract.store import Content, Made, Stat, Store, beginning


class ListedOnce:
    """A store whose folders are listed once and then remembered.

    Three thousand clips in one folder would list it three thousand times, or each look through
    the files of all. For the length of one plan what stands in the camera's folders does not
    change, and if it does, a plan that saw one state of it is the better one.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._files: dict[str, tuple[Stat, ...]] = {}
        self._asked: set[str] = set()
        self._made: dict[Hashable, Any] = {}

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        folder = uris.folder(folder)
        listed = self._listed(folder)
        return iter(beginning(listed, folder + start) if start else listed)

    def sizes(self, folder: str) -> Mapping[str, int]:
        """Bytes of each file of a folder, by URI."""
        folder = uris.folder(folder)
        # Numbers alone are kept: of a large job's outputs the stats would fill the memory.
        return self.remember(
            ("sizes in", folder), lambda: {s.uri: s.bytes for s in self._store.list(folder)}
        )

    def may_hold(self, uri: str) -> bool:
        """Whether it is worth reading: the second question about a folder lists it.

        A clip with an output of its own is one read, and a clip of 100,000 units one listing.
        """
        folder = uris.parent(uri)
        with self._lock:
            first = folder not in self._asked
            self._asked.add(folder)
        return first or uri in self.sizes(folder)

    def remember(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made of this store under a key; see `contract.store.remembered`."""
        with self._lock:
            if key in self._made:
                return cast("Made", self._made[key])
            lock = self._locks.setdefault(repr(key), threading.Lock())
        with lock:
            if key not in self._made:
                self._made[key] = make()
            return cast("Made", self._made[key])

    def _listed(self, folder: str) -> tuple[Stat, ...]:
        with self._lock:
            lock = self._locks.setdefault(folder, threading.Lock())
        with lock:  # of this folder alone: others may be listed meanwhile
            if folder not in self._files:
                self._files[folder] = tuple(self._store.list(folder))
        return self._files[folder]

    def folders(self, folder: str) -> tuple[str, ...]:
        return self._store.folders(folder)

    def unlisted(self, folder: str) -> dict[str, str]:
        return self._store.unlisted(folder)

    def stat(self, uri: str) -> Stat:
        return self._store.stat(uri)

    def read(self, uri: str) -> bytes:
        return self._store.read(uri)

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        return self._store.read_range(uri, start, length)

    def open(self, uri: str) -> BinaryIO:
        return self._store.open(uri)

    def put_if_absent(self, uri: str, content: Content) -> bool:
        return self._store.put_if_absent(uri, content)

    def put(self, uri: str, content: Content) -> None:
        self._store.put(uri, content)
