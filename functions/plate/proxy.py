"""The viewing movie of a plate: its framing with the look, on its way to a display."""

from __future__ import annotations

from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.contract.receipt import Output
from functions.picture import Framing, Pictures, Plan
from functions.picture.frames.movie_file import write_movie
from functions.plate.request import PlateRequest

_WIDEST, _HIGHEST = 1920, 1080
_CODEC = "prores-lt"


def write_proxy(
    request: PlateRequest, plate: Pictures, frames: FrameRange, name: str, work: Work
) -> Output:
    """A QuickTime of the same frames: every look of the decisions and the AMF's own output
    transform, or Rec.709; the framing alone, without protection, at most 1920x1080.

    plate : whose clip and sidecars it shares, and whose size it never exceeds
    """
    width, height = _size(plate.plan)
    framing = Framing(
        context=request.context,
        canvas=request.canvas,
        decision=request.decision,
        width=width,
        height=height,
    )
    spec = request.picture_spec(
        frames=str(frames),
        source=request.source,
        output="display",
        tier="view",
        method="fast",
        framing=framing,
        alpha="unsaid",
        samples="word",
    )
    with Pictures(spec, work, beside=plate) as pictures:
        return write_movie(pictures, frames, work, name=name, codec=_CODEC, container="mov")


def _size(plan: Plan) -> tuple[int, int]:
    """Even width and height of the framing, de-squeezed, scaled down to fit."""
    seen = plan.geometry.output.framing if plan.geometry is not None else None
    width = (seen.width if seen else plan.width) * plan.pixel_aspect
    height = seen.height if seen else plan.height
    scale = min(1.0, _WIDEST / width, _HIGHEST / height)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
