"""What a debayer would do, from headers only."""

from __future__ import annotations

from typing import Any

from functions.colour.dng import camera_to_aces
from functions.contract.clip import Clip
from functions.contract.frames import rate_text
from functions.contract.operation import Work
from functions.debayer.handler import DebayerRequest, chosen_frames, output_name


def plan_debayer(request: DebayerRequest, clip: Clip, work: Work) -> dict[str, Any]:
    """Frame mapping, canvas, colour steps in order, output names, broken limits."""
    facts, frames = clip.facts, chosen_frames(request, clip, work)
    assert facts.layout is not None
    colour = camera_to_aces(facts.camera, facts.layout)
    for key, value in colour.assumed.items():
        work.assume(key, value)
    name = output_name(request, facts.name)
    broken = []
    if len(frames) > work.limits.frames:
        broken.append(f"{len(frames)} frames are over the limit of {work.limits.frames}")
    if facts.width * facts.height > work.limits.pixels:
        broken.append(
            f"{facts.width}x{facts.height} is over the limit of {work.limits.pixels} pixels"
        )
    steps = ["black and white level"]
    if facts.layout == "cfa":
        gains = ", ".join(f"{gain:.4f}" for gain in colour.gains)
        steps += [f"white balance {gains}", f"demosaic {request.method}"]
    if request.space == "aces":
        steps.append(f"camera RGB to ACES2065-1: {colour.method}")
    steps.append("half float")
    return {
        "clip": {
            "name": facts.name,
            "container": facts.container,
            "codec": facts.codec,
            "layout": facts.layout,
            "rate": rate_text(facts.rate) if facts.rate else None,
            "start": str(facts.start) if facts.start else None,
            "camera": facts.camera.title,
        },
        "frames": {"first": frames.start, "last": frames.last, "count": len(frames)},
        "canvas": {"width": facts.width, "height": facts.height},
        "colour": steps,
        "outputs": {
            "first": f"{name}.{frames.start:0{facts.padding}d}.exr",
            "last": f"{name}.{frames.last:0{facts.padding}d}.exr",
            "count": len(frames),
            "compression": request.compression,
        },
        "limits_broken": broken,
    }
