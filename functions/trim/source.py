"""What trim cuts: a sequence of files, a movie by its tables, or a movie by its packets."""

from __future__ import annotations

from typing import Any, Protocol

from functions.contract import uris
from functions.contract.errors import InvalidRequest, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.media.open.locate import find
from functions.media.open.sniff import HEAD, Family, sniff
from functions.trim.handler import TrimRequest


class Source(Protocol):
    """One kind of clip that can be cut."""

    def write(self, request: TrimRequest, work: Work) -> tuple[FrameRange, dict[str, Any]]:
        """Commit the outputs; the frames that they hold, and a report."""
        ...

    def explain(self, request: TrimRequest, work: Work) -> dict[str, Any]:
        """What `write` would do, from headers only."""
        ...


def open_source(request: TrimRequest, work: Work) -> Source:
    """The kind of source that a request names.

    Raises the contract's errors for what cannot be opened or cut.
    """
    listing = find(request.input, work.store)
    head = work.store.read_range(listing.first.uri, 0, HEAD)
    family, name = sniff(head)
    if family is not Family.MOVIE or listing.numbered:
        from functions.trim.files import FileSource

        return FileSource(listing, work)
    if head[4:8] in _BOXES:
        from functions.trim.boxes import BoxSource

        return BoxSource(listing.first, work)
    if name == "MXF":
        from functions.trim.mxf import MxfSource

        return MxfSource(listing.first, work)
    raise UnsupportedMedia(
        f"{uris.basename(listing.first.uri)}: {name} movies are not cut without encoding; "
        "QuickTime, MP4 and MXF are: transcode reads this one",
        uri=listing.first.uri,
    )


_BOXES = frozenset(
    (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"udta", b"uuid", b"meta")
)


def one_step(frames: FrameRange) -> FrameRange:
    """The range, if it takes every frame. Raises InvalidRequest for a step."""
    if frames.step != 1:
        raise InvalidRequest(
            f"frames {frames}: a movie is cut in one piece; a step needs transcode", field="frames"
        )
    return frames


def inside(wanted: FrameRange, own: FrameRange) -> FrameRange:
    """The range, if the clip has all of it. Raises InvalidRequest with the clip's own."""
    if wanted.start < own.start or wanted.last >= own.stop:
        raise InvalidRequest(
            f"frames {wanted} are not all inside the clip's own {own}", field="frames"
        )
    return wanted
