"""One frame of a clip, small and as it is meant to look, for people who want to see it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract import uris
from functions.contract.operation import Limits, Work
from functions.contract.receipt import Output
from functions.contract.store import Content, Store
from functions.picture.picture_request import Framing, Wish
from functions.picture.pictures import open_pictures


def thumbnail(
    uri: str, number: int | None, amf: str | None, work: Work, *, width: int
) -> npt.NDArray[np.uint8]:
    """(height, width, 3) uint8 of a frame in Rec.709, through the AMF's looks or as the clip's own
    tags say; upright.

    number : the clip's own, None of a clip of one frame

    Raises as `open_pictures`.
    """
    wish = Wish(
        input=uris.canonical(uri),
        frames=None if number is None else str(number),
        amf=amf,
        output="rec709",
        tier="view",
        framing=Framing(width=width),
        filter="area",
        upright=True,
        alpha="unsaid",
        samples="word",
    )
    with open_pictures(wish, _Unassuming(work)) as pictures:
        (frame,) = pictures.frames(pictures.resolve())
        eight = (frame.planes.astype(np.uint32) * 255 + 32767) // 65535
        return np.ascontiguousarray(eight.astype(np.uint8).transpose(1, 2, 0))


class _Unassuming:
    """A unit's work, but for what pictures assume: of a thumbnail nobody wants to know."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.store: Store = work.store
        self.scratch: Path = work.scratch
        self.limits: Limits = work.limits
        self.threads: int = work.threads

    def stage(self, name: str) -> AbstractContextManager[None]:
        return self._work.stage(name)

    def assume(self, name: str, value: Any) -> None:
        """Not in the receipt."""

    def check(self) -> None:
        self._work.check()

    def commit(self, name: str, content: Content, frame: int | None = None) -> Output:
        return self._work.commit(name, content, frame)

    def progress(self, done: int, total: int, note: str = "") -> None:
        self._work.progress(done, total, note)
