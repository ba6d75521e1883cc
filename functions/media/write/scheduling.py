"""The system's scheduling of our threads, which an encoder does not get to change."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def never_real_time() -> Iterator[None]:
    """Threads that became real-time inside are scheduled as usual afterwards.

    SVT-AV1 gives its own threads, and the one that opens it, SCHED_FIFO at the highest priority
    where it runs as root: beside them the machine serves nobody else, and whatever the process
    starts later inherits it.
    """
    usual = os.sched_getscheduler(0) == os.SCHED_OTHER
    try:
        yield
    finally:
        for task in Path("/proc/self/task").iterdir() if usual else ():
            with suppress(OSError):  # it has just ended, or a box denies it, as it did the encoder
                if os.sched_getscheduler(int(task.name)) == os.SCHED_FIFO:
                    os.sched_setscheduler(int(task.name), os.SCHED_OTHER, os.sched_param(0))
