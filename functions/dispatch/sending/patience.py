"""Storage that stumbles is asked again: one broken connection is not the end of a job."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeVar

from functions.contract.errors import RushesError
from functions.contract.store import Content, Stat, Store
from functions.dispatch.sending.backoff import backoff

_TRIES = 6

T = TypeVar("T")


def patiently(what: str, call: Callable[[], T], pause: Callable[[float], None]) -> T:
    """What a call gives, tried again with back-off while its error may be cured by that.

    what : spreads those who failed together
    """
    for attempt in range(1, _TRIES):
        try:
            return call()
        except RushesError as error:
            if not error.retryable:
                raise
            pause(backoff(what, attempt))
    return call()


class PatientStore:
    """Implements `contract.store.Store` on top of another.

    pause : sleeps; raises when the job must stop
    """

    def __init__(self, store: Store, pause: Callable[[float], None]) -> None:
        self._store = store
        self._pause = pause

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        def listed() -> Iterator[Stat]:
            # Whole: an error in the middle of a listing is one of the listing.
            return iter(tuple(self._store.list(folder, start)))

        return patiently(folder, listed, self._pause)

    def folders(self, folder: str) -> tuple[str, ...]:
        return patiently(folder, lambda: self._store.folders(folder), self._pause)

    def unlisted(self, folder: str) -> dict[str, str]:
        return patiently(folder, lambda: self._store.unlisted(folder), self._pause)

    def stat(self, uri: str) -> Stat:
        return patiently(uri, lambda: self._store.stat(uri), self._pause)

    def read(self, uri: str) -> builtins.bytes:
        return patiently(uri, lambda: self._store.read(uri), self._pause)

    def read_range(self, uri: str, start: int, length: int) -> builtins.bytes:
        return patiently(uri, lambda: self._store.read_range(uri, start, length), self._pause)

    def open(self, uri: str) -> BinaryIO:
        return patiently(uri, lambda: self._store.open(uri), self._pause)

    def put_if_absent(self, uri: str, content: Content) -> bool:
        return patiently(uri, lambda: self._store.put_if_absent(uri, content), self._pause)

    def put(self, uri: str, content: Content) -> None:
        patiently(uri, lambda: self._store.put(uri, content), self._pause)
