"""All that holds a child: limits of the kernel, Landlock, seccomp, in that order."""

from __future__ import annotations

import contextlib
import ctypes
import resource
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from functions.media.plugins.module_path import module_folders
from functions.serve.box import landlock, seccomp
from functions.serve.run.machine import bytes_told

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_KILL = 9
_FILES = 4096
# What the C library and decoders look up beside their own files; devices; the processor's facts.
_SYSTEM = (
    "/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo",
    "/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/dev/zero", "/proc/cpuinfo",
    "/proc/meminfo", "/sys/devices/system/cpu",
)  # fmt: skip


def die_with_parent() -> None:
    """Have the kernel end this process when the one that forked it has gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _KILL, 0, 0, 0)


def confine(
    *, programs: bool, memory: int, cpu: int | None, read: Sequence[Path], scratch: Path
) -> list[str]:
    """Take from this process, which has one thread, whatever a unit does not need.

    programs : it may start others (reader plug-ins), held by the same
    memory : bytes that it may take beside what it has
    cpu : seconds of all its cores together; None for no limit
    read : folders of the storage; beside them are our own modules and the system's libraries
    scratch : the one folder that may be written to

    Returns what holds, in words; the kernel may know no Landlock or no filters.
    """
    own = (bytes_told(Path("/proc/self/status"), "VmData") or 0) + memory
    limits = {resource.RLIMIT_DATA: own, resource.RLIMIT_CORE: 0, resource.RLIMIT_NOFILE: _FILES}
    if cpu is not None:
        limits[resource.RLIMIT_CPU] = cpu
    for limit, value in limits.items():
        _, hard = resource.getrlimit(limit)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))
    # The kernel looks for somebody to end when a container is full: this one, and no server.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    holds = ["memory", "files", *(["cpu"] if cpu is not None else [])]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return holds
    if landlock.version():
        folders = [*map(Path, _SYSTEM), *_modules(), *read]
        landlock.restrict(folders, [scratch, Path("/dev/null")])
        holds.append(f"landlock {landlock.version()}")
    if seccomp.available():
        with contextlib.suppress(OSError):
            seccomp.install(programs=programs)
            holds.append("seccomp")
    return holds


def _modules() -> list[Path]:
    """Where Python's modules and ours are; a virtual environment's base too."""
    standard = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    found = [*module_folders(), *standard, sys.prefix, sys.base_prefix]
    return [Path(each) for each in dict.fromkeys(found) if Path(each).parent != Path(each)]
