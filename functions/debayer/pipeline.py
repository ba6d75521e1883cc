"""From raw frames to committed EXR files, on as many threads as the unit may use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import kernels
from functions.colour.dng import Development, camera_to_aces
from functions.contract.clip import ClipFacts, RawFrame
from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.contract.receipt import Output
from functions.debayer.headers import exr_header
from functions.media import open_clip
from functions.media.exr import OpenFile, encode_exr

if TYPE_CHECKING:
    from functions.debayer.handler import DebayerRequest

Planes = npt.NDArray[np.float16]
_IDENTITY = np.eye(3)


def develop_frames(
    request: DebayerRequest, facts: ClipFacts, frames: FrameRange, work: Work
) -> None:
    """Develop, encode and commit every frame of `frames`.

    The error of the first bad frame is raised and every frame before it is written, as one
    thread alone would do: a part goes on when a later one fails, and stops when an earlier
    one does.
    """
    from functions.debayer.handler import chunks

    parts = chunks(frames, work.threads)
    team = _Team(len(frames), work, work.threads // len(parts))
    with ThreadPoolExecutor(len(parts), thread_name_prefix="debayer") as pool:
        running = [
            pool.submit(_develop_part, request, facts, part, work, team, place)
            for place, part in enumerate(parts)
        ]
    for job in running:
        job.result()


class _Team:
    """What the threads of a unit know of each other: frames done, the first part that failed.

    bands : threads that share each frame, more than 1 when there are fewer frames than threads
    """

    def __init__(self, total: int, work: Work, bands: int) -> None:
        self.bands = bands
        self._total = total
        self._work = work
        self._done = 0
        self._failed = total
        self._lock = threading.Lock()

    def one_more(self) -> None:
        with self._lock:
            self._done += 1
            done = self._done
        self._work.progress(done, self._total)

    def fails(self, place: int) -> None:
        with self._lock:
            self._failed = min(self._failed, place)

    def wants(self, place: int) -> bool:
        """Whether no part before this one has failed."""
        return self._failed >= place


def _develop_part(
    request: DebayerRequest,
    facts: ClipFacts,
    frames: FrameRange,
    work: Work,
    team: _Team,
    place: int,
) -> None:
    from functions.debayer.handler import output_name

    name = output_name(request, facts.name)
    planes: Planes | None = None
    clip = open_clip(request.input, work.store, work.limits)
    try:
        with _Behind(work, team) as behind:
            source = iter(clip.frames(frames))
            while team.wants(place):
                work.check()
                with work.stage("decode"):
                    frame = next(source, None)
                if frame is None:
                    break
                header = exr_header(facts, frame, frame.number, request.space, request.compression)
                content: bytearray | memoryview
                if request.compression == "none":
                    open_file = behind.open_file()
                    with work.stage("encode"):
                        target = open_file.begin(header, frame.crop[3], frame.crop[2])
                    _develop(request, frame, work, target, team.bands, backwards=True)
                    content = open_file.content
                else:
                    planes = _develop(request, frame, work, _fitting(planes, frame), team.bands)
                    with work.stage("encode"):
                        content = encode_exr(planes, header, request.compression, behind.buffer())
                behind.commit(f"{name}.{frame.number:0{facts.padding}d}.exr", content, frame.number)
    except BaseException:
        team.fails(place)
        raise
    finally:
        clip.close()


class _Behind:
    """Commits one frame while the next is made: a disk's fsync costs as much as a debayer.

    At most one commit is under way, so its error is the first one, and two buffers take
    turns.
    """

    def __init__(self, work: Work, team: _Team) -> None:
        self._work = work
        self._team = team
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._running: Future[Output] | None = None
        self._buffers: list[bytearray | None] = [None, None]
        self._files = [OpenFile(), OpenFile()]

    def __enter__(self) -> _Behind:
        return self

    def __exit__(self, *error: object) -> None:
        # An earlier frame's failed commit is raised in place of a later frame's error.
        try:
            self._settle()
        finally:
            self._thread.shutdown()

    def buffer(self) -> bytearray | None:
        """Memory of an encoded file that no commit reads."""
        return self._buffers[0]

    def open_file(self) -> OpenFile:
        """An uncompressed file that no commit reads."""
        return self._files[0]

    def commit(self, file: str, content: bytearray | memoryview, frame: int) -> None:
        """Wait for the commit before, then start this one."""
        self._settle()
        self._files.reverse()
        if isinstance(content, bytearray):
            self._buffers = [self._buffers[1], content]
        self._running = self._thread.submit(self._work.commit, file, content, frame)

    def _settle(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.result()
            self._team.one_more()


def _fitting(planes: Planes | None, frame: RawFrame) -> Planes:
    """Planes of the frame's crop: those of an earlier frame where they fit."""
    shape = (3, frame.crop[3], frame.crop[2])
    return planes if planes is not None and planes.shape == shape else np.empty(shape, np.float16)


def _develop(
    request: DebayerRequest,
    frame: RawFrame,
    work: Work,
    out: Planes,
    bands: int,
    *,
    backwards: bool = False,
) -> Planes:
    """(3, h, w) half of the frame's crop into `out`: R, G, B, or B, G, R `backwards`."""
    with work.stage("colour"):
        colour = camera_to_aces(frame.camera, frame.layout)
        for key, value in colour.assumed.items():
            work.assume(key, value)
        matrix = np.asarray(colour.matrix) if request.space == "aces" else _IDENTITY
        if backwards:
            matrix = matrix[::-1]
    with work.stage("debayer"):
        develop = _kernel(request, frame, colour, matrix, out)
        edges = sorted({out.shape[1] * band // bands for band in range(bands + 1)})
        if len(edges) > 2:
            with ThreadPoolExecutor(bands, thread_name_prefix="band") as pool:
                list(pool.map(lambda rows: develop(rows=rows), pairwise(edges)))
        else:
            develop()
    return out


def _kernel(
    request: DebayerRequest,
    frame: RawFrame,
    colour: Development,
    matrix: npt.NDArray[np.float64],
    out: Planes,
) -> Callable[..., Planes]:
    """The frame's own way through the kernels; called with `rows=`, for a band of it."""
    same: dict[str, Any] = {"white": frame.white, "matrix": matrix, "crop": frame.crop, "out": out}
    if frame.layout != "cfa":
        run = kernels.develop_linear if frame.layout == "linear" else kernels.develop_mono
        return partial(run, frame.pixels, black=frame.black[:3], gains=colour.gains, **same)
    assert frame.pattern is not None
    return partial(
        kernels.develop,
        frame.pixels,
        frame.pattern,
        black=frame.black,
        gains=_site_gains(colour, frame.pattern),
        method=request.method,
        **same,
    )


def _site_gains(colour: Development, pattern: str) -> tuple[float, float, float, float]:
    """White balance of each CFA site in reading order of the 2x2 cell."""
    one, two, three, four = (colour.gains["RGB".index(letter)] for letter in pattern)
    return one, two, three, four
