"""Local commit: a file becomes visible whole, survives a power cut, and is replaced only on
purpose.

A file without a name (O_TMPFILE), write, fsync, then `link` (which never replaces), then
fsync of the folder: a worker killed in between leaves nothing. Where the filesystem has no
such files, and for `rename` (which always replaces), a temporary name in the same folder: it
may be left behind, nothing lists it and a later writer removes it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from functions.contract.store import Content
from functions.storage.content import STALE_SECONDS, flat, is_temporary, temporary_name

Fill = Callable[[int], None]
"""Writes a content into an empty file that is open."""

_BLOCK = 4 << 20
# O_DIRECT wants memory, places and lengths in whole blocks of the device: 512 bytes, or 4096.
_PAGE = 4096
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
# A folder's fsync is refused by some network and FUSE filesystems, which have none.
_NO_FSYNC = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF}
# What kernels and filesystems without O_TMPFILE say, and how those say it who read it as an
# open of the folder for writing.
_NO_UNNAMED = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOSYS, errno.ENOENT}
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def commit(target: Path, content: Content | Fill, *, replace: bool, given: bool) -> bool:
    """Put `content` at `target`; its folders are made.

    given : `content` is a file that may be taken over instead of copied

    Returns False, with nothing changed, when something stands there and `replace` is False.
    Raises OSError as the system gave it.
    """
    try:
        standing = target.lstat()
    except FileNotFoundError:
        pass
    else:
        if stat.S_ISDIR(standing.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
        if not replace:
            return False
    make_folders(target.parent)
    if not replace and (done := _commit_unnamed(target, content, given=given)) is not None:
        return done
    with _temporary(target.parent) as temporary:
        taken = isinstance(content, Path) and given and _take_over(content, temporary)
        if not taken:
            _write(temporary, content)
        if replace:
            temporary.replace(target)
        elif not rename_new(temporary, target):
            return False
        fsync_folder(target.parent)
        if taken and isinstance(content, Path):
            with contextlib.suppress(OSError):  # one by its descriptor is its owner's to remove
                content.unlink()
    return True


def make_folders(folder: Path) -> None:
    """Make a folder and its parents so that they survive a power cut."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        try:
            each.mkdir()
        except FileExistsError as error:
            if not each.is_dir():
                raise NotADirectoryError(
                    errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(each)
                ) from error
        fsync_folder(each.parent)


def fsync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where the filesystem can."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FSYNC:
            raise
    finally:
        os.close(descriptor)


def rename_new(temporary: Path, target: Path) -> bool:
    """Give `temporary` the name `target`, or return False when that name is taken."""
    try:
        os.link(temporary, target, follow_symlinks=False)
    except FileExistsError:
        # A network filesystem that lost the first reply says so of our own success.
        return _same_file(temporary, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _rename_without_links(temporary, target)
    return True


def sweep(folder: Path) -> None:
    """Remove the temporaries of workers that were killed long ago.

    Another writer's may go at any moment and a folder may be read-only: neither matters.
    """
    oldest = time.time() - STALE_SECONDS
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_temporary(entry.name):
                with contextlib.suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_mtime < oldest:
                        Path(entry.path).unlink()


def _commit_unnamed(target: Path, content: Content | Fill, *, given: bool) -> bool | None:
    """`commit` of what is to replace nothing; None where the filesystem cannot do it so."""
    if (given and isinstance(content, Path)) or not hasattr(os, "O_TMPFILE"):
        return None
    try:
        descriptor = _unnamed(target.parent)
    except OSError as error:
        if error.errno in _NO_UNNAMED:
            return None
        raise
    try:
        _fill(descriptor, content)
        try:
            _link(descriptor, target)
        except FileExistsError:
            if not _is_at(descriptor, target):
                return False
        except OSError as error:
            if error.errno in _NO_LINKS | {errno.ENOENT, errno.EXDEV}:
                return None
            raise
    finally:
        os.close(descriptor)
    fsync_folder(target.parent)
    return True


def _unnamed(folder: Path) -> int:
    return os.open(folder, os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o666)


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    path = folder / temporary_name()
    try:
        yield path
    finally:
        # After a link this is the second name of the output; after a rename it is gone.
        with contextlib.suppress(OSError):
            path.unlink()


def _create(path: Path) -> int:
    # 0666 less the umask, as any program's output; mkstemp's 0600 locks out the next one.
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)


def _write(path: Path, content: Content | Fill) -> None:
    descriptor = _create(path)
    try:
        _fill(descriptor, content)
    finally:
        os.close(descriptor)


def _fill(descriptor: int, content: Content | Fill) -> None:
    if isinstance(content, Path):
        with content.open("rb", buffering=0) as source:
            block = memoryview(bytearray(_BLOCK))
            while count := source.readinto(block):
                _write_all(descriptor, block[:count])
    elif callable(content):
        content(descriptor)
    else:
        write_whole(descriptor, flat(content))
    os.fsync(descriptor)


def write_whole(descriptor: int, content: memoryview) -> None:
    """All of a content that is in memory, into an open file that is empty."""
    _write_all(descriptor, content[_write_direct(descriptor, content) :])


def _write_direct(descriptor: int, content: memoryview) -> int:
    """Write what begins with a page of memory past the page cache; returns how many bytes.

    fsync follows at once, so that the cache saves nothing: for a 4K frame it costs a copy, 13,000
    pages and twice the time. Only on a block device (tmpfs and network filesystems have no use for
    it), and as far as the filesystem goes along: the rest is written as any other bytes.
    """
    if content.nbytes < _BLOCK or content.readonly or not os.major(os.fstat(descriptor).st_dev):
        return 0
    import ctypes

    if ctypes.addressof(ctypes.c_char.from_buffer(content)) % _PAGE:
        return 0
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    done, whole = 0, content.nbytes // _PAGE * _PAGE
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_DIRECT)
        while done < whole:
            done += os.write(descriptor, content[done:whole])
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.EOPNOTSUPP}:
            raise
    finally:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)
    return done


def _write_all(descriptor: int, block: memoryview) -> None:
    while block.nbytes:
        block = block[os.write(descriptor, block) :]


def _take_over(source: Path, temporary: Path) -> bool:
    """A second name for `source` beside the target, or False where that cannot be.

    A second name and not a move: when the target turns out to be taken, the caller still
    has its file. By its descriptor: it is the file that was opened, whatever has its name since.
    """
    descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if os.fstat(descriptor).st_dev != temporary.parent.stat().st_dev:
            return False
        # First what takes long: whoever is killed meanwhile leaves no second name.
        os.fchmod(descriptor, _new_file_mode(temporary.parent))
        os.fsync(descriptor)
        _link(descriptor, temporary)
    except OSError as error:
        if error.errno in _NO_LINKS | {errno.EXDEV, errno.ENOENT}:
            return False
        raise
    finally:
        os.close(descriptor)
    return True


def _link(descriptor: int, target: Path) -> None:
    """Give an open file a name."""
    # By way of /proc: to link the descriptor itself is a right of root's. Without a folder's
    # descriptor, which means nothing here, Python calls link(2), and that one follows no links.
    name = f"/proc/self/fd/{descriptor}"
    os.link(name, target, src_dir_fd=descriptor, follow_symlinks=True)


def _new_file_mode(folder: Path) -> int:
    # The umask cannot be read without setting it, which other threads would notice.
    with _temporary(folder) as path:
        try:
            descriptor = _unnamed(folder)
        except (OSError, AttributeError):
            descriptor = _create(path)
        try:
            return stat.S_IMODE(os.fstat(descriptor).st_mode)
        finally:
            os.close(descriptor)


def _same_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samestat(one.lstat(), other.lstat())
    except FileNotFoundError:
        return False


def _is_at(descriptor: int, target: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), target.lstat())
    except FileNotFoundError:
        return False


def _rename_without_links(temporary: Path, target: Path) -> bool:
    """For FAT, some FUSE and SMB mounts: renameat2(2), and at the very last a look first.

    The look is no promise against a second writer at the same instant; writers of one unit
    write the same bytes, so such a race costs nothing but the work.
    """
    code = _renameat2(temporary, target)
    if code == errno.EEXIST:
        return False
    if code in {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}:
        if os.path.lexists(target):
            return False
        temporary.rename(target)
    elif code:
        raise OSError(code, os.strerror(code), str(target))
    return True


def _renameat2(temporary: Path, target: Path) -> int:
    """0, or the error number of renameat2(RENAME_NOREPLACE)."""
    import ctypes

    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return errno.ENOSYS
    names = os.fsencode(temporary), os.fsencode(target)
    if call(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_NOREPLACE) == 0:
        return 0
    return ctypes.get_errno()
