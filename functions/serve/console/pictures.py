"""Frames of a job's clips as PNG: what was made and what it was made of, through their look."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from functions.contract import uris
from functions.contract.errors import Busy, RushesError, SourceNotFound, UnsupportedMedia
from functions.contract.operation import Work
from functions.contract.request import decode
from functions.contract.store import Store
from functions.jobs.plan import PlannedClip
from functions.picture.picture_request import Wish
from functions.picture.thumbnail import view
from functions.serve.console.details import Made
from functions.serve.run.catalog import Catalog
from functions.serve.run.scratch import scratch_folder
from functions.serve.run.settings import Settings
from functions.serve.run.work import work_of_nobody

Side = Literal["made", "source"]
RGB8 = npt.NDArray[np.uint8]
_WAIT_SECONDS = 20.0
_LONGEST_SECONDS = 60.0
_KEPT_BYTES = 48 << 20
_SHEET = 12


class Pictures:
    """Makes pictures, a few at one time, beside whatever else this process does."""

    def __init__(self, settings: Settings, catalog: Catalog, store: Store, most: int) -> None:
        self._settings, self._catalog, self._store = settings, catalog, store
        # A unit may be at work beside: what pictures take is less than what a unit may.
        share = max(1, settings.limits.memory // (2 * most))
        self._limits = msgspec.structs.replace(
            settings.limits, seconds=_LONGEST_SECONDS, memory=share
        )
        self._turn = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()

    def frame(self, clip: PlannedClip, made: Made, side: Side, at: int, width: int) -> bytes:
        """PNG of one frame.

        at : its place among the frames that were made; of a clip of which none was, its place
            among its own
        Raises the contract's errors; Busy where pictures are asked for faster than they are made.
        """
        key = (clip.output, clip.index, clip.input, side, at, width, _mark(made))
        return self._remembered(
            key, lambda work: _png(self._frame(clip, made, side, at)(width, work))
        )

    def sheet(self, clip: PlannedClip, made: Made) -> bytes:
        """PNG: a contact sheet of up to twelve frames, with their numbers."""
        from functions.media.preview.contact_sheet import Cell, cell_size, pick, sheet

        def draw(work: Work) -> bytes:
            side: Side = "made" if made.frames else "source"
            count = len(made.frames) or len(self._own(clip, work))
            cells: list[tuple[str, RGB8 | None]] = []
            for at in pick(0, count, most=_SHEET):
                label = made.frames[at].label if made.frames else self._own(clip, work)[at]
                cells.append(
                    (str(label), self._frame(clip, made, side, at)(cell_size(1.78)[0], work))
                )
            height, width = max(c.shape[:2] for _, c in cells if c is not None)
            fitted = [Cell(number, "", _inside(c, width, height)) for number, c in cells]
            return _png(sheet(fitted, (width, height)))

        return self._remembered(("sheet", clip.output, clip.index, _mark(made)), draw)

    def _remembered(self, key: tuple[Any, ...], draw: Callable[[Work], bytes]) -> bytes:
        with self._lock:
            if (known := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return known
        if not self._turn.acquire(timeout=_WAIT_SECONDS):
            raise Busy("pictures are asked for faster than they are made", retry_after=2)
        try:
            work = work_of_nobody(self._settings, self._store, self._limits)
            with scratch_folder(self._settings.scratch) as scratch:
                work.begin(scratch)
                content = draw(work)
        finally:
            self._turn.release()
        with self._lock:
            self._kept[key] = content
            while sum(map(len, self._kept.values())) > _KEPT_BYTES:
                self._kept.popitem(last=False)
        return content

    def _frame(
        self, clip: PlannedClip, made: Made, side: Side, at: int
    ) -> Callable[[int, Work], RGB8]:
        if side == "made":
            if not 0 <= at < len(made.frames):
                raise SourceNotFound(f"no frame {at} of clip {clip.name} is made")
            shown = made.frames[at]
            number = None if shown.number is None else str(shown.number)
            wish = Wish(input=uris.canonical(shown.uri), frames=number, amf=made.amf)
            return lambda width, work: view(wish, work, width=width)

        def source(width: int, work: Work) -> RGB8:
            if made.frames:
                number = made.frames[at].source if 0 <= at < len(made.frames) else None
            else:
                own = self._own(clip, work)
                number = own[at] if 0 <= at < len(own) else None
            if number is None:
                raise SourceNotFound(f"no frame {at} of clip {clip.name} is known")
            return view(self._wish(clip, number), work, width=width)

        return source

    def _wish(self, clip: PlannedClip, number: int) -> Wish:
        """The clip's own frame with the decisions of its request."""
        asked = clip.request_of(clip.units[0]) if clip.units else clip.request
        request = decode(self._catalog.load(clip.operation).request, asked)
        wish: Callable[..., Wish] | None = getattr(request, "wish", None)
        if wish is None:
            return Wish(input=str(clip.input), frames=str(number), method="draft")
        said = {"source": request.source} if hasattr(request, "source") else {}
        return wish(frames=str(number), method="draft", **said)

    def _own(self, clip: PlannedClip, work: Work) -> list[int]:
        """The clip's own frame numbers, of the range that the job asks for."""
        from functions.media import open_clip, resolve_frames

        if clip.input is None:
            raise UnsupportedMedia(f"{clip.name} has no picture")
        opened = open_clip(clip.input, work.store, work.limits)
        try:
            return list(resolve_frames(opened, clip.frames))
        except RushesError:
            return list(opened.numbers())
        finally:
            opened.close()

    def count(self, clip: PlannedClip) -> list[int]:
        """The clip's own frame numbers, from its headers."""
        return self._own(clip, work_of_nobody(self._settings, self._store, self._limits))


def _mark(made: Made) -> tuple[Any, ...]:
    """Other content has other receipts."""
    return tuple((r.unit, r.outputs[-1].xxh64 if r.outputs else "") for r in made.receipts)


def _inside(picture: RGB8 | None, width: int, height: int) -> RGB8 | None:
    if picture is None or picture.shape[:2] == (height, width):
        return picture
    page = np.zeros((height, width, 3), np.uint8)
    top, left = (height - picture.shape[0]) // 2, (width - picture.shape[1]) // 2
    page[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return page


def _png(picture: RGB8) -> bytes:
    from functions.media.preview.contact_sheet import png

    return png(picture)
