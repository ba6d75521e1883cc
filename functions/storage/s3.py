"""`s3://`: AWS S3, and what speaks its language (SeaweedFS, MinIO, Ceph, R2)."""

from __future__ import annotations

import contextlib
import io
import mmap
import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal
from urllib.parse import urlsplit

import obstore
import obstore.store

from functions.contract import uris
from functions.contract.errors import InvalidRequest, RushesError, SourceNotFound, StoreUnavailable
from functions.contract.store import Content, Stat
from functions.storage.blocks import BlockReader
from functions.storage.content import (
    STALE_SECONDS,
    UNNAMEABLE,
    check_size,
    flat,
    is_temporary,
    nameable,
    shown,
    temporary_name,
)
from functions.storage.s3_errors import mapped, status_of
from functions.storage.settings import S3Settings

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer
    from obstore import GetOptions, ObjectMeta
    from obstore.store import ClientConfig, S3Config

    Mode = Literal["create", "overwrite"]

LONGEST_KEY = 1024
LOOK_FIRST = 8 << 20
"""From this size a HEAD goes before a conditional put: it is cheaper than a vain upload."""
SINGLE_PUT = 256 << 20
"""Local files up to this size go in one request; its pages count as memory meanwhile."""
LARGEST_COPY = 5 << 30
"""S3 copies, and takes in one request, no more than this."""
_PART = 16 << 20
_PARTS = 9000
_UPLOADS_AT_ONCE = 4
_RETRIES = 5
_PAGE = 1000
_LONGEST_TRANSFER = 300.0
_HOST = re.compile(r"^([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$")


_PUTS = 3


class S3Store:
    """Implements `contract.store.Store` for canonical `s3://` URIs. Keys are literal.

    Conditional puts are `If-None-Match: *`: one of two writers wins, whatever their order.
    A file too large for one request goes under a temporary key first and is copied by the
    server on the same condition; above 5 GiB, which no server copies at once, the key is
    looked at and then written, so that of two writers in the same seconds the later wins.
    """

    def __init__(self, settings: S3Settings) -> None:
        _check(settings)
        self._settings = settings
        self._clients: dict[tuple[str, bool], obstore.store.S3Store] = {}
        self._lock = threading.Lock()

    def stat(self, uri: str) -> Stat:
        with self._reading(uri) as (client, key):
            return _stat(uri, obstore.head(client, key))

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        prefix = uris.path_of(folder)
        found = self._from(folder, start) if start else self._listed(folder)[0]
        # A key that is the folder itself is a marker, as web consoles leave them: no file.
        files = (m for m in found if m["path"].startswith(prefix))
        bucket = uris.bucket_of(folder)
        stats = [
            _stat(f"s3://{bucket}/{m['path']}", m)
            for m in files
            if not is_temporary(uris.basename(m["path"]))
        ]
        return iter(sorted(stats, key=lambda each: each.uri))

    def folders(self, folder: str) -> tuple[str, ...]:
        bucket = uris.bucket_of(folder)
        return tuple(sorted(f"s3://{bucket}/{each}/" for each in self._listed(folder)[1]))

    def unlisted(self, folder: str) -> dict[str, str]:
        objects, below = self._listed(folder)
        names = [uris.basename(path) for path in (*(m["path"] for m in objects), *below)]
        return {shown(name): UNNAMEABLE for name in names if not nameable(name)}

    def read(self, uri: str) -> bytes:
        with self._reading(uri) as (client, key):
            found = obstore.get(client, key)
            check_size(uri, found.meta["size"])
            return found.bytes().to_bytes()

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        if start < 0 or length < 0:
            raise InvalidRequest(f"{uri}: no range starts at {start} with {length} bytes")
        if length == 0:
            self.stat(uri)
            return b""
        with self._reading(uri) as (client, key):
            try:
                return obstore.get_range(client, key, start=start, length=length).to_bytes()
            except obstore.exceptions.GenericError as error:
                if status_of(error) == 416:
                    return b""
                raise

    def open(self, uri: str) -> BinaryIO:
        with self._reading(uri) as (client, key):
            meta = obstore.head(client, key)

        def fetch(start: int, length: int) -> bytes:
            client, key = self._at(uri)
            # The tag holds the reader to one version: half of each is no picture.
            options: GetOptions = {"range": (start, start + length)}
            if meta["e_tag"]:
                options["if_match"] = meta["e_tag"]
            with mapped(uri):
                data = obstore.get(client, key, options=options).bytes().to_bytes()
            if len(data) != length:
                raise StoreUnavailable(f"{uri}: {len(data)} of {length} bytes came", uri=uri)
            return data

        return io.BufferedReader(BlockReader(fetch, meta["size"]), 64 << 10)

    def put_if_absent(self, uri: str, content: Content) -> bool:
        _, key = self._at(uri)
        size = _size(uri, content)
        if size >= LOOK_FIRST and self._exists(uri):
            return False
        if isinstance(content, Path) and size > SINGLE_PUT:
            return self._put_large_if_absent(uri, content, size)
        for _ in range(_PUTS):
            try:
                with mapped(uri):
                    self._put_single(uri, key, content, size, "create")
            except _Taken:
                # A 412 can be false: of a proxy, or of an upload that was broken off.
                if self._exists(uri):
                    return False
                continue
            return True
        raise StoreUnavailable(f"{uri} is said to stand, and is not there", uri=uri)

    def put(self, uri: str, content: Content) -> None:
        _, key = self._at(uri)
        size = _size(uri, content)
        with mapped(uri):
            if isinstance(content, Path) and size > SINGLE_PUT:
                self._put_parts(uri, key, content, size)
            else:
                self._put_single(uri, key, content, size, "overwrite")

    def _put_single(self, uri: str, key: str, content: Content, size: int, mode: Mode) -> None:
        client = self._client(uris.bucket_of(uri), upload=size >= LOOK_FIRST)
        try:
            obstore.put(client, key, _payload(content, size), mode=mode, use_multipart=False)
        except obstore.exceptions.AlreadyExistsError as error:
            raise _Taken(uri) from error

    def _put_parts(self, uri: str, key: str, content: Path, size: int) -> None:
        obstore.put(
            self._client(uris.bucket_of(uri), upload=True),
            key,
            content,
            use_multipart=True,
            chunk_size=max(_PART, -(-size // _PARTS)),
            max_concurrency=_UPLOADS_AT_ONCE,
        )

    def _put_large_if_absent(self, uri: str, content: Path, size: int) -> bool:
        client, key = self._at(uri)
        if size > LARGEST_COPY:
            with mapped(uri):
                self._put_parts(uri, key, content, size)
            return True
        self._sweep(uris.parent(uri))
        temporary = uris.path_of(uris.join(uris.parent(uri), temporary_name()))
        with mapped(uri):
            try:
                self._put_parts(uri, temporary, content, size)
                obstore.copy(
                    self._client(uris.bucket_of(uri), upload=True), temporary, key, overwrite=False
                )
            except obstore.exceptions.AlreadyExistsError:
                return False
            finally:
                with contextlib.suppress(obstore.exceptions.BaseError, FileNotFoundError):
                    obstore.delete(client, temporary)
        return True

    def _sweep(self, folder: str) -> None:
        """Remove the temporaries of workers that were killed long ago, if we may."""
        oldest = time.time() - STALE_SECONDS
        with contextlib.suppress(RushesError, obstore.exceptions.BaseError, OSError):
            stale = [
                m["path"]
                for m in self._listed(folder)[0]
                if is_temporary(uris.basename(m["path"]))
                and m["last_modified"].timestamp() < oldest
            ]
            if stale:
                obstore.delete(self._client(uris.bucket_of(folder)), stale)

    def _listed(self, folder: str) -> tuple[Sequence[ObjectMeta], Sequence[str]]:
        client = self._client(uris.bucket_of(folder))
        prefix = uris.path_of(folder).rstrip("/")
        with mapped(folder):
            listed = obstore.list_with_delimiter(client, prefix or None)
        return listed["objects"], listed["common_prefixes"]

    def _from(self, folder: str, start: str) -> Sequence[ObjectMeta]:
        """Objects of a folder whose names begin so.

        The client knows prefixes of whole names only. Keys come in order, so it is asked for those
        after the last that could be smaller, and left at the first that is larger: of a folder of
        a hundred thousand frames a clip costs a page and not a hundred.
        """
        client = self._client(uris.bucket_of(folder))
        path = uris.path_of(folder)
        first = path + start
        found: list[ObjectMeta] = []
        with mapped(folder):
            pages = obstore.list(
                client, path.rstrip("/") or None, offset=first[:-1] or None, chunk_size=_PAGE
            )
            for each in (each for page in pages for each in page):
                if not each["path"].startswith(first):
                    if each["path"] > first:
                        break
                elif "/" not in each["path"][len(first) :]:
                    found.append(each)
        return found

    def _exists(self, uri: str) -> bool:
        client, key = self._at(uri)
        with mapped(uri):
            try:
                obstore.head(client, key)
            except FileNotFoundError:
                return False
        return True

    @contextmanager
    def _reading(self, uri: str) -> Iterator[tuple[obstore.store.S3Store, str]]:
        """For reading: what is missing may be a folder, which is another mistake."""
        client, key = self._at(uri)
        try:
            with mapped(uri):
                yield client, key
        except SourceNotFound as missing:
            if self._is_folder(client, key):
                raise InvalidRequest(
                    f"{uri} is a folder, and a file is meant", uri=uri
                ) from missing
            raise

    @staticmethod
    def _is_folder(client: obstore.store.S3Store, key: str) -> bool:
        # Who may read and not list is told "not there", which is true as well.
        with contextlib.suppress(obstore.exceptions.BaseError, OSError):
            return any(page for page in obstore.list(client, key, chunk_size=1))
        return False

    def _at(self, uri: str) -> tuple[obstore.store.S3Store, str]:
        key = uris.path_of(uri)
        if not key or key.endswith("/"):
            raise InvalidRequest(f"{uri} is a folder, and a file is meant", uri=uri)
        if len(key.encode()) > LONGEST_KEY:
            raise InvalidRequest(f"{uri}: a key has at most {LONGEST_KEY} bytes", uri=uri)
        return self._client(uris.bucket_of(uri)), key

    def _client(self, bucket: str, *, upload: bool = False) -> obstore.store.S3Store:
        _check_process()
        with self._lock:
            client = self._clients.get((bucket, upload))
            if client is None:
                client = _open_client(self._settings, bucket, upload=upload)
                self._clients[bucket, upload] = client
            return client


class _Taken(Exception):
    """Something stands at the key of a conditional put."""


_users: set[int] = set()


def _check_process() -> None:
    # The client's threads do not survive a fork and its sockets do: one call from the child
    # hangs the child, and its parent with it.
    _users.add(os.getpid())
    if len(_users) > 1:
        raise StoreUnavailable(
            "S3 was in use already when this process was forked: fork earlier, or spawn"
        )


def _open_client(settings: S3Settings, bucket: str, *, upload: bool) -> obstore.store.S3Store:
    """upload : for large bodies, whose answer comes only after all of them was sent"""
    given: S3Config = {
        "virtual_hosted_style_request": settings.virtual_hosted_style,
        "copy_if_not_exists": "multipart",
    }
    if settings.endpoint is not None:
        given["endpoint"] = _endpoint(settings.endpoint, bucket, settings.virtual_hosted_style)
    if settings.region is not None:
        given["region"] = settings.region
    if settings.access_key_id is not None:
        given["access_key_id"] = settings.access_key_id
    if settings.secret_access_key is not None:
        given["secret_access_key"] = settings.secret_access_key
    if settings.session_token is not None:
        given["session_token"] = settings.session_token
    client: ClientConfig = {
        "allow_http": settings.allow_http,
        "connect_timeout": timedelta(seconds=min(5.0, settings.answer_seconds)),
        "timeout": timedelta(seconds=_LONGEST_TRANSFER),
    }
    if not upload:
        client["read_timeout"] = timedelta(seconds=settings.answer_seconds)
    with mapped(f"s3://{bucket}/"):
        return obstore.store.S3Store(
            bucket,
            config=given,
            client_options=client,
            retry_config={
                "max_retries": _RETRIES,
                "retry_timeout": timedelta(seconds=settings.retry_seconds),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=100),
                    "max_backoff": timedelta(seconds=3),
                    "base": 2,
                },
            },
        )


def _check(settings: S3Settings) -> None:
    # The client says of a bad address what it says of a dead server, or panics.
    if settings.endpoint is not None:
        parts = urlsplit(settings.endpoint)
        if parts.scheme not in ("http", "https") or not _HOST.match(parts.netloc):
            raise InvalidRequest(f"the S3 endpoint {settings.endpoint!r} is no http(s) URL")
        if parts.scheme == "http" and not settings.allow_http:
            raise InvalidRequest(f"the S3 endpoint {settings.endpoint!r} has no TLS: allow it")
    if (settings.access_key_id is None) != (settings.secret_access_key is None):
        raise InvalidRequest("an S3 key needs both its id and its secret")


def _endpoint(endpoint: str, bucket: str, virtual_hosted_style: bool) -> str:
    if not virtual_hosted_style:
        return endpoint
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{bucket}.{parts.netloc}{parts.path}"


def _stat(uri: str, meta: ObjectMeta) -> Stat:
    tag = meta["e_tag"]
    identity = tag.strip('"') if tag else meta["last_modified"].isoformat()
    return Stat(uri, meta["size"], identity, modified=meta["last_modified"].timestamp())


def _size(uri: str, content: Content) -> int:
    if not isinstance(content, Path):
        return memoryview(content).nbytes
    if not content.is_file():
        raise InvalidRequest(f"{uri}: {content.name} is no file that could be put")
    return content.stat().st_size


def _payload(content: Content, size: int) -> Buffer:
    if not isinstance(content, Path):
        return flat(content)
    if size == 0:
        return b""  # an empty file cannot be mapped
    with content.open("rb") as file:
        return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
