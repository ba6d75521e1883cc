"""What a request gives beside the clip, read: each file once, however many ask for it."""

from __future__ import annotations

from functions.contract import uris
from functions.contract.errors import LimitExceeded
from functions.contract.store import Stat, Store

# A 129-point cube written as text is 60 MB.
LARGEST = 256 * 2**20
LARGEST_TEXT = 64 * 2**20


class SidecarFiles:
    """Sidecars, look files and configs of one unit, from its store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[str, bytes] = {}

    def stat(self, uri: str) -> Stat:
        """As the store says."""
        return self._store.stat(uri)

    def read(self, uri: str, field: str, most: int = LARGEST) -> bytes:
        """The whole file. Raises LimitExceeded over `most` bytes, before it is read.

        field : of the request that named it
        """
        if uri not in self._kept:
            size = self._store.stat(uri).bytes
            if size > most:
                raise LimitExceeded(
                    f"{uris.basename(uri)} has {size} bytes, at most {most} are read",
                    field=field,
                    uri=uri,
                )
            self._kept[uri] = self._store.read(uri)
        return self._kept[uri]

    def read_text(self, uri: str, field: str) -> bytes:
        """A sidecar of text, of at most 64 MiB."""
        return self.read(uri, field, LARGEST_TEXT)
