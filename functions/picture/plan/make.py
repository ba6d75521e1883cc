"""A wish and a clip's headers to the plan that is told and the recipe that is run."""

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
from functions.picture.picture_request import Wish
from functions.picture.plan.applied_state import After
from functions.picture.plan.colour import plain_output, plan_colour
from functions.picture.plan.decisions_in import read_given
from functions.picture.plan.sidecar_files import SidecarFiles
from functions.picture.plan.values import Plan


def plan_pictures(
    wish: Wish, facts: ClipFacts, work: Work, sidecars: SidecarFiles
) -> tuple[Plan, Recipe]:
    """Everything that is known before a pixel is read.

    Raises as `functions.picture.pictures.open_pictures`, without the clip's own errors.
    """
    framed = plan_framing(wish, facts, sidecars, work.limits)
    geometry = framed.geometry if framed else None
    for key, value in (framed.assumed if framed else {}).items():
        work.assume(key, value)
    given = read_given(wish, facts, sidecars)
    filtered = geometry is not None and not geometry.is_copy
    colour = plan_colour(wish, facts, given, work, filtered=filtered)
    if wish.samples == "word" and colour.scene_linear:
        raise InvalidRequest(
            "samples 'word' hold 0.0 to 1.0, which scene-linear light goes far beyond",
            field="samples",
        )
    samples = wish.samples
    if samples == "shown":
        samples = "float" if colour.kept or colour.scene_linear else "word"
    width, height = size_of(facts, upright=wish.upright)
    squeeze = squeeze_of(facts, upright=wish.upright)
    size = (width, height)
    if geometry is not None:
        width, height = geometry.output.width, geometry.output.height
        squeeze = geometry.output.squeeze
    alpha = _alpha(wish, facts, work)
    recipe = Recipe(
        size=size if geometry is not None else None,
        mapping=mapping_of(geometry) if geometry is not None else None,
        first=colour.first,
        second=colour.second,
        middle=np.float16 if wish.tier == "view" and wish.samples != "float" else np.float32,
        dtype=DTYPES[samples],
        method=wish.method,
        highlights=wish.highlights,
        asked=wish.asked,
        aces=wish.output != "camera",
        filter=wish.filter,
        fields=filtered and facts.picture.field_order != "progressive" and not wish.deinterlace,
        turn=facts.picture.rotation // 90 % 4 if wish.upright else 0,
        alpha=(facts.picture.alpha, alpha) if facts.picture.alpha and alpha else None,
        developed=np.float32 if wish.samples == "float" else np.float16,
    )
    notes = given.notes + colour.notes
    if recipe.fields:
        notes += (f"interlaced ({facts.picture.field_order}): each field is scaled by itself",)
    drawing = ""
    if geometry is not None:
        from functions.sidecars.fdl.draw import draw

        drawing = draw(geometry)

    @cache
    def aftermath() -> After:
        from functions.picture.plan.amf_out import after

        return after(given, facts, colour.done)

    if given.amf is not None:
        aftermath()  # an AMF that cannot be gone on with is an error before any pixel
    plan = Plan(
        width=width,
        height=height,
        pixel_aspect=squeeze,
        geometry=geometry,
        drawing=drawing,
        source=colour.source,
        output=wish.output,
        samples=samples,
        colour=colour.lines,
        tier=wish.tier,
        bound=colour.bound,
        scene_linear=colour.scene_linear,
        tags=colour.tags,
        peak=colour.peak,
        alpha=alpha,
        aftermath=aftermath,
        rendering=partial(plain_output, wish, given),
        amf_given=given.amf is not None,
        fdl_after=geometry.document if geometry is not None else None,
        cdls=given.cdls,
        notes=notes,
        inputs=tuple(dict.fromkeys((*given.inputs, *(framed.inputs if framed else ())))),
    )
    return plan, recipe


def _alpha(wish: Wish, facts: ClipFacts, work: Work) -> Alpha | None:
    """How pictures come with alpha; what is lost is told."""
    own = facts.picture.alpha
    if own is None or wish.alpha == "unsaid":
        return None
    fields = wish.deinterlace and facts.picture.field_order != "progressive"
    if wish.alpha == "dropped" or fields:
        seen = "over black" if own == "premultiplied" else "as they stand, not multiplied by it"
        why = "fields are made pictures without it" if fields else "the output holds none"
        work.assume("alpha", f"dropped, {why}: colours are shown {seen}")
        return None
    return wish.alpha
