"""How many cores and how much memory this process may use: the container's, not the host's."""

from __future__ import annotations

import math
import os
import resource
from pathlib import Path

_ROOT = Path("/")
# A thread at work on a 4096 x 2160 frame holds some 150 MB; the rest of the process as much.
_BYTES_A_THREAD = 192 << 20
# cgroup v1 says "no limit" as the largest number of whole pages.
_NO_LIMIT = 1 << 60


def available_threads(root: Path = _ROOT) -> int:
    """Cores, or fewer where the container's memory does not hold a frame for each; at least 1.

    A thread too many costs the whole container: the kernel kills it for memory.
    """
    memory = available_memory(root)
    cores = available_cores(root)
    return cores if memory is None else max(1, min(cores, memory // _BYTES_A_THREAD))


def available_memory(root: Path = _ROOT) -> int | None:
    """The container's limit in bytes, None when it has none."""
    first = root / "sys/fs/cgroup/memory/memory.limit_in_bytes"
    files = [first, *(folder / "memory.max" for folder in _groups(root))]
    words = (_words(file) for file in files)
    limits = [int(w[0]) for w in words if w and w[0].isdigit() and 0 < int(w[0]) < _NO_LIMIT]
    return min(limits, default=None)


def usable_memory(root: Path = _ROOT) -> int:
    """Bytes that this process may take: the container's, the machine's or its own limit
    (`ulimit -v`), whichever is least."""
    limits = [available_memory(root), bytes_told(root / "proc/meminfo", "MemTotal")]
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        limits.append(soft)
    return min((limit for limit in limits if limit), default=_NO_LIMIT)


def bytes_told(file: Path, name: str) -> int | None:
    """A size that the kernel tells in a line `name: 2048 kB`; None where it does not."""
    words = (line.split() for line in _lines(file))
    return next((int(found[1]) << 10 for found in words if found[:1] == [f"{name}:"]), None)


def available_cores(root: Path = _ROOT) -> int:
    """Whole cores, at least 1: the least of affinity and cgroup quota.

    A quota of 1.5 cores gives 2: a thread that waits for input leaves its share to the
    others, and one thread fewer would waste the half.
    """
    quotas = [q for q in (_quota_v2(root), _quota_v1(root)) if q is not None]
    return max(1, min([len(os.sched_getaffinity(0)), *map(math.ceil, quotas)]))


def _quota_v2(root: Path) -> float | None:
    """The tightest `cpu.max` between this process's cgroup and the root (cgroup-v2.rst)."""
    found: list[float] = []
    for folder in _groups(root):
        words = _words(folder / "cpu.max")
        if len(words) == 2 and all(word.isdigit() and int(word) for word in words):
            found.append(int(words[0]) / int(words[1]))
    return min(found, default=None)


def _quota_v1(root: Path) -> float | None:
    base = root / "sys/fs/cgroup/cpu"
    quota, period = _words(base / "cpu.cfs_quota_us"), _words(base / "cpu.cfs_period_us")
    if all(words and words[0].isdigit() and int(words[0]) for words in (quota, period)):
        return int(quota[0]) / int(period[0])
    return None


def _groups(root: Path) -> list[Path]:
    """Folders of the root's cgroup, this process's own, and those between."""
    own = (line[3:] for line in _lines(root / "proc/self/cgroup") if line.startswith("0::"))
    folders = [root / "sys/fs/cgroup"]
    for part in next(own, "").split("/"):
        if part and part != "..":
            folders.append(folders[-1] / part)
    return folders


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def _words(path: Path) -> list[str]:
    lines = _lines(path)
    return lines[0].split() if lines else []
