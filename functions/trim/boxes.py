"""Trim of QuickTime and MP4 movies, by their sample tables."""

from __future__ import annotations

from typing import Any

from functions.contract import uris
from functions.contract.errors import LimitExceeded, RushesError
from functions.contract.frames import FrameRange, parse_frames, rate_text
from functions.contract.operation import Work
from functions.contract.store import Stat
from functions.media import open_clip
from functions.media.containers.timecode_track import counting
from functions.media.remux.cut import Cut, cut_movie
from functions.media.remux.movies import open_boxes, write_cut
from functions.media.stills.sequence import located
from functions.trim.handler import TrimRequest, output_name
from functions.trim.source import inside, one_step


class BoxSource:
    """A movie whose boxes are read; nothing of its pictures is."""

    def __init__(self, stat: Stat, work: Work) -> None:
        self.stat = stat
        self.opened = open_boxes(stat, work.store)

    def write(self, request: TrimRequest, work: Work) -> tuple[FrameRange, dict[str, Any]]:
        """Cut, write to the scratch folder, commit."""
        cut, start = self._cut(request, work)
        target = work.scratch / "trimmed"
        with work.stage("encode"):
            written = write_cut(self.opened, cut, target, work.check)
        report = self._report(cut, str(written or start or "") or None)
        work.commit(self._name(request, cut), target)
        target.unlink(missing_ok=True)
        return cut.frames, report

    def explain(self, request: TrimRequest, work: Work) -> dict[str, Any]:
        """The cut, from tables only."""
        cut, start = self._cut(request, work)
        return {
            **self._report(cut, None if start is None else str(start)),
            "frames": {
                "first": cut.frames.start,
                "last": cut.frames.last,
                "count": len(cut.frames),
            },
            "outputs": {"first": self._name(request, cut), "count": 1},
        }

    def _cut(self, request: TrimRequest, work: Work) -> tuple[Cut, Any]:
        own = FrameRange(0, len(self.opened.view))
        start = self._start(work)
        if request.frames is None:
            wanted = own
            work.assume("frames", str(own))
        else:
            wanted = inside(one_step(parse_frames(request.frames, start=start)), own)
        if len(wanted) > work.limits.frames:
            raise LimitExceeded(
                f"{len(wanted)} frames in one unit; this function's limit is {work.limits.frames}",
                field="frames",
            )
        try:
            cut = cut_movie(self.opened.movie, wanted, snap=request.snap)
        except RushesError as error:
            raise located(error, self.stat, error.facts.get("frame")) from error
        if cut.frames != wanted:
            work.assume("frames", f"{cut.frames}: widened to the key frame before {wanted.start}")
        return cut, None if start is None else start + cut.frames.start

    def _start(self, work: Work) -> Any:
        if any(counting(track) for track in self.opened.movie.tracks):
            clip = open_clip(self.stat.uri, work.store, work.limits)
            try:
                return clip.facts.start
            finally:
                clip.close()
        return None

    def _name(self, request: TrimRequest, cut: Cut) -> str:
        stem, dot, extension = uris.basename(self.stat.uri).rpartition(".")
        name = output_name(request, stem if dot else extension, cut.frames)
        return f"{name}.{extension.lower() if dot else 'mov'}"

    def _report(self, cut: Cut, start: str | None) -> dict[str, Any]:
        track = self.opened.picture
        rate = counting_rate(cut)
        return {
            "container": "mov",
            "codec": track.codec.strip(),
            "intra": bool(track.samples.sync.all()),
            "timecode": start,
            "rate": None if rate is None else rate_text(rate),
            "hidden_pictures": cut.hidden,
            "leading_pictures_left_out": cut.leading,
            "sound": cut.sound,
        }


def counting_rate(cut: Cut) -> Any:
    """Frames a second as the timecode counts, None without one."""
    found = (counting(track) for track in cut.movie.tracks)
    return next((count.rate for count in found if count is not None), None)
