"""Trim of sequences: the files of a range, copied under their own names."""

from __future__ import annotations

from typing import Any

from functions.contract import uris
from functions.contract.errors import (
    DamagedSource,
    InvalidRequest,
    SourceNotFound,
    UnsupportedMedia,
    truncated,
)
from functions.contract.frames import FrameRange, is_timecode_range, parse_frames
from functions.contract.operation import Work
from functions.media.open.clip_files import ClipFiles
from functions.media.stills.sequence import located
from functions.trim.ranges import inside
from functions.trim.request import TrimRequest


class FileSource:
    """A numbered sequence, or one still."""

    def __init__(self, files: ClipFiles, request: TrimRequest, work: Work) -> None:
        self.request, self.work = request, work
        self.files, self.listing = files, files.listing
        # A reader must know the files: nothing is copied that only looks like a clip.
        self.facts = files.facts
        if self.facts.undecodable or len(files.numbers) > len(self.listing.span()):
            raise UnsupportedMedia(
                f"{self.facts.name}: {self.facts.container} files hold many frames each and are "
                "not cut without encoding",
                uri=request.input,
            )

    def write(self) -> tuple[FrameRange, dict[str, Any]]:
        """Copy file by file: one is in memory at a time."""
        frames = self._frames()
        for done, number in enumerate(frames):
            self.work.check()
            stat = self.listing.files[number]
            content = self.work.store.read(stat.uri)
            if len(content) < stat.bytes or not content:
                raise located(truncated("the file is cut short"), stat, number)
            if not any(content[:4096]) and not any(content):
                raise located(DamagedSource("the file is zero all over"), stat, number)
            self.work.commit(uris.basename(stat.uri), content, frame=number)
            self.work.progress(done + 1, len(frames))
        return frames, self._report()

    def explain(self) -> dict[str, Any]:
        """Which files would be copied."""
        frames = self._frames()
        names = [uris.basename(self.listing.files[n].uri) for n in (frames.start, frames.last)]
        return {
            **self._report(),
            "frames": {"first": frames.start, "last": frames.last, "count": len(frames)},
            "outputs": {"first": names[0], "last": names[1], "count": len(frames)},
            "bytes": sum(self.listing.files[n].bytes for n in frames),
        }

    def _report(self) -> dict[str, Any]:
        return {"container": self.facts.container, "codec": self.facts.codec, "intra": True}

    def _frames(self) -> FrameRange:
        if self.request.name is not None:
            raise InvalidRequest(
                "files of a sequence keep their names: leave 'name' out", field="name"
            )
        if self.request.frames is None:
            frames = self.listing.span()
            self.work.assume("frames", str(frames))
        elif is_timecode_range(self.request.frames):
            frames = self.files.resolve(self.request.frames)
        else:
            frames = inside(parse_frames(self.request.frames), self.listing.span())
        self.work.limits.check_frames(len(frames))
        for number in frames:
            if number not in self.listing.files:
                raise SourceNotFound(
                    f"frame {number} of {self.listing.name} is missing: the files are "
                    f"{self.listing.span()}",
                    uri=self.request.input,
                    frame=number,
                )
        return frames
