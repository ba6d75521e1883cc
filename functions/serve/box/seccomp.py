"""A filter of system calls: what a unit needs is allowed, all else "is not there" (ENOSYS).

No connection, no other program, no look into another process. `socketpair` stays, which reaches
nobody else. x86-64 alone, as the kernels: elsewhere there is no filter, which is told.

References
----------
Linux: Documentation/userspace-api/seccomp_filter.rst, include/uapi/linux/{seccomp,filter,audit}.h,
arch/x86/entry/syscalls/syscall_64.tbl.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

ALLOWED = {
    "read": 0, "write": 1, "open": 2, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7,
    "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13,
    "rt_sigprocmask": 14, "rt_sigreturn": 15, "pread64": 17, "pwrite64": 18, "readv": 19,
    "writev": 20, "access": 21, "pipe": 22, "select": 23, "sched_yield": 24, "mremap": 25,
    "msync": 26, "mincore": 27, "madvise": 28, "dup": 32, "dup2": 33, "pause": 34,
    "nanosleep": 35, "getpid": 39, "sendfile": 40, "sendto": 44, "recvfrom": 45, "sendmsg": 46,
    "recvmsg": 47, "shutdown": 48, "socketpair": 53, "getsockopt": 55, "exit": 60, "uname": 63,
    "fcntl": 72, "flock": 73, "fsync": 74, "fdatasync": 75, "truncate": 76, "ftruncate": 77,
    "getdents": 78, "getcwd": 79, "rename": 82, "mkdir": 83, "rmdir": 84, "creat": 85, "link": 86,
    "unlink": 87, "readlink": 89, "umask": 95, "gettimeofday": 96, "getrlimit": 97,
    "getrusage": 98, "sysinfo": 99, "times": 100, "getuid": 102, "getgid": 104, "geteuid": 107,
    "getegid": 108, "getppid": 110, "sigaltstack": 131, "statfs": 137, "fstatfs": 138,
    "sched_getparam": 143, "sched_getscheduler": 145, "sched_get_priority_max": 146,
    "sched_get_priority_min": 147, "arch_prctl": 158, "gettid": 186, "time": 201, "futex": 202,
    "sched_getaffinity": 204, "getdents64": 217, "set_tid_address": 218,
    "restart_syscall": 219, "fadvise64": 221, "clock_gettime": 228, "clock_getres": 229,
    "clock_nanosleep": 230, "exit_group": 231, "openat": 257, "mkdirat": 258, "newfstatat": 262,
    "unlinkat": 263, "renameat": 264, "linkat": 265, "readlinkat": 267, "faccessat": 269,
    "pselect6": 270, "ppoll": 271, "set_robust_list": 273, "get_robust_list": 274,
    "sync_file_range": 277, "fallocate": 285, "eventfd2": 290, "dup3": 292, "pipe2": 293,
    "preadv": 295, "pwritev": 296, "getcpu": 309, "renameat2": 316, "getrandom": 318,
    "memfd_create": 319, "membarrier": 324, "copy_file_range": 326, "statx": 332, "rseq": 334,
    "close_range": 436, "faccessat2": 439, "futex_waitv": 449,
}  # fmt: skip
"""Numbers of syscall_64.tbl."""

_CLONE, _IOCTL, _PRCTL, _TGKILL, _PRLIMIT = 56, 16, 157, 234, 302
_CLONE_THREAD = 0x10000
_TERMINAL, _CLOSE_ON_EXEC, _NO_WAIT = 0x5401, 0x5451, 0x5421  # TCGETS, FIOCLEX, FIONBIO
_PR_SET_NAME, _PR_GET_NAME = 15, 16

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_ARCH = 0xC000003E  # AUDIT_ARCH_X86_64
_X32 = 0x40000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST = 0, 4, 16  # offsets in struct seccomp_data


def available() -> bool:
    """Whether the filter is one for this processor."""
    return platform.system() == "Linux" and platform.machine() == "x86_64"


_PROGRAMS = {"clone": 56, "fork": 57, "vfork": 58, "execve": 59, "wait4": 61, "kill": 62,
             "ioctl": 16, "tgkill": 234, "waitid": 247, "setsid": 112, "prctl": 157}  # fmt: skip


def program(pid: int, *, programs: bool = False) -> bytes:
    """The filter of a process as an array of `struct sock_filter`.

    programs : it may start others, as reader plug-ins are; they have the same filter
    """
    absent = _ERRNO | errno.ENOSYS
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCH),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, absent),
    ]
    for number in (*ALLOWED.values(), *(_PROGRAMS.values() if programs else ())):
        code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for number, argument, test, values in (
        # Threads, and no processes; names of threads; limits of oneself; `abort` of oneself.
        (_CLONE, 0, _ANY_BIT, (_CLONE_THREAD,)),
        (_IOCTL, 1, _EQUAL, (_TERMINAL, _CLOSE_ON_EXEC, _NO_WAIT)),
        (_PRCTL, 0, _EQUAL, (_PR_SET_NAME, _PR_GET_NAME)),
        (_TGKILL, 0, _EQUAL, (pid,)),
        (_PRLIMIT, 0, _EQUAL, (0,)),
    ):
        code.append((_EQUAL, 0, 2 + 2 * len(values), number))
        code.append((_LOAD, 0, 0, _FIRST + 8 * argument))
        for value in values:
            code += [(test, 0, 1, value), (_RETURN, 0, 0, _ALLOW)]
        code.append((_RETURN, 0, 0, absent))
    code.append((_RETURN, 0, 0, absent))
    return b"".join(struct.pack("=HBBI", *each) for each in code)


def install(*, programs: bool = False) -> None:
    """Filter this thread's calls and those of all threads that it starts, for ever.

    The process must have given up new privileges. Raises OSError where the kernel has no filters.
    """
    code = program(os.getpid(), programs=programs)
    buffer = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        """`struct sock_fprog`."""

        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    wanted = Program(len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(wanted), 0, 0) != 0:
        code_of = ctypes.get_errno()
        raise OSError(code_of, os.strerror(code_of))
