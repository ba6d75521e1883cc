"""From a wish to developed pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

import numpy.typing as npt

from functions.contract.camera import CameraRecord
from functions.contract.clip import ClipFacts
from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.contract.timecode import Timecode
from functions.picture.plan import Plan
from functions.picture.wish import Wish


@dataclass(slots=True)
class Developed:
    """One developed picture. Its arrays may be reused for the next one: copy to keep.

    number : the clip's own number of the frame
    planes : (3, h, w) of the wish's samples, R, G, B (or B, G, R where asked); the samples
        of a row stand together
    timecode : this frame's own label, else the clip's start plus its place; None without
    camera : this frame's own record, for camera raw; else the clip's
    """

    number: int
    planes: npt.NDArray[Any]
    timecode: Timecode | None
    camera: CameraRecord


Target = Callable[[Developed], npt.NDArray[Any]]
"""Gives the array that the frame is made into, (3, h, w) of the wish's samples; it is called
with everything of the frame known but its planes, which are empty."""


class Pictures:
    """A clip, opened with its decisions; a context manager."""

    facts: ClipFacts
    plan: Plan

    def __init__(self, wish: Wish, work: Work) -> None:
        raise NotImplementedError

    def resolve(self) -> FrameRange:
        """The clip's own numbers of the wish's frames; all that are there without (assumed).

        Raises InvalidRequest for numbers outside the clip.
        """
        raise NotImplementedError

    def frames(
        self,
        wanted: FrameRange,
        *,
        threads: int = 1,
        target: Target | None = None,
        order: Literal["rgb", "bgr"] = "rgb",
    ) -> Iterator[Developed]:
        """Developed pictures in order. Each call has a reader and buffers of its own: runs of
        frames may be made on many threads at once, one call each; the bytes never depend on
        how a clip was split.

        threads : that share each frame
        target : where the planes are made; without it in an array that is used again

        Raises DamagedSource or SourceNotFound with the frame's number, and what `work.check`
        raises, which is asked once a frame.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the clip."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_pictures(wish: Wish, work: Work) -> Pictures:
    """Open a clip and plan its colour and framing; reads headers, sidecars and look files only.

    What was assumed is told to `work.assume`. Raises as `functions.media.open_clip`, and
    InvalidRequest, Refused or SourceNotFound with `field` "amf", "fdl", "looks", "config",
    "source", "template" for sidecars that do not fit the clip or each other.
    """
    return Pictures(wish, work)
