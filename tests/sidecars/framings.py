"""Framing decision lists for tests: the shared ones, and small ones made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from functions.sidecars.fdl.draw import draw
from functions.sidecars.fdl.read import check_fdl, choose, read_fdl
from functions.sidecars.fdl.values import Box, Choice, Geometry, Template

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


def arri(shared_data: Path) -> Choice:
    """4448x3096 with a framing of 4004x2252."""
    return chosen(sources(shared_data)["B_4448x3096_1x_FramingChart"])


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
        whole_layers=True,
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
