"""A decoded clip of arrays, a store in memory, and work that notes what is assumed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from functions.contract.camera import CameraRecord
from functions.contract.clip import Clip, ClipFacts, RawFrame
from functions.contract.errors import UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.contract.picture import ColourTags, Picture, PictureFacts
from functions.contract.receipt import Output
from functions.contract.store import Content
from functions.contract.timecode import Timecode
from functions.media.open.clip_files import ClipFiles
from functions.picture import Pictures, PictureSpec, open_pictures
from tests.media.memory_store import ROOT, MemoryStore

Planes = npt.NDArray[Any]


class FakeClip:
    """A clip whose every frame is the same picture."""

    def __init__(self, facts: ClipFacts, picture: Picture, count: int = 3) -> None:
        self._facts, self._picture, self._count = facts, picture, count

    @property
    def facts(self) -> ClipFacts:
        return self._facts

    @property
    def notes(self) -> tuple[str, ...]:
        return ()

    def numbers(self) -> FrameRange:
        return FrameRange(0, self._count)

    def frames(self, wanted: FrameRange) -> Iterator[RawFrame]:
        raise UnsupportedMedia("no camera raw")

    def pictures(self, wanted: FrameRange) -> Iterator[Picture]:
        for number in wanted:
            self._picture.number = number
            yield self._picture

    def close(self) -> None:
        pass


class FakeFiles(ClipFiles):
    """That clip, opened already."""

    def __init__(self, clip: FakeClip) -> None:
        super().__init__(f"{ROOT}A001.mov", MemoryStore({}), Limits())
        self.__dict__["clip"] = clip

    def reader(self) -> Clip:
        return self.clip


class FakeWork:
    """Implements the part of `contract.operation.Work` that pictures touch."""

    def __init__(self, files: Mapping[str, bytes] | None = None, threads: int = 1) -> None:
        self.store = MemoryStore(dict(files or {}))
        self.scratch = Path("unused")
        self.limits = Limits()
        self.threads = threads
        self.assumed: dict[str, Any] = {}
        self._lock = threading.Lock()

    def stage(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()

    def assume(self, name: str, value: Any) -> None:
        with self._lock:
            self.assumed[name] = value

    def check(self) -> None:
        pass

    def commit(self, name: str, content: Content, frame: int | None = None) -> Output:
        raise NotImplementedError

    def progress(self, done: int, total: int, note: str = "") -> None:
        pass


def decoded(
    image: Planes,
    *,
    bits: int = 0,
    full: bool = True,
    tags: ColourTags | None = None,
    name: str = "A001",
    camera: CameraRecord | None = None,
    **picture: Any,
) -> FakeClip:
    """A clip of (3, h, w) `image`."""
    height, width = image.shape[1:]
    facts = ClipFacts(
        container="mov",
        codec="prores",
        layout=None,
        width=width,
        height=height,
        name=name,
        rate=Fraction(24),
        start=Timecode(86400, Fraction(24)),
        camera=camera or CameraRecord(),
        picture=PictureFacts(colour=tags or ColourTags(), **picture),
    )
    planes = (image[0], image[1], image[2])
    return FakeClip(facts, Picture(0, planes, "rgb", bits, full))


class Studio:
    """Opens specs on a fake clip."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def open(self, clip: FakeClip, work: FakeWork | None = None, **spec: Any) -> Pictures:
        """Pictures of a clip; sidecars are files of `work`'s store by their bare names."""
        self._patch.setattr("functions.picture.pictures.clip_files", lambda *_: FakeFiles(clip))
        uris = {
            key: ROOT + value
            for key, value in spec.items()
            if key in ("amf", "fdl", "config") and value is not None
        }
        looks = tuple(ROOT + look for look in spec.get("looks", ()))
        asked = PictureSpec(input=f"{ROOT}A001.mov", **{**spec, **uris, "looks": looks})
        return open_pictures(asked, work or FakeWork())

    def first(self, clip: FakeClip, work: FakeWork | None = None, **spec: Any) -> Planes:
        """The planes of the first frame."""
        threads = (work or FakeWork()).threads
        with self.open(clip, work, **spec) as pictures:
            made = next(pictures.frames(FrameRange(0, 1), threads=threads))
            assert (made.height, made.width) == made.planes.shape[1:]
            assert (pictures.plan.height, pictures.plan.width) == made.planes.shape[1:]
            return np.array(made.planes)
