"""Frames of a job's clips as PNG: what was made and what it was made of, through their look."""

from __future__ import annotations

import base64
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from functions.contract import uris
from functions.contract.errors import Busy, SourceNotFound, UnsupportedMedia
from functions.contract.request import decode
from functions.jobs.plan import PlannedClip
from functions.picture.picture_spec import PictureSpec
from functions.serve.console.details import Made
from functions.serve.console.views import Shot
from functions.serve.run.catalog import Catalog, Entry
from functions.serve.run.make_runner import make_runner
from functions.serve.run.settings import Settings

Side = Literal["made", "source"]
_VIEW = "view"
_WAIT_SECONDS = 20.0
_LONGEST_SECONDS = 300.0
_KEPT_BYTES = 48 << 20
_SHEET_WIDTH = 320
_FRESH_SECONDS = 60.0


class Pictures:
    """Has pictures made, a few at one time, beside whatever else this process does."""

    def __init__(self, settings: Settings, catalog: Catalog, most: int) -> None:
        self._catalog = catalog
        # A unit may be at work beside: what pictures take is less than what a unit may.
        share = max(1, settings.limits.memory // (2 * most))
        limits = msgspec.structs.replace(settings.limits, seconds=_LONGEST_SECONDS, memory=share)
        views = Catalog({_VIEW: Entry("functions.serve.console.views", "frames for pages")})
        self._runner = make_runner(msgspec.structs.replace(settings, limits=limits), views)
        self._turn = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()

    def frame(self, clip: PlannedClip, made: Made, side: Side, at: int, width: int) -> bytes:
        """PNG of one frame.

        at : its place among the frames that were made; of a clip of which none was, its place
            among its own
        Raises the contract's errors; Busy where pictures are asked for faster than they are made.
        """
        key = (*_key(clip, made), side, at, width)
        return self._remembered(
            key, lambda: {"shots": [self._shot(clip, made, side, at)], "width": width}
        )

    def sheet(self, clip: PlannedClip, made: Made) -> bytes:
        """PNG: a contact sheet of up to twelve frames, with their numbers."""
        from functions.media.preview.contact_sheet import pick

        def ask() -> dict[str, Any]:
            side: Side = "made" if made.frames else "source"
            count = len(made.frames) or len(self.numbers(clip))
            shots = [self._shot(clip, made, side, at) for at in pick(0, count)]
            return {"shots": shots, "width": _SHEET_WIDTH, "sheet": True}

        return self._remembered((*_key(clip, made), "sheet"), ask)

    def numbers(self, clip: PlannedClip) -> list[int]:
        """The clip's own frame numbers, of the range that the job asks for, from its headers."""
        if clip.input is None:
            raise UnsupportedMedia(f"{clip.name} has no picture")
        asked = {"clip": uris.canonical(clip.input), "frames": clip.frames}
        report = self._runner.run(_VIEW, asked).report or {}
        return list(report["numbers"])

    def _remembered(self, key: tuple[Any, ...], ask: Callable[[], dict[str, Any]]) -> bytes:
        with self._lock:
            if (known := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return known
        if not self._turn.acquire(timeout=_WAIT_SECONDS):
            raise Busy("pictures are asked for faster than they are made", retry_after=2)
        try:
            report = self._runner.run(_VIEW, msgspec.to_builtins(ask())).report or {}
        finally:
            self._turn.release()
        content = base64.b64decode(report["png"])
        with self._lock:
            self._kept[key] = content
            while sum(map(len, self._kept.values())) > _KEPT_BYTES:
                self._kept.popitem(last=False)
        return content

    def _shot(self, clip: PlannedClip, made: Made, side: Side, at: int) -> Shot:
        if made.frames and at >= len(made.frames):
            raise SourceNotFound(f"no frame {at} of clip {clip.name} is made")
        shown = made.frames[at] if made.frames else None
        if shown is not None and side == "made":
            frames = None if shown.number is None else str(shown.number)
            spec = PictureSpec(input=uris.canonical(shown.uri), frames=frames, amf=made.amf)
            return Shot(str(shown.label), spec)
        own = [shown.source] if shown else self.numbers(clip)[at : at + 1]
        if not own or own[0] is None or side == "made":
            raise SourceNotFound(f"no {side} frame {at} of clip {clip.name} is known")
        return Shot(str(shown.label if shown else own[0]), self._spec(clip, own[0]))

    def _spec(self, clip: PlannedClip, number: int) -> PictureSpec:
        """The clip's own frame with the decisions of its request."""
        asked = clip.request_of(clip.units[0]) if clip.units else clip.request
        request = decode(self._catalog.load(clip.operation).request, asked)
        spec: Callable[..., PictureSpec] | None = getattr(request, "picture_spec", None)
        if spec is None:
            return PictureSpec(input=str(clip.input), frames=str(number), method="draft")
        said = {"source": request.source} if hasattr(request, "source") else {}
        return spec(frames=str(number), method="draft", **said)


def _key(clip: PlannedClip, made: Made) -> tuple[Any, ...]:
    """Of what pictures are: other content has other receipts, and a source is looked at anew every
    minute, for it may have been mended."""
    receipts = tuple((r.unit, r.outputs[-1].xxh64 if r.outputs else "") for r in made.receipts)
    asked = msgspec.json.encode(clip.request_of(clip.units[0]) if clip.units else clip.request)
    return clip.operation, clip.index, asked, receipts, time.monotonic() // _FRESH_SECONDS
