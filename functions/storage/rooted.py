"""The front door of storage: which URIs are allowed, and which store answers for them."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from functions.contract import uris
from functions.contract.errors import Refused
from functions.contract.store import Content, Stat, Store
from functions.storage.settings import S3Settings

if TYPE_CHECKING:
    from functions.storage.commit import Fill

ALL_BUCKETS = "s3://"


class RootedStore:
    """Implements `contract.store.Store`: every verb is checked against the roots first.

    The check here is on names; the file store checks again where symbolic links lead.
    """

    def __init__(self, roots: tuple[str, ...], s3: S3Settings | None, scratch: Path | None) -> None:
        self._roots = tuple(_canonical_root(root) for root in roots)
        self._s3_settings = s3
        self._scratch = scratch
        self._stores: dict[str, Store] = {}

    def stat(self, uri: str) -> Stat:
        uri, store = self._allowed(uri)
        return store.stat(uri)

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        folder, store = self._allowed(folder)
        return store.list(uris.folder(folder), start)

    def folders(self, folder: str) -> tuple[str, ...]:
        folder, store = self._allowed(folder)
        return store.folders(uris.folder(folder))

    def unlisted(self, folder: str) -> dict[str, str]:
        folder, store = self._allowed(folder)
        return store.unlisted(uris.folder(folder))

    def read(self, uri: str) -> bytes:
        uri, store = self._allowed(uri)
        return store.read(uri)

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        uri, store = self._allowed(uri)
        return store.read_range(uri, start, length)

    def open(self, uri: str) -> BinaryIO:
        uri, store = self._allowed(uri)
        return store.open(uri)

    def put_if_absent(self, uri: str, content: Content) -> bool:
        uri, store = self._allowed(uri)
        return store.put_if_absent(uri, content)

    def put(self, uri: str, content: Content) -> None:
        uri, store = self._allowed(uri)
        store.put(uri, content)

    def fill(self, uri: str, fill: Fill, *, replace: bool) -> bool:
        """A local file of what `fill` writes; False where one stands that is not to be replaced."""
        from functions.storage.file import FileStore

        uri, store = self._allowed(uri)
        if not isinstance(store, FileStore):
            raise Refused(f"{uri} is no local file", uri=uri)
        return store.fill(uri, fill, replace=replace)

    def _allowed(self, uri: str) -> tuple[str, Store]:
        # Made canonical again: a check of names is worth nothing on a name with `..` in it.
        uri = uris.canonical(uri)
        if not uris.within(uri, self._roots):
            raise Refused(f"{uri} is outside the allowed roots", uri=uri)
        return uri, self._store(uri)

    def _store(self, uri: str) -> Store:
        scheme = uris.scheme_of(uri)
        if scheme not in self._stores:
            self._stores[scheme] = self._open(scheme, uri)
        return self._stores[scheme]

    def _open(self, scheme: str, uri: str) -> Store:
        if scheme == "file":
            from functions.storage.file import FileStore

            return FileStore(self._local_roots(), self._scratch)
        if self._s3_settings is None:
            raise Refused(f"{uri}: s3 is off, there are no settings for it", uri=uri)
        from functions.storage.s3 import S3Store

        return S3Store(self._s3_settings)

    def _local_roots(self) -> builtins.list[Path]:
        return [Path(uris.path_of(root)) for root in self._roots if root.startswith("file://")]


def _canonical_root(root: str) -> str:
    return root if root == ALL_BUCKETS else uris.canonical(root)
