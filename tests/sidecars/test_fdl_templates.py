"""Canvas templates, layers and whole pictures: any of them keeps the picture in place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
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
from functions.sidecars.fdl.read import choose, choose_template, read_fdl
from functions.sidecars.fdl.values import LAYERS, Box, Layer, Template
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
    assert (geometry.notes != ()) == (
        template.preserve is not None
        and LAYERS.index(template.preserve) > LAYERS.index(template.fit_source)
    )
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
