"""One look at each folder while a job is planned."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from functions.contract import uris
from functions.contract.store import Content, Stat, Store, beginning


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
        self._sizes: dict[str, dict[str, int]] = {}

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        folder = uris.folder(folder)
        listed = self._listed(folder)
        return iter(beginning(listed, folder + start) if start else listed)

    def sizes(self, folder: str) -> Mapping[str, int]:
        """Bytes of each file of a folder, by URI."""
        folder = uris.folder(folder)
        listed = self._listed(folder)
        with self._lock:
            if folder not in self._sizes:
                self._sizes[folder] = {stat.uri: stat.bytes for stat in listed}
            return self._sizes[folder]

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
