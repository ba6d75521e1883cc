"""A canvas template's arithmetic: scale, canvas and layers of the output, place of the picture.

The steps are those of ASC FDL 2.0.1, 7.4: the fit source is scaled to the target, the canvas is
what is preserved around it, cut to a maximum or filled up to it, and the alignment places it.

By the specification (7.4.12) only the canvas becomes whole pixels. ASC's library 1.0, and the
result files that its committee published with it, round every layer and corner as well
(https://github.com/ascmitc/fdl/issues/36). Here layers are rounded only where a template says
`round` and its canvas needs it; `docs/decisions.md` says when that is.
"""

from __future__ import annotations

import math

import msgspec

from functions.sidecars.fdl.values import LAYERS, Box, Even, Layer, Layers, Rounding, Template

NOISE = 1e-9
"""What arithmetic leaves of a whole number: 3686.4 * (1920 / 3686.4) is 1920.0000000000002."""
_ALIGNED = {"left": 0.0, "top": 0.0, "center": 0.5, "right": 1.0, "bottom": 1.0}


class Solved(msgspec.Struct, frozen=True, kw_only=True):
    """What a template makes of a canvas.

    output : canvas and layers
    scale : output pixels per source pixel that the fit asks for, (x, y)
    placed : the kept region, scaled and placed on the output canvas; it may reach past it
    """

    output: Layers
    scale: tuple[float, float]
    placed: Box


def whole(value: float, even: Even, rounding: Rounding) -> float:
    """A length in whole or even pixels; noise of 1e-9 of a pixel is none."""
    step = 2.0 if even == "even" else 1.0
    count = value / step
    if rounding == "up":
        return step * math.ceil(count - NOISE)
    if rounding == "down":
        return step * math.floor(count + NOISE)
    return step * math.copysign(math.floor(abs(count) + 0.5 + NOISE), count)


def floor(value: float) -> int:
    """The whole number below, or the one that is missed by noise alone."""
    return math.floor(value + NOISE)


def ceil(value: float) -> int:
    """The whole number above, or the one that is passed by noise alone."""
    return math.ceil(value - NOISE)


def solve(layers: Layers, template: Template, region: Layer) -> Solved:
    """Apply a template.

    layers : of the source, with the template's fit source and `region` among them
    region : the outermost layer that is kept
    """
    fit, kept = layers.layer(template.fit_source), layers.layer(region)
    assert fit is not None
    assert kept is not None
    scale = _scale(layers, template, fit)
    inner = {
        name: _scaled(box, kept, scale)
        for name in LAYERS[LAYERS.index(region) :]
        if (box := layers.layer(name)) is not None
    }
    canvas = _scaled(kept, kept, scale)
    # "If maximum_dimensions is defined and pad_to_maximum = true, then round has no effect."
    rounded = template.whole_layers and not _cut(canvas, template)
    if rounded:
        inner = {name: _rounded(box, template) for name, box in inner.items()}
        canvas = _rounded(canvas, template)
    aim = inner[template.fit_source]
    maximum = template.maximum or (None, None)
    width, left = _axis(
        aim.x, aim.width, canvas.width, template.width, maximum[0], template.horizontal, template
    )
    height, top = _axis(
        aim.y, aim.height, canvas.height, template.height, maximum[1], template.vertical, template
    )
    if not rounded:
        wide, high = (
            _whole_canvas(width, maximum[0], template),
            _whole_canvas(height, maximum[1], template),
        )
        # Centred on the whole canvas; what is not scaled moves by whole pixels, so it is copied.
        step = floor if scale == (1.0, 1.0) else float
        left, top = left + step((wide - width) / 2), top + step((high - height) / 2)
        width, height = wide, high
    output = Box(0.0, 0.0, width, height)
    seen = {
        name: _exact(Box(box.x + left, box.y + top, box.width, box.height).within(output))
        for name, box in inner.items()
    }
    effective = seen.get("canvas.effective_dimensions") or _at(canvas, left, top).within(output)
    protection = seen.get("framing_decision.protection_dimensions")
    framing = seen["framing_decision.dimensions"]
    if rounded:
        # Each was rounded by itself: none may be larger than the one around it.
        protection = protection and _inside(protection, effective)
        framing = _inside(framing, protection or effective)
    return Solved(
        output=Layers(
            width=round(width),
            height=round(height),
            squeeze=template.squeeze,
            effective=_whole_box(effective, output),
            protection=protection,
            framing=framing,
        ),
        scale=scale,
        placed=_at(canvas, left, top),
    )


def _scale(layers: Layers, template: Template, fit: Box) -> tuple[float, float]:
    """Both as seen: a squeezed pixel is widened before it is fitted."""
    across = template.width * template.squeeze / (fit.width * layers.squeeze)
    down = template.height / fit.height
    by = {
        "width": across,
        "height": down,
        "fit_all": min(across, down),
        "fill": max(across, down),
    }[template.fit_method]
    return by * layers.squeeze / template.squeeze, by


def _scaled(box: Box, kept: Box, scale: tuple[float, float]) -> Box:
    """On the scaled region, from its corner."""
    x, y = max(0.0, box.x - kept.x), max(0.0, box.y - kept.y)
    return Box(x * scale[0], y * scale[1], box.width * scale[0], box.height * scale[1])


def _cut(canvas: Box, template: Template) -> bool:
    """Whether the output is the maximum, and the picture covers all of it.

    Where some of it is filled up, ASC's results round in spite of the sentence above.
    """
    if template.maximum is None or not template.pad:
        return False
    width, height = template.maximum
    return canvas.width > width - NOISE and canvas.height > height - NOISE


def _rounded(box: Box, template: Template) -> Box:
    sides = (box.x, box.y, box.width, box.height)
    return Box(*(whole(side, template.even, template.rounding) for side in sides))


def _axis(
    anchor: float, fit: float, canvas: float, target: float, maximum: float | None,
    aligned: str, template: Template,
) -> tuple[float, float]:  # fmt: skip
    """Length of the output on one axis, and how far the picture is moved on it."""
    length, pad = canvas, template.pad and maximum is not None
    if maximum is not None and (pad or canvas > maximum):
        length = float(maximum)
    over = canvas - length
    if not over and not pad:
        return length, 0.0
    # The target stands in the middle of the output, the fit source in the target.
    middle = pad or aligned == "center"
    moved = (length - target) / 2 if middle else 0.0
    moved += (target - fit) * _ALIGNED[aligned] - anchor
    if not pad and over > 0:
        moved = max(min(moved, 0.0), -over)  # what is cut has picture everywhere
    return length, moved


def _whole_canvas(length: float, maximum: float | None, template: Template) -> float:
    """A canvas that is the maximum is what somebody asked for, odd or even."""
    return length if length == maximum else whole(length, template.even, template.rounding)


def _at(canvas: Box, left: float, top: float) -> Box:
    return _exact(Box(left, top, canvas.width, canvas.height))


def _exact(box: Box) -> Box:
    """Without noise: a position that misses a whole pixel by its last bits is that pixel."""
    sides = (box.x, box.y, box.width, box.height)
    return Box(*(float(round(v)) if abs(v - round(v)) < NOISE else v for v in sides))


def _inside(box: Box, outer: Box) -> Box:
    return Box(box.x, box.y, min(box.width, outer.width), min(box.height, outer.height))


def _whole_box(box: Box, output: Box) -> Box:
    """Effective dimensions are whole in a list: as many pixels as touch the box."""
    width, height = min(ceil(box.width), output.width), min(ceil(box.height), output.height)
    x = min(max(0.0, box.x - (width - box.width) / 2), output.width - width)
    y = min(max(0.0, box.y - (height - box.height) / 2), output.height - height)
    return Box(x, y, width, height)
