"""Where the colour of a clip begins: its own tags, the AMF's input transform, the request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from functions.contract.clip import ClipFacts
from functions.contract.errors import InvalidRequest
from functions.contract.operation import Work
from functions.picture.picture_spec import PictureSpec
from functions.picture.plan.decisions_in import Decisions

if TYPE_CHECKING:
    from functions.contract.amf import ColourStep, Pipeline

ACES = "ACES2065-1"
# Names of outputs, or what they start with, to the space of their code values.
_SPACE_OF_OUTPUT = (
    ("rec2100-pq", "rec2100-pq"),
    ("rec2100-hlg", "rec2100-hlg"),
    ("p3d65-pq", "p3d65-pq"),
    ("p3d65", "p3d65"),
    ("display-p3", "srgb-p3d65"),
    ("srgb", "srgb"),
    ("rec709", "rec709"),
)


class Start(msgspec.Struct, frozen=True):
    """Where the chains begin.

    space : colour space of what they are given; None: the AMF's input step says it
    own : the clip's space, "" for ACES2065-1 and for raw
    pipeline : the AMF's, with steps that are done or replaced marked so
    """

    space: str | None
    own: str
    pipeline: Pipeline | None


def find_start(
    spec: PictureSpec, facts: ClipFacts, given: Decisions, work: Work, *, raw: bool
) -> Start:
    """The first of these that says it: `source`, the AMF's input transform, the clip's tags.

    Raises InvalidRequest (`field` "amf" or "source") where they contradict each other,
    UnsupportedMedia where none says enough.
    """
    pipeline = given.amf.pipeline if given.amf else None
    step = input_of(pipeline)
    if raw:
        return _start_of_raw(spec, facts, pipeline, step, work)
    if spec.source is not None:
        if pipeline is not None and step is not None:
            rest = tuple(one for one in pipeline.steps if one is not step)
            marker = pipeline.working_location
            marker = None if marker is None else max(0, marker - 1)
            pipeline = replace(pipeline, steps=rest, working_location=marker)
        own = "" if _is_aces(spec.source) else spec.source
        return Start(spec.source, own, pipeline)
    tagged, problem = _tagged(facts)
    rendered = rendered_by(pipeline) is not None
    if step is None or rendered:
        if tagged is None and pipeline is not None and not rendered:
            # S-2019-001: without an input transform the pixels are ACES2065-1.
            tagged = (ACES, "the AMF, which has no input transform")
        if tagged is None and rendered:
            tagged = _as_rendered(pipeline)
        if tagged is None:
            assert problem is not None
            raise problem
        work.assume("source", f"{tagged[0]}, by {tagged[1]}")
        return Start(tagged[0], "" if _is_aces(tagged[0]) else tagged[0], pipeline)
    if step.applied:
        if tagged is not None and not _is_aces(tagged[0]):
            raise InvalidRequest(
                f"the AMF says that its input transform is applied, so that the pixels are "
                f"{ACES}; the clip says {tagged[0]}, by {tagged[1]}: `source` decides",
                field="amf",
            )
        return Start(ACES, "", pipeline)
    # Log clips carry display tags for players: only a camera's own curve, or ACES, is a word
    # against the AMF.
    own_word = tagged is not None and (bool(facts.picture.colour.log) or _is_aces(tagged[0]))
    if tagged is not None and own_word and (_is_aces(tagged[0]) or not _agree(step, tagged[0])):
        raise InvalidRequest(
            f"the AMF's input transform {_named(step)} is not for {tagged[0]}, which the clip "
            f"is in by {tagged[1]}: `source` decides",
            field="amf",
        )
    return Start(None, "", pipeline)


def rendered_by(pipeline: Pipeline | None) -> ColourStep | None:
    """The output step that is in the pixels already."""
    steps = pipeline.steps if pipeline is not None else ()
    return next((one for one in steps if one.stage == "output" and one.applied), None)


def shown_as(step: ColourStep) -> str:
    """Our name of the output that a step makes, "" where we have none."""
    from functions.colour.aces_ids.transforms import resolve_id

    ids = [ref.transform_id for ref in step.references() if ref.transform_id]
    # Of a pair the output device says which display it is.
    return resolve_id(ids[-1]).output if ids else ""


def _as_rendered(pipeline: Pipeline | None) -> tuple[str, str] | None:
    """The display space that an applied output transform leaves the samples in, and why."""
    step = rendered_by(pipeline)
    output = shown_as(step) if step is not None else ""
    fitting = [
        space
        for start, space in _SPACE_OF_OUTPUT
        if output == start or output.startswith(f"{start}-")
    ]
    return (fitting[0], "the AMF's applied output transform") if fitting else None


def _start_of_raw(
    spec: PictureSpec,
    facts: ClipFacts,
    pipeline: Pipeline | None,
    step: ColourStep | None,
    work: Work,
) -> Start:
    if spec.source is not None:
        no_source_of_raw(facts)
    applied = [one for one in pipeline.steps if one.applied] if pipeline is not None else []
    if applied:
        raise InvalidRequest(
            f"the AMF says that its {applied[0].stage} transform is in the pixels already, and "
            f"{facts.name} is camera raw, which has none in it: applying it twice is refused",
            field="amf",
        )
    if step is not None:
        work.assume(
            "input_transform",
            f"camera raw is developed by its own matrices, in place of {_named(step)}",
        )
    return Start("aces", "", pipeline)


def no_source_of_raw(facts: ClipFacts) -> None:
    """Raise InvalidRequest: raw has matrices, and no space that a request could name."""
    raise InvalidRequest(
        f"{facts.name} is camera raw: its own matrices lead to {ACES}, `source` is for "
        "developed pictures",
        field="source",
    )


def _tagged(facts: ClipFacts) -> tuple[tuple[str, str] | None, Exception | None]:
    """(space, why) by the clip's tags, or the error that says what could be meant."""
    from functions.colour.tags import input_space
    from functions.contract.errors import UnsupportedMedia

    try:
        found = input_space(facts.picture.colour, facts.camera)
    except UnsupportedMedia as error:
        return None, error
    return (found.name, found.why), None


def _is_aces(space: str) -> bool:
    from functions.colour.spaces import find_space

    found = find_space(space)
    return found is not None and found.name == ACES


def _agree(step: ColourStep, space: str) -> bool:
    """Whether an input step may be for that space: ids tell, files and uuids do not.

    LogC3 counts as one space whatever its exposure index: many grade all of it as EI 800.
    """
    from functions.colour.aces_ids.transforms import resolve_id
    from functions.colour.spaces import find_space

    reference = step.reference
    if reference is None or reference.transform_id is None:
        return True
    asked, said = resolve_id(reference.transform_id), find_space(space)
    if asked.kind != "into" or said is None:
        return True
    one, other = (name.partition(" (EI")[0] for name in (asked.name, said.name))
    return one == other


def _named(step: ColourStep) -> str:
    from functions.sidecars.amf.explain import described

    return described(step).partition(": ")[2]


def input_of(pipeline: Pipeline | None) -> ColourStep | None:
    """Its input step."""
    if pipeline is None:
        return None
    return next((step for step in pipeline.steps if step.stage == "input"), None)
