"""The box: what a unit costs in a confined process of its own, beside the same unit without one.

Both runners take turns at a 4K unit of 24 frames, and at one that does next to nothing. Files are
in memory. Pixels are compared before anything is timed.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.verdict import judge
from demo.make_clip import make_clip
from functions.serve.box.runner import BoxedRunner
from functions.serve.run.catalog import Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings

ROUNDS, FRAMES = 7, 24


def run() -> None:
    """Print milliseconds of both, and what the box adds."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="rushes-bench-", dir=memory) as name:
        folder = Path(name)
        make_clip(folder / "A001", frames=FRAMES, width=4096, height=2160)
        environ = {"RUSHES_ROOTS": name, "RUSHES_SCRATCH": name, "FUNCTION": "debayer"}
        settings = Settings.read(environ)
        boxed = BoxedRunner(settings, Catalog(), served=True)
        runners: dict[str, Runner | BoxedRunner] = {
            "plain": Runner(settings, Catalog(), served=True),
            "boxed": boxed,
        }
        print(f"\nthe box ({boxed.warm_up()['box']}), {ROUNDS} rounds")
        times: dict[tuple[str, str], list[float]] = {}
        for turn in range(ROUNDS + 1):
            for which, runner in runners.items():
                out = folder / which
                fields = {"input": f"file://{name}/A001/", "output": f"file://{out}/"}
                for what in ("a 4K unit of 24 frames", "a unit that is done already"):
                    began = time.perf_counter()
                    runner.run("debayer", fields)
                    if turn:  # the first loads what all others have
                        times.setdefault((what, which), []).append(time.perf_counter() - began)
            names = [path.name for path in (folder / "plain").glob("*.exr")]
            same = filecmp.cmpfiles(folder / "plain", folder / "boxed", names, shallow=False)
            assert len(same[0]) == FRAMES
            for which in runners:
                shutil.rmtree(folder / which)
        for (what, which), spent in times.items():
            low, high = 1e3 * min(spent), 1e3 * max(spent)
            print(f"  {1e3 * median(spent):7.1f} ms  ({low:.1f}-{high:.1f})  {what}, {which}")
        unit, short = "a 4K unit of 24 frames", "a unit that is done already"
        added = 1e3 * (min(times[short, "boxed"]) - min(times[short, "plain"]))
        print(f"  {added:7.1f} ms  of each unit: its process")
        # The quickest of each: what else a machine does is in the others.
        ratio = min(times[unit, "boxed"]) / min(times[unit, "plain"])
        print(
            judge("a boxed 4K unit of 24 frames beside one without a box", ratio, 1.05, most=True)
        )


if __name__ == "__main__":
    run()
