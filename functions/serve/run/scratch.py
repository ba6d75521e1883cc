"""Folders for temporary files that do not outlive their process, however that ends.

Each is locked (flock) by the process that made it, and the kernel lets go of the lock when that
process and its children have gone, be it by kill -9. Whoever starts takes away what nobody holds:
liveness decides, and not age or a process number, which another container counts its own way.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from functions.contract.errors import StoreUnavailable

UNIT, LOCAL, METRICS = "rushes-unit-", "rushes-local-", "rushes-metrics-"
FILES = "rushes-files-"
_OURS = (UNIT, LOCAL, METRICS, FILES)
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
_TRIES = 5
_LEAST_FREE = 1 << 16


@contextmanager
def scratch_folder(parent: Path, kind: str = UNIT) -> Iterator[Path]:
    """A new empty folder, gone at the end.

    Made at once and not at first use: a full or read-only disk is found before the work.

    Raises StoreUnavailable when it cannot be made.
    """
    folder, lock = _make(parent, kind)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def sweep(parent: Path) -> int:
    """Take away the folders of processes that have gone; how many there were.

    What belongs to another user, or is on a disk that knows no locks, is left alone.
    """
    swept = 0
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(_OURS) and entry.is_dir(follow_symlinks=False):
                swept += _sweep_one(Path(entry.path))
    return swept


@contextmanager
def files_kept_in(parent: Path) -> Iterator[None]:
    """What libraries read from files alone goes to a folder of this process.

    For who owns the process: it is `tempfile`'s folder that is another meanwhile.

    Raises StoreUnavailable when it cannot be made.
    """
    with scratch_folder(parent, FILES) as folder:
        before, tempfile.tempdir = tempfile.tempdir, str(folder)
        try:
            yield
        finally:
            tempfile.tempdir = before


def default_parent() -> Path:
    """The system's folder for temporary files, whatever `files_kept_in` makes of it."""
    found = Path(tempfile.gettempdir())
    return found.parent if found.name.startswith(FILES) else found


def is_full(error: BaseException, scratch: Path) -> bool:
    """Whether an accident of a unit is that of a full or broken disk.

    Libraries that write by themselves do not all say why they failed: a scratch without any space
    left is why.
    """
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, OSError) and cause.errno in _FULL:
            return True
        cause = cause.__cause__ or cause.__context__
    try:
        found = os.statvfs(scratch)
    except OSError:
        return True
    return found.f_bavail * found.f_frsize < _LEAST_FREE


def _make(parent: Path, kind: str) -> tuple[Path, int | None]:
    for _ in range(_TRIES):
        try:
            folder = Path(tempfile.mkdtemp(prefix=kind, dir=parent))
        except OSError as error:
            raise StoreUnavailable(
                f"the scratch folder {parent} takes no files: {error.strerror}"
            ) from error
        lock = _lock(folder)
        # Who sweeps may have been between the two steps and taken it for an old one.
        if folder.is_dir():
            return folder, lock
        if lock is not None:
            os.close(lock)
    raise StoreUnavailable(f"the scratch folder {parent} takes no files: they vanish")


def _lock(folder: Path) -> int | None:
    """An open descriptor that holds it; None where another does, or no lock is to be had."""
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        return None
    return opened


def _sweep_one(folder: Path) -> int:
    lock = _lock(folder)
    if lock is None:
        return 0
    try:
        if os.fstat(lock).st_uid != os.geteuid():
            return 0
        shutil.rmtree(folder, ignore_errors=True)
        return 1
    finally:
        os.close(lock)
