"""One plate from request to package."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from functions.contract import uris
from functions.contract.errors import InvalidRequest, OutputConflict
from functions.contract.operation import Result, Work
from functions.contract.picture import PictureFacts
from functions.contract.receipt import Frames, Output
from functions.contract.store import Stat
from functions.media.write.exr_header import ExrHeader
from functions.picture import Developed, Pictures, Plan
from functions.picture.frames.exr_files import write_exr_frames
from functions.picture.frames.exr_headers import exr_header
from functions.picture.unit import PictureUnit
from functions.plate.event_cdl import event_cdl
from functions.plate.naming import Numbering, PlateName, next_version, plan_numbers, plate_name
from functions.plate.package import Sidecar, seal, seal_date, sidecars
from functions.plate.request import PlateRequest, picture_spec_of

_NARROWEST = 3840


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


class PlateUnit(PictureUnit[PlateRequest]):
    """One plate: frames, sidecars, viewing movie, seal."""

    def __init__(self, request: PlateRequest, work: Work) -> None:
        super().__init__(request, picture_spec_of(request), work)

    def sources(self) -> tuple[Stat, ...]:
        """The files of the cut and its handles, and what decides about them."""
        request, pictures = self.request, self.pictures
        if request.frames is None:
            return pictures.sources()
        numbering = _numbers(request, pictures)
        return pictures.sources(str(numbering.whole))

    def run(self) -> Result:
        """Write the package; see the docstring of the handler.

        Raises InvalidRequest for a framing that would enlarge the picture, UnsupportedMedia for
        a clip whose colour nobody knows.
        """
        request, work, pictures = self.request, self.work, self.pictures.open()
        planned = _planned(request, pictures, work)
        whole = planned.numbering.whole
        work.limits.check_frames(len(whole))
        files = _frames(request, planned, pictures, work)
        if request.proxy:
            from functions.plate.proxy import write_proxy

            name = f"{planned.name.base}.mov"
            files[name] = write_proxy(request, pictures, whole, planned.folder + name, work)
        if request.seal:
            date = seal_date(request.date, pictures.facts, work)
            seal(planned.folder, files, planned.name.base, date, request, work)
        numbers = [planned.numbering.number(own) for own in (whole.start, whole.last)]
        return Result(
            frames=Frames(numbers[0], numbers[1], len(whole)),
            report={**_told(planned), "clip": pictures.clip_report(), **pictures.plan.report()},
        )

    def explain(self) -> dict[str, Any]:
        """Names, numbers, handles, canvas and colour steps, from headers only."""
        request, work, pictures = self.request, self.work, self.pictures.open()
        planned = _planned(request, pictures, work)
        whole = planned.numbering.whole
        names = [planned.folder + each.name for each in planned.sidecars]
        names += [f"{planned.folder}{planned.name.base}.mov"] if request.proxy else []
        names += [f"{planned.folder}ascmhl/"] if request.seal else []
        return {
            **_told(planned),
            "clip": pictures.clip_report(),
            **pictures.plan.report(),
            "frames": {"first": whole.start, "last": whole.last, "count": len(whole)},
            "outputs": {
                "first": planned.frame(whole.start),
                "last": planned.frame(whole.last),
                "count": len(whole),
                "beside": names,
                "compression": request.compression,
                "depth": request.depth,
            },
            "limits_broken": work.limits.broken_by(len(whole), pictures.memory()),
        }


def _numbers(request: PlateRequest, pictures: Pictures) -> Numbering:
    """Numbers of the cut with its handles."""
    return plan_numbers(
        pictures.resolve(),
        pictures.there(),
        pictures.facts,
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
    numbering = _numbers(request, pictures)
    before, after = numbering.handles
    if min(before, after) < request.handles:
        work.assume(
            "handles", f"{request.handles} asked for: {before} before and {after} after are there"
        )
    _refuse_enlarging(plan)
    _tell_event_cdl(request, plan, work)
    looks = sum(not each.applied for each in plan.cdls)
    if looks > 1:
        work.assume("cc", f"the .cc is the first of {looks} looks' CDLs: the .cdl holds all")
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


def _tell_event_cdl(request: PlateRequest, plan: Plan, work: Work) -> None:
    """Whose look the event's CDL is, and where it works."""
    said = event_cdl(request.event)
    if said is None or said[1].is_identity:
        return
    used = next((each for each in plan.cdls if each.cdl == said[1] and not each.applied), None)
    if used is None:
        work.assume("event_cdl", "left out: the decisions have a CDL of their own")
    elif request.look_space is None and used.beside:
        work.assume("event_cdl", f"a look in {used.space}: the turnover says no working space")


def _refuse_enlarging(plan: Plan) -> None:
    """A plate has the camera's own pixels or fewer: who composites would not know better."""
    if plan.geometry is not None and plan.geometry.enlarged > 1:
        raise InvalidRequest(
            f"the framing would enlarge the picture {plan.geometry.enlarged:.3f} times, and "
            "plates are never "
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
            facts,
            frame,
            number(frame.number),
            request.space,
            request.compression,
            pixel_aspect=aspect,
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
