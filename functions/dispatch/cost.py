"""How long one frame takes, roughly: the only guess that a plan rests on.

The numbers are constants and not measurements of this machine, so that the same job is
always cut into the same units, whoever plans it. They only have to be of the right size:
a unit of 20 or of 50 seconds is as good as one of 30, a unit of 1 or of 1000 is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from functions.contract.frames import FrameRange
from functions.dispatch.job import Units

# Nanoseconds per pixel on one core, as measured with 8 Mpx DNG frames and rounded up: slower
# machines are more than faster ones.
_READ = 4.0
_DEMOSAIC = {"draft": 3.0, "fast": 3.0, "best": 6.0}
_COMPRESS = {"none": 6.0, "zips": 50.0, "zip": 45.0, "piz": 50.0, "dwaa": 60.0, "dwab": 60.0}
# Opening, header, and one durable write; an object store answers in the same order of time.
_FRAME_SECONDS = 0.02

Way = Literal["frames", "movie"]
_WAYS: dict[str, Way] = {"debayer": "frames", "transcode": "movie"}

# Decoding, colour, scaling and encoding of a movie's pixel together.
_TRANSCODE = 60.0
# The same with colour of the exact tier, into files that are larger.
_DELIVER = 120.0

LARGEST_UNIT = 2_000
"""Frames. A unit killed at its end is done again: more than this loses too much."""


def way_of(operation: str, fields: Mapping[str, Any]) -> Way | None:
    """How an operation on a clip may be made in parts; None where it is one unit.

    "frames": each is a file of its own, so that parts need no joining after. "movie": parts
    are movies that a `stitch` unit joins.
    """
    if operation != "deliver" or fields.get("whole") is not None or fields.get("only"):
        return _WAYS.get(operation)
    from functions.picture.plan.masters import PROFILES

    profile = PROFILES.get(str(fields.get("profile")))
    if profile is None:
        return None
    return "movie" if profile.kind == "movie" else "frames"


def frames_before(fields: Mapping[str, Any]) -> int:
    """Slate and leader of a master; 0 for what is no number, which is told elsewhere."""
    said = (fields.get("slate"), fields.get("leader"))
    return sum(n for n in said if isinstance(n, int) and not isinstance(n, bool) and n > 0)


def seconds_per_frame(operation: str, fields: Mapping[str, Any], pixels: int) -> float:
    """Estimated seconds of one core for one frame of `pixels`.

    What a request does not say, or says wrongly, counts as the operation's default: the
    request is checked elsewhere.
    """
    if operation in ("transcode", "deliver"):
        each = _TRANSCODE if operation == "transcode" else _DELIVER
        return _FRAME_SECONDS + pixels * each * 1e-9
    assert operation in _WAYS
    demosaic = _DEMOSAIC.get(str(fields.get("method")), _DEMOSAIC["best"])
    compress = _COMPRESS.get(str(fields.get("compression")), _COMPRESS["none"])
    return _FRAME_SECONDS + pixels * (_READ + demosaic + compress) * 1e-9


def split(
    frames: FrameRange,
    units: Units,
    per_frame: float,
    most: int,
    multiple: int = 1,
    before: int = 0,
) -> tuple[FrameRange, ...]:
    """Sub-segments of about equal length that together are `frames`, in order.

    per_frame : estimated seconds of one frame
    most : frames that the function takes in one unit
    multiple : each has a multiple of so many frames, but for the last
    before : frames that the first part makes beside its own
    """
    most = max(1, most - before)
    if multiple > 1:
        first = split(frames, units, per_frame, most)[0]
        size = max(1, -(-len(first) // multiple)) * multiple
        short = size - before % multiple
        if short >= len(frames):
            return (frames,)
        begin = frames.start + short * frames.step
        rest = FrameRange(begin, frames.stop, frames.step)
        return (FrameRange(frames.start, begin, frames.step), *rest.split(size))
    if units.frames is not None:
        return frames.split(min(units.frames, most))
    wanted = max(1, min(round(units.target_seconds / per_frame), LARGEST_UNIT, most))
    count = -(-len(frames) // wanted)
    # Even parts: 25 frames in units of 24 are 13 and 12, not 24 and a start-up for 1.
    return frames.split(-(-len(frames) // count))
