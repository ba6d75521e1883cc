"""What a debayer would do, from headers only."""

from __future__ import annotations

from typing import Any

from functions.colour.camera.to_aces import camera_to_aces
from functions.contract.frames import FrameRange, rate_text
from functions.contract.operation import Work
from functions.debayer.request import DebayerRequest, output_name, picture_spec_of
from functions.debayer.sidecars import sidecar_names
from functions.picture import Pictures
from functions.picture.memory import EXR_FILE


def plan_debayer(
    request: DebayerRequest, pictures: Pictures, frames: FrameRange, work: Work
) -> dict[str, Any]:
    """Frame mapping, canvas, colour steps in order, output names, broken limits."""
    facts, plan = pictures.facts, pictures.plan
    assert facts.layout is not None
    colour = camera_to_aces(facts.camera, facts.layout, picture_spec_of(request).overrides)
    for key, value in colour.assumed.items():
        work.assume(key, value)
    name = output_name(request, facts.name)
    written = EXR_FILE * (2 if request.depth == "float" else 1)
    broken = work.limits.broken_by(len(frames), pictures.memory(written))
    if facts.width * facts.height > work.limits.pixels:
        broken.append(
            f"{facts.width}x{facts.height} is over the limit of {work.limits.pixels} pixels"
        )
    steps = ["black and white level"]
    if facts.layout == "cfa":
        gains = ", ".join(f"{gain:.4f}" for gain in colour.gains)
        steps += [f"white balance {gains}", f"demosaic {request.method}"]
    if request.lens != "none":
        steps.insert(1, "shading of the lens, by the file's opcodes")
    if request.lens == "all":
        steps.append("distortion of the lens, by the file's opcodes (Catmull-Rom)")
    if facts.layout != "mono":
        steps.append(f"highlights: {request.highlights}")
    steps += [line.text for line in plan.colour if line.state == "now"]
    steps.append("half float" if request.depth == "half" else "float of 32 bit")
    told: dict[str, Any] = {
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
        "canvas": {"width": plan.width, "height": plan.height},
        "colour": steps,
        "outputs": {
            "first": f"{name}.{frames.start:0{facts.padding}d}.exr",
            "last": f"{name}.{frames.last:0{facts.padding}d}.exr",
            "count": len(frames),
            "compression": request.compression,
            "depth": request.depth,
        },
        "limits_broken": broken,
    }
    if request.decides:
        told["sidecars"] = list(sidecar_names(request, pictures))
        told["decisions"] = plan.report()
    return told
