"""What units on developed pictures share: the clip with its decisions, and the identity."""

from __future__ import annotations

from typing import Generic, TypeVar

from functions.contract.operation import Work
from functions.contract.store import Stat
from functions.picture.fields import PictureRequest
from functions.picture.picture_spec import PictureSpec
from functions.picture.pictures import Pictures

R = TypeVar("R", bound=PictureRequest)


class PictureUnit(Generic[R]):
    """Base of the opened units of debayer, plate, transcode and deliver."""

    def __init__(self, request: R, spec: PictureSpec, work: Work) -> None:
        self.request, self.work = request, work
        self.pictures = Pictures(spec, work)

    def sources(self) -> tuple[Stat, ...]:
        """The files that hold the wanted frames, and what decides about them."""
        return self.pictures.sources()

    def close(self) -> None:
        """Let go of the clip."""
        self.pictures.close()
