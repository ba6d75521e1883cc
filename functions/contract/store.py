"""The few verbs that storage has, as a protocol that every room may name."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

import msgspec

from functions.contract.errors import LimitExceeded

Content = bytes | bytearray | memoryview | Path
"""What can be put: bytes, or a local file that is streamed."""

Made = TypeVar("Made")


class Stat(msgspec.Struct, frozen=True):
    """One file or object.

    identity : changes when the content does: the entity tag of an object; modification
        time in nanoseconds of a file (what rsync and make trust)
    modified : seconds since 1970 UTC, where the storage says it
    """

    uri: str
    bytes: int
    identity: str
    modified: float | None = None


class Store(Protocol):
    """Files and objects by canonical URI.

    Every verb raises SourceNotFound, Refused (outside the roots, permission denied),
    InvalidRequest (a folder where a file is meant) or StoreUnavailable (retryable), and
    nothing else.
    """

    def stat(self, uri: str) -> Stat:
        """Size and identity of one file or object."""
        ...

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        """Files directly inside a folder or prefix, sorted by name; empty if there is none.

        start : those alone whose names begin so: one clip's of a folder of a thousand
        """
        ...

    def folders(self, folder: str) -> tuple[str, ...]:
        """Folders (common prefixes) directly inside, sorted, with their trailing slashes."""
        ...

    def unlisted(self, folder: str) -> dict[str, str]:
        """What else is directly inside: names that `list` leaves out and links to folders,
        with what each is. A seal over the folder must not pass them over in silence."""
        ...

    def read(self, uri: str) -> bytes:
        """The whole content."""
        ...

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        """`length` bytes from `start`; fewer at the end, none past it."""
        ...

    def open(self, uri: str) -> BinaryIO:
        """A seekable reader that fetches what is read, in blocks; nothing is staged whole."""
        ...

    def put_if_absent(self, uri: str, content: Content) -> bool:
        """Make it visible whole, or return False and leave what stands there."""
        ...

    def put(self, uri: str, content: Content) -> None:
        """Make it visible whole, in place of what stands there."""
        ...


def read_within(store: Store, uri: str, most: int) -> bytes:
    """A whole file of at most `most` bytes, asked for its size first: sidecars are strangers'.

    Raises LimitExceeded with both figures, and as `Store.read`.
    """
    size = store.stat(uri).bytes
    if size > most:
        raise LimitExceeded(f"{uri} has {size} bytes, at most {most} are read", uri=uri)
    return store.read(uri)


def remembered(store: Store, key: Hashable, make: Callable[[], Made]) -> Made:
    """What `make` gives, or what it gave before for this key of this store.

    Only a store that stands still for a while remembers, by a method `remember`: a plan of
    100,000 units of one folder sorts its names once. Others make it each time.
    """
    remember = getattr(store, "remember", None)
    return make() if remember is None else remember(key, make)


def beginning(listed: tuple[Stat, ...], start: str) -> tuple[Stat, ...]:
    """Of a listing sorted by URI, the part whose URIs begin so; the rest is not looked at."""
    first = bisect_left(listed, start, key=lambda stat: stat.uri)
    last = first
    while last < len(listed) and listed[last].uri.startswith(start):
        last += 1
    return listed[first:last]
