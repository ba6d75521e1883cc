"""The contact sheet of any clip."""

from __future__ import annotations

from fractions import Fraction

from functions.contract.clip import Clip
from functions.contract.errors import RushesError
from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.contract.timecode import Timecode
from functions.inspect.report import Finding
from functions.media.movie.clip import MovieClip
from functions.media.movie.counting import Count, pictures_at
from functions.media.preview.contact_sheet import Cell, cell_size, pick, png, sheet
from functions.media.preview.thumbnails import (
    RGB8,
    exposure_of,
    movie_thumbnail,
    raw_thumbnail,
    raw_view,
)


def _picked(wanted: FrameRange) -> list[int]:
    """Frames to show of those that are wanted."""
    return [wanted.nth(place) for place in pick(0, len(wanted))]


def movie_sheet(
    clip: MovieClip, count: Count, wanted: FrameRange, start: str | None, work: Work
) -> bytes | None:
    """PNG of a movie; None where no picture decodes."""
    first = count.first
    if first is None or clip.scan.encrypted or not len(wanted):
        return None
    if clip.facts.layout is not None:
        return raw_sheet(clip, wanted, work)[0]
    aspect = Fraction(first.width, first.height)
    if clip.picture is not None and clip.picture.sample_aspect_ratio:
        aspect *= clip.picture.sample_aspect_ratio
    size = cell_size(float(1 / aspect if round(first.rotation / 90) % 2 else aspect))
    numbers = _picked(wanted)
    shown: dict[int, RGB8] = {}
    with work.stage("decode"):
        for number, picture in pictures_at(clip, count, numbers, work.check, work.threads):
            shown[number] = movie_thumbnail(picture, *size)
    if not shown:
        return None
    label = Timecode.parse(start, clip.facts.rate) if start and clip.facts.rate else None
    cells = [Cell(str(n), str(label + n) if label else "", shown.get(n)) for n in numbers]
    with work.stage("encode"):
        return png(sheet(cells, size))


def raw_sheet(clip: Clip, wanted: FrameRange, work: Work) -> tuple[bytes | None, list[Finding]]:
    """PNG of camera raw, and what kept frames from being shown.

    One exposure for all, from the first frame that decodes: so a change of light shows.
    """
    from functions.colour.camera.to_aces import camera_to_aces

    facts = clip.facts
    aspect = facts.width / facts.height * facts.camera.pixel_aspect
    size, findings, cells = cell_size(aspect), list[Finding](), list[Cell]()
    exposure: float | None = None
    for number in _picked(wanted):
        work.check()
        picture, label = None, facts.start + (number - wanted.start) if facts.start else None
        try:
            with work.stage("decode"):
                (frame,) = clip.frames(FrameRange(number, number + 1))
                colour = camera_to_aces(frame.camera, frame.layout)
                view = raw_view(frame, colour.gains, colour.matrix)
                exposure = exposure_of(view) if exposure is None else exposure
                picture = raw_thumbnail(view, exposure, *size)
                label = frame.timecode or label
        except RushesError as error:
            if error.retryable:
                raise
            findings.append(_unreadable(error, number))
        cells.append(Cell(f"{number:0{facts.padding}d}", str(label) if label else "", picture))
    if exposure is None:
        return None, findings
    with work.stage("encode"):
        return png(sheet(cells, size)), findings


def _unreadable(error: RushesError, number: int) -> Finding:
    code = {
        "unsupported_media": "unsupported-codec",
        "source_not_found": "missing-frames",
    }.get(error.code, error.facts.get("damage", "damaged-frame"))
    return Finding(severity="error", code=code, detail=error.detail, frame=number)
