"""Framelines that a camera showed, as a framing decision list of one canvas."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import msgspec

from functions.contract.camera import Frameline
from functions.sidecars.fdl.geometry import CREATOR, NO_UUID
from functions.sidecars.fdl.read import read_fdl


def framelines_fdl(
    name: str, width: int, height: int, lines: Sequence[Frameline], *, squeeze: float = 1.0
) -> bytes:
    """A list whose canvas is the clip's picture, with a decision for each frameline that lies in
    it; b"" where none does. The first master, else the first of all, is the default.

    name : of the clip, the canvas is called so

    Raises InvalidRequest for a size or squeeze that no list can hold.
    """
    inside = [
        line
        for line in lines
        if line.x >= 0
        and line.y >= 0
        and line.x + line.width <= width
        and line.y + line.height <= height
    ]
    if not inside:
        return b""
    intents, decisions = [], []
    for number, line in enumerate(inside, 1):
        ratio = Fraction(line.width, line.height)
        intents.append(
            {
                "label": line.name,
                "id": str(number),
                "aspect_ratio": {"width": ratio.numerator, "height": ratio.denominator},
            }
        )
        decisions.append(
            {
                "label": line.name,
                "id": f"1-{number}",
                "framing_intent_id": str(number),
                "dimensions": {"width": line.width, "height": line.height},
                "anchor_point": {"x": float(line.x), "y": float(line.y)},
            }
        )
    masters = [n for n, line in enumerate(inside, 1) if line.role == "master"]
    canvas = {
        "label": name,
        "id": "1",
        "source_canvas_id": "1",
        "dimensions": {"width": width, "height": height},
        "anamorphic_squeeze": squeeze,
        "framing_decisions": decisions,
    }
    members: dict[str, Any] = {
        "uuid": NO_UUID,
        "version": {"major": 2, "minor": 0},
        "fdl_creator": CREATOR,
        "default_framing_intent": str((masters or [1])[0]),
        "framing_intents": intents,
        "contexts": [{"label": name, "context_creator": CREATOR, "canvases": [canvas]}],
    }
    data = msgspec.json.format(msgspec.json.encode(members), indent=2) + b"\n"
    read_fdl(data)
    return data
