"""A seekable reader over ranges: what is read is fetched, and little beside it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from functions.storage.seekable import Seekable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 1 << 20
KEPT = 16
AHEAD = 8

Fetch = Callable[[int, int], bytes]


class BlockReader(Seekable):
    """Reads blocks of 1 MiB through `fetch`, keeps 16, and looks ahead on sequential reads.

    A request to an object store costs some 20 ms whatever it asks for, which is 1 to 2 MiB
    of transfer: smaller blocks pay in requests, larger ones in bytes. Reading on doubles
    the number of blocks of one request up to 8; a jump starts again at one. A read of 4
    blocks or more goes straight into the caller's buffer, in one request.

    fetch : (start, length) to exactly that many bytes; errors are its own
    size : of the whole, in bytes

    Attributes
    ----------
    fetched, requests : bytes and calls so far
    """

    def __init__(self, fetch: Fetch, size: int, *, block: int = BLOCK) -> None:
        super().__init__(size)
        self._fetch = fetch
        self._block = block
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._next = -1
        self._window = 1
        self.fetched = 0
        self.requests = 0

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self._size - self._at)
        if wanted <= 0:
            return 0
        if wanted >= 4 * self._block:
            view[:wanted] = self._get(self._at, wanted)
            self._at += wanted
            return wanted
        done = 0
        while done < wanted:
            index, offset = divmod(self._at, self._block)
            needed = -(-(offset + wanted - done) // self._block)
            part = self._have(index, needed)[offset : offset + wanted - done]
            view[done : done + len(part)] = part
            done += len(part)
            self._at += len(part)
        return done

    def readall(self) -> bytes:
        start, self._at = self._at, max(self._at, self._size)
        return self._get(start, self._size - start) if start < self._size else b""

    def _have(self, index: int, needed: int) -> bytes:
        if index not in self._kept:
            self._load(index, needed)
        self._kept.move_to_end(index)
        return self._kept[index]

    def _load(self, index: int, needed: int) -> None:
        self._window = min(self._window * 2, AHEAD) if index == self._next else 1
        window = max(self._window, needed)
        stop = index + 1
        last = -(-self._size // self._block)
        while stop < min(index + window, last) and stop not in self._kept:
            stop += 1
        self._next = stop
        start = index * self._block
        data = self._get(start, min(stop * self._block, self._size) - start)
        # The block that was asked for goes in last: it must outlive those ahead of it.
        for each in reversed(range(index, stop)):
            offset = (each - index) * self._block
            self._kept[each] = data[offset : offset + self._block]
            self._kept.move_to_end(each)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _get(self, start: int, length: int) -> bytes:
        self.requests += 1
        self.fetched += length
        return self._fetch(start, length)
