"""How a range of frames is cut into units.

A unit's length rests on what its operation says a frame costs (`contract.segments.Parts`). That
only has to be of the right size: a unit of 20 or of 50 seconds is as good as one of 30, a unit
of 1 or of 1000 is not.
"""

from __future__ import annotations

from functions.contract.frames import FrameRange
from functions.contract.segments import Parts
from functions.dispatch.job import Units

TARGET_SECONDS = 30.0
"""Of a unit, where a job says nothing: what is lost with a killed worker is half of it."""

LARGEST_UNIT = 2_000
"""Frames. A unit killed at its end is done again: more than this loses too much."""


def split(frames: FrameRange, units: Units, parts: Parts, most: int) -> tuple[FrameRange, ...]:
    """Sub-segments of about equal length that together are `frames`, in order.

    parts : what the operation says of them: seconds a frame, multiple, frames before
    most : frames that the function takes in one unit
    """
    most = max(1, most - parts.before)
    if parts.multiple > 1 and frames.only:
        return (frames,)  # a list has no step to count a multiple of
    if parts.multiple > 1:
        first = _even(frames, units, parts.seconds, most)[0]
        size = max(1, -(-len(first) // parts.multiple)) * parts.multiple
        short = size - parts.before % parts.multiple
        if short >= len(frames):
            return (frames,)
        begin = frames.start + short * frames.step
        rest = FrameRange(begin, frames.stop, frames.step)
        return (FrameRange(frames.start, begin, frames.step), *rest.split(size))
    return _even(frames, units, parts.seconds, most)


def _even(frames: FrameRange, units: Units, seconds: float, most: int) -> tuple[FrameRange, ...]:
    if units.frames is not None:
        return frames.split(min(units.frames, most))
    wanted = max(
        1, min(round((units.target_seconds or TARGET_SECONDS) / seconds), LARGEST_UNIT, most)
    )
    count = -(-len(frames) // wanted)
    # Even parts: 25 frames in units of 24 are 13 and 12, not 24 and a start-up for 1.
    return frames.split(-(-len(frames) // count))
