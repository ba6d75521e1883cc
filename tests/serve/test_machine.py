"""Cores of the container, from files as the kernel writes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from functions.serve.machine import available_cores


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
