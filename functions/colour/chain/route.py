"""What a chain does, before it is made of steps: its parts in order, as transforms and lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from functions.colour.aces_ids.transforms import aces_of, is_id, resolve_id
from functions.colour.camera.spaces import TITLES
from functions.colour.chain.decisions import (
    Files,
    Part,
    Through,
    decided,
    described,
    left_of,
    looks_beside,
    wanted,
)
from functions.colour.chain.values import Line, OutputTags
from functions.colour.ocio.library import shelf, user_config
from functions.colour.outputs import (
    DEFAULT_ACES,
    DISPLAY_SPACES,
    Aces,
    Output,
    colorimetric,
    displays_alike,
    find_output,
    undone,
)
from functions.colour.spaces import SHORT, Space, need_space
from functions.contract.amf import Cdl, ColourStep, Pipeline
from functions.contract.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Route:
    """Parts of a chain.

    transforms : OpenColorIO's, from the samples to the output
    linear_in : the samples are scene-linear
    scene_linear, tags, output, assumed, undone : as in `Chain`
    """

    transforms: tuple[Any, ...]
    lines: tuple[Line, ...]
    linear_in: bool
    scene_linear: bool
    tags: OutputTags
    output: str
    assumed: tuple[tuple[str, str], ...]
    undone: str = ""


def plan_route(
    source: str, amf: Pipeline | None, output: str, files: Files, config: bytes | None,
    looks: Sequence[str | Cdl], look_space: str, through: Through, aces: Aces | None,
    *, undo: bool = False,
) -> Route:  # fmt: skip
    """Arguments and errors as `build_chain`."""
    steps = amf.steps if amf is not None else ()
    if output == "source":
        lines = tuple(
            Line(described(one), "already" if one.applied else "left", one.stage) for one in steps
        )
        tags = OutputTags(None, None, None)
        return Route((), lines, False, False, tags, "source", ())
    # The shelf has to live for as long as its config is asked.
    beside = None if config is None else shelf(user_config(config), files)
    user = None if beside is None else beside.config
    assumed: list[tuple[str, str]] = []
    version = _aces(amf, output, aces, assumed)
    left = left_of(amf) if amf is not None else ()
    rendered = any(one.applied for one in steps if one.stage == "output")

    parts: list[Part] = [_applied(one) for one in steps if one.applied]
    if rendered:
        parts += [_kept(one) for one in steps if not one.applied]
    start, linear_in, space = _start(source, left, files, user)
    parts += start
    before = undone(display_of(space), version) if undo and space and display_of(space) else None
    if before is not None:
        assumed.append(("source_rendering", f"{before.text}, undone: looks work on the scene"))
        line = Line(f"input: rendering {before.text} undone", "now", "input")
        parts.append(Part("input", line, before.from_aces))
    end, final = _end(output, left, files, user, version)
    if rendered or (not undo and space is not None and _only_converts(space, amf, looks, final)):
        return _converted(parts, space, source, final, output, version, looks, assumed)
    if final.scene_linear and before is None and space is not None and display_of(space):
        assumed.append(
            ("source_rendering", "kept: the light that its display shows, not a scene's")
        )
    for step in left:
        if step.stage == "look":
            now = amf is not None and (not final.scene_linear or wanted(amf, step, through))
            parts.append(decided(step, "now" if now else "left", files))
    if looks and not all(isinstance(one, str) and one.lower().endswith(("clf", "ctf"))
                         for one in looks):  # fmt: skip
        assumed += [("look_space", look_space)]
    parts += looks_beside(looks, look_space, files, user)
    parts += end
    made = [one for part in parts for one in part.transforms]
    lines = tuple(part.line for part in parts)
    return Route(tuple(made), lines, linear_in, final.scene_linear, final.tags, final.name,
                 tuple(assumed), "" if before is None else before.name)  # fmt: skip


def _aces(
    amf: Pipeline | None, output: str, aces: Aces | None, assumed: list[tuple[str, str]]
) -> Aces:
    if is_id(output):
        return aces_of(output)
    if amf is not None:
        return "1.3" if amf.aces_major == 1 else "2"
    if aces is None and output not in ("aces", "acescg"):
        assumed.append(("aces", DEFAULT_ACES))
    return aces or DEFAULT_ACES


def _applied(step: ColourStep) -> Part:
    return Part(step.stage, Line(described(step), "already", step.stage))


def _kept(step: ColourStep) -> Part:
    """A look that was not applied before an applied output: an alternative, for the next one."""
    return Part(step.stage, Line(f"kept, not used: {described(step)}", "left", "kept"))


def _start(
    source: str, left: Sequence[ColourStep], files: Files, user: Any | None
) -> tuple[list[Part], bool, Space | None]:
    """Samples to ACES2065-1: by the AMF's input transform if it is still to be done."""
    given = next((one for one in left if one.stage == "input"), None)
    if given is not None and source == "aces":
        # Raw pictures are developed to ACES2065-1: what an input transform does is done.
        return [Part("input", Line(described(given), "already", given.stage))], True, None
    if given is not None:
        part = decided(given, "now", files)
        linear = all(type(one).__name__ == "MatrixTransform" for one in part.transforms)
        return [part], linear, None
    if is_id(source):
        found = resolve_id(source)
        if found.kind not in ("into", "inverse output"):
            raise InvalidRequest(f"{source} does not lead into ACES2065-1", field="source")
        line = Line(f"input: {found.name} to ACES2065-1", "now", "input")
        return [Part("input", line, found.transforms)], found.scene_linear, None
    space = need_space(source, user)
    if not space.to_aces:
        return [], True, space
    line = Line(f"input: {space.name} to ACES2065-1", "now", "input")
    return [Part("input", line, space.to_aces)], space.scene_linear, space


def _end(
    output: str, left: Sequence[ColourStep], files: Files, user: Any | None, version: Aces
) -> tuple[list[Part], Output]:
    """ACES2065-1 to the output; the AMF's own output transform is left if it is another."""
    given = next((one for one in left if one.stage == "output"), None)
    if output == "amf":
        if given is None:
            raise InvalidRequest("the AMF has no output transform that is left", field="output")
        part = decided(given, "now", files)
        if part.output is None:
            raise InvalidRequest("the AMF's output transform is none", field="output")
        made = part.output
        return [part], Output(made.output or "amf", made.name, made.transforms, False, made.tags)
    if is_id(output):
        found = resolve_id(output)
        if found.kind not in ("output", "out of"):
            raise InvalidRequest(f"{output} does not lead out of ACES2065-1", field="output")
        final = Output(found.output or output, found.name, found.transforms, found.scene_linear,
                       found.tags)  # fmt: skip
    else:
        final = find_output(output, version, user)
    if given is not None and not final.scene_linear:
        try:
            part = decided(given, "now", files)
        except InvalidRequest:
            part = decided(given, "left", files)
        if part.output is not None and part.output.output == final.name:
            return [part], final
    own = [decided(given, "left", files)] if given is not None else []
    if not final.from_aces:
        return own, final
    line = Line(f"output: {final.text}", "now", "output")
    return [Part("output", line, final.from_aces), *own], final


def _only_converts(
    space: Space, amf: Pipeline | None, looks: Sequence[str | Cdl], final: Output
) -> bool:
    """Whether samples were made for a display, and the output is one that can show them.

    Rendering them once more would change every picture that was finished before. To a darker
    display, HDR to SDR, they are rendered: clipping would take the highlights away.
    """
    peak = _display_peak(space)
    if amf is not None or looks or peak is None or final.scene_linear:
        return False
    return final.tags.peak is not None and min(peak, 1000.0) <= max(final.tags.peak, 100.0)


def display_of(space: Space) -> str:
    """Our short name of a space that holds a picture made for a display, "" for any other."""
    named = (*SHORT.items(), *TITLES.items())
    return next((one for one, long in named if long == space.name and one in DISPLAY_SPACES), "")


def _display_peak(space: Space) -> float | None:
    return DISPLAY_SPACES.get(display_of(space))


def _converted(
    parts: list[Part], space: Space | None, source: str, final: Output, output: str,
    version: Aces, looks: Sequence[str | Cdl], assumed: list[tuple[str, str]],
) -> Route:  # fmt: skip
    """Display code values to those of another display: colours kept, nothing rendered."""
    if space is None or _display_peak(space) is None or looks or final.scene_linear:
        raise InvalidRequest(
            f"the AMF says that its output transform was applied: the samples of {source} are "
            f"display code values, which {output} can not be made of",
            field="amf",
        )
    line = Line(f"output: {space.name} shown on {final.text.partition(',')[0]}, not rendered "
                "again", "now", "output")  # fmt: skip
    short = display_of(space)
    same = short == final.name or (short and displays_alike(short, final.name, version))
    back = () if same else (*space.to_aces, *colorimetric(final.name, version))
    kept = [part for part in parts if part.line.state != "now"]
    assumed = [one for one in assumed if one[0] != "aces"]
    lines = (*(part.line for part in kept), line)
    assumed.append(("rendering", "already in the source"))
    tags = msgspec.structs.replace(final.tags, mastering=None)
    return Route(back, lines, False, False, tags, final.name, tuple(assumed))
