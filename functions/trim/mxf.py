"""Trim of MXF movies, by their index."""

from __future__ import annotations

from typing import Any

from functions.contract import uris
from functions.contract.errors import UnsupportedMedia
from functions.contract.frames import FrameRange, parse_frames, rate_text
from functions.contract.operation import Work
from functions.contract.segments import samples_before
from functions.media.open.clip_files import ClipFiles
from functions.media.remux.mxf import Span
from functions.media.remux.mxf_file import Stored, choose, open_mxf, write_mxf
from functions.media.stills.sequence import located
from functions.trim.ranges import inside, one_step
from functions.trim.request import TrimRequest, output_name


class MxfSource:
    """An MXF movie whose index is read; nothing of its pictures is."""

    def __init__(self, files: ClipFiles, request: TrimRequest, work: Work) -> None:
        self.request, self.work = request, work
        self.files, self.stat = files, files.listing.first
        self.facts = files.facts
        if not self.facts.width:
            raise located(UnsupportedMedia("there is no track of pictures"), self.stat, None)
        self.movie = open_mxf(self.stat, work.store, self.facts.codec)

    def write(self) -> tuple[FrameRange, dict[str, Any]]:
        """Cut, write to the scratch folder, commit."""
        span, stored, frames = self._chosen()
        target = self.work.scratch / "trimmed"
        with self.work.stage("encode"):
            write_mxf(target, [stored], span, f"trim {span}", self.work.check)
        self.work.commit(self._name(frames), target)
        target.unlink(missing_ok=True)
        return frames, self._report(span, frames)

    def explain(self) -> dict[str, Any]:
        """The cut, from metadata and index only."""
        span, _, frames = self._chosen()
        return {
            **self._report(span, frames),
            "frames": {"first": frames.start, "last": frames.last, "count": len(frames)},
            "outputs": {"first": self._name(frames), "count": 1},
        }

    def _chosen(self) -> tuple[Span, Stored, FrameRange]:
        own = FrameRange(0, self.movie.count)
        if self.request.frames is None:
            wanted = own
            self.work.assume("frames", str(own))
        else:
            parsed = parse_frames(self.request.frames, start=self.facts.start)
            wanted = inside(one_step(parsed), own)
        self.work.limits.check_frames(len(wanted))
        span, stored, frames = choose(self.movie, wanted, snap=self.request.snap)
        if frames != wanted:
            self.work.assume("frames", f"{frames}: widened to the key frame before {wanted.start}")
        return span, stored, frames

    def _name(self, frames: FrameRange) -> str:
        stem, dot, extension = uris.basename(self.stat.uri).rpartition(".")
        return f"{output_name(self.request, stem if dot else extension, frames)}.mxf"

    def _report(self, span: Span, frames: FrameRange) -> dict[str, Any]:
        start = self.facts.start
        return {
            "container": "mxf",
            "pattern": self.movie.pattern,
            "codec": self.facts.codec,
            "intra": self.movie.intra,
            "timecode": None if start is None else str(start + frames.start),
            "rate": rate_text(self.movie.mxf.rate),
            "hidden_pictures": span.stored - span.lead - span.count,
            "leading_pictures_kept": span.lead,
            "sound": [
                {
                    "codec": one.codec,
                    "rate": one.rate,
                    "samples": samples_before(frames.stop, self.movie.mxf.rate, one.rate)
                    - samples_before(frames.start, self.movie.mxf.rate, one.rate),
                    "note": "cut with its edit units, samples as the source has them there",
                }
                for one in self.facts.picture.audio
            ],
        }
