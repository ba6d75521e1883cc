"""An object store in memory: names without folders, and a note of every read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from functions.contract.errors import SourceNotFound
from functions.contract.store import Content, Stat

ROOT = "s3://camera/"


class MemoryStore:
    """Implements `contract.store.Store` over a dict of name to bytes."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = {ROOT + name: content for name, content in files.items()}
        self.read_whole: list[str] = []
        self.bytes_read = 0

    def _content(self, uri: str) -> bytes:
        if uri not in self.files:
            raise SourceNotFound(f"{uri} is not there", uri=uri)
        return self.files[uri]

    def stat(self, uri: str) -> Stat:
        return Stat(uri, len(self._content(uri)), "1")

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        for uri in sorted(self.files):
            if uri.startswith(folder + start) and "/" not in uri[len(folder) :]:
                yield self.stat(uri)

    def folders(self, folder: str) -> tuple[str, ...]:
        deeper = {u[len(folder) :].split("/")[0] for u in self.files if u.startswith(folder)}
        return tuple(
            f"{folder}{name}/" for name in sorted(deeper) if folder + name not in self.files
        )

    def unlisted(self, folder: str) -> dict[str, str]:
        return {}

    def read(self, uri: str) -> bytes:
        self.read_whole.append(uri)
        return self._content(uri)

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        self.bytes_read += length
        return self._content(uri)[start : start + length]

    def open(self, uri: str) -> BinaryIO:
        return io.BytesIO(self._content(uri))

    def put_if_absent(self, uri: str, content: Content) -> bool:
        raise NotImplementedError

    def put(self, uri: str, content: Content) -> None:
        raise NotImplementedError
