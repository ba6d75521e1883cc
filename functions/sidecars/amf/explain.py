"""An AMF in lines of text: its colour steps in order, what is applied and what is left."""

from __future__ import annotations

from functions.contract.amf import Amf, Cdl, ColourStep, Reference
from functions.sidecars.amf.apply import remaining
from functions.sidecars.amf.ids import PREFIX, parse_id
from functions.sidecars.paths_beside import file_name


def explain(amf: Amf) -> str:
    """One line a step, camera to display: number, applied or to do, what it is.

    A kept alternative (a look not applied before an applied output) is neither.
    """
    left = remaining(amf.steps)
    lines = [f"AMF {amf.version}, ACES {amf.pipeline.system_version}, {len(amf.steps)} steps"]
    for number, step in enumerate(amf.steps, start=1):
        if number - 1 == amf.pipeline.working_location:
            lines.append("  -- working location: new looks are made here")
        state = "applied" if step.applied else "to do" if step in left else "kept"
        lines.append(f"  {number}. {state:<7}  {described(step)}")
    if amf.pipeline.working_location == len(amf.steps):
        lines.append("  -- working location: new looks are made here")
    if not amf.steps:
        lines.append("  nothing: the frames are ACES2065-1 as they are")
    return "\n".join(lines) + "\n"


def described(step: ColourStep) -> str:
    """`look "Grade": CDL in ACEScct, slope 1.1 1 0.9, saturation 1.1`."""
    words = (step.description or "").strip()
    name = f' "{words}"' if words else ""
    parts = [_reference(step.reference)] if step.reference else []
    parts += [_reference(part) for part in step.parts]
    if step.cdl_id is not None:
        parts.insert(0, f"CDL {step.cdl_id!r}")
    if step.cdl:
        parts.append(_cdl(step.cdl))
    if step.working:
        found = parse_id(step.working.back.transform_id or "")
        space = found.ends[0] if found and found.ends else _reference(step.working.back)
        parts.append(f"in {space}")
    return f"{step.stage}{name}: {', '.join(parts)}"


def _reference(reference: Reference) -> str:
    if reference.transform_id is not None:
        return reference.transform_id.removeprefix(PREFIX)
    if reference.file is not None:
        return f"file {file_name(reference.file)}"
    return str(reference.uuid)


def _cdl(cdl: Cdl) -> str:
    def said(values: tuple[float, ...]) -> str:
        return " ".join(f"{v:g}" for v in values)

    numbers = f"slope {said(cdl.slope)}, offset {said(cdl.offset)}, power {said(cdl.power)}"
    return f"CDL {numbers}, saturation {cdl.saturation:g}"
