"""Landlock: of all files, a process keeps those that it is given; no TCP, no signals to others.

Rights that a kernel does not know are left out: it has them from 5.13 on, each newer one more.

References
----------
Linux: Documentation/userspace-api/landlock.rst, include/uapi/linux/landlock.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every architecture
_VERSION, _BENEATH = 1, 1
_EXECUTE, _WRITE, _READ, _READ_FOLDER = (1 << n for n in range(4))
_TRUNCATE, _DEVICE = 1 << 14, 1 << 15
_MAKE_DEVICE_OR_SOCKET = 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11
# How many rights to files each version of the interface has, from 1 on.
_RIGHTS = (13, 14, 15, 15, 16)
_TCP_SINCE, _SCOPES_SINCE = 4, 6
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _DEVICE


def version() -> int:
    """Of the kernel's interface; 0 where it has none or it is switched off."""
    return max(0, int(ctypes.CDLL(None).syscall(_CREATE, None, 0, _VERSION)))


def restrict(read: Iterable[Path], write: Iterable[Path]) -> None:
    """Keep `read` to be read and executed and `write` to be written too, and nothing else.

    Paths that are not there are left out. The process must have given up new privileges.
    Raises OSError.
    """
    known = version()
    rights = (1 << _RIGHTS[min(known, len(_RIGHTS)) - 1]) - 1
    attributes = struct.pack("=Q", rights)
    if known >= _TCP_SINCE:
        attributes += struct.pack("=Q", 3)  # bind and connect
    if known >= _SCOPES_SINCE:
        attributes += struct.pack("=Q", 3)  # abstract sockets and signals
    rules = _call(_CREATE, attributes, len(attributes), 0)
    try:
        for path in read:
            _allow(rules, path, rights & (_EXECUTE | _READ | _READ_FOLDER))
        for path in write:
            _allow(rules, path, rights & ~_EXECUTE & ~_MAKE_DEVICE_OR_SOCKET)
        _call(_RESTRICT, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: Path, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                rights &= _OF_FILES
            _call(_ADD, rules, _BENEATH, struct.pack("=Qi", rights, descriptor), 0)
        finally:
            os.close(descriptor)


def _call(number: int, *arguments: int | bytes) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    wide = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    done = int(libc.syscall(ctypes.c_long(number), *wide))
    if done < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return done
