"""Canvas templates, layers and whole pictures: any of them keeps the picture in place."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from functions.contract.errors import InvalidRequest
from functions.sidecars.fdl.geometry import (
    apply_template,
    container,
    crop_to,
    full_frame,
    template_member,
)
from functions.sidecars.fdl.read import (
    choose,
    choose_template,
    fdl_library,
    layers_of,
    read_fdl,
)
from functions.sidecars.fdl.values import LAYERS, Box, Choice, Layer, Layers, Template
from tests.sidecars.framings import (
    UUID,
    agrees,
    arri,
    canvas,
    listed,
    nested,
    sane,
    scenarios,
)

aligned_h = st.sampled_from(["left", "center", "right"])


aligned_v = st.sampled_from(["top", "center", "bottom"])


templates = st.builds(
    Template,
    width=st.integers(64, 6000),
    height=st.integers(64, 6000),
    squeeze=st.sampled_from([1.0, 1.3, 2.0]),
    fit_source=st.sampled_from(LAYERS),
    fit_method=st.sampled_from(["width", "height", "fit_all", "fill"]),
    horizontal=aligned_h,
    vertical=aligned_v,
    preserve=st.none() | st.sampled_from(LAYERS),
    maximum=st.none() | st.tuples(st.integers(64, 6000), st.integers(64, 6000)),
    pad=st.booleans(),
    even=st.sampled_from(["even", "whole"]),
    rounding=st.sampled_from(["up", "down", "round"]),
)


@given(template=templates, squeeze=st.sampled_from([1.0, 1.8, 2.0]))
def test_any_template_keeps_the_picture_where_the_list_says(
    template: Template, squeeze: float
) -> None:
    """Whatever the fit, alignment, limit and padding, pixels and resulting list agree."""
    try:
        geometry = apply_template(nested(squeeze), template)
    except InvalidRequest as error:
        assert error.facts["field"] == "template"
        return
    sane(geometry)
    inner = template.preserve is not None and (
        LAYERS.index(template.preserve) > LAYERS.index(template.fit_source)
    )
    assert len(geometry.notes) == inner + (template.pad and template.maximum is None)
    # Size, corner and scaled box are rounded each by itself, to a pixel or to two.
    agrees(geometry, within=2.5 if template.even == "whole" else 5.0)


def test_a_template_that_loses_the_framing_is_refused() -> None:
    """When alignment and limit push the framing off the canvas, that is said."""
    template = Template(
        width=2000,
        height=1000,
        fit_source="canvas.dimensions",
        fit_method="height",
        maximum=(64, 64),
        horizontal="left",
        vertical="top",
    )
    with pytest.raises(InvalidRequest, match="nothing of the framing decision") as error:
        apply_template(nested(1.0), template)
    assert error.value.facts["field"] == "template"


def test_preserving_less_than_is_fitted_changes_nothing(shared_data: Path) -> None:
    """A preserved layer inside the fit source is said to change nothing, and does not."""
    choice = arri(shared_data)
    fit: Layer = "framing_decision.protection_dimensions"
    plain = apply_template(choice, Template(width=3840, height=2160, fit_source=fit))
    odd = apply_template(
        choice,
        Template(width=3840, height=2160, fit_source=fit, preserve="framing_decision.dimensions"),
    )
    assert "nothing more is preserved" in odd.notes[0]
    assert replace(odd, notes=()) == plain


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_cut_out_in_whole_pixels(layer: Layer) -> None:
    """A crop neither scales nor filters, and holds every fraction of the layer."""
    choice = nested(2.0)
    geometry = crop_to(choice, layer, uuid=UUID)
    region = choice.layers.layer(layer)
    assert region is not None
    assert geometry.is_copy
    assert geometry.scale == (1.0, 1.0)
    assert geometry.crop.within(choice.layers.canvas) == geometry.crop
    assert geometry.crop.within(region) == region
    assert geometry.crop.width < region.width + 2
    assert geometry.output.squeeze == 2.0
    sane(geometry)
    agrees(geometry, within=1e-9)


def test_a_clip_without_a_list_is_all_of_it() -> None:
    """No list is the full frame, and into a container all of it is fitted and padded."""
    geometry = apply_template(full_frame(4096, 3072), container(1920, 1080))
    assert (geometry.output.width, geometry.output.height) == (1920, 1080)
    assert geometry.landing == Box(240, 0, 1440, 1080)
    assert geometry.padding == (240, 0, 240, 0)
    assert geometry.crop == Box(0, 0, 4096, 3072)


def test_a_size_that_no_list_can_hold_is_refused() -> None:
    """Sizes and squeezes are checked as those of a list are."""
    with pytest.raises(InvalidRequest, match="width"):
        full_frame(0, 10)
    with pytest.raises(InvalidRequest, match="squeeze"):
        full_frame(10, 10, squeeze=40)


def test_padding_without_a_maximum_is_named() -> None:
    """`pad_to_maximum` fills up to `maximum_dimensions` (ASC FDL 2.0.1, 7.4): without, nothing."""
    geometry = apply_template(nested(1.0), Template(width=100, height=50, pad=True))
    assert any("nothing is padded" in note for note in geometry.notes)
    geometry = apply_template(nested(1.0), Template(width=100, height=50))
    assert not any("nothing is padded" in note for note in geometry.notes)


def test_a_missing_layer_is_named() -> None:
    """A template that asks for a layer the source has not is refused, with what there is."""
    choice = choose(read_fdl(listed([canvas()])))
    for template in (
        Template(width=100, height=100, fit_source="framing_decision.protection_dimensions"),
        Template(width=100, height=100, preserve="canvas.effective_dimensions"),
    ):
        with pytest.raises(InvalidRequest, match=r"asks for .* it has canvas\.dimensions") as error:
            apply_template(choice, template)
        assert error.value.facts["field"] == "template"
    with pytest.raises(InvalidRequest, match="has not"):
        crop_to(choice, "canvas.effective_dimensions")


@pytest.mark.parametrize("change", [{"width": 0}, {"squeeze": 0.0}, {"fit_method": "stretch"}])
def test_a_template_that_is_none_is_refused(change: dict[str, Any]) -> None:
    """Members that the schema forbids are named, never passed to the library's arithmetic."""
    template = replace(Template(width=100, height=100), **change)
    with pytest.raises(InvalidRequest, match="template") as error:
        apply_template(choose(read_fdl(listed([canvas()]))), template)
    assert error.value.facts["field"] == "template"


def test_templates_read_as_they_are_written(shared_data: Path) -> None:
    """Every template of the scenarios has the same members when it is written again."""
    for _, path, _ in scenarios(shared_data):
        given_members = json.loads(path.read_text())["canvas_templates"][0]
        template = choose_template(read_fdl(path.read_bytes()), given_members["id"])
        made = template_member(template, template.preserve)
        assert made == given_members


@pytest.mark.parametrize("says_round", [True, False])
@pytest.mark.parametrize("rounding", ["up", "round"])
def test_an_editorial_template_frames_fractions(says_round: bool, rounding: Any) -> None:
    """Open gate to HD by width, cut all around: 2.39 is 804.375 rows, the scale one number
    (ASC FDL 2.0.1, 7.4.12, and its issue 36)."""
    one = canvas(size=(4448, 3096))
    one["framing_decisions"][0] |= {
        "dimensions": {"width": 4096, "height": 1716},
        "anchor_point": {"x": 176, "y": 690},
    }
    template = Template(
        width=1920, height=1080, fit_method="width", preserve="canvas.dimensions",
        maximum=(1920, 1080), pad=True, rounding=rounding, whole_layers=says_round,
    )  # fmt: skip
    geometry = apply_template(choose(read_fdl(listed([one]))), template)
    assert geometry.output.framing == Box(0, 137.8125, 1920, 804.375)
    assert geometry.scale == (0.46875, 0.46875)
    assert (geometry.crop, geometry.landing) == (Box(176, 396, 4096, 2304), Box(0, 0, 1920, 1080))
    assert geometry.notes == ()


def test_a_template_that_stretches_says_so() -> None:
    """Where a template rounds layers that its canvas needs rounded, the stretch is told."""
    one = canvas(size=(4096, 2160))
    one["framing_decisions"][0] |= {
        "dimensions": {"width": 4096, "height": 1714},
        "anchor_point": {"x": 0, "y": 223},
    }
    template = Template(width=1920, height=1080, fit_method="width", rounding="up")
    choice = choose(read_fdl(listed([one])))
    assert apply_template(choice, template).notes == ()
    (note,) = apply_template(choice, replace(template, whole_layers=True)).notes
    # 803.4375 rows become 804: the width is 0.07 % less than it should be.
    assert "-0.070%" in note


def by_the_library(choice: Choice, template: Template) -> Layers:
    """The layers that ASC's library makes, all of them rounded."""
    fdl = fdl_library()
    members = {
        "uuid": UUID,
        "version": {"major": 2, "minor": 0},
        "canvas_templates": [
            template_member(replace(template, whole_layers=True), template.preserve)
        ],
    }
    with (
        fdl.FDL.parse(choice.document) as source,
        fdl.FDL.parse(json.dumps(members).encode()) as parsed,
    ):
        given_canvas = source.contexts[0].canvases[0]
        decision = given_canvas.framing_decisions[0]
        result = parsed.canvas_templates[0].apply(given_canvas, decision, "X", "", None, "test")
        with result.fdl:
            made = result.canvas.as_dict()
    return layers_of(made, made["framing_decisions"][0])


def finer(template: Template, times: int) -> Template:
    """Of a target and maximum so many times larger, in whole pixels of that size."""
    maximum = template.maximum and (template.maximum[0] * times, template.maximum[1] * times)
    size = {"width": template.width * times, "height": template.height * times}
    return replace(template, maximum=maximum, even="whole", rounding="round", **size)


def noisy(choice: Choice, template: Template, scale: float) -> bool:
    """Whether the last bits of a length, as a double, decide how it is rounded."""
    boxes = [box for name in LAYERS if (box := choice.layers.layer(name))]
    made = [side * scale for box in boxes for side in (box.y, box.height)]
    wide = choice.layers.squeeze
    made += [side * wide * scale / template.squeeze for box in boxes for side in (box.x, box.width)]
    halves = [2 * side for side in made]  # a tie, which the last bit decides
    return any(0 < abs(side - round(side)) < 1e-6 for side in made) or any(
        round(half) % 2 and abs(half - round(half)) < 1e-6 for half in halves
    )


def preserves_no_inner(template: Template) -> bool:
    """What it preserves is not inside what it fits."""
    return template.preserve is None or (
        LAYERS.index(template.preserve) <= LAYERS.index(template.fit_source)
    )


@given(template=templates, squeeze=st.sampled_from([1.0, 1.8, 2.0]))
def test_only_the_canvas_is_whole_where_nobody_asks_for_more(
    template: Template, squeeze: float
) -> None:
    """Layers are where ASC's library puts them on a canvas 4096 times as fine, to 0.01 pixel."""
    assume(preserves_no_inner(template))
    choice = nested(squeeze)
    try:
        geometry = apply_template(choice, template)
    except InvalidRequest:
        return
    times = 4096
    fine = by_the_library(choice, finer(template, times))
    # The finer canvas is as large as the picture; ours is whole, the picture in its middle.
    moved = [(geometry.output.width - fine.width / times) / 2]
    moved += [(geometry.output.height - fine.height / times) / 2]
    assert max(abs(side) for side in moved) <= (1.0 if template.even == "even" else 0.5) + 1e-3
    if geometry.scale == (1.0, 1.0):  # pixels that are not scaled are copied, by whole steps
        moved = [float(math.floor(side + 1e-3)) for side in moved]
    for name in ("framing", "protection"):
        theirs, ours = getattr(fine, name), getattr(geometry.output, name)
        assert (theirs is None) == (ours is None)
        if theirs is None:
            continue
        wanted = Box(
            theirs.x / times + moved[0], theirs.y / times + moved[1],
            theirs.width / times, theirs.height / times,
        ).within(geometry.output.canvas)  # fmt: skip
        assert (ours.x, ours.y) == pytest.approx((wanted.x, wanted.y), abs=0.01)
        assert (ours.right, ours.bottom) == pytest.approx((wanted.right, wanted.bottom), abs=0.01)
    # What is written is what is done, and nothing is stretched.
    agrees(geometry, within=1e-6)
    assert geometry.scale[0] / geometry.scale[1] == pytest.approx(squeeze / template.squeeze)


@given(template=templates, squeeze=st.sampled_from([1.0, 1.8, 2.0]))
def test_a_template_that_rounds_is_the_library_s(template: Template, squeeze: float) -> None:
    """With `round` said, layers are those of ASC's library to the pixel, where it has no noise."""
    template = replace(template, whole_layers=True)
    assume(preserves_no_inner(template))
    choice = nested(squeeze)
    try:
        ours = apply_template(choice, template).output
    except InvalidRequest:
        return
    try:
        document = apply_template(choice, replace(template, whole_layers=False)).document
    except InvalidRequest as error:
        assert "leaves nothing" in error.detail  # of a framing that rounding widens into the canvas
        return
    canvas_ = json.loads(document)["contexts"][0]["canvases"][-1]
    assume(not noisy(choice, template, canvas_["_scale_factor"]))
    box_ = canvas_["_scaled_bounding_box"]
    if template.pad and template.maximum:  # what the specification exempts is the test before
        assume(box_["width"] < template.maximum[0] or box_["height"] < template.maximum[1])
    theirs = by_the_library(choice, template)
    assert (ours.framing, ours.protection) == (theirs.framing, theirs.protection)
    assert (ours.width, ours.height) == (theirs.width, theirs.height)


def test_layers_that_begin_alike_are_nested() -> None:
    """An anchor that the noise of sums puts before its outer layer's is no reason to refuse."""
    template = Template(
        width=433, height=433, squeeze=2.0, fit_source="framing_decision.protection_dimensions",
        fit_method="height", vertical="bottom", maximum=(433, 986), pad=True, even="even",
        rounding="up", whole_layers=False,
    )  # fmt: skip
    canvas_ = json.loads(apply_template(nested(1.0), template).document)["contexts"][0]["canvases"]
    outer, inner = canvas_[-1], canvas_[-1]["framing_decisions"][0]
    assert inner["protection_anchor_point"]["y"] == outer["effective_anchor_point"]["y"]


@pytest.mark.parametrize("rounding", ["up", "down", "round"])
@pytest.mark.parametrize("listed_round", [True, False])
def test_noise_is_no_pixel(rounding: Any, listed_round: bool) -> None:
    """A length that is whole but for the noise of arithmetic is neither rounded up nor down."""
    one = canvas(size=(4096, 2160))
    one["framing_decisions"][0] |= {
        "dimensions": {"width": 3686.4, "height": 2073.6},
        "anchor_point": {"x": 204.8, "y": 43.2},
    }
    choice = choose(read_fdl(listed([one])))
    template = Template(
        width=1920, height=1080, fit_method="width", rounding=rounding, whole_layers=listed_round
    )
    output = apply_template(choice, template).output
    assert (output.width, output.height) == (1920, 1080)
    assert output.framing == Box(0, 0, 1920, pytest.approx(1080))  # type: ignore[arg-type]


def test_a_layer_whose_edges_are_whole_but_for_noise_is_cut_there() -> None:
    """No row or column is kept or lost for the last bits of a fraction."""
    one = canvas(size=(4096, 2160))
    one["framing_decisions"][0] |= {
        "dimensions": {"width": 2000.0000000000002, "height": 1000.0},
        "anchor_point": {"x": 1047.9999999999998, "y": 580.0000000000001},
    }
    choice = choose(read_fdl(listed([one])))
    crop = crop_to(choice, "framing_decision.dimensions").crop
    assert crop == Box(1048, 580, 2000, 1000)
