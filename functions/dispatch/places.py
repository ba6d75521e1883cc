"""Which clips of a job would write over one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

from functions.contract.frames import FrameRange
from functions.dispatch.job import Problem

if TYPE_CHECKING:
    from functions.jobs.plan import PlannedClip


def overlaps(
    clips: Sequence[tuple[PlannedClip, FrameRange | None]], named_by_range: Container[str] = ()
) -> list[Problem]:
    """One problem for each clip whose files another, earlier clip makes too.

    Sub-ranges of one clip into one folder are fine, and so are names that differ. Sorted
    by first frame, a clip can only meet those before it that have not ended yet, so that
    thousands of ranges in one folder cost a sort and not a square.

    named_by_range : operations whose files are called after the range that they are cut to
    """
    places: dict[tuple[str | None, str, str], list[tuple[PlannedClip, FrameRange | None]]]
    places = defaultdict(list)
    for clip, frames in clips:
        if clip.problem is None:
            places[_place(clip, frames, named_by_range)].append((clip, frames))
    found: list[Problem] = []
    for sharing in places.values():
        if len(sharing) > 1:
            found += _meetings(sharing)
    return found


def _place(
    clip: PlannedClip, frames: FrameRange | None, named_by_range: Container[str]
) -> tuple[str | None, str, str]:
    request = clip.request_of(clip.units[-1]) if clip.units else {}
    name = str(request.get("name") or clip.name)
    if clip.units and clip.operation in named_by_range and "name" not in request:
        name += "_" + str(request.get("frames"))
    # Two operations without frames (an inspect and a lint) leave files of different names.
    return clip.output, name, clip.operation if frames is None else "frames"


def _meetings(sharing: list[tuple[PlannedClip, FrameRange | None]]) -> list[Problem]:
    found: list[Problem] = []
    running: list[tuple[PlannedClip, FrameRange]] = []
    for clip, frames in sorted(sharing, key=lambda one: one[1].start if one[1] else 0):
        if frames is None:
            if clip is not sharing[0][0]:
                found.append(_problem(clip, sharing[0][0], "the same files"))
            continue
        running = [one for one in running if one[1].stop > frames.start]
        for other, theirs in running:
            meeting = next((f for f in frames if f in theirs), None)
            if meeting is not None:
                found.append(_problem(clip, other, f"frame {meeting} and more"))
                break
        else:
            running.append((clip, frames))
    return found


def _problem(clip: PlannedClip, other: PlannedClip, what: str) -> Problem:
    later, earlier = max(clip.index, other.index), min(clip.index, other.index)
    path = f"clips[{later}].output"
    detail = (
        f"{path}: clips[{earlier}] and clips[{later}] would both write {what} "
        f"to {clip.output}; give one of them another output or name"
    )
    return {"field": path, "detail": detail}
