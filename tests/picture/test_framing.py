"""Framing decisions on pixels: the right size, and every position where the geometry says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushes
from functions.contract.camera import CameraRecord
from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.contract.picture import ColourTags
from functions.picture import Framing
from functions.picture.framing.canvas import mapping_of
from functions.sidecars.fdl.geometry import apply_template
from functions.sidecars.fdl.read import choose_template, read_fdl
from functions.sidecars.fdl.values import Geometry
from tests.media.dngs import LONG, write_dng
from tests.picture.fakes import FakeWork, Planes, Studio, decoded
from tests.sidecars.framings import canvas, chosen, listed, scenarios

ACES = ColourTags(gamut="AP0", transfer="linear")


def positions(width: int, height: int) -> Planes:
    """(3, h, w) float32 whose red is x and green y of the pixel's centre, blue 1."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) + 0.5
    return np.stack([x, y, np.ones_like(x)])


def check_positions(made: Planes, geometry: Geometry, *, within: float = 0.02) -> None:
    """Every picture pixel away from edges shows the source position that lands there."""
    landing, crop, scale = geometry.landing, geometry.crop, geometry.scale
    y, x = np.mgrid[0 : made.shape[1], 0 : made.shape[2]] + 0.5
    # Less than a pixel at the edge of the canvas is the picture's edge, no black line.
    left, top, right, bottom = (side if side >= 1 else 0 for side in geometry.padding)
    inside = (left <= x) & (x < made.shape[2] - right)
    inside &= (top <= y) & (y < made.shape[1] - bottom)
    assert (made[2] > 0.5).tolist() == inside.tolist()
    assert not made[:, ~inside].any()
    from_x = crop.x + (x - landing.x) / scale[0]
    from_y = crop.y + (y - landing.y) / scale[1]
    # A ramp comes through a filter unchanged only where no tap is missing.
    reach = [4 * max(1.0, 1 / each) for each in scale]
    source = geometry.source
    free = (from_x > reach[0]) & (from_x < source.width - reach[0])
    free &= (from_y > reach[1]) & (from_y < source.height - reach[1]) & inside
    assert free.any()
    assert np.abs(made[0] - from_x)[free].max() < within
    assert np.abs(made[1] - from_y)[free].max() < within


@pytest.mark.parametrize(
    "framing",
    [
        {"width": 96},
        {"height": 100},
        {"width": 96, "height": 96},
        {"width": 95, "height": 97, "even": "whole"},
        {"width": 160, "height": 60, "fit": "fill"},
        {"width": 300, "height": 80},
        {"width": 64, "height": 64, "horizontal": "left", "vertical": "bottom"},
        {"width": 100, "squeeze": 2.0},
        {"width": 128, "height": 72},
        {"width": 61, "even": "whole", "rounding": "up"},
    ],
)
@pytest.mark.parametrize("squeeze", [1.0, 2.0, 1.33])
def test_every_position_lands_where_the_geometry_says(
    studio: Studio, framing: dict[str, Any], squeeze: float
) -> None:
    """Scaled, squeezed, padded and cut, positions are right to 1/50 pixel, the filter's own."""
    clip = decoded(positions(128, 72), tags=ACES, camera=CameraRecord(pixel_aspect=squeeze))
    spec: dict[str, Any] = {"samples": "float", "framing": Framing(**framing)}
    with studio.open(clip, **spec) as pictures:
        geometry = pictures.plan.geometry
        assert geometry is not None
        assert geometry.source.squeeze == squeeze
    check_positions(studio.first(clip, **spec), geometry)


def test_a_layer_is_cut_out_without_a_filter(studio: Studio, shared_data: Path) -> None:
    """An FDL without a template cuts the protection out: the very samples, none changed."""
    fdl = (shared_data / "fdl/Original_Source_Files/B_4448x3096_1x_FramingChart.fdl").read_bytes()
    image = positions(4448, 3096).astype(np.float16)
    work = FakeWork({"b.fdl": fdl})
    with studio.open(decoded(image, tags=ACES), work, fdl="b.fdl") as pictures:
        geometry, plan = pictures.plan.geometry, pictures.plan
        assert geometry is not None
        assert geometry.is_copy
        assert plan.fdl_after is not None
    made = studio.first(decoded(image, tags=ACES), work, fdl="b.fdl")
    x, y = int(geometry.crop.x), int(geometry.crop.y)
    assert (x, y) != (0, 0)
    expected = image[:, y : y + made.shape[1], x : x + made.shape[2]]
    assert made.tobytes() == expected.tobytes()
    assert "layer" in work.assumed


def test_whole_pixels_of_every_shared_scenario(shared_data: Path) -> None:
    """In all scenarios the sampled rectangle maps output pixels as the geometry does."""
    for source, template, result in scenarios(shared_data):
        geometry = apply_template(chosen(source), choose_template(read_fdl(template.read_bytes())))
        mapping = mapping_of(geometry)
        rows, columns = mapping.place
        x, y, width, height = mapping.box
        for place, start, size, corner, origin, scale in (
            (columns, x, width, geometry.landing.x, geometry.crop.x, geometry.scale[0]),
            (rows, y, height, geometry.landing.y, geometry.crop.y, geometry.scale[1]),
        ):
            count = place.stop - place.start
            centres = place.start + np.arange(count) + 0.5
            sampled = start + (np.arange(count) + 0.5) * size / count
            exact = origin + (centres - corner) / scale
            assert np.abs(sampled - exact).max() < 1e-6, result.name
        assert (mapping.width, mapping.height) == (geometry.output.width, geometry.output.height)


def blobs(width: int, height: int) -> tuple[Planes, list[tuple[float, float]]]:
    """A CFA picture of soft spots, and their centres (x, y)."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) + 0.5
    centres = [(600.25, 500.5), (3900.0, 480.75), (2224.5, 1548.0), (700.5, 2600.25)]
    image = np.zeros((height, width), np.float32)
    for cx, cy in centres:
        image += np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * 25.0**2))
    return image, centres


def test_the_golden_canvas_through_debayer(tmp_path: Path, shared_data: Path) -> None:
    """4448x3096 framed 4004x2252, made 3840 wide: 4266x2970 pixels, spots where they belong."""
    import OpenEXR

    image, centres = blobs(4448, 3096)
    clip = tmp_path / "A001"
    clip.mkdir()
    cfa = np.round(1000 + image * 60000).astype(np.uint16)
    tags = {50714: (LONG, 1000), 50717: (LONG, 65000)}
    (clip / "A001_0001.dng").write_bytes(write_dng(cfa, 16, tags=tags))
    fdl = shared_data / "fdl/Original_Source_Files/B_4448x3096_1x_FramingChart.fdl"
    request = {"input": str(clip), "output": str(tmp_path / "out"), "fdl": str(fdl), "width": 3840}
    told = rushes.explain("debayer", **request)
    receipt = rushes.debayer(**request, method="fast")
    assert told["canvas"] == {"width": 4266, "height": 2970}
    assert "output 4266x2970" in told["decisions"]["framing"]["drawing"]
    assert receipt.report is not None
    assert receipt.report["canvas"] == told["canvas"]
    (frame,) = (tmp_path / "out").glob("*.exr")
    with OpenEXR.File(str(frame), separate_channels=True) as file:
        green = file.channels()["G"].pixels.astype(np.float64)
    assert green.shape == (2970, 4266)
    made = read_fdl((tmp_path / "out" / "A001.fdl").read_bytes())
    source, canvas = made.contexts[0]["canvases"]
    before, after = (c["framing_decisions"][0]["anchor_point"] for c in (source, canvas))
    scale = 3840 / 4004
    for cx, cy in centres:
        wanted = (after["x"] + (cx - before["x"]) * scale, after["y"] + (cy - before["y"]) * scale)
        x0, y0 = (int(w) - 120 for w in wanted)
        part = green[y0 : y0 + 240, x0 : x0 + 240]
        y, x = np.mgrid[0:240, 0:240] + 0.5
        found = (x0 + (part * x).sum() / part.sum(), y0 + (part * y).sum() / part.sum())
        assert found == pytest.approx(wanted, abs=0.01)
    assert {output.uri.rpartition("/")[2] for output in receipt.outputs} == {
        frame.name,
        "A001.fdl",
    }
    assert canvas["dimensions"] == {"width": 4266, "height": 2970}


@pytest.mark.parametrize(
    ("spec", "field", "words"),
    [
        ({"fdl": "b.fdl"}, "fdl", "128x72"),
        ({"fdl": "b.fdl", "framing": Framing(canvas="nothing")}, "fdl", "no canvas"),
        ({"framing": Framing(canvas="1")}, "canvas", "none is given"),
        ({"framing": Framing(template="x")}, "template", "none is given"),
        ({"framing": Framing(width=100, template_file="t.fdl")}, "template", "together"),
        ({"framing": Framing(fit="fill")}, "fit", "none is said"),
        ({"framing": Framing(width=100, fit="fill")}, "fit", "a width and a height"),
        ({"framing": Framing(width=0)}, "width", "no picture"),
        ({"framing": Framing(width=100, preserve="canvas.effective_dimensions")}, "template",
         "canvas.effective_dimensions"),
    ],
)  # fmt: skip
def test_framing_that_does_not_fit_is_one_clear_sentence(
    studio: Studio, shared_data: Path, spec: dict[str, Any], field: str, words: str
) -> None:
    """An FDL of another size, names of nothing and fields that contradict are named."""
    fdl = (shared_data / "fdl/Original_Source_Files/B_4448x3096_1x_FramingChart.fdl").read_bytes()
    clip = decoded(positions(128, 72), tags=ACES)
    with pytest.raises(InvalidRequest, match=words) as caught:
        studio.open(clip, FakeWork({"b.fdl": fdl}), **spec)
    assert caught.value.facts["field"] == field


def test_a_canvas_beyond_the_limit_is_refused(studio: Studio) -> None:
    """A template that blows the picture up past the function's pixels is limit_exceeded."""
    clip = decoded(positions(128, 72), tags=ACES)
    with pytest.raises(LimitExceeded):
        studio.open(clip, framing=Framing(width=100_000))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_bytes_do_not_depend_on_threads(studio: Studio, threads: int) -> None:
    """However many threads share a frame, its bytes are the same."""
    rng = np.random.default_rng(5)
    clip = decoded(rng.random((3, 73, 131), np.float32), tags=ACES)
    spec: dict[str, Any] = {
        "framing": Framing(width=200, height=100),
        "output": "rec709",
        "samples": "word",
    }
    one = studio.first(clip, FakeWork(), **spec)
    assert studio.first(clip, FakeWork(threads=threads), **spec).tobytes() == one.tobytes()


def test_a_picture_is_turned_upright_before_it_is_framed(studio: Studio) -> None:
    """A quarter turn clockwise brings the left lower corner to the left upper one."""
    clip = decoded(positions(128, 72), tags=ACES, rotation=90)
    made = studio.first(clip, samples="float", upright=True)
    assert made.shape == (3, 128, 72)
    assert (made[0, 0, 0], made[1, 0, 0]) == (0.5, 71.5)
    assert (made[0, -1, 0], made[1, -1, 0]) == (127.5, 71.5)
    half = studio.first(clip, samples="float", upright=True, framing=Framing(height=64))
    assert half.shape == (3, 64, 36)


@pytest.mark.parametrize("height", [36, 50, 96, 61])
def test_fields_are_scaled_apart(studio: Studio, height: int) -> None:
    """Each line of a scaled interlaced picture is of its own field, at its own place."""
    image = positions(64, 72)
    image[2, 0::2], image[2, 1::2] = 0.25, 0.75
    clip = decoded(image, tags=ACES, field_order="tt")
    framing = Framing(width=200, height=height, even="whole")
    spec: dict[str, Any] = {"samples": "float", "framing": framing}
    with studio.open(clip, **spec) as pictures:
        geometry = pictures.plan.geometry
        assert geometry is not None
        assert "each field is scaled by itself" in pictures.plan.notes[0]
    made = studio.first(clip, **spec)
    y = np.arange(made.shape[1]) + 0.5
    inside = (geometry.landing.y <= y) & (y < geometry.landing.bottom)
    middle = made.shape[2] // 2
    wanted = np.where(np.arange(made.shape[1]) % 2, 0.75, 0.25)
    assert np.abs(made[2, :, middle] - wanted)[inside].max() < 1e-3
    from_y = geometry.crop.y + (y - geometry.landing.y) / geometry.scale[1]
    free = inside & (from_y > 16) & (from_y < 56)
    assert np.abs(made[1, :, middle] - from_y)[free].max() < 0.05


@pytest.mark.parametrize(
    ("squeeze", "framing"),
    [
        (1.0, {"width": 160}),
        (1.0, {"height": 95}),
        (2.0, {"width": 250}),
        (2.0, {"width": 101, "height": 60}),
        (1.0, {"width": 333, "height": 77, "fit": "fill"}),
    ],
)
def test_the_list_beside_says_what_was_done(
    studio: Studio, squeeze: float, framing: dict[str, Any]
) -> None:
    """With an FDL and a size, each source position is where the written framing puts it."""
    one = canvas(size=(324, 270), anamorphic_squeeze=squeeze)
    one["framing_decisions"][0] |= {
        "dimensions": {"width": 256.0, "height": 143.875},
        "anchor_point": {"x": 34.25, "y": 63.0625},
    }
    spec: dict[str, Any] = {
        "samples": "float", "fdl": "a.fdl", "framing": Framing(**framing),
    }  # fmt: skip
    clip = decoded(positions(324, 270), tags=ACES)
    work = FakeWork({"a.fdl": listed([one])})
    with studio.open(clip, work, **spec) as pictures:
        written = read_fdl(pictures.plan.fdl_after or b"").contexts[0]["canvases"][-1]
    made = studio.first(clip, work, **spec)
    assert made.shape[1:] == tuple(written["dimensions"].values())[::-1]
    decision = written["framing_decisions"][0]
    scale = decision["dimensions"]["height"] / 143.875
    if framing.get("fit") == "fill":  # its sides are cut, and its middle stays in the middle
        scale = decision["dimensions"]["width"] / 256.0
    across = scale * squeeze
    y, x = np.mgrid[0 : made.shape[1], 0 : made.shape[2]] + 0.5
    at = decision["anchor_point"]
    top = at["y"] - (143.875 * scale - decision["dimensions"]["height"]) / 2
    from_x = 34.25 + (x - at["x"]) / across
    from_y = 63.0625 + (y - top) / scale
    free = (from_x > 8) & (from_x < 316) & (from_y > 8) & (from_y < 262) & (made[2] > 0.5)
    reach = 8 / scale
    free &= (from_y > reach) & (from_y < 270 - reach)
    assert free.any()
    for found, wanted, factor in ((made[0], from_x, across), (made[1], from_y, scale)):
        off = (found - wanted)[free] * factor
        assert abs(off.mean()) < 0.002
        assert np.abs(off).max() < 0.03  # a filter's own ripple on a ramp


@pytest.mark.parametrize(
    ("framing", "told"),
    [
        ({"width": 101}, {"canvas": "102x56: even sides, width 101 was asked for"}),
        ({"width": 256}, {"enlarged": "2.000 times: the picture has fewer pixels"}),
        ({"width": 300, "height": 72}, {}),
        ({"width": 100}, {}),
    ],
)
def test_an_odd_size_and_an_enlarged_picture_are_told(
    studio: Studio, framing: dict[str, int], told: dict[str, str]
) -> None:
    """A size that codecs do not hold, and pixels that the clip has not, are under `assumed`."""
    work = FakeWork()
    studio.open(decoded(positions(128, 72), tags=ACES), work, framing=Framing(**framing))
    assert {key: work.assumed[key] for key in ("canvas", "enlarged") if key in work.assumed} == told


def test_a_context_of_the_clip_goes_before_others_and_one_of_another_is_named(
    studio: Studio,
) -> None:
    """`clip_id` says which clip a context is of (ASC FDL 2.0.1): it decides, as a name would."""

    def context(clip: str | None, left: int) -> dict[str, Any]:
        one = canvas(str(left), size=(64, 32))
        one["framing_decisions"][0]["anchor_point"] = {"x": left, "y": 8}
        return {"canvases": [one], **({"clip_id": {"clip_name": clip}} if clip else {})}

    def opened(*contexts: dict[str, Any]) -> tuple[float, str]:
        work = FakeWork({"b.fdl": listed([], contexts=list(contexts))})
        with studio.open(clip, work, fdl="b.fdl") as pictures:
            assert pictures.plan.geometry is not None
            return pictures.plan.geometry.crop.x, work.assumed.get("context", "")

    clip = decoded(positions(64, 32), tags=ACES)
    name = clip.facts.name
    assert opened(context(f"{name}.mov", 4), context("Z009_C001", 8)) == (4, "")
    assert opened(context(None, 4)) == (4, "")
    assert opened(context("Z009_C001", 8)) == (
        8, f"the FDL's is of clip 'Z009_C001', and taken for {name!r}"
    )  # fmt: skip
    with pytest.raises(InvalidRequest, match="2 canvases"):
        opened(context("Z009_C001", 4), context("Z009_C002", 8))
