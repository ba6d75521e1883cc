"""Framing decisions to the exact geometry of a clip's pictures."""

from __future__ import annotations

import hashlib
from uuid import NAMESPACE_URL, uuid5

import msgspec

from functions.contract import uris
from functions.contract.clip import ClipFacts
from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.contract.operation import Limits
from functions.picture.clip_names import bare_name, same_clip
from functions.picture.picture_spec import Framing, PictureSpec
from functions.picture.plan.sidecar_files import SidecarFiles
from functions.sidecars.fdl.values import Choice, Geometry, Layer, Template

CANVAS_ID = "RUSHES"
_PARTS = {"half": 2, "quarter": 4}
_LAYER: Layer = "framing_decision.dimensions"
_PROTECTED: Layer = "framing_decision.protection_dimensions"
_CANVAS: Layer = "canvas.dimensions"
_SHAPING = (
    "fit_source", "fit", "preserve", "horizontal", "vertical", "squeeze", "maximum", "pad",
    "even", "rounding",
)  # fmt: skip


class Framed(msgspec.Struct, frozen=True):
    """A geometry and what was assumed on the way to it, by name."""

    geometry: Geometry
    assumed: dict[str, str]
    inputs: tuple[str, ...]


def size_of(facts: ClipFacts, *, upright: bool) -> tuple[int, int]:
    """(width, height) of the clip's pictures, turned or not."""
    turned = upright and facts.picture.rotation % 180 == 90
    return (facts.height, facts.width) if turned else (facts.width, facts.height)


def squeeze_of(facts: ClipFacts, *, upright: bool) -> float:
    """Width of a pixel over its height, as the clip says it; 1.0 where that is no lens."""
    said = float(facts.picture.pixel_aspect)
    if said == 1.0:
        said = facts.camera.pixel_aspect
    if upright and facts.picture.rotation % 180 == 90 and said > 0:
        said = 1.0 / said
    return said if 0.1 <= said <= 10.0 else 1.0


def plan_framing(
    spec: PictureSpec, facts: ClipFacts, sidecars: SidecarFiles, limits: Limits
) -> Framed | None:
    """The geometry of the spec, None where it asks for none.

    Raises
    ------
    InvalidRequest: an FDL that is none or is of another size than the clip, names that fit
        nothing or more than one thing, a template that leaves nothing, fields that
        contradict each other. SourceNotFound, Refused: as the store says. LimitExceeded: an
        output canvas over the pixels of a frame.
    """
    framing = spec.framing
    if spec.fdl is None and not framing.asks:
        return None
    _check_fields(spec)
    assumed: dict[str, str] = {}
    inputs = tuple(u for u in (spec.fdl, framing.template_file) if u is not None)
    choice = _choice(spec, facts, sidecars, assumed)
    geometry = _geometry(spec, choice, sidecars, assumed)
    assumed.update(_size_notes(spec.framing, geometry))
    output = geometry.output
    if output.width * output.height > limits.pixels:
        raise LimitExceeded(
            f"the output canvas of {output.width}x{output.height} is over the limit of "
            f"{limits.pixels} pixels",
            field="template",
        )
    return Framed(geometry, assumed, inputs)


def _size_notes(framing: Framing, geometry: Geometry) -> dict[str, str]:
    """What a size brings that nobody may have meant."""
    told = {}
    output, active = geometry.output, geometry.output.framing
    for side, wanted, canvas, made in (
        ("width", framing.width, output.width, active.width),
        ("height", framing.height, output.height, active.height),
    ):
        if wanted is not None and wanted % 2 and canvas != wanted and round(made) == wanted:
            told["canvas"] = (
                f"{output.width}x{output.height}: even sides, {side} {wanted} was asked for"
            )
    if geometry.enlarged > 1:
        told["enlarged"] = f"{geometry.enlarged:.3f} times: the picture has fewer pixels"
    return told


def _check_fields(spec: PictureSpec) -> None:
    framing = spec.framing
    named = framing.template is not None or framing.template_file is not None
    sized = framing.width is not None or framing.height is not None
    said = [
        name
        for name, given in (
            ("template", named),
            ("layer", framing.layer is not None),
            ("width or height", sized),
        )
        if given
    ]
    if framing.scale is not None and set(said) - {"layer"}:
        raise InvalidRequest(
            f"scale and {said[0]} are said together: one of them decides the size", field="scale"
        )
    if len(said) > 1:
        raise InvalidRequest(
            f"{' and '.join(said)} are said together: one of them decides the size",
            field="template",
        )
    if spec.fdl is None:
        for name in ("context", "canvas", "decision", "layer"):
            if getattr(framing, name) is not None:
                raise InvalidRequest(
                    f"{name!r} names a part of an FDL, and none is given", field=name
                )
        if framing.template is not None and framing.template_file is None:
            raise InvalidRequest(
                f"canvas template {framing.template!r} is to be looked for in an FDL, and none "
                "is given",
                field="template",
            )
    odd = [name for name in _SHAPING if getattr(framing, name) is not None]
    if odd and not sized:
        raise InvalidRequest(
            f"{', '.join(odd)} say how a width or height is reached, and none is said",
            field=odd[0],
        )
    for name in ("width", "height"):
        value = getattr(framing, name)
        if value is not None and not 1 <= value <= 1 << 17:
            raise InvalidRequest(f"{name} of {value} pixels is no picture's", field=name)


def _choice(
    spec: PictureSpec, facts: ClipFacts, sidecars: SidecarFiles, assumed: dict[str, str]
) -> Choice:
    from functions.sidecars.fdl.geometry import full_frame
    from functions.sidecars.fdl.read import choose, read_fdl

    framing = spec.framing
    width, height = size_of(facts, upright=spec.upright)
    squeeze = squeeze_of(facts, upright=spec.upright)
    if spec.fdl is None:
        assumed["fdl"] = "none given: the full source is the framing"
        return full_frame(width, height, squeeze=squeeze)
    names = (facts.name, uris.basename(spec.input), facts.camera.reel or "")
    ours = {bare_name(name) for name in names} - {""}

    def is_clip(name: str) -> bool:
        return any(same_clip(bare_name(name), each) for each in ours)

    choice = choose(
        read_fdl(sidecars.read_text(spec.fdl, "fdl")),
        context=framing.context,
        canvas=framing.canvas,
        framing=framing.decision,
        size=(width, height),
        is_clip=is_clip,
    )
    if choice.clips and not any(map(is_clip, choice.clips)) and framing.context is None:
        assumed["context"] = (
            f"the FDL's is of clip {choice.clips[0]!r}, and taken for {facts.name!r}"
        )
    if squeeze not in (1.0, choice.layers.squeeze):
        assumed["squeeze"] = (
            f"{choice.layers.squeeze:g} as the FDL has it; the clip says {squeeze:g}"
        )
    return choice


def _geometry(
    spec: PictureSpec, choice: Choice, sidecars: SidecarFiles, assumed: dict[str, str]
) -> Geometry:
    from functions.sidecars.fdl.geometry import apply_template, crop_to

    framing = spec.framing
    template: Template | None = None
    if framing.template is not None or framing.template_file is not None:
        template = _named_template(spec, sidecars)
    elif framing.width is not None or framing.height is not None:
        template = _own_template(framing, choice)
    layer = framing.layer
    if template is None and framing.scale is not None:
        layer = layer or (_PROTECTED if choice.layers.protection else _LAYER)
        template = _scaled(choice, layer, _PARTS[framing.scale])
    if template is not None:
        uuid = _uuid(choice, repr(template))
        return apply_template(choice, template, uuid=uuid, canvas_id=CANVAS_ID)
    if layer is None:
        layer = _PROTECTED if choice.layers.protection else _LAYER
        assumed["layer"] = f"{layer}: cut out, not scaled"
    return crop_to(choice, layer, uuid=_uuid(choice, layer), canvas_id=CANVAS_ID)


def _named_template(spec: PictureSpec, sidecars: SidecarFiles) -> Template:
    from functions.sidecars.fdl.read import choose_template, read_fdl

    where = spec.framing.template_file or spec.fdl
    assert where is not None
    field = "template_file" if spec.framing.template_file else "fdl"
    return choose_template(
        read_fdl(sidecars.read_text(where, field), field=field), spec.framing.template
    )


def _own_template(framing: Framing, choice: Choice) -> Template:
    """The template that a size alone means, with what else is said in its place.

    Both sides: a delivery's container, as `sidecars.fdl_geometry.container`. One side: a VFX
    plate, the fit source so wide and everything around it kept; the target's other side has
    no effect then.
    """
    width, height = framing.width, framing.height
    both = width is not None and height is not None
    preserve: Layer | None = None
    if framing.preserve is None:
        preserve = None if both else _CANVAS
    elif framing.preserve != "none":
        preserve = framing.preserve
    fit = framing.fit or ("fit_all" if both else "width" if width is not None else "height")
    if not both and fit not in ("width", "height"):
        raise InvalidRequest(f"fit {fit!r} needs a width and a height", field="fit")
    maximum = framing.maximum
    if maximum is None and both and preserve is None:
        assert width is not None and height is not None
        maximum = (width, height)
    pad = framing.pad if framing.pad is not None else maximum is not None
    if pad and maximum is None:
        raise InvalidRequest("pad fills a maximum size up, and none is said", field="pad")
    return Template(
        width=width if width is not None else choice.layers.width,
        height=height if height is not None else choice.layers.height,
        squeeze=framing.squeeze or 1.0,
        fit_source=framing.fit_source or _LAYER,
        fit_method=fit,
        horizontal=framing.horizontal or "center",
        vertical=framing.vertical or "center",
        preserve=preserve,
        maximum=maximum,
        pad=pad,
        even=framing.even or "even",
        rounding=framing.rounding or "round",
        id="RUSHES",
        label=f"{width or 'free'}x{height or 'free'}",
    )


def _scaled(choice: Choice, layer: Layer, parts: int) -> Template:
    """A layer in so many parts of its whole pixels each way, what is left of them cut off."""
    from functions.sidecars.fdl.geometry import crop_to

    whole = crop_to(choice, layer).output
    width, height = max(1, whole.width // parts), max(1, whole.height // parts)
    return Template(
        width=width,
        height=height,
        squeeze=choice.layers.squeeze,
        fit_source=layer,
        fit_method="fill",
        maximum=(width, height),
        even="whole",
        id="RUSHES",
        label=f"1/{parts}",
    )


def _uuid(choice: Choice, done: str) -> str:
    """Of the resulting list: the same for the same list, names and template, everywhere."""
    digest = hashlib.sha256(choice.document).hexdigest()
    name = f"{digest}/{choice.context}/{choice.canvas_id}/{choice.framing_id}/{done}"
    return str(uuid5(NAMESPACE_URL, f"https://rushes.dev/fdl/{name}"))
