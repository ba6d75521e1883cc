"""`file://`: local and mounted filesystems."""

from __future__ import annotations

import builtins
import errno
import io
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from functions.contract import uris
from functions.contract.errors import (
    InvalidRequest,
    Refused,
    RushesError,
    SourceNotFound,
    StoreUnavailable,
)
from functions.contract.store import Content, Stat
from functions.storage.commit import Fill, commit, make_folders, sweep
from functions.storage.content import (
    UNNAMEABLE,
    check_size,
    is_temporary,
    nameable,
    shown,
)

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER = 128 << 10
_OPEN = "/proc/self/fd/{}"
Entry = os.DirEntry[str]
_SWEPT_AT_MOST = 4096
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_WRONG_NAME = {errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.EISDIR, errno.EFBIG}
_MISSING = {errno.ENOENT, errno.ENOTDIR}


class FileStore:
    """Implements `contract.store.Store` for canonical `file://` URIs.

    roots : absolute paths; where symbolic links lead out of them is refused. What is used is
        what was opened and then asked where it lies, so that a link that appears between a
        check and a use leads nowhere either.
    scratch : files below it may be taken over when they are put
    """

    def __init__(self, roots: builtins.list[Path], scratch: Path | None = None) -> None:
        self._roots = roots
        self._everywhere = Path("/") in roots
        self._scratch = scratch
        self._swept: set[Path] = set()
        self._lock = threading.Lock()

    def stat(self, uri: str) -> Stat:
        path = self._readable(uri)
        with _mapped(uri):
            if self._everywhere:
                return _stat(uri, _regular(uri, path.stat()))
            with self._pinned(uri, path) as descriptor:
                return _stat(uri, _regular(uri, os.fstat(descriptor)))

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        found = []
        with self._entries(folder) as entries:
            for entry in entries:
                # Before the look at each: of a flat folder a unit wants a few files.
                if not entry.name.startswith(start):
                    continue
                try:
                    if entry.is_dir():
                        continue
                    # A link that leads out shows its own size, and reading it is refused.
                    where = Path(uris.path_of(folder), entry.name)
                    follow = not entry.is_symlink() or self._is_inside(where)
                    status = entry.stat(follow_symlinks=follow)
                except OSError:
                    continue  # gone since, or a link that leads nowhere
                if stat.S_ISREG(status.st_mode) or not follow:
                    found.append(_stat(folder + entry.name, status))
        return iter(sorted(found, key=lambda each: each.uri))

    def folders(self, folder: str) -> tuple[str, ...]:
        found = []
        with self._entries(folder) as entries:
            for entry in entries:
                try:
                    if entry.is_dir():
                        found.append(f"{folder}{entry.name}/")
                except OSError:
                    continue
        return tuple(sorted(found))

    def unlisted(self, folder: str) -> dict[str, str]:
        with self._entries(folder, odd=True) as entries:
            found = {shown(entry.name): UNNAMEABLE for entry in entries}
        with self._entries(folder) as entries:
            for entry in entries:
                if kind := _no_file(entry):
                    found[entry.name] = kind
        return found

    def read(self, uri: str) -> bytes:
        with self._open(uri) as file:
            check_size(uri, os.fstat(file.fileno()).st_size)
            return file.readall()

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        if start < 0 or length < 0:
            raise InvalidRequest(f"{uri}: no range starts at {start} with {length} bytes")
        with self._open(uri) as file, _mapped(uri):
            size = os.fstat(file.fileno()).st_size
            wanted = max(0, min(length, size - start))
            parts = []
            while wanted > 0 and (part := os.pread(file.fileno(), wanted, start)):
                parts.append(part)
                start += len(part)
                wanted -= len(part)
            return b"".join(parts)

    def open(self, uri: str) -> BinaryIO:
        return io.BufferedReader(self._open(uri), _BUFFER)

    def put_if_absent(self, uri: str, content: Content) -> bool:
        return self._commit(uri, content, replace=False)

    def put(self, uri: str, content: Content) -> None:
        self._commit(uri, content, replace=True)

    def fill(self, uri: str, fill: Fill, *, replace: bool) -> bool:
        """`put` or `put_if_absent` of what `fill` writes into the open file."""
        return self._commit(uri, fill, replace=replace)

    def _commit(self, uri: str, content: Content | Fill, *, replace: bool) -> bool:
        path = _file_path(uri)
        # The parent only: the last name is replaced itself, never followed.
        self._check_inside(uri, path.parent)
        self._sweep_once(path.parent)
        given = False
        if isinstance(content, Path):
            if not content.is_file():
                raise InvalidRequest(f"{uri}: {content.name} is no file that could be put")
            given = self._scratch is not None and _is_below(content, [self._scratch])
        with _mapped(uri, writing=True):
            if self._everywhere:
                return commit(path, content, replace=replace, given=given)
            make_folders(path.parent)
            with self._pinned(uri, path.parent) as descriptor:
                target = Path(_OPEN.format(descriptor)) / path.name
                return commit(target, content, replace=replace, given=given)

    def _sweep_once(self, folder: Path) -> None:
        with self._lock:
            if folder in self._swept:
                return
            if len(self._swept) >= _SWEPT_AT_MOST:
                self._swept.clear()
            self._swept.add(folder)
        sweep(folder)

    @contextmanager
    def _entries(self, folder: str, *, odd: bool = False) -> Iterator[builtins.list[Entry]]:
        """What a folder holds; where `odd`, what no URI can name. They are asked inside alone."""
        path = Path(uris.path_of(folder))
        self._check_inside(folder, path)
        with ExitStack() as stack:
            try:
                descriptor = stack.enter_context(self._pinned(folder, path))
                entries = stack.enter_context(os.scandir(descriptor))
                found = [entry for entry in entries if not is_temporary(entry.name)]
            except RushesError:  # some of ours are OSErrors too
                raise
            except OSError as error:
                if error.errno not in _MISSING:
                    raise _contract_error(folder, error, writing=False) from error
                found = []
            yield [entry for entry in found if nameable(entry.name) is not odd]

    @contextmanager
    def _pinned(self, uri: str, path: Path) -> Iterator[int]:
        """A descriptor that stays what it is; refused where it lies outside."""
        # Of a file nothing is read: O_PATH opens pipes and devices without waking them.
        how = os.O_PATH if not path.is_dir() else os.O_RDONLY | os.O_DIRECTORY
        descriptor = os.open(path, how | os.O_CLOEXEC)
        try:
            self._check_open(uri, descriptor)
            yield descriptor
        finally:
            os.close(descriptor)

    def _check_open(self, uri: str, descriptor: int) -> None:
        if self._everywhere:
            return
        name = _OPEN.format(descriptor)
        if Path(name).is_symlink() and not self._is_inside(Path(name)):
            raise Refused(f"{uri} leads out of the allowed roots", uri=uri)

    def _open(self, uri: str) -> _File:
        path = self._readable(uri)
        with _mapped(uri):
            file = _File(uri, path)
            try:
                _regular(uri, os.fstat(file.fileno()))
                self._check_open(uri, file.fileno())
            except RushesError:
                file.close()
                raise
            return file

    def _readable(self, uri: str) -> Path:
        path = _file_path(uri)
        self._check_inside(uri, path)
        return path

    def _check_inside(self, uri: str, path: Path) -> None:
        if not self._is_inside(path):
            raise Refused(f"{uri} leads out of the allowed roots", uri=uri)

    def _is_inside(self, path: Path) -> bool:
        return self._everywhere or _is_below(path, self._roots)


class _File(io.FileIO):
    """A local file whose read errors are the contract's."""

    def __init__(self, uri: str, path: Path) -> None:
        self._uri = uri
        super().__init__(path, "rb", opener=_opener)

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        with _mapped(self._uri):
            return super().readinto(buffer) or 0

    def readall(self) -> bytes:
        with _mapped(self._uri):
            return super().readall() or b""


def _no_file(entry: os.DirEntry[str]) -> str:
    """What an entry is that is neither a file nor a folder of its own; "" for those."""
    try:
        if entry.is_dir():
            return "a link to a folder" if entry.is_symlink() else ""
        kind = entry.stat().st_mode
    except OSError:
        # Gone since, or it leads nowhere: a circle of links is among the latter.
        return "a link that leads nowhere" if entry.is_symlink() else ""
    return "" if stat.S_ISREG(kind) else "a device, pipe or socket"


def _opener(path: str, flags: int) -> int:
    # Without O_NONBLOCK the open of a named pipe waits for a writer, for ever.
    return os.open(path, flags | os.O_NONBLOCK)


def _file_path(uri: str) -> Path:
    if uri.endswith("/"):
        raise InvalidRequest(f"{uri} is a folder, and a file is meant", uri=uri)
    return Path(uris.path_of(uri))


def _is_below(path: Path, roots: builtins.list[Path]) -> bool:
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(root)) for root in roots)


def _regular(uri: str, status: os.stat_result) -> os.stat_result:
    if stat.S_ISDIR(status.st_mode):
        raise InvalidRequest(f"{uri} is a folder, and a file is meant", uri=uri)
    if not stat.S_ISREG(status.st_mode):
        raise InvalidRequest(f"{uri} is a device, pipe or socket, and no file", uri=uri)
    return status


def _stat(uri: str, status: os.stat_result) -> Stat:
    nanoseconds = status.st_mtime_ns
    return Stat(uri, status.st_size, identity=str(nanoseconds), modified=nanoseconds / 1e9)


@contextmanager
def _mapped(uri: str, *, writing: bool = False) -> Iterator[None]:
    try:
        yield
    except RushesError:
        raise
    except OSError as error:
        raise _contract_error(uri, error, writing=writing) from error


def _contract_error(uri: str, error: OSError, *, writing: bool) -> RushesError:
    code = error.errno or 0
    said = os.strerror(code) if code else str(error)
    if code in _DENIED:
        return Refused(f"{uri}: {said}", uri=uri)
    if code in _WRONG_NAME or (writing and code == errno.ENOTDIR):
        return InvalidRequest(f"{uri}: {said}", uri=uri)
    if code in _MISSING and not writing:
        return SourceNotFound(f"{uri} is not there", uri=uri)
    # A full or broken disk, a stale mount, too many open files: another worker or a later
    # moment may well succeed.
    return StoreUnavailable(f"{uri}: {said}", uri=uri)
