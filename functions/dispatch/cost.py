"""How long one frame takes, roughly: the only guess that a plan rests on.

The numbers are constants and not measurements of this machine, so that the same job is
always cut into the same units, whoever plans it. They only have to be of the right size:
a unit of 20 or of 50 seconds is as good as one of 30, a unit of 1 or of 1000 is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.contract.frames import FrameRange
from functions.dispatch.job import Units

# Nanoseconds per pixel on one core, as measured with 8 Mpx DNG frames and rounded up: slower
# machines are more than faster ones.
_READ = 4.0
_DEMOSAIC = {"draft": 3.0, "fast": 3.0, "best": 6.0}
_COMPRESS = {"none": 6.0, "zips": 50.0, "zip": 45.0, "piz": 50.0}
# Opening, header, and one durable write; an object store answers in the same order of time.
_FRAME_SECONDS = 0.02

SPLIT_BY_FRAMES = ("debayer",)
"""Operations whose frames are files of their own, so that parts need no joining after."""

JOINED_AFTER = ("transcode",)
"""Operations whose parts are movies that a `stitch` unit joins."""

# Decoding, colour, scaling and encoding of a movie's pixel together.
_TRANSCODE = 60.0

LARGEST_UNIT = 2_000
"""Frames. A unit killed at its end is done again: more than this loses too much."""


def seconds_per_frame(operation: str, fields: Mapping[str, Any], pixels: int) -> float:
    """Estimated seconds of one core for one frame of `pixels`.

    What a request does not say, or says wrongly, counts as the operation's default: the
    request is checked elsewhere.
    """
    if operation in JOINED_AFTER:
        return _FRAME_SECONDS + pixels * _TRANSCODE * 1e-9
    assert operation in SPLIT_BY_FRAMES
    demosaic = _DEMOSAIC.get(str(fields.get("method")), _DEMOSAIC["best"])
    compress = _COMPRESS.get(str(fields.get("compression")), _COMPRESS["none"])
    return _FRAME_SECONDS + pixels * (_READ + demosaic + compress) * 1e-9


def split(
    frames: FrameRange, units: Units, per_frame: float, most: int, multiple: int = 1
) -> tuple[FrameRange, ...]:
    """Sub-segments of about equal length that together are `frames`, in order.

    per_frame : estimated seconds of one frame
    most : frames that the function takes in one unit
    multiple : each has a multiple of so many frames, but for the last
    """
    if multiple > 1:
        first = split(frames, units, per_frame, most)[0]
        return frames.split(max(1, -(-len(first) // multiple)) * multiple)
    if units.frames is not None:
        return frames.split(min(units.frames, most))
    wanted = max(1, min(round(units.target_seconds / per_frame), LARGEST_UNIT, most))
    count = -(-len(frames) // wanted)
    # Even parts: 25 frames in units of 24 are 13 and 12, not 24 and a start-up for 1.
    return frames.split(-(-len(frames) // count))
