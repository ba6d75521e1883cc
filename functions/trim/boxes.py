"""Trim of QuickTime and MP4 movies, by their sample tables."""

from __future__ import annotations

from typing import Any

from functions.contract import uris
from functions.contract.errors import RushesError
from functions.contract.frames import FrameRange, parse_frames, rate_text
from functions.contract.operation import Work
from functions.media.containers.timecode_track import counting
from functions.media.open.clip_files import ClipFiles
from functions.media.remux.cut import Cut, cut_movie, whole_movie
from functions.media.remux.movies import open_boxes, write_cut
from functions.media.stills.sequence import located
from functions.trim.ranges import inside, one_step
from functions.trim.request import TrimRequest, output_name


class BoxSource:
    """A movie whose boxes are read; nothing of its pictures is."""

    def __init__(self, files: ClipFiles, request: TrimRequest, work: Work) -> None:
        self.request, self.work = request, work
        self.files, self.stat = files, files.listing.first
        self.opened = open_boxes(self.stat, work.store)

    def write(self) -> tuple[FrameRange, dict[str, Any]]:
        """Cut, write to the scratch folder, commit."""
        cut, start = self._cut()
        target = self.work.scratch / "trimmed"
        with self.work.stage("encode"):
            written = write_cut(self.opened, cut, target, self.work.check)
        report = self._report(cut, str(start or written or "") or None)
        self.work.commit(self._name(cut), target)
        target.unlink(missing_ok=True)
        return cut.frames, report

    def explain(self) -> dict[str, Any]:
        """The cut, from tables only."""
        cut, start = self._cut()
        return {
            **self._report(cut, None if start is None else str(start)),
            "frames": {
                "first": cut.frames.start,
                "last": cut.frames.last,
                "count": len(cut.frames),
            },
            "outputs": {"first": self._name(cut), "count": 1},
        }

    def _cut(self) -> tuple[Cut, Any]:
        own = FrameRange(0, len(self.opened.view))
        start = self._start()
        if self.request.frames is None:
            wanted = own
            self.work.assume("frames", str(own))
        else:
            wanted = inside(one_step(parse_frames(self.request.frames, start=start)), own)
        self.work.limits.check_frames(len(wanted))
        try:
            movie = self.opened.movie
            # A movie in pieces is put into one, and what stands in its edit list is done.
            pieces = self.opened.picture.overlap is not None
            whole = self.request.frames is None and not pieces
            snap = self.request.snap
            cut = whole_movie(movie) if whole else cut_movie(movie, wanted, snap=snap)
        except RushesError as error:
            raise located(error, self.stat, error.facts.get("frame")) from error
        if cut.frames != wanted:
            self.work.assume(
                "frames", f"{cut.frames}: widened to the key frame before {wanted.start}"
            )
        return cut, None if start is None else start + cut.frames.start

    def _start(self) -> Any:
        if any(counting(track) for track in self.opened.movie.tracks):
            return self.files.facts.start
        return None

    def _name(self, cut: Cut) -> str:
        stem, dot, extension = uris.basename(self.stat.uri).rpartition(".")
        name = output_name(self.request, stem if dot else extension, cut.frames)
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
