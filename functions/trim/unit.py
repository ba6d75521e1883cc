"""One trim: a sequence of files, a movie by its tables, or a movie by its index."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol

from functions.contract import uris
from functions.contract.errors import InvalidRequest, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.operation import Result, Work, count_frames
from functions.contract.store import Stat
from functions.media import clip_files
from functions.media.open.sniff import HEAD, Family, sniff
from functions.media.wave.header import is_wave
from functions.trim.boxes import BoxSource
from functions.trim.files import FileSource
from functions.trim.mxf import MxfSource
from functions.trim.request import TrimRequest
from functions.trim.wave import WaveSource

_BOXES = frozenset(
    (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"udta", b"uuid", b"meta")
)


class Source(Protocol):
    """One kind of clip that can be cut."""

    def write(self) -> tuple[FrameRange, dict[str, Any]]:
        """Commit the outputs; the frames that they hold, and a report."""
        ...

    def explain(self) -> dict[str, Any]:
        """What `write` would do, from headers only."""
        ...


class TrimUnit:
    """A range of one clip."""

    def __init__(self, request: TrimRequest, work: Work) -> None:
        self.request, self.work = request, work
        self._files = clip_files(request.input, work)

    @cached_property
    def _source(self) -> Source:
        """What is cut. Raises the contract's errors for what cannot be opened or cut."""
        listing, request, work = self._files.listing, self.request, self.work
        head = work.store.read_range(listing.first.uri, 0, HEAD)
        family, name = sniff(head)
        if is_wave(head) and not listing.numbered:
            return WaveSource(listing.first, request, work)
        if request.rate is not None:
            raise InvalidRequest("rate is of a WAV: other clips say their own", field="rate")
        if family is not Family.MOVIE or listing.numbered:
            return FileSource(self._files, request, work)
        if head[4:8] in _BOXES:
            return BoxSource(self._files, request, work)
        if name == "MXF":
            return MxfSource(self._files, request, work)
        raise UnsupportedMedia(
            f"{uris.basename(listing.first.uri)}: {name} movies are not cut without encoding; "
            "QuickTime, MP4 and MXF are: transcode reads this one",
            uri=listing.first.uri,
        )

    def sources(self) -> tuple[Stat, ...]:
        """The files that hold the wanted frames."""
        return self._files.stats(self.request.frames)

    def run(self) -> Result:
        """Write the range; see the docstring of the handler."""
        frames, report = self._source.write()
        return Result(frames=count_frames(frames), report=report)

    def explain(self) -> dict[str, Any]:
        """Which frames the result would hold, and what becomes of sound and timecode."""
        return self._source.explain()

    def close(self) -> None:
        """Let go of the clip."""
        self._files.close()
