"""What part of a movie may be asked for."""

from __future__ import annotations

from functions.contract.errors import InvalidRequest
from functions.contract.frames import FrameRange


def one_step(frames: FrameRange) -> FrameRange:
    """The range, if it takes every frame. Raises InvalidRequest for a step."""
    if frames.step != 1:
        raise InvalidRequest(
            f"frames {frames}: a movie is cut in one piece; a step or a list needs transcode",
            field="frames",
        )
    return frames


def inside(wanted: FrameRange, own: FrameRange) -> FrameRange:
    """The range, if the clip has all of it. Raises InvalidRequest with the clip's own."""
    if wanted.start < own.start or wanted.last >= own.stop:
        raise InvalidRequest(
            f"frames {wanted} are not all inside the clip's own {own}", field="frames"
        )
    return wanted
