"""Cores of the container, from files as the kernel writes them."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from functions.serve.run.machine import (
    available_cores,
    available_memory,
    available_threads,
    usable_memory,
)


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose affinity allows eight."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))


def lay(root: Path, **files: str) -> Path:
    """Write files under a root; `__` in a name is a slash."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("DOT", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("quota", "cores"),
    [
        ("max 100000", 8),
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("10000 100000", 1),
        ("1600000 100000", 8),
        ("", 8),
        ("garbage", 8),
        ("a b", 8),
        ("100 0", 8),
    ],
)
def test_the_quota_of_cgroup_2_is_obeyed(tmp_path: Path, quota: str, cores: int) -> None:
    """cpu.max in quota and period gives whole cores, rounded up, at most the affinity's."""
    assert available_cores(lay(tmp_path, sys__fs__cgroup__cpuDOTmax=quota + "\n")) == cores


@pytest.mark.parametrize(("quota", "cores"), [("-1", 8), ("300000", 3)])
def test_the_quota_of_cgroup_1_is_obeyed(tmp_path: Path, quota: str, cores: int) -> None:
    """cpu.cfs_quota_us over its period, where -1 is no limit."""
    root = lay(
        tmp_path,
        sys__fs__cgroup__cpu__cpuDOTcfs_quota_us=quota,
        sys__fs__cgroup__cpu__cpuDOTcfs_period_us="100000",
    )
    assert available_cores(root) == cores


def test_the_tightest_group_above_counts(tmp_path: Path) -> None:
    """A limit on a parent group binds its children."""
    root = lay(
        tmp_path,
        proc__self__cgroup="0::/system.slice/rushes.service\n",
        sys__fs__cgroup__systemDOTslice__cpuDOTmax="200000 100000",
    )
    (root / "sys/fs/cgroup/system.slice/rushes.service").mkdir()
    (root / "sys/fs/cgroup/system.slice/rushes.service/cpu.max").write_text("400000 100000")
    assert available_cores(root) == 2


def test_no_cgroup_at_all_is_the_affinity(tmp_path: Path) -> None:
    """Where nothing limits, the affinity does."""
    assert available_cores(tmp_path) == 8


@pytest.mark.parametrize(
    ("text", "limit", "threads"),
    [
        ("max", None, 8),
        ("4294967296", 4 << 30, 8),
        ("1073741824", 1 << 30, 5),
        ("536870912", 512 << 20, 2),
        ("67108864", 64 << 20, 1),
        ("garbage", None, 8),
    ],
)
def test_threads_fit_the_memory_of_cgroup_2(
    tmp_path: Path, text: str, limit: int | None, threads: int
) -> None:
    """memory.max bounds the threads, each of which holds frames; one is always left."""
    root = lay(tmp_path, sys__fs__cgroup__memoryDOTmax=text + "\n")
    assert (available_memory(root), available_threads(root)) == (limit, threads)


@pytest.mark.parametrize(
    ("text", "threads"), [("9223372036854771712", 8), ("402653184", 2), ("-1", 8)]
)
def test_threads_fit_the_memory_of_cgroup_1(tmp_path: Path, text: str, threads: int) -> None:
    """memory.limit_in_bytes does too; its largest number is no limit."""
    root = lay(tmp_path, sys__fs__cgroup__memory__memoryDOTlimit_in_bytes=text + "\n")
    assert available_threads(root) == threads


def test_the_tightest_memory_above_counts(tmp_path: Path) -> None:
    """A limit on a parent group binds its children."""
    root = lay(
        tmp_path,
        proc__self__cgroup="0::/pod/container\n",
        sys__fs__cgroup__pod__memoryDOTmax="402653184\n",
        sys__fs__cgroup__pod__container__memoryDOTmax="max\n",
    )
    assert (available_memory(root), available_threads(root)) == (384 << 20, 2)


def test_usable_memory_is_the_least_that_anybody_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The container's limit, the machine's memory and this process's own limit."""
    lay(tmp_path, proc__meminfo="MemTotal:        2048 kB\nMemFree: 1 kB\n")
    assert usable_memory(tmp_path) == 2048 << 10
    lay(tmp_path, sys__fs__cgroup__memoryDOTmax="1000000\n")
    assert usable_memory(tmp_path) == 1_000_000
    monkeypatch.setattr(resource, "getrlimit", lambda what: (500_000, 900_000))
    assert usable_memory(tmp_path) == 500_000
