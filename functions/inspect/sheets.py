"""The contact sheet of any clip."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import numpy as np

from functions.contract.clip import Clip
from functions.contract.errors import RushesError, UnsupportedMedia
from functions.contract.frames import FrameRange, rate_text
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
        return png(sheet(cells, size, title_of(clip)))


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
        return png(sheet(cells, size, title_of(clip))), findings


def still_sheet(
    uri: str, clip: Clip, wanted: FrameRange, work: Work
) -> tuple[bytes | None, list[Finding]]:
    """PNG of developed stills as they are meant to look, and what kept frames from being shown.

    Stills that do not say their colour are shown by their code values, which a finding tells.
    """
    from functions.picture.picture_spec import PictureSpec
    from functions.picture.thumbnail import view

    facts = clip.facts
    size = cell_size(float(facts.width / facts.height * facts.picture.pixel_aspect))
    findings, cells, source = list[Finding](), list[Cell](), None
    for number in _picked(wanted):
        work.check()
        picture, label = None, facts.start + (number - wanted.start) if facts.start else None
        spec = PictureSpec(input=uri, frames=str(number), source=source)
        try:
            with work.stage("decode"):
                try:
                    seen = view(spec, work, width=size[0])
                except UnsupportedMedia as error:
                    if source is not None or error.facts.get("field") != "source":
                        raise
                    source = "rec709"
                    seen = view(msgspec.structs.replace(spec, source=source), work, width=size[0])
                    findings.append(_as_coded(error))
                picture = placed(seen, *size)
        except RushesError as error:
            if error.retryable:
                raise
            findings.append(_unreadable(error, number))
        cells.append(Cell(f"{number:0{facts.padding}d}", str(label) if label else "", picture))
    if all(cell.picture is None for cell in cells):
        return None, findings
    with work.stage("encode"):
        return png(sheet(cells, size, title_of(clip))), findings


def placed(picture: RGB8, width: int, height: int) -> RGB8:
    """A picture in the middle of a cell, cut or framed in black where it is not as large."""
    cell = np.zeros((height, width, 3), np.uint8)
    tall, wide = min(height, picture.shape[0]), min(width, picture.shape[1])
    y, x = (height - tall) // 2, (width - wide) // 2
    cell[y : y + tall, x : x + wide] = picture[:tall, :wide]
    return cell


def title_of(clip: Clip) -> str:
    """What stands above a sheet: the clip's name, its rate and its camera."""
    facts = clip.facts
    rate = f"{rate_text(facts.rate)} fps" if facts.rate else ""
    return "   ".join(word for word in (facts.name, rate, facts.camera.title) if word)


def _as_coded(error: RushesError) -> Finding:
    why = error.facts.get("why", error.detail)
    detail = f"the contact sheet shows code values as they are: {why}"
    return Finding(severity="info", code="untagged", detail=detail)


def _unreadable(error: RushesError, number: int) -> Finding:
    code = {
        "unsupported_media": "unsupported-codec",
        "source_not_found": "missing-frames",
    }.get(error.code, error.facts.get("damage", "damaged-frame"))
    return Finding(severity="error", code=code, detail=error.detail, frame=number)
