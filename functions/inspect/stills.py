"""The report of camera raw that is read by our own readers: sequences, stills, MLV, cine."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

from msgspec import structs

from functions.contract import uris
from functions.contract.camera import CameraRecord
from functions.contract.clip import Clip
from functions.contract.errors import RushesError
from functions.contract.frames import rate_text
from functions.contract.operation import Work
from functions.contract.picture import AudioFacts, ColourTags
from functions.contract.store import Stat
from functions.contract.timecode import Timecode
from functions.inspect.checksums import Checksums
from functions.inspect.report import (
    Finding,
    FrameCount,
    LensState,
    Picture,
    Rate,
    Report,
    Sound,
    sorted_findings,
    uneven,
)
from functions.inspect.still_damage import cut_still, undecodable
from functions.media import open_clip
from functions.media.decoder.shown_by import damage_shown_by

_FEW = 8
_LENS = ("focus_metres", "t_stop", "aperture", "focal_length_mm")
_RAW_NAMES = frozenset((
    "3fr", "ari", "arw", "cr2", "cr3", "crw", "dng", "erf", "fff", "gpr",
    "iiq", "nef", "nrw", "orf", "pef", "raf", "rw2",
))  # fmt: skip


def stills_report(clip: Clip, files: Mapping[int, Stat], sums: Checksums, work: Work) -> Report:
    """Of a numbered sequence or a single still. Every file's header is read.

    files : by frame number
    sums : are taken where the file is read
    """
    findings: list[Finding] = []
    numbers = clip.numbers()
    holes = [n for n in numbers if n not in files]
    if holes:
        findings.append(_holes(holes))
    for number in [n for n, stat in sorted(files.items()) if not stat.bytes][:_FEW]:
        empty = "the file is empty"
        findings += [Finding(severity="error", code="empty-file", detail=empty, frame=number)]
    ending = uris.basename(files[min(files)].uri).rpartition(".")[2].lower()
    if clip.facts.layout is None and ending in _RAW_NAMES:
        detail = f"the file is named .{ending} and holds {clip.facts.container}: no raw is in it"
        findings.append(Finding(severity="error", code="no-raw", detail=detail))
    if clip.facts.layout is None:
        findings += undecodable(clip, files, work)
    cameras: dict[int, CameraRecord] = {}
    labels = _labels(clip, files, findings, cameras, sums, work)
    findings += _breaks(labels)
    last = labels.get(max(files)) if files else None
    return _report(
        clip,
        FrameCount(
            first=numbers.start,
            last=numbers.last,
            counted=sum(1 for stat in files.values() if stat.bytes),
            method="files",
        ),
        sum(stat.bytes for stat in files.values()),
        findings,
        str(last) if last else None,
        lens_states(cameras),
    )


def indexed_report(clip: Clip, counted: int, size: int) -> Report:
    """Of a movie of raw frames, or one of whose headers alone are read.

    counted : frames that are there whole; 0 where nobody knows
    """
    findings: list[Finding] = []
    claimed = clip.facts.frames_claimed
    if clip.facts.undecodable:
        why = clip.facts.undecodable
        findings.append(Finding(severity="error", code="unsupported-codec", detail=why))
    elif counted == 0:
        findings.append(
            Finding(
                severity="error",
                code="header-only",
                detail="headers stand, and no picture is there",
            )
        )
    elif claimed is not None and claimed != counted:
        are = "1 is" if counted == 1 else f"{counted} are"
        findings.append(
            Finding(
                severity="error" if counted < claimed else "warning",
                code="frame-count-mismatch",
                detail=f"the header claims {claimed} frames, {are} there",
            )
        )
    start, times = clip.facts.start, _seconds(clip)
    steps = [b - a for a, b in pairwise(times)] if clip.facts.picture.variable else []
    if steps:
        told = uneven(min(steps), max(steps))
        findings.append(Finding(severity="warning", code="vfr", detail=told))
    report = _report(
        clip,
        FrameCount(
            first=0, last=max(0, counted - 1), counted=counted, method="headers", claimed=claimed
        ),
        size,
        findings,
        str(start + (counted - 1)) if start and counted else None,
    )
    if times and report.rate is not None:
        varies = {"shortest": min(steps), "longest": max(steps)} if steps else {}
        rate = structs.replace(report.rate, variable=bool(steps), **varies)
        report = structs.replace(report, rate=rate, seconds=times[-1])
    unknown = clip.facts.undecodable and not counted
    return structs.replace(report, frames=None) if unknown else report


def _seconds(clip: Clip) -> list[float]:
    """Of every frame after the first, and of the end of the last; empty where nothing says them."""
    times = getattr(clip, "times", None)  # of a movie of raw frames
    return [float(each) for each in times() or ()] if times else []


def _report(
    clip: Clip,
    count: FrameCount,
    size: int,
    findings: list[Finding],
    last: str | None,
    lens: tuple[LensState, ...] = (),
) -> Report:
    facts = clip.facts
    findings += [Finding(severity="info", code="not-applied", detail=note) for note in clip.notes]
    aspect = Fraction(facts.width, facts.height) if facts.height else None
    camera = facts.camera
    if aspect and camera.pixel_aspect != 1:
        aspect = (aspect * Fraction(camera.pixel_aspect).limit_denominator(1000)).limit_denominator(
            1000
        )
    return Report(
        name=facts.name,
        container=facts.container,
        files=(),
        bytes=size,
        picture=Picture(
            codec=facts.codec,
            width=facts.width,
            height=facts.height,
            layout=facts.layout,
            pixel_aspect=f"{camera.pixel_aspect:g}",
            display_aspect=f"{aspect.numerator}:{aspect.denominator}" if aspect else None,
            compression=facts.picture.compression,
            channels=facts.picture.channels,
            damage_shown_by=damage_shown_by(facts),
        ),
        frames=count,
        rate=Rate(nominal=rate_text(facts.rate)) if facts.rate else None,
        seconds=float(count.counted / facts.rate) if facts.rate and count.counted > 1 else None,
        start=str(facts.start) if facts.start else None,
        last=last,
        reel=camera.reel,
        audio=tuple(_sound(one) for one in facts.picture.audio),
        camera=camera,
        lens=lens,
        findings=sorted_findings(findings),
    )


def _sound(facts: AudioFacts) -> Sound:
    seconds = facts.samples / facts.rate if facts.samples is not None and facts.rate else None
    return Sound(
        codec=facts.codec,
        rate=facts.rate,
        channels=facts.channels,
        layout=facts.layout,
        samples=facts.samples,
        seconds=seconds,
    )


def _holes(holes: list[int]) -> Finding:
    """One finding for all: runs of neighbours, the first few of them."""
    runs: list[list[int]] = []
    for number in holes:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    told = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs[:_FEW])
    more = f" and {len(runs) - _FEW} more runs" if len(runs) > _FEW else ""
    are = "frame is" if len(holes) == 1 else "frames are"
    return Finding(
        severity="error",
        code="missing-frames",
        detail=f"{len(holes)} {are} missing: {told}{more}",
        frame=holes[0],
    )


def _labels(
    clip: Clip,
    files: Mapping[int, Stat],
    findings: list[Finding],
    cameras: dict[int, CameraRecord],
    sums: Checksums,
    work: Work,
) -> dict[int, Timecode]:
    """Timecode of each frame that carries one; headers that do not read become findings, those
    that do leave their records in `cameras`."""
    first, broken = min(files, default=0), 0

    def taken(number: int) -> None:
        cut = None
        if files[number].bytes:
            cut = cut_still(files[number], number, work)
        if cut is not None and sum(f.code == cut.code for f in findings) < _FEW:
            findings.append(cut)
        sums.of(files[number])

    if files:
        taken(first)
        cameras[first] = clip.facts.camera
    labels = {first: clip.facts.start} if clip.facts.start else {}
    others: dict[tuple[int, int], list[int]] = {}
    for number, stat in sorted(files.items()):
        if number == first or not stat.bytes:
            continue
        work.check()
        try:
            one = open_clip(stat.uri, work.store, work.limits)
        except RushesError as error:
            if error.retryable:
                raise
            broken += 1
            if broken <= _FEW:
                findings.append(
                    Finding(
                        severity="error",
                        code="unreadable-frame",
                        detail=error.detail,
                        frame=number,
                    )
                )
            continue
        cameras[number] = one.facts.camera
        if one.facts.start is not None:
            labels[number] = one.facts.start
        findings += _other_words(clip, one, number, findings)
        size = one.facts.width, one.facts.height
        if size != (clip.facts.width, clip.facts.height):
            others.setdefault(size, []).append(number)
        one.close()
        taken(number)
    findings += [_other_size(clip, size, numbers) for size, numbers in others.items()]
    return labels


def _other_words(clip: Clip, one: Clip, number: int, findings: list[Finding]) -> list[Finding]:
    """What a frame's header says of colour and of what is not applied, and the first one's does
    not; each is told once."""
    found = []
    said = {finding.detail for finding in findings}
    for note in one.notes:
        detail = f"from frame {number} on: {note}"
        if note not in clip.notes and not any(each.endswith(f"on: {note}") for each in said):
            found.append(
                Finding(severity="warning", code="not-applied", detail=detail, frame=number)
            )
    first, own = clip.facts.picture.colour, one.facts.picture.colour
    if own != first and not any(finding.code == "mixed-colour" for finding in findings):
        detail = f"its colour tags are {_words(own)}, those of the first frame {_words(first)}"
        found.append(Finding(severity="error", code="mixed-colour", detail=detail, frame=number))
    return found


def _words(tags: ColourTags) -> str:
    said = (tags.primaries, tags.transfer, tags.log, tags.conflict)
    return ", ".join(word for word in said if word) or "unsaid"


def lens_states(cameras: Mapping[int, CameraRecord]) -> tuple[LensState, ...]:
    """What the lens did, from change to change; nothing of a lens that stood still."""
    states: list[LensState] = []
    for number, camera in sorted(cameras.items()):
        state = LensState(frame=number, **{name: getattr(camera, name) for name in _LENS})
        if not states or structs.replace(states[-1], frame=number) != state:
            states.append(state)
    return tuple(states) if len(states) > 1 else ()


def _other_size(clip: Clip, size: tuple[int, int], numbers: list[int]) -> Finding:
    """Frames that are not as large as the first."""
    are = "1 frame is" if len(numbers) == 1 else f"{len(numbers)} frames are"
    return Finding(
        severity="error",
        code="mixed-sizes",
        detail=f"{are} {size[0]}x{size[1]} and the first is {clip.facts.width}x"
        f"{clip.facts.height}: {', '.join(map(str, numbers[:_FEW]))}"
        + (" ..." if len(numbers) > _FEW else ""),
        frame=numbers[0],
    )


def _breaks(labels: Mapping[int, Timecode]) -> list[Finding]:
    """Where timecode and frame numbers do not go on together."""
    found: list[Finding] = []
    numbers = sorted(labels)
    for before, number in pairwise(numbers):
        expected = labels[before] + (number - before)
        if labels[number].frame != expected.frame and len(found) < _FEW:
            found.append(
                Finding(
                    severity="warning",
                    code="timecode-break",
                    detail=f"timecode goes from {labels[before]} at frame {before} to "
                    f"{labels[number]}, {expected} was due",
                    frame=number,
                )
            )
    return found
