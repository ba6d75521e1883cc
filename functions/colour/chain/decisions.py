"""An AMF's steps and looks beside it, in order: what each one is, and whether it is run now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from functions.colour.aces_ids.transforms import Found, resolve_id
from functions.colour.aces_ids.unsupported import PREFIX
from functions.colour.chain.values import Line, State
from functions.colour.ocio.library import library
from functions.colour.ocio.look_files import CDL_SUFFIXES, file_transforms, plain_name, suffix
from functions.colour.spaces import Space, need_space
from functions.contract.amf import Cdl, ColourStep, Pipeline, Reference, WorkingSpace
from functions.contract.errors import InvalidRequest

Through = Literal["input", "working", "looks"]
Files = Mapping[str, bytes]
# Where a CDL file or a plain table works that says nothing of it: Netflix and the ACES grading
# guides put them in ACEScct.
LOOK_SPACE = "acescct"


@dataclass(frozen=True, slots=True)
class Part:
    """One step: its line, and its transforms where it is run now.

    stage : of the pipeline
    output : for "output", what it makes
    """

    stage: Literal["input", "look", "output"]
    line: Line
    transforms: tuple[Any, ...] = ()
    output: Found | None = None


def left_of(pipeline: Pipeline) -> tuple[ColourStep, ...]:
    """Steps that are not in the pixels, in order.

    Looks that were not applied before an applied output are kept alternatives, not work.
    """
    if any(step.applied for step in pipeline.steps if step.stage == "output"):
        return ()
    return tuple(step for step in pipeline.steps if not step.applied)


def wanted(pipeline: Pipeline, step: ColourStep, through: Through) -> bool:
    """Whether a step lies before the end of `through`."""
    if step.stage == "input":
        return True
    if step.stage == "output" or through == "input":
        return False
    marker = pipeline.working_location
    if through == "working":
        place = next(i for i, one in enumerate(pipeline.steps) if one is step)
        return marker is not None and place < marker
    return True


def decided(step: ColourStep, state: State, files: Files) -> Part:
    """A step of an AMF; resolved only where it is run now, for others may not be at hand.

    Raises
    ------
    InvalidRequest: an id that nothing knows, a uuid, a file that is none of its kind.
    SourceNotFound: a file that is not in `files`.
    """
    line = Line(described(step), state, step.stage)
    if state != "now":
        return Part(step.stage, line)
    if step.stage == "look":
        return Part("look", line, _look(step, files))
    found = _end(step, files)
    if step.stage == "input":
        if found.kind not in ("into", "inverse output"):
            raise InvalidRequest(f"{found.name} does not lead into ACES2065-1", field="amf")
        return Part(
            "input", Line(f"{line.text} ({found.name})", state, step.stage), found.transforms
        )
    if found.kind != "output":
        raise InvalidRequest(f"{found.name} is no output transform", field="amf")
    return Part(
        "output", Line(f"{line.text} ({found.name})", state, step.stage), found.transforms, found
    )


def described(step: ColourStep) -> str:
    """`look "Grade": CDL slope 1.1 1 0.9, ... in ACEScct`."""
    said = (step.description or "").strip()
    words = f' "{said}"' if said else ""
    parts = [_named(one) for one in ((step.reference,) if step.reference else ()) + step.parts]
    if step.cdl_id is not None:
        parts.insert(0, f"CDL {step.cdl_id!r}")
    if step.cdl is not None:
        parts.append(cdl_text(step.cdl))
    if step.working is not None:
        parts.append(f"in {_space_name(step.working)}")
    return f"{step.stage}{words}: {', '.join(parts)}"


def cdl_text(cdl: Cdl) -> str:
    """The ten numbers on one line."""
    rows = [" ".join(f"{v:g}" for v in row) for row in (cdl.slope, cdl.offset, cdl.power)]
    return f"CDL slope {rows[0]}, offset {rows[1]}, power {rows[2]}, saturation {cdl.saturation:g}"


def looks_beside(
    looks: Sequence[str | Cdl], space: str, files: Files, config: Any | None
) -> list[Part]:
    """Looks that come after an AMF's.

    looks : names in `files`, or CDL numbers
    space : where CDLs and plain tables work; CLF and CTF work from ACES2065-1 to ACES2065-1

    Raises
    ------
    InvalidRequest, SourceNotFound: as `decided`.
    """
    made = []
    for look in looks:
        if isinstance(look, Cdl):
            inner, text, own = (_cdl(look),), f"look: {cdl_text(look)}", space
        else:
            name, _, cdl_id = look.partition("#")
            try:
                inner = file_transforms(name, files, cdl_id=cdl_id)
            except InvalidRequest as error:
                # The file is the request's, and not one that an AMF names.
                raise InvalidRequest(error.detail, **{**error.facts, "field": "looks"}) from error
            text = f"look: {plain_name(name)}" + (f", CDL {cdl_id!r}" if cdl_id else "")
            own = "aces" if suffix(plain_name(name)) in ("clf", "ctf") else space
        around = need_space(own, config, "look_space")
        if own != "aces":
            text += f", in {around.name}"
        made.append(Part("look", Line(text, "now", "look"), _inside(inner, around)))
    return made


def _inside(transforms: tuple[Any, ...], space: Space) -> tuple[Any, ...]:
    return (*space.from_aces, *transforms, *space.to_aces)


def _end(step: ColourStep, files: Files) -> Found:
    """Input or output: one reference, or a pair whose rendering half has no choice in it."""
    references = (step.reference,) if step.reference else step.parts
    pairs = ("referenceRenderingTransform", "inverseReferenceRenderingTransform")
    if any(one.file for one in references):
        made: list[Any] = []
        for one in references:
            made += _reference(one, files).transforms
        kind: Literal["into", "output"] = "into" if step.stage == "input" else "output"
        return Found(kind, ", ".join(_named(one) for one in references), tuple(made))
    telling = [one for one in references if one.part not in pairs] or list(references)
    if not telling:
        raise InvalidRequest(f"{described(step)} names no transform", field="amf")
    return _reference(telling[0], files)


def _reference(reference: Reference, files: Files) -> Found:
    if reference.transform_id is not None:
        return resolve_id(reference.transform_id)
    if reference.file is not None:
        made = file_transforms(reference.file, files)
        return Found("look", plain_name(reference.file), made)
    raise InvalidRequest(
        f"{reference.uuid} is a uuid, and nothing here has transforms by uuid", field="amf"
    )


def _look(step: ColourStep, files: Files) -> tuple[Any, ...]:
    cdl: tuple[Any, ...] = () if step.cdl is None else (_cdl(step.cdl),)
    if not cdl and step.reference is not None:
        is_cdl = step.cdl_id is not None or (
            suffix(plain_name(step.reference.file or "")) in CDL_SUFFIXES
        )
        if not is_cdl:
            found = _reference(step.reference, files)
            if found.kind != "look":
                raise InvalidRequest(f"{found.name} is no look", field="amf")
            return found.transforms
        if step.reference.file is None:
            raise InvalidRequest(f"CDL {step.cdl_id!r} is in no file that is named", field="amf")
        cdl = file_transforms(step.reference.file, files, cdl_id=step.cdl_id or "")
    if not cdl:
        raise InvalidRequest(f"{described(step)} names no transform", field="amf")
    if step.working is None:
        return cdl
    return (*_into(step.working, files), *cdl, *_back(step.working, files))


def _into(working: WorkingSpace, files: Files) -> tuple[Any, ...]:
    if working.into is None:
        found = _reference(working.back, files)
        return _inverse(found.transforms)
    found = _reference(working.into, files)
    if found.kind not in ("out of", "look"):
        raise InvalidRequest(f"{_named(working.into)} does not lead out of ACES", field="amf")
    return found.transforms


def _back(working: WorkingSpace, files: Files) -> tuple[Any, ...]:
    found = _reference(working.back, files)
    if found.kind not in ("into", "look"):
        raise InvalidRequest(f"{_named(working.back)} does not lead back to ACES", field="amf")
    return found.transforms


def _inverse(transforms: tuple[Any, ...]) -> tuple[Any, ...]:
    ocio = library()
    back = {ocio.TRANSFORM_DIR_FORWARD: ocio.TRANSFORM_DIR_INVERSE}
    made = []
    for transform in reversed(transforms):
        turned = transform.__deepcopy__({})
        turned.setDirection(back.get(transform.getDirection(), ocio.TRANSFORM_DIR_FORWARD))
        made.append(turned)
    return tuple(made)


def _cdl(cdl: Cdl) -> Any:
    ocio = library()
    made = ocio.CDLTransform(list(cdl.slope), list(cdl.offset), list(cdl.power), cdl.saturation)
    made.setStyle(ocio.CDL_NO_CLAMP)
    return made


def _named(reference: Reference) -> str:
    if reference.transform_id is not None:
        return reference.transform_id.removeprefix(PREFIX)
    if reference.file is not None:
        return f"file {plain_name(reference.file)}"
    return str(reference.uuid)


def _space_name(working: WorkingSpace) -> str:
    name = (working.back.transform_id or "").rpartition("_to_")[0].rpartition(".")[2]
    return name or _named(working.back)
