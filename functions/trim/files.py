"""Trim of sequences: the files of a range, copied under their own names."""

from __future__ import annotations

from typing import Any

from functions.contract import uris
from functions.contract.errors import DamagedSource, InvalidRequest, LimitExceeded, SourceNotFound
from functions.contract.frames import FrameRange, is_timecode_range, parse_frames
from functions.contract.operation import Work
from functions.media import open_clip, resolve_frames
from functions.media.stills.sequence import Listing, located
from functions.trim.handler import TrimRequest
from functions.trim.source import inside


class FileSource:
    """A numbered sequence, or one still."""

    def __init__(self, listing: Listing, work: Work) -> None:
        self.listing = listing
        # A reader must know the files: nothing is copied that only looks like a clip.
        clip = open_clip(self._uri(), work.store, work.limits)
        try:
            self.facts = clip.facts
        finally:
            clip.close()

    def _uri(self) -> str:
        return self.listing.first.uri

    def write(self, request: TrimRequest, work: Work) -> tuple[FrameRange, dict[str, Any]]:
        """Copy file by file: one is in memory at a time."""
        frames = self._frames(request, work)
        for done, number in enumerate(frames):
            work.check()
            stat = self.listing.files[number]
            content = work.store.read(stat.uri)
            if len(content) < stat.bytes or not content:
                raise located(DamagedSource("truncated: the file is cut short"), stat, number)
            if not any(content[:4096]) and not any(content):
                raise located(DamagedSource("the file is zero all over"), stat, number)
            work.commit(uris.basename(stat.uri), content, frame=number)
            work.progress(done + 1, len(frames))
        return frames, self._report()

    def explain(self, request: TrimRequest, work: Work) -> dict[str, Any]:
        """Which files would be copied."""
        frames = self._frames(request, work)
        names = [uris.basename(self.listing.files[n].uri) for n in (frames.start, frames.last)]
        return {
            **self._report(),
            "frames": {"first": frames.start, "last": frames.last, "count": len(frames)},
            "outputs": {"first": names[0], "last": names[1], "count": len(frames)},
            "bytes": sum(self.listing.files[n].bytes for n in frames),
        }

    def _report(self) -> dict[str, Any]:
        return {"container": self.facts.container, "codec": self.facts.codec, "intra": True}

    def _frames(self, request: TrimRequest, work: Work) -> FrameRange:
        if request.name is not None:
            raise InvalidRequest(
                "files of a sequence keep their names: leave 'name' out", field="name"
            )
        if request.frames is None:
            frames = self.listing.span()
            work.assume("frames", str(frames))
        elif is_timecode_range(request.frames):
            clip = open_clip(request.input, work.store, work.limits)
            try:
                frames = resolve_frames(clip, request.frames)
            finally:
                clip.close()
        else:
            frames = inside(parse_frames(request.frames), self.listing.span())
        if len(frames) > work.limits.frames:
            raise LimitExceeded(
                f"{len(frames)} frames in one unit; this function's limit is {work.limits.frames}",
                field="frames",
            )
        for number in frames:
            if number not in self.listing.files:
                raise SourceNotFound(
                    f"frame {number} of {self.listing.name} is missing: the files are "
                    f"{self.listing.span()}",
                    uri=request.input,
                    frame=number,
                )
        return frames
