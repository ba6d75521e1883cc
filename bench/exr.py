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
from bench.verdict import judge
from demo.make_clip import make_clip
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.media.write.exr import ExrHeader, Planes, encode_exr
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
        verdicts: list[str] = []
        for kind in ("none", "zips", "zip", "piz"):
            ours, theirs = folder / "ours.exr", folder / "theirs.exr"
            buffer = bytearray()

            def write_ours(kind: Any = kind, buffer: bytearray = buffer, to: Path = ours) -> None:
                to.write_bytes(encode_exr(planes, ExrHeader(), kind, buffer))

            def write_theirs(kind: str = kind, to: Path = theirs) -> None:
                header = {"compression": _CODES[kind], "type": OpenEXR.scanlineimage}
                channels = dict(zip("RGB", planes, strict=True))
                OpenEXR.File(header, channels).write(str(to))

            a, b = _medians(write_ours, write_theirs)
            pixels = OpenEXR.File(str(ours)).channels()["RGB"].pixels
            if not np.array_equal(
                pixels.view(np.uint16), planes.transpose(1, 2, 0).view(np.uint16)
            ):
                raise SystemExit(f"the answer is wrong: {kind} does not read back")
            size = ours.stat().st_size / theirs.stat().st_size
            print(f"  {kind:5} {b / a:6.2f}x OpenEXR's speed, {size:5.2f}x its size")
            if kind in ("zips", "zip"):
                plain = _libdeflate(planes, 16 if kind == "zip" else 1)
                verdicts.append(judge(f"{kind} beside OpenEXR's own writer", b / a, 2))
                what = f"{kind}'s size beside libdeflate's quickest level"
                verdicts.append(judge(what, ours.stat().st_size / plain, 1.1, most=True))
        print("\n".join(verdicts))


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


def _libdeflate(planes: Planes, lines: int) -> int:
    """Bytes of the blocks when libdeflate's level 1 packs what OpenEXR's predictor leaves."""
    from imagecodecs import deflate_encode

    total = 0
    for top in range(0, planes.shape[1], lines):
        halves = planes[::-1, top : top + lines].view(np.uint16).transpose(1, 0, 2)
        flat = np.concatenate([(halves & 255).ravel(), (halves >> 8).ravel()]).astype(np.uint8)
        steps = np.diff(flat, prepend=np.uint8(0)) + np.uint8(128)
        total += 8 + min(len(deflate_encode(steps.tobytes(), 1)), flat.size)
    return total


def _medians(*writes: Callable[[], None]) -> list[float]:
    """Seconds of each; they take turns, so that what else the machine does falls on all."""
    seconds: list[list[float]] = [[] for _ in writes]
    for _ in range(ROUNDS):
        for write, found in zip(writes, seconds, strict=True):
            began = time.perf_counter()
            write()
            found.append(time.perf_counter() - began)
    return [statistics.median(found) for found in seconds]
