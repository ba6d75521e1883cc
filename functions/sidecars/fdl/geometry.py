"""From a framing decision to exact pixels: a template applied, or a plain crop.

`solve` computes the output canvas, its layers and where the picture lies; the official library
writes and validates the resulting list. What is written is what is done to the pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from functions.contract.errors import InternalError, InvalidRequest
from functions.sidecars.fdl.read import Fdl, fdl_library, layers_of, read_fdl
from functions.sidecars.fdl.solve import NOISE, Solved, ceil, floor, solve
from functions.sidecars.fdl.values import LAYERS, Box, Choice, Geometry, Layer, Layers, Template

CREATOR = "rushes"
NO_UUID = "00000000-0000-0000-0000-000000000000"


def apply_template(
    choice: Choice, template: Template, *, uuid: str = NO_UUID, canvas_id: str = "RUSHES"
) -> Geometry:
    """The geometry of a chosen framing decision under a canvas template.

    Parameters
    ----------
    uuid : of the resulting list; no random one is made
    canvas_id : of the new canvas, up to 32 of A-Z a-z 0-9 _

    Raises InvalidRequest (field "template") when the template asks for a layer that the
    source lacks, or nothing of it would be seen.
    """
    notes: tuple[str, ...] = ()
    preserve = template.preserve
    if preserve and LAYERS.index(preserve) > LAYERS.index(template.fit_source):
        # The library takes the inner layer's corner for the outer one's, which moves the
        # picture; what lies inside the fit source is kept anyway.
        notes = (f"{preserve} lies inside {template.fit_source}: nothing more is preserved",)
        preserve = None
    if template.pad and template.maximum is None:
        notes += ("pad_to_maximum is said without maximum_dimensions: nothing is padded",)
    region_name = preserve or template.fit_source
    region = choice.layers.layer(region_name)
    _need(choice.layers, template.fit_source, "fit_source")
    if preserve:
        _need(choice.layers, preserve, "preserve_from_source_canvas")
    if region is None:
        raise InternalError(f"layer {region_name} was needed and is not there")
    members = _applied(choice, template, preserve, uuid, canvas_id)
    solved = solve(choice.layers, template, region_name)
    if not (solved.output.framing.width > 0 and solved.output.framing.height > 0):
        raise InvalidRequest(
            "the canvas template leaves nothing of the framing decision to be seen",
            field="template",
        )
    stretched = solved.placed.width / region.width / solved.scale[0]
    stretched /= solved.placed.height / region.height / solved.scale[1]
    if abs(stretched - 1) > 1e-6:
        notes += (
            f"the template rounds its layers: the picture is stretched by {stretched - 1:+.3%} "
            "in width, and layers stand up to two pixels beside it",
        )
    return _seen(
        choice.layers, solved, region, document=_written(members, template, solved), notes=notes
    )


def crop_to(
    choice: Choice, layer: Layer, *, uuid: str = NO_UUID, canvas_id: str = "RUSHES"
) -> Geometry:
    """One layer cut out, not scaled and not de-squeezed; a fraction of a pixel counts whole.

    Raises InvalidRequest (field "fdl") for a layer that the source lacks.
    """
    region = _need(choice.layers, layer, "fdl")
    left, top = floor(region.x), floor(region.y)
    # Whole pixels around the layer: nothing is resampled for the sake of a fraction.
    whole = Box(left, top, ceil(region.right) - left, ceil(region.bottom) - top)
    whole = whole.within(choice.layers.canvas)

    def moved(box: Box | None) -> Box | None:
        if box is None:
            return None
        seen = box.within(whole)
        return Box(seen.x - whole.x, seen.y - whole.y, seen.width, seen.height)

    framing = moved(choice.layers.framing)
    output = Layers(
        width=int(whole.width),
        height=int(whole.height),
        squeeze=choice.layers.squeeze,
        effective=moved(region),
        protection=moved(choice.layers.protection),
        framing=framing or Box(0, 0, 0, 0),
    )
    return Geometry(
        source=choice.layers,
        output=output,
        crop=whole,
        landing=output.canvas,
        scale=(1.0, 1.0),
        document=_cropped_document(choice, output, uuid, canvas_id),
    )


def full_frame(width: int, height: int, *, squeeze: float = 1.0, uuid: str = NO_UUID) -> Choice:
    """The framing of a clip without a list: all of it.

    Raises InvalidRequest for a size or squeeze that no list can hold.
    """
    size = {"width": width, "height": height}
    canvas = {
        "label": "full frame",
        "id": "1",
        "source_canvas_id": "1",
        "dimensions": size,
        "anamorphic_squeeze": squeeze,
        "framing_decisions": [
            {
                "label": "full frame",
                "id": "1-1",
                "framing_intent_id": "1",
                "dimensions": size,
                "anchor_point": {"x": 0.0, "y": 0.0},
            }
        ],
    }
    members = {
        "uuid": uuid,
        "version": {"major": 2, "minor": 0},
        "fdl_creator": CREATOR,
        "default_framing_intent": "1",
        "framing_intents": [{"label": "full frame", "id": "1", "aspect_ratio": size}],
        "contexts": [{"label": "full frame", "context_creator": CREATOR, "canvases": [canvas]}],
    }
    data = msgspec.json.encode(members)
    fdl: Fdl = read_fdl(data)
    given = fdl.contexts[0]["canvases"][0]
    decision = given["framing_decisions"][0]
    return Choice(
        context="full frame",
        canvas_id="1",
        canvas_label="full frame",
        framing_id="1-1",
        framing_label="full frame",
        layers=layers_of(given, decision),
        document=data,
    )


def container(width: int, height: int) -> Template:
    """The template of a delivery that names none: all of the framing, padded to the size."""
    return Template(
        width=width,
        height=height,
        maximum=(width, height),
        pad=True,
        id="CONTAINER",
        label=f"container {width}x{height}",
    )


def _need(layers: Layers, layer: Layer, field: str) -> Box:
    box = layers.layer(layer)
    if box is None:
        there = ", ".join(name for name in LAYERS if layers.layer(name))
        raise InvalidRequest(
            f"{field} asks for {layer}, which the source has not; it has {there}",
            field="fdl" if field == "fdl" else "template",
        )
    return box


def _applied(
    choice: Choice, template: Template, preserve: Layer | None, uuid: str, canvas_id: str
) -> dict[str, Any]:
    """The resulting list as the library makes it, as JSON has it."""
    fdl = fdl_library()
    new_id = canvas_id if canvas_id != choice.canvas_id else f"{canvas_id[:30]}_1"
    members = {
        "uuid": NO_UUID,
        "version": {"major": 2, "minor": 0},
        "canvas_templates": [template_member(template, preserve)],
    }
    try:
        # Handles of the library's own memory: each is closed here, whatever happens.
        with (
            fdl.FDL.parse(choice.document) as source,
            fdl.FDL.parse(msgspec.json.encode(members)) as parsed,
        ):
            parsed.validate()
            context = source.contexts[choice.context_index]
            canvas = next(c for c in context.canvases if c.id == choice.canvas_id)
            decision = next(d for d in canvas.framing_decisions if d.id == choice.framing_id)
            result = parsed.canvas_templates[0].apply(
                canvas, decision, new_id, "", choice.context or None, CREATOR
            )
            with result.fdl as made:
                made.uuid = uuid
                # The library writes an empty intent where the source has no default.
                made.default_framing_intent = decision.framing_intent_id
                applied: dict[str, Any] = msgspec.json.decode(made.as_json())
                return applied
    except (ValueError, fdl.FDLError) as error:
        said = " ".join(str(error).split())
        raise InvalidRequest(
            f"the canvas template can not be applied: {said}", field="template"
        ) from error


def _written(members: dict[str, Any], template: Template, solved: Solved) -> bytes:
    """The library's list with the geometry that is done to the pixels."""
    output, placed = solved.output, solved.placed
    (canvas,) = (c for c in members["contexts"][-1]["canvases"][-1:])
    canvas["dimensions"] = {"width": output.width, "height": output.height}
    canvas |= _sized("effective_", output.effective, whole=True)
    decision = canvas["framing_decisions"][0]
    protection = _nested(output.protection, output.effective)
    decision |= _sized("protection_", protection)
    decision |= _sized("", _nested(output.framing, protection or output.effective))
    canvas["_scale_factor"] = solved.scale[1]
    canvas["_content_translation"] = {"x": placed.x, "y": placed.y}
    canvas["_scaled_bounding_box"] = {"width": placed.width, "height": placed.height}
    if not template.whole_layers:
        members["canvas_templates"][0].pop("round")
    return _validated(members)


def template_member(template: Template, preserve: Layer | None) -> dict[str, Any]:
    """A template as the list's JSON has it."""
    member: dict[str, Any] = {
        "label": template.label,
        "id": template.id,
        "target_dimensions": {"width": template.width, "height": template.height},
        "target_anamorphic_squeeze": template.squeeze,
        "fit_source": template.fit_source,
        "fit_method": template.fit_method,
        "alignment_method_vertical": template.vertical,
        "alignment_method_horizontal": template.horizontal,
    }
    if template.whole_layers:
        member["round"] = {"even": template.even, "mode": template.rounding}
    if preserve:
        member["preserve_from_source_canvas"] = preserve
    if template.maximum:
        width, height = template.maximum
        member["maximum_dimensions"] = {"width": width, "height": height}
        member["pad_to_maximum"] = template.pad
    return member


def _seen(
    source: Layers, solved: Solved, region: Box, *, document: bytes, notes: tuple[str, ...]
) -> Geometry:
    """The part of a region that is on both canvases, once it is scaled and placed."""
    output, placed = solved.output, solved.placed
    scale = (placed.width / region.width, placed.height / region.height)
    landing = placed.within(output.canvas)
    # From both edges, so that what is not cut stays exactly as the list has it.
    left = region.x + (landing.x - placed.x) / scale[0]
    top = region.y + (landing.y - placed.y) / scale[1]
    right = region.right - (placed.right - landing.right) / scale[0]
    bottom = region.bottom - (placed.bottom - landing.bottom) / scale[1]
    crop = Box(left, top, right - left, bottom - top)
    if not (landing.width > 0 and landing.height > 0):
        raise InvalidRequest("the canvas template leaves nothing of the source", field="template")
    return Geometry(
        source=source,
        output=output,
        crop=crop,
        landing=landing,
        scale=scale,
        document=document,
        notes=notes,
    )


def _validated(members: Mapping[str, Any]) -> bytes:
    """A list as the library writes it. Raises InvalidRequest where it is not valid."""
    fdl = fdl_library()
    try:
        with fdl.FDL.parse(msgspec.json.encode(members)) as made:
            made.validate()
            return (str(made.as_json(indent=2)) + "\n").encode("utf-8")
    except (ValueError, fdl.FDLError) as error:
        said = " ".join(str(error).split())
        raise InvalidRequest(f"the resulting FDL is not valid: {said}", field="fdl") from error


def _cropped_document(choice: Choice, output: Layers, uuid: str, canvas_id: str) -> bytes:
    """The source canvas and the cut one beside it, in a list of their own."""
    members = msgspec.json.decode(choice.document.removeprefix(b"\xef\xbb\xbf"))
    context = members["contexts"][choice.context_index]
    source = next(c for c in context["canvases"] if c["id"] == choice.canvas_id)
    decision = next(d for d in source["framing_decisions"] if d["id"] == choice.framing_id)
    new_id = canvas_id if canvas_id != choice.canvas_id else f"{canvas_id[:30]}_1"
    cut: dict[str, Any] = {
        "label": source.get("label", ""),
        "id": new_id,
        "source_canvas_id": source["id"],
        "dimensions": {"width": output.width, "height": output.height},
        "anamorphic_squeeze": output.squeeze,
        "framing_decisions": [
            {
                "label": decision.get("label", ""),
                "id": f"{new_id}-{decision['framing_intent_id']}",
                "framing_intent_id": decision["framing_intent_id"],
                **_sized("", output.framing),
                **_sized("protection_", output.protection),
            }
        ],
    }
    kept = {**source, "source_canvas_id": source["id"], "framing_decisions": [decision]}
    intent = [
        i for i in members.get("framing_intents", ()) if i["id"] == decision["framing_intent_id"]
    ]
    result: Mapping[str, Any] = {
        "uuid": uuid,
        "version": members["version"],
        "fdl_creator": CREATOR,
        "default_framing_intent": decision["framing_intent_id"],
        "framing_intents": intent,
        "contexts": [
            {"label": choice.context, "context_creator": CREATOR, "canvases": [kept, cut]}
        ],
    }
    return _validated(result)


def _nested(inner: Box | None, outer: Box | None) -> Box | None:
    """A layer, its anchor on the outer one's where it is before it by the noise of sums alone: the
    library's validation takes no noise."""
    if inner is None or outer is None:
        return inner
    x = outer.x if 0 < outer.x - inner.x < NOISE else inner.x
    y = outer.y if 0 < outer.y - inner.y < NOISE else inner.y
    return Box(x, y, inner.width, inner.height)


def _sized(prefix: str, box: Box | None, *, whole: bool = False) -> dict[str, Any]:
    if box is None or not (box.width > 0 and box.height > 0):
        return {}
    width, height = (round(box.width), round(box.height)) if whole else (box.width, box.height)
    return {
        f"{prefix}dimensions": {"width": width, "height": height},
        f"{prefix}anchor_point": {"x": box.x, "y": box.y},
    }
