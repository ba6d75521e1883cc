"""Framing decision lists: the shared scenarios, the library's vectors, and hostile lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.sidecars.fdl import LAYERS, Box, Choice, Geometry, Layer, Template
from functions.sidecars.fdl_draw import draw
from functions.sidecars.fdl_geometry import (
    apply_template,
    container,
    crop_to,
    full_frame,
    template_member,
)
from functions.sidecars.fdl_read import check_fdl, choose, choose_template, fdl_library, read_fdl

UUID = "00000000-0000-0000-0000-0000000000aa"


def sources(shared_data: Path) -> dict[str, Path]:
    """Source lists by name."""
    folders = ("Original_Source_Files", "New_Source_Files")
    return {p.stem: p for f in folders for p in (shared_data / "fdl" / f).glob("*.fdl")}


def scenarios(shared_data: Path) -> list[tuple[Path, Path, Path]]:
    """(source, template, expected result) of every scenario folder."""
    by_letter = {name[0]: path for name, path in sources(shared_data).items() if name[1] == "_"}
    found = []
    for folder in sorted((shared_data / "fdl/Scenarios_For_Implementers").iterdir()):
        (template,) = folder.glob("*.fdl")
        for result in sorted((folder / "Results").glob("*.fdl")):
            name = result.stem.partition("RESULT")[2].lstrip("-") or result.stem
            found.append((by_letter[name[0]], template, result))
    return found


def chosen(path: Path) -> Choice:
    """The only framing decision of a list."""
    return choose(read_fdl(path.read_bytes()))


def test_every_shared_scenario_is_exact(shared_data: Path) -> None:
    """Source and template give the expected list, member by member, in all 14 scenarios."""
    folders = set()
    for source, template, result in scenarios(shared_data):
        expected = json.loads(result.read_text())
        canvas = expected["contexts"][0]["canvases"][-1]
        geometry = apply_template(
            chosen(source),
            choose_template(read_fdl(template.read_bytes())),
            uuid=expected["uuid"],
            canvas_id=canvas["id"],
        )
        made = json.loads(geometry.document)
        # Who made it is us.
        assert made.pop("fdl_creator") == made["contexts"][0].pop("context_creator") == "rushes"
        del expected["fdl_creator"], expected["contexts"][0]["context_creator"]
        assert made == expected, result.name
        assert (geometry.output.width, geometry.output.height) == tuple(
            canvas["dimensions"].values()
        )
        folders.add(result.parts[-3])
    assert len(folders) == 14


def agrees(geometry: Geometry, *, within: float = 2.0) -> None:
    """Source layers, sent through the pixel mapping, meet the output's own layers.

    The library rounds sizes and corners to even pixels, each by itself: two pixels.
    """
    for name in ("framing", "protection"):
        before, after = getattr(geometry.source, name), getattr(geometry.output, name)
        if before is None or after is None:
            continue
        landed = geometry.to_output(before).within(geometry.output.canvas)
        ours = (landed.x, landed.y, landed.right, landed.bottom)
        theirs = (after.x, after.y, after.right, after.bottom)
        assert ours == pytest.approx(theirs, abs=within), name


def sane(geometry: Geometry) -> None:
    """What holds for every geometry."""
    canvas, source = geometry.output.canvas, geometry.source.canvas
    assert geometry.landing.within(canvas) == geometry.landing
    grown = Box(-1e-6, -1e-6, source.width + 2e-6, source.height + 2e-6)
    assert geometry.crop.within(grown) == geometry.crop
    assert min(geometry.padding) >= 0
    landed = geometry.to_output(geometry.crop)
    assert landed.right == pytest.approx(geometry.landing.right)
    assert landed.bottom == pytest.approx(geometry.landing.bottom)
    assert check_fdl(geometry.document) == ()
    assert draw(geometry)


def test_pixels_follow_the_layers_in_every_scenario(shared_data: Path) -> None:
    """Where the pixel mapping puts the framing is where the resulting list says it is."""
    for source, template, result in scenarios(shared_data):
        geometry = apply_template(chosen(source), choose_template(read_fdl(template.read_bytes())))
        sane(geometry)
        agrees(geometry)
        assert geometry.scale[1] == pytest.approx(
            json.loads(result.read_text())["contexts"][0]["canvases"][-1]["_scale_factor"], rel=2e-3
        )


def arri(shared_data: Path) -> Choice:
    """4448x3096 with a framing of 4004x2252."""
    return chosen(sources(shared_data)["B_4448x3096_1x_FramingChart"])


def test_the_golden_canvas(shared_data: Path) -> None:
    """4448x3096 with framing 4004x2252 to 3840 wide gives 4266x2970."""
    template = Template(width=3840, height=2160, fit_method="width", preserve="canvas.dimensions")
    geometry = apply_template(arri(shared_data), template, uuid=UUID, canvas_id="PLATE")
    assert (geometry.output.width, geometry.output.height) == (4266, 2970)
    made = choose(read_fdl(geometry.document), canvas="PLATE")
    assert made.layers == geometry.output
    assert json.loads(geometry.document)["uuid"] == UUID
    assert not geometry.is_copy
    assert geometry.crop == Box(0, 0, 4448, 3096)
    assert geometry.landing == Box(0, 0, 4266, 2970)
    assert geometry.padding == (0, 0, 0, 0)
    assert geometry.output.framing.width == 3840


def test_a_squeezed_source_is_widened_before_it_is_scaled(shared_data: Path) -> None:
    """Of a 2x anamorphic framing a pixel becomes twice as wide as high, before the fit."""
    choice = chosen(sources(shared_data)["C_4448x3096_2x_FramingChart"])
    assert choice.layers.squeeze == 2.0
    geometry = apply_template(choice, Template(width=3840, height=2160))
    assert geometry.scale[0] / geometry.scale[1] == pytest.approx(2.0, rel=2e-3)
    assert geometry.output.squeeze == 1.0
    kept = apply_template(choice, Template(width=3840, height=2160, squeeze=2.0))
    assert kept.scale[0] == pytest.approx(kept.scale[1], rel=2e-3)


@pytest.mark.parametrize("vector", range(10))
def test_the_library_vectors(shared_data: Path, vector: int) -> None:
    """The reference implementation's own end-to-end vectors come out exactly."""
    path = shared_data / "fdl/vectors/template_vectors.json"
    given_vector: dict[str, Any] = json.loads(path.read_text())["vectors"][vector]
    choice, template = from_vector(given_vector)
    geometry = apply_template(choice, template)
    expected = given_vector["expected"]
    output = geometry.output
    assert (output.width, output.height) == tuple(expected["output_canvas_dims"].values())
    assert output.framing == box(expected["output_fd_dims"], expected["output_fd_anchor"])
    assert output.effective == box(
        expected["output_effective_dims"], expected["output_effective_anchor"]
    )
    if expected["output_has_protection"]:
        assert output.protection == box(
            expected["output_protection_dims"], expected["output_protection_anchor"]
        )
    else:
        assert output.protection is None
    sane(geometry)
    agrees(geometry)


def box(size: dict[str, float], at: dict[str, float]) -> Box:
    """A rectangle of the vectors."""
    return Box(at["x"], at["y"], size["width"], size["height"])


def from_vector(vector: dict[str, Any]) -> tuple[Choice, Template]:
    """A vector's source, as a list, and its template."""
    canvas = {k: v for k, v in vector["source_canvas"].items() if v is not None}
    framing = {k: v for k, v in vector["source_framing"].items() if v is not None}
    framing["id"] = f"{canvas['id']}-{framing['framing_intent_id']}"
    canvas["framing_decisions"] = [framing]
    template = vector["template"]
    maximum = template["maximum_dimensions"] or {}
    return choose(read_fdl(listed([canvas], framing["framing_intent_id"]))), Template(
        width=template["target_dimensions"]["width"],
        height=template["target_dimensions"]["height"],
        squeeze=template["target_anamorphic_squeeze"],
        fit_source=template["fit_source"],
        fit_method=template["fit_method"],
        horizontal=template["alignment_method_horizontal"],
        vertical=template["alignment_method_vertical"],
        preserve=template["preserve_from_source_canvas"],
        maximum=tuple(maximum.values()) or None,  # type: ignore[arg-type]
        pad=template["pad_to_maximum"],
        even=template["round"]["even"],
        rounding=template["round"]["mode"],
    )


def listed(canvases: list[dict[str, Any]], intent: str = "1", **more: Any) -> bytes:
    """A list of one context."""
    members = {
        "uuid": UUID,
        "version": {"major": 2, "minor": 0},
        "framing_intents": [{"id": intent, "aspect_ratio": {"width": 16, "height": 9}}],
        "contexts": [{"label": "A cam", "canvases": canvases}],
    }
    return json.dumps(members | more).encode()


def canvas(
    name: str = "1", size: tuple[int, int] = (4096, 2160), framings: tuple[str, ...] = ("1",),
    **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """A canvas with some framing decisions of its middle half."""
    width, height = size
    decisions = [
        {
            "id": f"{name}-{framing}", "label": f"frame {framing}", "framing_intent_id": framing,
            "dimensions": {"width": width / 2, "height": height / 2},
            "anchor_point": {"x": width / 4, "y": height / 4},
        }
        for framing in framings
    ]  # fmt: skip
    return {
        "id": name, "label": f"canvas {name}", "source_canvas_id": name,
        "dimensions": {"width": width, "height": height}, "framing_decisions": decisions, **more,
    }  # fmt: skip


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


def nested(squeeze: float) -> Choice:
    """A source with all four layers, none of them centred."""
    one = canvas(
        anamorphic_squeeze=squeeze,
        effective_dimensions={"width": 3800, "height": 2000},
        effective_anchor_point={"x": 200, "y": 60},
    )
    one["framing_decisions"][0] |= {
        "dimensions": {"width": 2000.5, "height": 1000.25},
        "anchor_point": {"x": 900.25, "y": 333.5},
        "protection_dimensions": {"width": 2500, "height": 1300},
        "protection_anchor_point": {"x": 700, "y": 200.5},
    }
    return choose(read_fdl(listed([one])))


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


CLIP = {"clip_id": {"clip_name": "A001C002"}}


def two_canvases() -> bytes:
    """Two sizes, two intents."""
    intents = [{"id": i, "aspect_ratio": {"width": 16, "height": 9}} for i in ("a", "b")]
    canvases = [canvas("1", (4096, 2160), ("a", "b")), canvas("2", (2048, 1080), ("a", "b"))]
    contexts = [{"label": "A cam", "canvases": canvases, **CLIP}]
    return listed([], framing_intents=intents, contexts=contexts, default_framing_intent="b")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ({"canvas": "2", "framing": "a"}, "2-a"),
        ({"canvas": "canvas 1", "framing": "frame a"}, "1-a"),
        ({"size": (2048, 1080)}, "2-b"),
        ({"size": (2048, 1080), "framing": "2-a"}, "2-a"),
        ({"context": "A001C002", "canvas": "1"}, "1-b"),
        ({"context": "A cam", "size": (4096, 2160)}, "1-b"),
    ],
)
def test_a_framing_is_chosen_by_name_size_or_default(names: dict[str, Any], found: str) -> None:
    """Ids, labels, clip names, sizes and the default intent all lead to one decision."""
    assert choose(read_fdl(two_canvases()), **names).framing_id == found


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({}, "2 canvases .* none is named; there is: 1 .*4096x2160; 2 .*2048x1080"),
        ({"canvas": "3"}, "no canvas .* canvas '3'; there is: 1 "),
        ({"context": "B cam"}, "no canvas .* context 'B cam'"),
        ({"size": (100, 100)}, r"no canvas .* size \(100, 100\)"),
        ({"canvas": "1", "size": (100, 100)}, "frames are 100x100, the canvas .* 4096x2160"),
        ({"canvas": "1", "framing": "c"}, "not framing decision 'c'; there is: 1-a 'frame a'"),
    ],
)
def test_what_can_not_be_chosen_says_what_there_is(names: dict[str, Any], said: str) -> None:
    """Nothing or more than one that fits is an error with the list of all."""
    with pytest.raises(InvalidRequest, match=said) as error:
        choose(read_fdl(two_canvases()), **names)
    assert error.value.facts["field"] == "fdl"


def test_templates_are_chosen_by_name(shared_data: Path) -> None:
    """A template is found by id or label; another name lists what there is."""
    (_, path, _), *_ = scenarios(shared_data)
    fdl = read_fdl(path.read_bytes())
    only = choose_template(fdl)
    assert choose_template(fdl, only.label) == choose_template(fdl, only.id) == only
    with pytest.raises(InvalidRequest, match=f"'nope' is not there; there is: {only.id}"):
        choose_template(fdl, "nope")


def broken(change: dict[str, Any], **members: Any) -> bytes:
    """A list whose canvas, or itself, is wrong."""
    return listed([canvas() | change], **members)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no JSON"),
        (b"null", "object"),
        (b"[" * 100_000, "no JSON"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "no JSON"),
        (b"/* c */" + listed([canvas()]), "no JSON"),
        (listed([canvas()]) + b"\0", "no JSON"),
        (b'{"uuid": "\xff"}', "no JSON"),
        (listed([canvas()]).replace(b"4096", b"NaN"), "no JSON"),
        (b"{}", "'uuid' not found"),
        (listed([], version={"major": 9, "minor": 0}), "version 9"),
        (broken({"dimensions": {"width": -5, "height": 1}}), "found -5"),
        (broken({"dimensions": {"width": 4096.5, "height": 2160}}), "Expected integer"),
        (broken({"dimensions": {"width": 10**30, "height": 2160}}), "1e\\+30 pixels"),
        (broken({"anamorphic_squeeze": 0}), "squeeze.*found 0"),
        (broken({"anamorphic_squeeze": 1e9}), "squeeze of 1e\\+09"),
        (broken({"source_canvas_id": "9"}), "Source Canvas IDs"),
        (broken({"id": "no good"}), "id"),
        (listed([canvas(), canvas()]), "duplicated"),
        (broken({}, framing_intents=[]), "not in framing_intents"),
        (broken({"dimensions": {"width": 100, "height": 100}}), "exceeds"),
        (broken({"unknown": 1}), "unknown"),
    ],
)
def test_a_wrong_list_is_refused_with_the_place(data: bytes, said: str) -> None:
    """What is no list, or breaks the schema, its ids or its hierarchy, says which and where."""
    with pytest.raises(InvalidRequest, match=said) as error:
        read_fdl(data)
    assert error.value.facts["field"] == "fdl"
    assert error.value.facts["findings"]


def test_the_shared_bad_lists_are_refused(shared_data: Path) -> None:
    """Broken JSON, no list at all, and anchors outside their parent are invalid requests."""
    for name in ("corrupt_fdl.fdl", "not_fdl.fdl", "A65_effective-area_wdesqueeze.fdl"):
        with pytest.raises(InvalidRequest):
            read_fdl((shared_data / "fdl" / name).read_bytes())


def test_all_problems_of_a_list_are_said_at_once() -> None:
    """Every finding of the schema is named, each with its place."""
    data = broken({"anamorphic_squeeze": 0, "dimensions": {"width": 0, "height": 0}})
    places = {f.where for f in check_fdl(data)}
    canvas_place = "contexts/0/canvases/0"
    assert {f"{canvas_place}/anamorphic_squeeze", f"{canvas_place}/dimensions/width"} <= places


def test_a_list_too_large_is_over_the_limit() -> None:
    """Size is bounded before anything is parsed."""
    with pytest.raises(LimitExceeded):
        read_fdl(listed([canvas()]) + b" " * (9 << 20))


def test_a_byte_order_mark_is_no_harm() -> None:
    """Lists saved with a mark are read like others."""
    choice = choose(read_fdl(b"\xef\xbb\xbf" + listed([canvas()])))
    assert crop_to(choice, "framing_decision.dimensions").output.width == 2048


def test_the_shared_rounding_vectors(shared_data: Path) -> None:
    """The library that is installed rounds as its published vectors say."""
    vectors = json.loads((shared_data / "fdl/vectors/rounding_vectors.json").read_text())["vectors"]
    assert len(vectors) > 50
    for one in vectors:
        made = fdl_library().fdl_round(
            one["input"]["value"], one["params"]["even"], one["params"]["mode"]
        )
        assert made == one["expected"]


def test_the_drawing_shows_the_layers_and_their_numbers() -> None:
    """Canvas, effective area, protection, framing and padding are drawn, with numbers."""
    template = Template(
        width=1600,
        height=900,
        preserve="canvas.dimensions",
        maximum=(4000, 2400),
        pad=True,
    )
    text = draw(apply_template(nested(1.0), template))
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 90
    for mark in "+-|:o#/":
        assert mark in text
    for words in ("source 4096x2160", "output 4000x2400", "2000.5x1000.25 at 900.25,333.5"):
        assert words in text
    assert "padding     left" in text
    assert "squeeze 2" in draw(crop_to(nested(2.0), "canvas.dimensions"))


def test_a_drawing_is_stable() -> None:
    """A small geometry is drawn as shown here."""
    choice = choose(read_fdl(listed([canvas()])))
    text = draw(crop_to(choice, "framing_decision.dimensions"))
    assert text.splitlines()[:4] == [
        "source 4096x2160",
        " +----------------------------------------------------------+",
        " |                                                          |",
        " |                                                          |",
    ]
    assert " |              ##############################              |" in text
    assert "seen        2048x1080 at 1024,540" in text
    assert "(copied, not filtered)" in text


def test_layers_that_are_apart_are_drawn_apart() -> None:
    """A margin of a few pixels, less than a character, is still seen on each side."""
    one = canvas()
    one["framing_decisions"][0] |= {
        "dimensions": {"width": 4076, "height": 2140},
        "anchor_point": {"x": 10, "y": 10},
    }
    text = draw(crop_to(choose(read_fdl(listed([one]))), "canvas.dimensions")).splitlines()
    assert text[1] == " +" + "-" * 58 + "+"
    assert text[2] == " |" + "#" * 58 + "|"
    assert text[3] == " |#" + " " * 56 + "#|"
    assert text[15] == " |" + "#" * 58 + "|"
    assert text[16] == " +" + "-" * 58 + "+"
