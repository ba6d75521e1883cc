"""Developed pictures to committed EXR files, on as many threads as the unit may use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.contract.receipt import Output
from functions.media.write.exr import Depth, OpenFile, encode_exr
from functions.media.write.exr_header import Compression, ExrHeader
from functions.picture.memory import EXR_FILE
from functions.picture.pictures import Developed, Pictures


def write_exr_frames(
    pictures: Pictures,
    frames: FrameRange,
    work: Work,
    *,
    compression: Compression,
    header: Callable[[Developed], ExrHeader],
    name: Callable[[int], str],
    number: Callable[[int], int] = int,
) -> list[Output]:
    """Develop, encode and commit every frame of `frames`; what was committed, in order.

    Threads share the unit by runs of neighbouring frames; fewer frames than threads share
    each frame. The error of the first bad frame is raised and every frame before it is
    written, as one thread alone would do: a part goes on when a later one fails, and stops
    when an earlier one does.

    The files hold what the plan's samples are, halves or floats.

    header, name : of a frame's file; `name` is given the clip's own number
    number : the number that the receipt calls the frame by
    """
    written = EXR_FILE * (2 if pictures.plan.samples == "float" else 1)
    side_by_side = pictures.side_by_side(min(work.threads, len(frames)), written)
    parts = frames.split(-(-len(frames) // side_by_side))
    team = _Team(len(frames), work)

    def one(place: int, part: FrameRange) -> list[Output]:
        writer = _Part(pictures, work, team, compression, header, name, number)
        return writer.write(part, place, max(1, work.threads // len(parts)))

    with ThreadPoolExecutor(len(parts), thread_name_prefix="frames") as pool:
        running = [pool.submit(one, place, part) for place, part in enumerate(parts)]
    return [output for job in running for output in job.result()]


class _Team:
    """What the threads of a unit know of each other: frames done, the first part that failed."""

    def __init__(self, total: int, work: Work) -> None:
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


class _Part:
    """One thread's run of frames."""

    def __init__(
        self,
        pictures: Pictures,
        work: Work,
        team: _Team,
        compression: Compression,
        header: Callable[[Developed], ExrHeader],
        name: Callable[[int], str],
        number: Callable[[int], int],
    ) -> None:
        self._pictures, self._work, self._team = pictures, work, team
        self._compression: Compression = compression
        self._header, self._name, self._number = header, name, number

    def write(self, frames: FrameRange, place: int, threads: int) -> list[Output]:
        alpha = self._pictures.plan.alpha is not None
        in_place = self._compression == "none" and not alpha
        order: Literal["rgb", "bgr"] = "bgr" if in_place else "rgb"
        depth: Depth = "float" if self._pictures.plan.samples == "float" else "half"
        try:
            with _Behind(self._work, self._team, depth) as behind:

                def target(frame: Developed) -> npt.NDArray[Any]:
                    # The kernel writes into the rows of the file itself.
                    header = self._header(frame)
                    return behind.open_file().begin(header, frame.height, frame.width)

                source = self._pictures.frames(
                    frames, threads=threads, target=target if in_place else None, order=order
                )
                for frame in source:
                    if not self._team.wants(place):
                        break
                    content: bytearray | memoryview
                    if in_place:
                        content = behind.open_file().content
                    else:
                        with self._work.stage("encode"):
                            header, planes = self._header(frame), frame.planes
                            if frame.alpha is not None:
                                planes = np.concatenate([planes, frame.alpha[None]])
                            content = encode_exr(planes, header, self._compression, behind.buffer())
                    behind.commit(self._name(frame.number), content, self._number(frame.number))
                return behind.settled()
        except BaseException:
            self._team.fails(place)
            raise


class _Behind:
    """Commits one frame while the next is made: a disk's fsync costs as much as a debayer.

    At most one commit is under way, so its error is the first one, and two buffers take
    turns.
    """

    def __init__(self, work: Work, team: _Team, depth: Depth) -> None:
        self._work = work
        self._team = team
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._running: Future[Output] | None = None
        self._buffers: list[bytearray | None] = [None, None]
        self._files = [OpenFile(depth), OpenFile(depth)]
        self._outputs: list[Output] = []

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

    def settled(self) -> list[Output]:
        """All that was committed, the last one too."""
        self._settle()
        return self._outputs

    def _settle(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            self._outputs.append(running.result())
            self._team.one_more()
