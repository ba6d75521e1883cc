"""The viewing movie of a plate: whether it opens, and shows the frames of the plate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from functions.contract import uris
from functions.contract.errors import RushesError, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.lint.findings import Finding, error, warning
from functions.lint.timecodes import timecode_of
from functions.lint.tree import Sequence as Frames
from functions.media import frames_there, open_clip


def check_movie(
    path: str, root: str, sequences: Sequence[Frames], work: Work, *, decode: bool
) -> Iterator[Finding]:
    """A movie is held against the sequence that it is called like.

    decode : its last picture too, which a copy that was cut short has not
    """
    try:
        clip = open_clip(uris.canonical(uris.join(root, path)), work.store, work.limits)
        try:
            there, start = frames_there(clip), clip.facts.start
            count = len(there)
            if decode:
                for _ in clip.pictures(FrameRange(there.last, there.stop)):
                    pass
        finally:
            clip.close()
    except UnsupportedMedia as unknown:
        yield warning("proxy-unknown", unknown.detail, path)
        return
    except RushesError as wrong:
        if wrong.retryable:
            raise
        yield error("proxy-unreadable", wrong.detail, path)
        return
    stem = uris.basename(path).partition(".")[0]
    shown = [each for each in sequences if stem == each.base and each.extension == "exr"]
    # Two sizes of one plate have the same frames.
    for sequence in shown[:1]:
        frames = len({file.number for file in sequence.files})
        # One more is a slate.
        if not frames <= count <= frames + 1:
            yield warning("proxy-frames", f"it has {count} frames, the plate has {frames}", path)
        first = None if sequence.first is None else timecode_of(sequence.first)
        if count == frames and start is not None and first is not None and str(start) != str(first):
            detail = f"it starts at {start}, the first frame's timecode is {first}"
            yield warning("proxy-timecode", detail, path)
