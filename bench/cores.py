"""More cores: 1, 2, 4 ... workers, and as many threads of one worker, up to the machine's cores.

Workers are processes with a core and a clip's frames each. Their efficiency is the work of one for
a frame against that of the slowest of all, in the time that its core worked: what others on this
machine take counts for nothing, what workers take from each other (caches, memory, the system's
locks) counts. By the clock on the wall both count. A unit's threads share its frames, and its
frames if there are fewer; what they cost one another is told by the same ratio, and by how often a
thread gave its core away to wait.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.chain import FRAMES, HEIGHT, OURS, WAYS, WIDTH, start, worked
from bench.verdict import absent, goal
from demo.make_clip import make_clip

ROUNDS = 5
_OURS = next(way.command for way in WAYS if way.name == OURS)


def run() -> None:
    """Efficiency of workers and of threads, and the goal of two workers on two cores."""
    cores = sorted(os.sched_getaffinity(0))
    counts = [2**n for n in range(10) if 2**n <= len(cores)]
    if counts[-1] != len(cores):
        counts.append(len(cores))
    print(f"\nmore cores: {counts[-1]} here, {FRAMES} frames of {WIDTH}x{HEIGHT} a worker")
    if len(cores) < 2:
        print(absent("two workers on two cores", "this machine lends one core"))
        return
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="rushes-bench-", dir=memory) as folder:
        clip, out = Path(folder) / "A001", Path(folder) / "out"
        make_clip(clip, frames=FRAMES, width=WIDTH, height=HEIGHT)
        files = sorted(clip.glob("*.dng"))
        workers: dict[int, list[tuple[float, float]]] = {count: [] for count in counts}
        threads: dict[int, list[tuple[float, float, float]]] = {count: [] for count in counts}
        for _ in range(ROUNDS):
            for count in counts:
                workers[count].append(_workers(files, out, cores[:count]))
                threads[count].append(_threads(files, out, set(cores[:count])))
    print("  | cores | workers: frames of one | by the clock | threads: work of one | by the clock "
          "| waits a frame |")  # fmt: skip
    print("  | ---: | ---: | ---: | ---: | ---: | ---: |")
    for count in counts:
        many = [statistics.median(one) for one in zip(*gains(workers[1], workers[count], count),
                                                      strict=True)]  # fmt: skip
        alone = [
            (first[0] / each[0], first[1] / each[1], each[2] / FRAMES)
            for first, each in zip(threads[1], threads[count], strict=True)
        ]
        own = [statistics.median(one) for one in zip(*alone, strict=True)]
        print(
            f"  | {count} | {many[0]:.2f}x ({many[0] / count:.0%}) | {many[1]:.2f}x "
            f"| {own[0]:.0%} | {own[1]:.2f}x | {own[2]:.1f} |"
        )
    two = [each[0] for each in gains(workers[1], workers[2], 2)]
    print(goal("two workers on two cores against one", two, 1.8))


def gains(
    one: list[tuple[float, float]], many: list[tuple[float, float]], count: int
) -> list[tuple[float, float]]:
    """Of every round: how many times the frames of one worker, by work and by the clock."""
    return [(count * a[0] / b[0], count * a[1] / b[1]) for a, b in zip(one, many, strict=True)]


def _workers(files: list[Path], out: Path, cores: list[int]) -> tuple[float, float]:
    """Seconds of work of the slowest, and by the clock."""
    shutil.rmtree(out, ignore_errors=True)
    began = time.perf_counter()
    running = [start(_OURS(files, out / str(core)), core) for core in cores]
    spent = max(worked(worker).seconds for worker in running)
    return spent, time.perf_counter() - began


def _threads(files: list[Path], out: Path, cores: set[int]) -> tuple[float, float, float]:
    """Seconds of work of all threads, by the clock, and how often one waited."""
    shutil.rmtree(out, ignore_errors=True)
    began = time.perf_counter()
    worker = subprocess.Popen(
        _OURS(files, out),
        env={**os.environ, "RUSHES_THREADS": str(len(cores))},
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    _, status, used = os.wait4(worker.pid, 0)
    worker.returncode = os.waitstatus_to_exitcode(status)
    if worker.returncode:
        sys.exit(f"{worker.args!r} failed")
    return used.ru_utime + used.ru_stime, time.perf_counter() - began, used.ru_nvcsw


if __name__ == "__main__":
    run()
