"""One inspection: what is looked at, counted, shown and written."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import msgspec

from functions.contract.camera import CameraRecord
from functions.contract.clip import Clip, ClipFacts
from functions.contract.errors import InvalidRequest
from functions.contract.frames import FrameRange, parse_frames, rate_text
from functions.contract.operation import Result, Work
from functions.contract.receipt import Frames
from functions.contract.store import Stat
from functions.inspect.camera_files import camera_files
from functions.inspect.checksums import Checksums
from functions.inspect.report import File, Finding, Report, sorted_findings
from functions.inspect.request import InspectRequest, output_name
from functions.media import clip_files
from functions.media.acquisition.sidecar import find_sidecar, read_sidecar
from functions.media.acquisition.values import Told, merged


class InspectUnit:
    """A clip that is looked at."""

    def __init__(self, request: InspectRequest, work: Work) -> None:
        self.request, self.work = request, work
        self._files = clip_files(request.input, work)

    @cached_property
    def _stats(self) -> tuple[Stat, ...]:
        return self._files.stats(None)

    @cached_property
    def _document(self) -> Stat | None:
        """What the camera wrote beside a movie."""
        return find_sidecar(self._stats[0].uri, self.work.store)

    def sources(self) -> tuple[Stat, ...]:
        """Every file of the clip: a report is of all of them; and the camera's document."""
        return self._stats if self._document is None else (*self._stats, self._document)

    def run(self) -> Result:
        """Report, contact sheet and findings; see the docstring of the handler."""
        request, stats, work = self.request, self._stats, self.work
        sums = Checksums(work, wanted=request.checksum)
        report, sheet = _looked_at(request, self._files.clip, stats, sums, work)
        report = self._with_document(report)
        files = tuple(File(uri=s.uri, bytes=s.bytes, xxh64=sums.of(s)) for s in stats)
        report = msgspec.structs.replace(report, files=files)
        if request.output is not None:
            name = output_name(report.name)
            if sheet is not None:
                work.commit(f"{name}.contact.png", sheet)
            for beside, content in camera_files(self._facts).items():
                work.commit(beside, content)
            work.commit(f"{name}.inspect.json", report.json())
        counted = report.frames
        frames = None
        if counted is not None and counted.counted:
            frames = Frames(counted.first, counted.last, counted.counted)
        return Result(frames=frames, report=report.plain())

    @cached_property
    def _sidecar(self) -> tuple[Told, ...]:
        """What the document beside the clip says."""
        document = self._document
        told = read_sidecar(document, self.work.store) if document is not None else None
        return (told,) if told is not None else ()

    @property
    def _facts(self) -> ClipFacts:
        """What the headers say, and what the document adds."""
        facts = self._files.clip.facts
        return msgspec.structs.replace(facts, camera=merged(facts.camera, self._sidecar)[0])

    def _with_document(self, report: Report) -> Report:
        if not self._sidecar:
            return report
        camera, notes = merged(report.camera or CameraRecord(), self._sidecar)
        found = [Finding(severity="info", code="not-applied", detail=note) for note in notes]
        return msgspec.structs.replace(
            report, camera=camera, findings=sorted_findings([*report.findings, *found])
        )

    def explain(self) -> dict[str, Any]:
        """What the headers say, and what would be written; no picture is read."""
        request, stats, clip = self.request, self._stats, self._files.clip
        facts, name = clip.facts, output_name(clip.facts.name)
        outputs = [f"{name}.contact.png"] if request.contact else []
        outputs += camera_files(self._facts)
        total = sum(stat.bytes for stat in stats)
        return {
            "clip": {
                "name": facts.name,
                "container": facts.container,
                "codec": facts.codec,
                "layout": facts.layout,
                "width": facts.width,
                "height": facts.height,
                "rate": rate_text(facts.rate) if facts.rate else None,
                "start": str(facts.start) if facts.start else None,
                "frames_claimed": facts.frames_claimed,
            },
            "files": len(stats),
            "bytes": total,
            "reads": "every byte" if request.checksum else "headers, packets and some pictures",
            "outputs": [*outputs, f"{name}.inspect.json"] if request.output else [],
            "limits_broken": [
                f"{stat.uri} has {stat.bytes} bytes, over the limit of {self.work.limits.bytes}"
                for stat in stats
                if stat.bytes > self.work.limits.bytes
            ],
        }

    def close(self) -> None:
        """Let go of the clip."""
        self._files.close()


def _looked_at(
    request: InspectRequest, clip: Clip, stats: tuple[Stat, ...], sums: Checksums, work: Work
) -> tuple[Report, bytes | None]:
    from functions.media.movie.clip import MovieClip

    sheet_wanted = request.contact and request.output is not None
    if isinstance(clip, MovieClip):
        from functions.inspect.movies import movie_report
        from functions.inspect.sheets import movie_sheet

        report, count = movie_report(clip, work)
        wanted = _wanted(request, clip, report)
        if not sheet_wanted or wanted is None:
            return report, None
        return report, movie_sheet(clip, count, wanted, report.start, work)
    from functions.inspect.sheets import raw_sheet, still_sheet
    from functions.inspect.stills import indexed_report, stills_report

    counted = getattr(clip, "counted", None)  # of a movie of raw frames
    if counted is not None:
        with work.stage("fetch"):
            report = indexed_report(clip, counted(), stats[0].bytes)
    else:
        files = getattr(clip, "listing", None)
        by_number = files.files if files else dict(zip(clip.numbers(), stats, strict=False))
        report = stills_report(clip, by_number, sums, work)
    wanted = _wanted(request, clip, report)
    if wanted is None or (clip.facts.layout is None and not sheet_wanted):
        return report, None
    # Without a sheet the first picture is decoded all the same: a file that only promises
    # pictures is told from one that holds them.
    shown = wanted if sheet_wanted else FrameRange(wanted.start, wanted.start + 1)
    if clip.facts.layout is None:
        sheet, findings = still_sheet(request.input, clip, shown, work)
    else:
        sheet, findings = raw_sheet(clip, shown, work)
    found = sorted_findings([*report.findings, *_new(findings, report.findings)])
    return msgspec.structs.replace(report, findings=found), sheet if sheet_wanted else None


def _new(findings: list[Finding], known: tuple[Finding, ...]) -> list[Finding]:
    """Those that tell something else: a hole is told once, however many cells fall into it."""
    told = {finding.code for finding in known} & {"missing-frames"}
    frames = {f.frame for f in known if f.code in ("empty-file", "unreadable-frame")}
    return [f for f in findings if f.code not in told and f.frame not in frames]


def _wanted(request: InspectRequest, clip: Clip, report: Report) -> FrameRange | None:
    """What of the frames that are there the sheet shows; None where none is there."""
    counted = report.frames
    if counted is None or counted.counted == 0:
        return None
    own = FrameRange(counted.first, counted.last + 1)
    if request.frames is None:
        return own
    wanted = parse_frames(request.frames, start=clip.facts.start, first=own.start)
    if wanted.start < own.start or wanted.last >= own.stop:
        raise InvalidRequest(
            f"frames {request.frames!r} are not all inside the {own} that are there",
            field="frames",
        )
    return wanted
