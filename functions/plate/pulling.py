"""One plate from request to package."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from functions.contract import uris
from functions.contract.clip import ClipFacts
from functions.contract.errors import InvalidRequest, LimitExceeded, OutputConflict
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits, Result, Work
from functions.contract.picture import PictureFacts
from functions.contract.receipt import Frames, Output
from functions.contract.store import Store
from functions.media import frames_there, open_clip, resolve_frames
from functions.media.write.exr_header import ExrHeader
from functions.picture import Developed, Pictures, Plan, open_pictures
from functions.picture.frames.exr_files import write_exr_frames
from functions.picture.frames.exr_headers import exr_header
from functions.plate.handler import PlateRequest, wish_of
from functions.plate.naming import Numbering, PlateName, next_version, plan_numbers, plate_name
from functions.plate.package import Sidecar, seal, seal_date, sidecars

_NARROWEST = 3840
_ROUNDED = 1.0  # pixels that a rounded size may add


@dataclass(frozen=True, slots=True)
class _Planned:
    """Everything about a plate but its pixels. `folder` is relative to the output."""

    name: PlateName
    folder: str
    size: str
    numbering: Numbering
    sidecars: list[Sidecar]
    notes: tuple[str, ...]

    def frame(self, own: int) -> str:
        """Path of a frame below the output."""
        number = f"{self.numbering.number(own):0{self.numbering.digits}d}"
        return f"{self.folder}{self.size}/{self.name.base}.{number}.exr"


class _Claim:
    """The sidecars, committed when the first frame is developed and before it is committed.

    They say what plate this is: of two pulls under one name the second is told before a
    frame of it lies among those of the first. A clip that gives no frame leaves nothing.
    """

    def __init__(self, request: PlateRequest, planned: _Planned, work: Work) -> None:
        self._request, self._planned, self._work = request, planned, work
        self._lock = threading.Lock()
        self.files: dict[str, Output] = {}

    def make(self) -> None:
        """Once; from any thread. Raises OutputConflict where another plate stands."""
        planned, work = self._planned, self._work
        with self._lock:
            if self.files:
                return
            try:
                self.files = {
                    each.name: work.commit(planned.folder + each.name, each.content)
                    for each in planned.sidecars
                }
            except OutputConflict as error:
                raise self._told(error) from error

    def _told(self, error: OutputConflict) -> OutputConflict:
        planned = self._planned
        free = next_version(self._request.output, planned.name, planned.folder, self._work.store)
        return OutputConflict(
            f"another pull stands as {planned.name.base}, which {uris.basename(error.facts['uri'])}"
            f" tells: say version {free}, the next that is free, or overwrite",
            **error.facts,
        )


def pull_plate(request: PlateRequest, work: Work) -> Result:
    """Frames, sidecars, viewing movie, seal."""
    with open_pictures(wish_of(request), work) as pictures:
        planned = _planned(request, pictures, work)
        whole = planned.numbering.whole
        if len(whole) > work.limits.frames:
            raise LimitExceeded(
                f"{len(whole)} frames in one unit; this function's limit is {work.limits.frames}",
                field="frames",
            )
        files = _frames(request, planned, pictures, work)
        captured, plan = pictures.facts.camera.captured, pictures.plan
    if request.proxy:
        from functions.plate.proxy import write_proxy

        name = f"{planned.name.base}.mov"
        files[name] = write_proxy(request, plan, whole, planned.folder + name, work)
    if request.seal:
        date = seal_date(request.date, captured, work)
        seal(planned.folder, files, planned.name.base, date, request, work)
    numbers = [planned.numbering.number(own) for own in (whole.start, whole.last)]
    return Result(
        frames=Frames(numbers[0], numbers[1], len(whole)),
        report={**_told(planned), **plan.report()},
    )


def plan_plate(request: PlateRequest, work: Work) -> dict[str, Any]:
    """What `pull_plate` would write."""
    with open_pictures(wish_of(request), work) as pictures:
        planned = _planned(request, pictures, work)
        whole = planned.numbering.whole
        names = [planned.folder + each.name for each in planned.sidecars]
        names += [f"{planned.folder}{planned.name.base}.mov"] if request.proxy else []
        names += [f"{planned.folder}ascmhl/"] if request.seal else []
        broken = []
        if len(whole) > work.limits.frames:
            broken.append(f"{len(whole)} frames are over the limit of {work.limits.frames}")
        return {
            **_told(planned),
            **pictures.plan.report(),
            "frames": {"first": whole.start, "last": whole.last, "count": len(whole)},
            "outputs": {
                "first": planned.frame(whole.start),
                "last": planned.frame(whole.last),
                "count": len(whole),
                "beside": names,
                "compression": request.compression,
            },
            "limits_broken": broken,
        }


def frames_of_unit(request: PlateRequest, store: Store, limits: Limits) -> str | None:
    """The cut with its handles, in the clip's own numbers; None is all of the clip."""
    if request.frames is None:
        return None
    clip = open_clip(request.input, store, limits)
    try:
        cut = resolve_frames(clip, request.frames)
        return str(_numbers(request, cut, frames_there(clip), clip.facts).whole)
    finally:
        clip.close()


def _numbers(
    request: PlateRequest, cut: FrameRange, own: FrameRange, facts: ClipFacts
) -> Numbering:
    return plan_numbers(
        cut,
        own,
        facts,
        handles=request.handles,
        start=request.start,
        numbering=request.numbering,
    )


def _planned(request: PlateRequest, pictures: Pictures, work: Work) -> _Planned:
    plan = pictures.plan
    said = (request.output, request.shot, request.plate, request.version)
    name, folder = plate_name(*said, pictures.facts.name)
    if request.shot is None and folder:
        work.assume("shot", f"{name.shot}: the clip's name")
    numbering = _numbers(request, pictures.resolve(), pictures.there(), pictures.facts)
    before, after = numbering.handles
    if min(before, after) < request.handles:
        work.assume(
            "handles", f"{request.handles} asked for: {before} before and {after} after are there"
        )
    _refuse_enlarging(plan)
    notes = []
    active = plan.geometry.output.framing.width if plan.geometry is not None else plan.width
    if active < _NARROWEST:
        notes.append(f"active width {active:g} is under {_NARROWEST}")
    notes += _left_as_it_is(pictures.facts.picture)
    return _Planned(
        name=name,
        folder=folder,
        size=f"{plan.width}x{plan.height}",
        numbering=numbering,
        sidecars=sidecars(name.base, numbering, plan, request.event),
        notes=tuple(notes),
    )


def _refuse_enlarging(plan: Plan) -> None:
    """A plate has the camera's own pixels or fewer: who composites would not know better."""
    geometry = plan.geometry
    if geometry is None:
        return
    squeeze = geometry.source.squeeze / geometry.output.squeeze
    grown = (
        geometry.crop.width * (geometry.scale[0] / max(1.0, squeeze) - 1),
        geometry.crop.height * (geometry.scale[1] - 1),
    )
    if max(grown) > _ROUNDED:
        scale = max(geometry.scale[0] / max(1.0, squeeze), geometry.scale[1])
        raise InvalidRequest(
            f"the framing would enlarge the picture {scale:.3f} times, and plates are never "
            "enlarged: ask for a smaller width, or for the layer as it is",
            field="width",
        )


def _frames(
    request: PlateRequest, planned: _Planned, pictures: Pictures, work: Work
) -> dict[str, Output]:
    """Write them and the sidecars; what was committed by path inside the package."""
    claim = _Claim(request, planned, work)
    facts, plan, number = pictures.facts, pictures.plan, planned.numbering.number
    aspect = plan.pixel_aspect if plan.geometry is not None else None

    def header(frame: Developed) -> ExrHeader:
        return exr_header(
            facts, frame, number(frame.number), "aces", request.compression, pixel_aspect=aspect
        )

    def name(own: int) -> str:
        claim.make()
        return planned.frame(own)

    whole = planned.numbering.whole
    written = write_exr_frames(
        pictures,
        whole,
        work,
        compression=request.compression,
        header=header,
        name=name,
        number=number,
    )
    return claim.files | {
        planned.frame(own).removeprefix(planned.folder): output
        for own, output in zip(whole, written, strict=True)
    }


def _left_as_it_is(picture: PictureFacts) -> list[str]:
    """What a player would do to the pictures and a plate does not."""
    notes = []
    if picture.rotation:
        notes.append(f"players turn the clip by {picture.rotation} degrees, the plate is as coded")
    if picture.field_order != "progressive":
        first = "top" if picture.field_order == "tt" else "bottom"
        notes.append(f"interlaced, {first} field first: each frame holds both fields")
    if picture.variable:
        notes.append("frames stand for unequal times in the clip, and are one each in the plate")
    return notes


def _told(planned: _Planned) -> dict[str, Any]:
    numbering = planned.numbering
    before, after = numbering.handles
    cut = [numbering.number(own) for own in (numbering.cut.start, numbering.cut.last)]
    return {
        "plate": planned.name.base,
        "cut": {"first": cut[0], "last": cut[1]},
        "handles": {"before": before, "after": after},
        "source_frames": str(numbering.whole),
        "notes": list(planned.notes),
    }
