"""Trim of MXF movies, by their index."""

from __future__ import annotations

from typing import Any

from functions.contract import uris
from functions.contract.errors import LimitExceeded, UnsupportedMedia
from functions.contract.frames import FrameRange, parse_frames, rate_text
from functions.contract.operation import Work
from functions.contract.store import Stat
from functions.media import open_clip
from functions.media.remux.mxf import Span
from functions.media.remux.mxf_file import Stored, choose, open_mxf, write_mxf
from functions.media.stills.sequence import located
from functions.trim.handler import TrimRequest, output_name
from functions.trim.source import inside, one_step


class MxfSource:
    """An MXF movie whose index is read; nothing of its pictures is."""

    def __init__(self, stat: Stat, work: Work) -> None:
        self.stat = stat
        clip = open_clip(stat.uri, work.store, work.limits)
        try:
            self.facts = clip.facts
        finally:
            clip.close()
        if not self.facts.width:
            raise located(UnsupportedMedia("there is no track of pictures"), stat, None)
        self.movie = open_mxf(stat, work.store, self.facts.codec)

    def write(self, request: TrimRequest, work: Work) -> tuple[FrameRange, dict[str, Any]]:
        """Cut, write to the scratch folder, commit."""
        span, stored, frames = self._chosen(request, work)
        target = work.scratch / "trimmed"
        with work.stage("encode"):
            write_mxf(target, [stored], span, f"trim {span}", work.check)
        work.commit(self._name(request, frames), target)
        target.unlink(missing_ok=True)
        return frames, self._report(span, frames)

    def explain(self, request: TrimRequest, work: Work) -> dict[str, Any]:
        """The cut, from metadata and index only."""
        span, _, frames = self._chosen(request, work)
        return {
            **self._report(span, frames),
            "frames": {"first": frames.start, "last": frames.last, "count": len(frames)},
            "outputs": {"first": self._name(request, frames), "count": 1},
        }

    def _chosen(self, request: TrimRequest, work: Work) -> tuple[Span, Stored, FrameRange]:
        own = FrameRange(0, self.movie.count)
        if request.frames is None:
            wanted = own
            work.assume("frames", str(own))
        else:
            parsed = parse_frames(request.frames, start=self.facts.start)
            wanted = inside(one_step(parsed), own)
        if len(wanted) > work.limits.frames:
            raise LimitExceeded(
                f"{len(wanted)} frames in one unit; this function's limit is {work.limits.frames}",
                field="frames",
            )
        span, stored, frames = choose(self.movie, wanted, snap=request.snap)
        if frames != wanted:
            work.assume("frames", f"{frames}: widened to the key frame before {wanted.start}")
        return span, stored, frames

    def _name(self, request: TrimRequest, frames: FrameRange) -> str:
        stem, dot, extension = uris.basename(self.stat.uri).rpartition(".")
        return f"{output_name(request, stem if dot else extension, frames)}.mxf"

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
            "sound": [{"note": "cut with its edit units, samples as the source has them there"}],
        }
