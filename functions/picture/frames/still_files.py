"""Developed pictures to committed stills of any format, on the unit's threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.contract.receipt import Output
from functions.picture.pictures import Developed, Pictures

Encode = Callable[[Developed], bytes | bytearray]


def write_still_frames(
    pictures: Pictures,
    frames: FrameRange,
    work: Work,
    *,
    encode: Encode,
    name: Callable[[int], str],
    number: Callable[[int], int] = int,
    written: int,
) -> list[Output]:
    """Develop, encode and commit every frame; what was committed, in order.

    encode : the bytes of one file; called on many threads at once
    name, number : of a frame, by the clip's own number
    written : bytes a pixel of a file (`picture.memory`)

    The error of the first bad frame is raised, and every frame before it is written.
    """
    side_by_side = pictures.side_by_side(min(work.threads, len(frames)), written)
    parts = frames.split(-(-len(frames) // side_by_side))
    failed = [len(parts)]
    done = [0]
    lock = threading.Lock()

    def one(place: int, part: FrameRange) -> list[Output]:
        written = []
        try:
            threads = max(1, work.threads // len(parts))
            for frame in pictures.frames(part, threads=threads):
                if failed[0] < place:
                    break
                with work.stage("encode"):
                    content = encode(frame)
                written.append(work.commit(name(frame.number), content, number(frame.number)))
                with lock:
                    done[0] += 1
                work.progress(done[0], len(frames))
        except BaseException:
            with lock:
                failed[0] = min(failed[0], place)
            raise
        return written

    with ThreadPoolExecutor(len(parts), thread_name_prefix="frames") as pool:
        running = [pool.submit(one, place, part) for place, part in enumerate(parts)]
    return [output for job in running for output in job.result()]
