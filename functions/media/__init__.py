"""Clips in and frames out, and back: the only room that knows camera formats.

The names here import their modules when they are called: what a request does not need is
never paid for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functions.contract.clip import Clip, Reading
    from functions.contract.frames import FrameRange
    from functions.contract.operation import Limits, Work
    from functions.contract.store import Store
    from functions.media.open.clip_files import ClipFiles


def open_clip(uri: str, store: Store, limits: Limits, reading: Reading | None = None) -> Clip:
    """The clip that a canonical URI names: see `functions.media.open.clips.open_clip`."""
    from functions.media.open.clips import open_clip as from_clips

    return from_clips(uri, store, limits, reading)


def clip_files(uri: str, work: Work, reading: Reading | None = None) -> ClipFiles:
    """The clip of a unit, under the unit's limits: see `functions.media.open.clip_files`."""
    from functions.media.open.clip_files import ClipFiles as FromFiles

    return FromFiles(uri, work.store, work.limits, reading)


def resolve_frames(clip: Clip, text: str | None) -> FrameRange:
    """The frames that a request means: see `functions.media.open.clips.resolve_frames`."""
    from functions.media.open.clips import resolve_frames as from_clips

    return from_clips(clip, text)


def frames_there(clip: Clip) -> FrameRange:
    """All frames that are really there: see `functions.media.open.clips.frames_there`."""
    from functions.media.open.clips import frames_there as from_clips

    return from_clips(clip)
