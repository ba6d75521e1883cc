"""What only the pixels tell: black and frozen frames, log where light should be, NaN."""

from __future__ import annotations

import mmap
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from math import isqrt
from pathlib import Path

import numpy as np
import xxhash

from functions.contract.errors import DamagedSource
from functions.contract.operation import Work
from functions.lint.findings import Finding, error, warning
from functions.lint.frames import Frame
from functions.media.stills.exr_structure import read_exr_planes
from functions.media.stills.local_file import local_file

# Log curves put black near 0.09 and 100 % white near 0.6: nothing near 0, nothing above 1,
# the middle of the picture high, and stops of it between. Scene light of a real picture has
# deep shadows, or, where it is a wall, no range. Held against twenty real pictures and eight
# curves; what it misses is dark, what it wrongly takes for log is light without a shadow.
_LOG_FLOOR, _LOG_CEILING, _LOG_MIDDLE, _LOG_RANGE = 0.04, 1.001, 0.11, 2.5
_RARE = 0.0005
_HOLE = 4096
_ENOUGH, _FEWEST = 20_000, 8_192


@dataclass(frozen=True, slots=True)
class Pixels:
    """What was measured of one frame.

    digest : of all R, G, B samples
    low, middle, high : percentile 0.05, median and maximum of the finite samples of a grid that
        are not exactly zero, as the bars around a picture are
    odd : share of samples that are NaN or infinite; black : every sample is zero
    """

    frame: Frame
    digest: str
    low: float
    middle: float
    high: float
    odd: float
    black: bool


def measure(frames: Sequence[Frame], work: Work) -> Iterator[Pixels | Finding]:
    """Decode and measure frames on the unit's cores, in order."""
    count, done, lock = len(frames), 0, threading.Lock()

    def one(frame: Frame) -> Pixels | Finding:
        nonlocal done
        work.check()
        found = _measured(frame, work)
        with lock:
            done += 1
            now = done
        work.progress(now, count)
        return found

    with ThreadPoolExecutor(max(1, work.threads), thread_name_prefix="lint") as pool:
        try:
            yield from pool.map(one, frames)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def check_pixels(measured: Sequence[Pixels], path: str, *, scene_linear: bool) -> Iterator[Finding]:
    """Findings of what was measured, in the order of the frames."""
    for each in measured:
        where = (each.frame.file.path, each.frame.file.number)
        if each.black:
            yield error("black-frame", "every sample is zero", *where)
        if each.odd:
            share = f"{each.odd:.2%}" if each.odd >= 1e-4 else "a few"
            yield warning("not-finite", f"{share} of the samples are NaN or infinite", *where)
    for before, after in pairwise(measured):
        if before.digest == after.digest and not after.black:
            detail = f"the picture is that of frame {before.frame.file.number}, sample for sample"
            yield warning("frozen-frame", detail, after.frame.file.path, after.frame.file.number)
    # A thumbnail has too few samples to tell light without shadows from log.
    pictures = [
        each
        for each in measured
        if not each.black
        and each.odd < 1
        and each.frame.facts.width * each.frame.facts.height >= _FEWEST
    ]
    alike = [each for each in pictures if _looks_log(each)]
    others = [each.low for each in pictures if not _looks_log(each)]
    # One frame may be a flash; one that stands out of the dark of all others is not.
    if scene_linear and alike and (not others or max(others) < _LOG_FLOOR / 2):
        low = min(each.low for each in alike)
        high = max(each.high for each in alike)
        first = alike[0].frame.file if others else None
        detail = (
            f"samples lie between {low:.3f} and {high:.3f}, as log or display code values do: "
            "EXR holds linear light"
        )
        # A bright wall can look so too: somebody has to look.
        if first is None:
            yield warning("log-in-exr", detail, path)
        else:
            yield warning("log-in-exr", detail, first.path, first.number)


def _looks_log(pixels: Pixels) -> bool:
    return (
        pixels.low > _LOG_FLOOR
        and pixels.high <= _LOG_CEILING
        and pixels.middle > _LOG_MIDDLE
        and pixels.high > pixels.low * _LOG_RANGE
    )


def _measured(frame: Frame, work: Work) -> Pixels | Finding:
    file = frame.file
    try:
        with local_file(work.store, file.stat.uri) as path:
            if frame.facts.compression != "none" and _has_hole(path, frame.facts.head):
                detail = f"{_HOLE} zeros in a row in its compressed pixels: a copy left a hole"
                return error("unreadable", detail, file.path, file.number)
            with work.stage("decode"):
                planes = read_exr_planes(path)
    except DamagedSource as wrong:
        return error("unreadable", wrong.detail, file.path, file.number)
    colours = [planes[name] for name in "RGB" if name in planes] or list(planes.values())
    digest = xxhash.xxh64()
    black, odd, total = True, 0, 0
    samples = []
    for plane in colours:
        digest.update(plane.tobytes())
        black = black and not plane.any()
        odd += int(plane.size - np.isfinite(plane).sum())
        total += plane.size
        # Every seventh row and column of a camera's picture is enough for percentiles.
        step = max(1, min(7, isqrt(plane.size // _ENOUGH)))
        samples.append(plane[::step, ::step].astype(np.float32).ravel())
    grid = np.concatenate(samples)
    grid = grid[np.isfinite(grid) & (grid != 0)]
    low, middle = np.quantile(grid, (_RARE, 0.5)) if grid.size else (0.0, 0.0)
    high = float(grid.max()) if grid.size else 0.0
    return Pixels(frame, digest.hexdigest(), float(low), float(middle), high, odd / total, black)


def _has_hole(path: Path, start: int) -> bool:
    """Whether a page of zeros stands where a compressor never writes one; PIZ decodes it to
    some picture or other."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(bytes(_HOLE), start) >= 0
