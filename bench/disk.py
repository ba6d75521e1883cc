"""A 4K frame to a disk: committed by the storage, beside a plain write and fsync of as many bytes.

Both write into the system's temporary folder, in turns; the file is read back first. On a folder
in memory there is nothing to compare: the chain's floor has that.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.verdict import absent, judge
from functions.media.write.exr import ExrHeader, OpenFile
from functions.storage import EVERYTHING, open_store

ROUNDS, WIDTH, HEIGHT = 7, 4096, 2160
_WHAT = "a 4K frame to a disk beside a plain write and fsync, time of the core"


def run() -> None:
    """Milliseconds of the core and by the clock of both."""
    store = open_store(EVERYTHING, None)
    file = OpenFile()
    planes = file.begin(ExrHeader(), HEIGHT, WIDTH)
    noise = np.random.default_rng(3).integers(0, 15360, (HEIGHT, WIDTH), np.uint16)
    planes[...] = noise.view(np.float16)
    with tempfile.TemporaryDirectory(prefix="rushes-bench-") as name:
        target = Path(name) / "a.exr"
        if not os.major(target.parent.stat().st_dev):
            print(absent(_WHAT, "the temporary folder is on no disk"))
            return

        def plain() -> None:
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            os.write(descriptor, file.content)
            os.fsync(descriptor)
            os.close(descriptor)

        def ours() -> None:
            assert store.put_if_absent(f"file://{target}", file.content)

        ways: dict[str, Callable[[], None]] = {"plain write and fsync": plain, "commit": ours}
        spent: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        for turn in range(ROUNDS + 1):
            for way, write in ways.items():
                worked, began = time.process_time(), time.perf_counter()
                write()
                one = time.process_time() - worked, time.perf_counter() - began
                if turn:
                    spent[way].append(one)
                elif target.read_bytes() != file.content:
                    raise SystemExit("the answer is wrong: the file does not read back")
                target.unlink()
    print(f"\na frame of {len(file.content) / 1e6:.0f} MB to the disk of the temporary folder")
    for way, found in spent.items():
        core, clock = (1e3 * statistics.median(one) for one in zip(*found, strict=True))
        print(f"  {way:22} {core:6.1f} ms of a core, {clock:6.1f} ms by the clock")
    ratios = [a[0] / b[0] for a, b in zip(*spent.values(), strict=True)]
    print("  " + judge(_WHAT, statistics.median(ratios), 1))


if __name__ == "__main__":
    run()
