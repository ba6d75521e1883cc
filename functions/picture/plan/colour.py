"""Which colour steps run on a clip: its own space, the AMF, looks and the output, in chains."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import msgspec

from functions.colour.camera.overrides import AS_RECORDED
from functions.colour.chain.values import Bound, Chain
from functions.colour.mastering import mastering_volume
from functions.contract.clip import ClipFacts
from functions.contract.errors import InvalidRequest
from functions.contract.operation import Work
from functions.contract.picture import ColourTags
from functions.picture.picture_spec import PictureSpec, Through, Tier
from functions.picture.plan.applied_state import Done
from functions.picture.plan.decisions_in import Decisions
from functions.picture.plan.input_space import (
    Start,
    find_start,
    input_of,
    no_source_of_raw,
    rendered_by,
    shown_as,
)
from functions.picture.plan.values import ColourLine

if TYPE_CHECKING:
    from functions.contract.amf import Pipeline

RAW = "camera raw"
DISPLAY = "rec709"
"""What a viewable gets where no AMF says another (Netflix's specifications of 2024)."""
LOOK_SPACE = "acescct"
_WHOLE = ("source", "camera")
_ACES = {1: "1.3", 2: "2"}


class Colour(msgspec.Struct, frozen=True, kw_only=True):
    """The chains and what is told of them.

    first : on the clip's samples, or on developed ACES2065-1, before the geometry
    second : after the geometry; only where pixels are filtered in scene-linear light on
        their way to a display
    notes : what is worth telling of the chains: parts that no kernel runs
    kept : whether a finished picture is kept, so that nothing holds it between black and white
    """

    source: str
    first: Chain | None = None
    second: Chain | None = None
    lines: tuple[ColourLine, ...] = ()
    bound: str = ""
    notes: tuple[str, ...] = ()
    scene_linear: bool
    tags: ColourTags
    peak: float | None = None
    kept: bool = False
    done: Done


def plan_colour(
    spec: PictureSpec, facts: ClipFacts, given: Decisions, work: Work, *, filtered: bool
) -> Colour:
    """The colour steps of a spec.

    filtered : whether the geometry resamples pixels

    Raises InvalidRequest, UnsupportedMedia for decisions that contradict the clip or each
    other; and as `functions.colour.chain.build.build_chain` for steps that cannot be built.
    """
    raw = facts.layout is not None
    if not raw and spec.overrides != AS_RECORDED:
        field = (
            "exposure" if spec.overrides.exposure else "white" if spec.overrides.kelvin else "idt"
        )
        raise InvalidRequest(
            f"exposure, white and idt are of camera raw, and {facts.name} is developed: a CDL "
            "grades it",
            field=field,
        )
    if given.amf is not None and spec.aces not in (None, _ACES[given.amf.pipeline.aces_major]):
        raise InvalidRequest(
            f"the AMF is of ACES {given.amf.pipeline.system_version}, the request asks for ACES "
            f"{spec.aces}",
            field="aces",
        )
    if spec.output in _WHOLE:
        return _uncoloured(spec, facts, raw=raw)
    development = _development(facts, spec, work) if raw else ""
    plain = given.amf is None and not given.looks and given.config is None
    if raw and plain and spec.output == "aces":
        if spec.source is not None:
            no_source_of_raw(facts)
        lines = (ColourLine("now", development, "input"),)
        return Colour(
            source=RAW,
            lines=lines,
            scene_linear=True,
            tags=ColourTags(transfer="linear", gamut="AP0"),
            done=_done("", development, "input", spec),
        )
    start = find_start(spec, facts, given, work, raw=raw)
    made = _chained(spec, given, work, start, development, filtered=filtered)
    said = facts.picture.colour
    if made.kept and said.transfer == made.tags.transfer and said.primaries == made.tags.primaries:
        tags = {"mastering": said.mastering, "content_light": said.content_light}
        return msgspec.structs.replace(made, tags=msgspec.structs.replace(made.tags, **tags))
    return made


def _tier_of_chain(spec: PictureSpec) -> Tier:
    return spec.tier if spec.baked else "exact"


def plain_output(spec: PictureSpec, given: Decisions) -> Chain:
    """Scene-linear ACES2065-1 to the spec's output, of the same ACES release, no look applied."""
    from functions.colour.chain.build import build_chain

    aces = spec.aces if given.amf is None else _ACES[given.amf.pipeline.aces_major]
    return build_chain(
        "aces",
        None,
        spec.output,
        _tier_of_chain(spec),
        files=given.plain_files,
        config=given.config,
        aces=aces,
    )


def _uncoloured(spec: PictureSpec, facts: ClipFacts, *, raw: bool) -> Colour:
    """Samples as they are: "camera" of raw, "source" of anything else."""
    if (spec.output == "camera") != raw:
        what = "is camera raw: ask for 'camera'" if raw else "is no camera raw: ask for 'source'"
        raise InvalidRequest(f"output {spec.output!r} and {facts.name} {what}", field="output")
    if spec.overrides.exposure:
        raise InvalidRequest(
            "camera RGB is as bright as the sensor saw it: exposure is of ACES2065-1",
            field="exposure",
        )
    if spec.overrides.idt != AS_RECORDED.idt:
        raise InvalidRequest("camera RGB has no input transform: idt leads to ACES", field="idt")
    if spec.looks:
        raise InvalidRequest(
            f"looks are not applied to output {spec.output!r}, which has no colour steps",
            field="looks",
        )
    tags = ColourTags(transfer="linear") if raw else facts.picture.colour
    source = spec.source or (RAW if raw else "as coded")
    done = _done("", "", None, spec)
    return Colour(
        source=source,
        scene_linear=raw or tags.transfer == "linear" or tags.log == "linear",
        tags=tags,
        kept=not raw,
        done=done,
    )


def _development(facts: ClipFacts, spec: PictureSpec, work: Work) -> str:
    """How raw becomes ACES2065-1, in words; what was assumed is told."""
    from functions.colour.camera.to_aces import camera_to_aces

    assert facts.layout is not None
    colour = camera_to_aces(facts.camera, facts.layout, spec.overrides)
    for key, value in colour.assumed.items():
        work.assume(key, value)
    return f"camera RGB to ACES2065-1: {colour.method}"


def _done(
    own: str,
    developed: str,
    through: Literal["input", "working", "looks", "output"] | None,
    spec: PictureSpec,
    output: str = "",
    text: str = "",
    undone: str = "",
) -> Done:
    return Done(
        source=own,
        developed=developed,
        through=through,
        output=output,
        output_text=text,
        look_space=spec.look_space or LOOK_SPACE,
        aces=spec.aces or "2",
        undone=undone,
    )


def _chained(
    spec: PictureSpec,
    given: Decisions,
    work: Work,
    start: Start,
    development: str,
    *,
    filtered: bool,
) -> Colour:
    """Chains through the colour room, and what they say of themselves."""
    output = _output(spec, start.pipeline, work)
    through: Through = spec.through or ("looks" if spec.looks else "input")
    undo = _graded(given, start.pipeline)
    build = partial(_build, spec, given, start.pipeline, through=through, undo=undo)
    whole = build(start.space, output)
    for key, value in whole.assumed:
        if not (key == "look_space" and spec.look_space):
            work.assume(key, value)
    first: Chain | None = whole
    second: Chain | None = None
    rendered = any(key == "rendering" for key, _ in whole.assumed)
    apart = filtered and spec.tier == "exact" and not whole.scene_linear and not rendered
    if apart and not development:
        # Light adds up, code values do not: what is filtered is scene-linear.
        first = _build(spec, given, start.pipeline, start.space, "aces", through="input", undo=undo)
        second = build("aces", output)
    elif filtered and (development or not whole.scene_linear):
        first, second = None, whole
    lines = [ColourLine(line.state, line.text, line.stage) for line in whole.lines]
    if development:
        # What the AMF has as its input transform is what the development does.
        lines = [line for line in lines if line.stage != "input"]
        lines.insert(0, ColourLine("now", development, "input"))
    if through == "input" and whole.scene_linear:
        end = next((n for n, line in enumerate(lines) if line.stage == "output"), len(lines))
        lines[end:end] = [ColourLine("left", f"look: {name}", "look") for name in given.looks]
    finished = rendered_by(start.pipeline)
    ends = [line.text for line in whole.lines if line.stage == "output"]
    as_it_is = finished is not None and shown_as(finished) == whole.output
    done = _done(
        "" if input_of(start.pipeline) else start.own,
        "" if input_of(start.pipeline) else development,
        None if as_it_is else through if whole.scene_linear else "output",
        spec,
        whole.output,
        ends[0].removeprefix("output: ") if ends and not whole.scene_linear else "",
        whole.undone,
    )
    encoding = whole.encoding
    run = [chain for chain in (first, second) if chain is not None]
    bounds = [chain.bound for chain in run if chain.bound]
    return Colour(
        source=RAW if development else start.space or "as the AMF's input transform has it",
        first=_unless_empty(first),
        second=_unless_empty(second),
        lines=tuple(lines),
        bound="; ".join(bound_text(bound) for bound in bounds),
        notes=tuple(dict.fromkeys(chain.by_library for chain in run if chain.by_library)),
        scene_linear=whole.scene_linear,
        tags=ColourTags(
            primaries=encoding.primaries,
            transfer=encoding.transfer,
            matrix=encoding.matrix,
            gamut={"aces": "AP0", "acescg": "AP1"}.get(whole.output),
            mastering=mastering_volume(encoding.mastering, encoding.peak or 0)
            if encoding.mastering
            else None,
        ),
        peak=encoding.peak,
        kept=rendered,
        done=done,
    )


def _output(spec: PictureSpec, pipeline: Pipeline | None, work: Work) -> str:
    """What the colour room is asked for: "display" is the AMF's own output, else Rec.709."""
    if spec.output != "display":
        return spec.output
    done = rendered_by(pipeline)
    if done is not None and shown_as(done):
        return shown_as(done)
    waiting = pipeline.steps if pipeline is not None else ()
    if any(step.stage == "output" and not step.applied for step in waiting):
        return "amf"
    said = "no AMF" if pipeline is None else "no output transform in the AMF"
    work.assume("output_transform", f"{DISPLAY}: {said}")
    return DISPLAY


def _build(
    spec: PictureSpec,
    given: Decisions,
    pipeline: Pipeline | None,
    space: str | None,
    output: str,
    *,
    through: Through,
    undo: bool,
) -> Chain:
    from functions.colour.chain.build import build_chain

    looks = () if through == "input" and _is_scene(output) else given.looks
    return build_chain(
        # An AMF's input transform comes before what is named here.
        space or "acescct",
        pipeline,
        output,
        _tier_of_chain(spec),
        files=given.plain_files,
        config=given.config,
        looks=looks,
        look_space=spec.look_space or LOOK_SPACE,
        through=through,
        aces=spec.aces,
        undo=undo,
    )


def _graded(given: Decisions, pipeline: Pipeline | None) -> bool:
    """Whether a look or an AMF's rendering waits for the pixels, done here or by who comes after:
    both are for the scene."""
    steps = pipeline.steps if pipeline is not None else ()
    if any(step.stage == "output" and step.applied for step in steps):
        return False  # what follows an applied output is a picture on a display
    return bool(given.looks) or any(s.stage != "input" and not s.applied for s in steps)


def _is_scene(output: str) -> bool:
    """Whether looks are left to who comes after where only the input is asked for."""
    from functions.colour.spaces import find_space

    found = None if output == "amf" else find_space(output)
    return found is not None and found.scene_linear


def bound_text(bound: Bound) -> str:
    """`at most 0.31 of 0.5 code values at 10 bit (usually 0.02), over ...`."""
    unit = {"half": "half-float steps", "code10": "code values at 10 bit"}[bound.unit]
    return (
        f"at most {bound.worst:.3g} of {bound.budget:g} {unit} (99.9th percentile "
        f"{bound.usual:.3g}), measured over {bound.how}"
    )


def _unless_empty(chain: Chain | None) -> Chain | None:
    """None for a chain that does nothing."""
    return chain if chain is not None and (chain.steps or chain.before) else None
