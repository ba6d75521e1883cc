"""From raw frames to committed EXR files, on as many threads as the unit may use."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.contract.receipt import Output
from functions.debayer.headers import exr_header
from functions.media.exr import ExrHeader, OpenFile, encode_exr
from functions.picture import Developed, Pictures

if TYPE_CHECKING:
    from functions.debayer.handler import DebayerRequest

Planes = npt.NDArray[np.float16]


def develop_frames(
    request: DebayerRequest, pictures: Pictures, frames: FrameRange, work: Work
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
            pool.submit(_develop_part, request, pictures, part, work, team, place)
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
    pictures: Pictures,
    frames: FrameRange,
    work: Work,
    team: _Team,
    place: int,
) -> None:
    from functions.debayer.handler import output_name

    name = output_name(request, pictures.facts.name)
    in_place = request.compression == "none"
    try:
        with _Behind(work, team) as behind:
            header = partial(_header, request, pictures)

            def target(coming: Developed) -> Planes:
                with work.stage("encode"):
                    return behind.open_file().begin(header(coming), coming.height, coming.width)

            made = pictures.frames(
                frames,
                threads=team.bands,
                target=target if in_place else None,
                order="bgr" if in_place else "rgb",
            )
            # Asked before a frame is read: what an earlier part could not do, ends this one.
            while team.wants(place) and (frame := next(made, None)) is not None:
                content: bytearray | memoryview = behind.open_file().content
                if not in_place:
                    with work.stage("encode"):
                        content = encode_exr(
                            frame.planes, header(frame), request.compression, behind.buffer()
                        )
                file = f"{name}.{frame.number:0{pictures.facts.padding}d}.exr"
                behind.commit(file, content, frame.number)
            made.close()
    except BaseException:
        team.fails(place)
        raise


def _header(request: DebayerRequest, pictures: Pictures, frame: Developed) -> ExrHeader:
    plan = pictures.plan
    return exr_header(
        pictures.facts,
        frame,
        frame.number,
        request.space,
        request.compression,
        pixel_aspect=plan.pixel_aspect if plan.geometry is not None else None,
    )


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
