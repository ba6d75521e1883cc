"""One frame of a clip, small and as it is meant to look, for people who want to see it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from functions.contract import uris
from functions.contract.errors import InvalidRequest
from functions.contract.operation import Limits, Work
from functions.contract.receipt import Output
from functions.contract.store import Content, Store
from functions.picture.picture_spec import Framing, PictureSpec
from functions.picture.pictures import open_pictures


def thumbnail(
    uri: str, number: int | None, amf: str | None, work: Work, *, width: int
) -> npt.NDArray[np.uint8]:
    """(height, width, 3) uint8 of a frame in Rec.709, through the AMF's looks or as the clip's own
    tags say; upright.

    number : the clip's own, None of a clip of one frame

    Raises as `open_pictures`.
    """
    frames = None if number is None else str(number)
    return view(PictureSpec(input=uris.canonical(uri), frames=frames, amf=amf), work, width=width)


def view(spec: PictureSpec, work: Work, *, width: int) -> npt.NDArray[np.uint8]:
    """The same of the one frame of a spec, with its decisions.

    A framing that the spec asks for is made first, as large as it says, and then reduced. An AMF
    that names another clip than this file is left out. Raises as `open_pictures`.
    """
    seen: dict[str, Any] = {
        "output": "rec709", "tier": "view", "baked": False, "samples": "word",
    }  # fmt: skip
    framed = spec.framing.asks or spec.fdl is not None
    if not framed:
        seen |= {"framing": Framing(width=width), "filter": "area"}
    looked_at = msgspec.structs.replace(spec, upright=True, alpha="unsaid", **seen)
    try:
        planes = _planes(looked_at, work)
    except InvalidRequest:
        if spec.amf is None:
            raise
        planes = _planes(msgspec.structs.replace(looked_at, amf=None), work)
    eight = ((planes.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    picture = np.ascontiguousarray(eight.transpose(1, 2, 0))
    return _reduced(picture, width) if framed and picture.shape[1] > width else picture


def _planes(spec: PictureSpec, work: Work) -> npt.NDArray[np.uint16]:
    with open_pictures(spec, _Unassuming(work)) as pictures:
        (frame,) = pictures.frames(pictures.resolve())
        return np.array(frame.planes)


def _reduced(picture: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.uint8]:
    from kernels.resample import resize

    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    smaller = resize(picture.astype(np.float32), width, height, filter="area")
    return np.ascontiguousarray(np.rint(np.clip(smaller, 0, 255)).astype(np.uint8))


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
