"""A spec and a clip's headers to the plan that is told and the recipe that is run."""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from functions.contract.clip import ClipFacts
from functions.contract.errors import InvalidRequest
from functions.contract.operation import Work
from functions.contract.picture import Alpha
from functions.picture.frames.renderer import DTYPES, Recipe
from functions.picture.framing.canvas import mapping_of
from functions.picture.framing.geometry import plan_framing, size_of, squeeze_of
from functions.picture.picture_spec import PictureSpec
from functions.picture.plan.applied_state import After
from functions.picture.plan.colour import plain_output, plan_colour
from functions.picture.plan.decisions_in import read_decisions
from functions.picture.plan.sidecar_files import SidecarFiles
from functions.picture.plan.values import Plan


def plan_pictures(
    spec: PictureSpec, facts: ClipFacts, work: Work, sidecars: SidecarFiles
) -> tuple[Plan, Recipe]:
    """Everything that is known before a pixel is read.

    Raises as `functions.picture.pictures.open_pictures`, without the clip's own errors.
    """
    framed = plan_framing(spec, facts, sidecars, work.limits)
    geometry = framed.geometry if framed else None
    for key, value in (framed.assumed if framed else {}).items():
        work.assume(key, value)
    given = read_decisions(spec, facts, sidecars)
    filtered = geometry is not None and not geometry.is_copy
    colour = plan_colour(spec, facts, given, work, filtered=filtered)
    if spec.samples == "word" and colour.scene_linear:
        raise InvalidRequest(
            "samples 'word' hold 0.0 to 1.0, which scene-linear light goes far beyond",
            field="samples",
        )
    samples = spec.samples
    if samples == "shown":
        samples = "float" if colour.kept or colour.scene_linear else "word"
    width, height = size_of(facts, upright=spec.upright)
    squeeze = squeeze_of(facts, upright=spec.upright)
    size = (width, height)
    if geometry is not None:
        width, height = geometry.output.width, geometry.output.height
        squeeze = geometry.output.squeeze
    alpha = _alpha(spec, facts, work)
    recipe = Recipe(
        size=size if geometry is not None else None,
        mapping=mapping_of(geometry) if geometry is not None else None,
        first=colour.first,
        second=colour.second,
        middle=np.float16 if spec.tier == "view" and spec.samples != "float" else np.float32,
        dtype=DTYPES[samples],
        method=spec.method,
        highlights=spec.highlights,
        overrides=spec.overrides,
        aces=spec.output != "camera",
        filter=spec.filter,
        fields=filtered and facts.picture.field_order != "progressive" and not spec.deinterlace,
        turn=facts.picture.rotation // 90 % 4 if spec.upright else 0,
        alpha=(facts.picture.alpha, alpha) if facts.picture.alpha and alpha else None,
        developed=np.float32 if spec.samples == "float" else np.float16,
    )
    notes = given.notes + colour.notes
    if recipe.fields:
        notes += (f"interlaced ({facts.picture.field_order}): each field is scaled by itself",)
    drawing = ""
    if geometry is not None:
        from functions.sidecars.fdl.draw import draw

        drawing = draw(geometry)

    @cache
    def amf_after_maker() -> After:
        from functions.picture.plan.amf_out import after

        return after(given, facts, colour.done)

    if given.amf is not None:
        amf_after_maker()  # an AMF that cannot be gone on with is an error before any pixel
    plan = Plan(
        width=width,
        height=height,
        pixel_aspect=squeeze,
        geometry=geometry,
        drawing=drawing,
        source=colour.source,
        output=spec.output,
        samples=samples,
        colour=colour.lines,
        tier=spec.tier,
        bound=colour.bound,
        scene_linear=colour.scene_linear,
        tags=colour.tags,
        peak=colour.peak,
        alpha=alpha,
        amf_after_maker=amf_after_maker,
        rendering=partial(plain_output, spec, given),
        amf_given=given.amf is not None,
        fdl_after=geometry.document if geometry is not None else None,
        cdls=given.cdls,
        notes=notes,
        inputs=tuple(dict.fromkeys((*given.inputs, *(framed.inputs if framed else ())))),
    )
    return plan, recipe


def _alpha(spec: PictureSpec, facts: ClipFacts, work: Work) -> Alpha | None:
    """How pictures come with alpha; what is lost is told."""
    own = facts.picture.alpha
    if own is None or spec.alpha == "unsaid":
        return None
    fields = spec.deinterlace and facts.picture.field_order != "progressive"
    if spec.alpha == "dropped" or fields:
        seen = "over black" if own == "premultiplied" else "as they stand, not multiplied by it"
        why = "fields are made pictures without it" if fields else "the output holds none"
        work.assume("alpha", f"dropped, {why}: colours are shown {seen}")
        return None
    return spec.alpha
