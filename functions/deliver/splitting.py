"""How a master is made in parts: files of frames, or movies that join, numbered as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from functions.contract.clip import ClipFacts
from functions.contract.frames import FrameRange
from functions.contract.segments import FRAME_SECONDS, Parts, cadence
from functions.picture.plan.masters import PROFILES

# Nanoseconds per pixel: colour of the exact tier, into files that are large.
_PIXEL = 120.0


def splitting(fields: Mapping[str, Any]) -> Callable[[ClipFacts], Parts] | None:
    """See `contract.segments.Splitting`: a part is one unit, and so are the sidecars alone."""
    profile = PROFILES.get(str(fields.get("profile")))
    if profile is None or fields.get("whole") is not None or fields.get("only"):
        return None
    return partial(_parts, fields, profile.kind == "movie")


def ending(fields: Mapping[str, Any]) -> str | None:
    """Of a master that is one movie."""
    profile = PROFILES.get(str(fields.get("profile")))
    return profile.container if profile is not None and profile.kind == "movie" else None


def _parts(fields: Mapping[str, Any], movie: bool, facts: ClipFacts) -> Parts:
    before = _frames_before(fields)
    seconds = FRAME_SECONDS + facts.width * facts.height * _PIXEL * 1e-9
    if not movie:
        return Parts(
            way="frames",
            seconds=seconds,
            before=before,
            # Numbers, slate and leader follow from the whole.
            each=lambda whole, name: {"whole": str(whole)},
            numbers=lambda frames: _numbers(fields, frames, before),
        )

    def each(whole: FrameRange, name: str) -> dict[str, Any]:
        said = {"only": "picture", "whole": str(whole)}
        if fields.get("slate") is not None:
            said["title"] = str(fields.get("title") or name)
        return said

    return Parts(
        way="movie",
        seconds=seconds,
        multiple=cadence(facts.rate),  # intra codecs with PCM
        before=before,
        joiner="stitch",
        each=each,
        beside={"only": "sidecars"},
    )


def _frames_before(fields: Mapping[str, Any]) -> int:
    """Slate and leader; 0 for what is no number, which is told elsewhere."""
    said = (fields.get("slate"), fields.get("leader"))
    return sum(n for n in said if isinstance(n, int) and not isinstance(n, bool) and n > 0)


def _numbers(fields: Mapping[str, Any], whole: FrameRange, before: int) -> FrameRange:
    """A master counts from its `start`."""
    if whole.step != 1:
        return whole
    start = fields.get("start")
    first = start if isinstance(start, int) else whole.start
    return FrameRange(max(0, first - before), first + len(whole))
