"""A colour chain as frozen values: what runs, what a person reads, how far from OpenColorIO."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from kernels.colour.steps import Picture, Step, apply_steps

Tier = Literal["exact", "view"]
State = Literal["already", "now", "left"]
Stage = Literal["input", "look", "output", "kept"]
Planes = npt.NDArray[np.float32]


class Line(msgspec.Struct, frozen=True):
    """One colour step as a person reads it.

    state : "already" in the pixels, done "now", or "left" for the next one
    stage : what it is to the chain; "kept" is a look that nobody used
    """

    text: str
    state: State
    stage: Stage


class Bound(msgspec.Struct, frozen=True):
    """How far the chain's samples are from OpenColorIO's float processor, as measured.

    unit : "half" (steps between neighbouring half floats) or "code10" (10-bit code values)
    worst : over all samples; `usual` is the 99.9th percentile of the picture-like ones
    budget : what the tier allows for `worst`
    how : the samples, in a few words
    """

    unit: Literal["half", "code10"]
    worst: float
    usual: float
    budget: float
    how: str


class OutputTags(msgspec.Struct, frozen=True):
    """How an encoder or a header names the output; FFmpeg's names, None where none fits.

    primaries : "bt709", "bt2020", "smpte432" (P3-D65), "smpte431" (DCI-P3), ...
    transfer : "bt709", "iec61966-2-1" (sRGB), "smpte2084" (PQ), "arib-std-b67" (HLG),
        "linear", "gamma22", "gamma28", ...
    matrix : of Y'CbCr, "bt709", "bt2020nc"
    peak : cd/m2 that code value 1.0 or the mastering display stands for, None if scene-referred
    mastering : primaries of the display that a PQ output is rendered for, None where that is
        not known
    """

    primaries: str | None
    transfer: str | None
    matrix: str | None
    peak: float | None = None
    mastering: str | None = None


class Chain(msgspec.Struct, frozen=True):
    """From a source colour space to an output.

    steps : for `kernels.apply_steps` and the other entries that take steps, float in and out
    lines : every step as a person reads it, in order, applied and left ones too
    tier : how it was built
    bound : None where nothing is done
    scene_linear : the output is scene-linear; else display code values 0.0 to 1.0
    encoding : names of the output for encoders
    output : our name of what comes out, "aces" or "rec709"
    before : what runs ahead of `steps` where a part has no kernel: OpenColorIO's own
        processor, slow; takes and returns (3, H, W) float32
    by_library : which part that is, in words, "" where there is none
    assumed : what was not said and was chosen, name to value
    undone : our name of the output whose rendering was undone in the source, "" where none was
    """

    steps: tuple[Step, ...]
    lines: tuple[Line, ...]
    tier: Tier
    bound: Bound | None
    scene_linear: bool
    encoding: OutputTags
    output: str
    before: Callable[[Planes], Planes] | None = None
    by_library: str = ""
    assumed: tuple[tuple[str, str], ...] = ()
    undone: str = ""

    def prepare(self, image: Picture) -> Picture:
        """What `steps` are to be run on: `image` itself, unless `before` has work to do.

        image : (3, H, W) or (H, W, 3) float32, float16 or uint16, as `kernels.apply_steps`
        """
        if self.before is None:
            return image
        return self.before(as_planes(image))

    def apply(self, image: Picture, out: npt.NDArray[Any] | None = None) -> npt.NDArray[Any]:
        """Run the whole chain; arguments, answer and errors as `kernels.apply_steps`."""
        target = out
        if target is None and self.before is not None:
            target = np.empty(image.shape, image.dtype)
        return apply_steps(self.prepare(image), self.steps, target)


def as_planes(image: Picture) -> Planes:
    """A picture as new (3, H, W) float32, uint16 as 0.0 to 1.0."""
    shape = image.shape if image.shape[0] == 3 else (3, *image.shape[:2])
    return apply_steps(image, (), np.empty(shape, np.float32))
