"""Stills that end too early, found without an output: structure of all, one picture."""

from __future__ import annotations

from collections.abc import Mapping

from functions.contract import uris
from functions.contract.clip import Clip
from functions.contract.errors import RushesError
from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.contract.store import Stat
from functions.inspect.report import Finding
from functions.media.stills.completeness import cut_short, tells_its_length

_MOST_PIXELS = 1 << 26  # of a picture that is decoded to see whether it is there


def cut_still(stat: Stat, number: int, work: Work) -> Finding | None:
    """A finding of a still whose structure says more than its file holds."""
    with work.stage("fetch"), work.store.open(stat.uri) as stream:

        def read(start: int, length: int) -> bytes:
            stream.seek(start)
            return stream.read(length)

        try:
            cut: RushesError | None = cut_short(read, stat.bytes)
        except RushesError as error:
            if error.retryable:
                raise
            cut = error
    if cut is None:
        return None
    # The structure's reader knows no frame; a decoder's error names its own.
    return _finding(cut, number, f"frame {number} ({uris.basename(stat.uri)}): {cut.detail}")


def undecodable(clip: Clip, files: Mapping[int, Stat], work: Work) -> list[Finding]:
    """A finding of the first picture, if it does not decode, of a format that is known no other
    way to be whole.

    files : by frame number, those of developed pictures
    """
    first = min((n for n, stat in files.items() if stat.bytes), default=None)
    large = clip.facts.width * clip.facts.height > _MOST_PIXELS
    if first is None or large or tells_its_length(clip.facts.container):
        return []
    try:
        with work.stage("decode"):
            next(iter(clip.pictures(FrameRange(first, first + 1))), None)
    except RushesError as error:
        if error.retryable:
            raise
        return [_finding(error, first, error.detail)]
    return []


def _finding(error: RushesError, frame: int, detail: str) -> Finding:
    code = error.facts.get("damage", "damaged-frame")
    return Finding(severity="error", code=code, detail=detail, frame=frame)
