"""EXR writing beside OpenEXR's own writer used plainly: one thread, one 4096x2160 frame."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR

import kernels
from demo.make_clip import make_clip
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.media.exr import ExrHeader, Planes, encode_exr
from functions.storage import EVERYTHING, open_store

ROUNDS = 5
_CODES = {
    "none": OpenEXR.NO_COMPRESSION,
    "zips": OpenEXR.ZIPS_COMPRESSION,
    "zip": OpenEXR.ZIP_COMPRESSION,
    "piz": OpenEXR.PIZ_COMPRESSION,
}


def run() -> None:
    """Print time and size of each compression as ratios to OpenEXR's."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="rushes-bench-", dir=memory) as name:
        folder = Path(name)
        planes = _developed(folder)
        print("\nEXR writing, one thread, a 4096x2160 frame with sensor noise")
        for kind in ("none", "zips", "zip", "piz"):
            ours, theirs = folder / "ours.exr", folder / "theirs.exr"
            buffer = bytearray()

            def write_ours(kind: Any = kind, buffer: bytearray = buffer, to: Path = ours) -> None:
                to.write_bytes(encode_exr(planes, ExrHeader(), kind, buffer))

            def write_theirs(kind: str = kind, to: Path = theirs) -> None:
                header = {"compression": _CODES[kind], "type": OpenEXR.scanlineimage}
                channels = dict(zip("RGB", planes, strict=True))
                OpenEXR.File(header, channels).write(str(to))

            a, b = _median(write_ours), _median(write_theirs)
            pixels = OpenEXR.File(str(ours)).channels()["RGB"].pixels
            if not np.array_equal(
                pixels.view(np.uint16), planes.transpose(1, 2, 0).view(np.uint16)
            ):
                raise SystemExit(f"the answer is wrong: {kind} does not read back")
            size = ours.stat().st_size / theirs.stat().st_size
            print(f"  {kind:5} {b / a:6.2f}x OpenEXR's speed, {size:5.2f}x its size")


def _developed(folder: Path) -> Planes:
    clip_folder = folder / "A001"
    make_clip(clip_folder, frames=1, width=4096, height=2160)
    store = open_store(EVERYTHING, None)
    clip = open_clip(f"file://{clip_folder}", store, Limits())
    frame = next(iter(clip.frames(clip.numbers())))
    assert frame.pattern is not None
    return kernels.develop(
        frame.pixels,
        frame.pattern,
        black=frame.black,
        white=frame.white,
        gains=1.0,
        matrix=np.eye(3),
        crop=frame.crop,
    )


def _median(write: Callable[[], None]) -> float:
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        write()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)
