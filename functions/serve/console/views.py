"""Pictures for the pages, as an operation of its own: where units are boxed, so are these.

It is in no catalog but the console's, writes nothing and leaves no receipt.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from functions.contract.errors import RushesError
from functions.contract.operation import Operation, Request, Result, Work
from functions.contract.store import Stat
from functions.picture.picture_spec import PictureSpec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    RGB8 = npt.NDArray[np.uint8]


class Shot(msgspec.Struct, frozen=True):
    """One frame, and what stands under it on a sheet."""

    label: str
    spec: PictureSpec


class ViewRequest(Request, frozen=True, kw_only=True):
    """Frames to be seen, or a clip whose frames are to be counted.

    shots : one, or as many as a contact sheet has
    width : of a picture in pixels
    sheet : all of them on one page
    clip, frames : whose numbers are asked for, and of what range
    """

    shots: tuple[Shot, ...] = ()
    width: int = 640
    sheet: bool = False
    clip: str | None = None
    frames: str | None = None


class ViewUnit:
    """What one page asks for."""

    def __init__(self, request: ViewRequest, work: Work) -> None:
        self.request, self.work = request, work

    def sources(self) -> tuple[Stat, ...]:
        """None: it is looked at anew each time."""
        return ()

    def explain(self) -> dict[str, Any]:
        """Nothing is to be said."""
        return {}

    def run(self) -> Result:
        """`png`, base64, or `numbers`."""
        if self.request.clip is not None:
            return Result(report={"numbers": self._numbers(self.request.clip)})
        from functions.media.preview.contact_sheet import png
        from functions.picture.thumbnail import view

        shots, work = self.request.shots, self.work
        shown = [view(shot.spec, work, width=self.request.width) for shot in shots]
        page = self._page(shown) if self.request.sheet else shown[0]
        return Result(report={"png": base64.b64encode(png(page)).decode()})

    def _page(self, shown: list[RGB8]) -> RGB8:
        from functions.inspect.sheets import placed
        from functions.media.preview.contact_sheet import Cell, sheet

        height, width = max(picture.shape[:2] for picture in shown)
        pairs = zip(self.request.shots, shown, strict=True)
        cells = [Cell(shot.label, "", placed(picture, width, height)) for shot, picture in pairs]
        return sheet(cells, (width, height))

    def _numbers(self, uri: str) -> list[int]:
        """The clip's own frame numbers, of the range that is asked for where it has it."""
        from functions.media import open_clip, resolve_frames

        clip = open_clip(uri, self.work.store, self.work.limits)
        try:
            return list(resolve_frames(clip, self.request.frames))
        except RushesError:
            return list(clip.numbers())
        finally:
            clip.close()

    def close(self) -> None:
        """Nothing stays open."""


OPERATION = Operation(
    name="view", request=ViewRequest, open=ViewUnit, summary="frames for the console's pages"
)
