"""What will be done to a clip, known from headers and sidecars alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from functions.colour.chain.values import Chain, Stage
from functions.contract.picture import Alpha, ColourTags
from functions.picture.picture_spec import Samples
from functions.picture.plan.applied_state import After
from functions.picture.plan.named_cdl import NamedCdl
from functions.sidecars.fdl.values import Box, Geometry, Layers

State = Literal["already", "now", "left"]


class ColourLine(msgspec.Struct, frozen=True):
    """One colour step in words, camera to display.

    state : "already" in the clip's pixels, done "now", or "left" to who comes after
    stage : what it is to the chain of colour
    """

    state: State
    text: str
    stage: Stage


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What open_pictures found out and decided; everything is the clip's, not the unit's: two
    units of one clip with the same specs have the same plan and the same sidecars.

    width, height : of the planes
    pixel_aspect : of the pictures given back (a squeeze that is kept)
    geometry : None when the pictures are as they are
    drawing : the geometry as a text picture with numbers, "" without geometry
    source : colour space of the samples, or "camera raw"
    output : as asked
    samples : of the planes
    colour : steps in order
    tier : error budget of colour, as asked
    bound : measured error bound of the colour steps, in words; "" where no step runs
    scene_linear : the planes are scene-linear light
    tags : what a writer says of the planes' colour (primaries, transfer)
    alpha : how colours stand to the alpha that pictures come with; None where they have none
    peak : cd/m2 of the display that the planes are made for, None where they are for none
    amf_given : whether the request named one
    fdl_after : the FDL to ship beside the frames, None when no framing was asked for
    cdls : of AMF and looks
    notes : what is odd about the AMF and does not forbid its use, one sentence each
    aftermath : makes what `amf_after` and `files_after` are, when they are first asked for
    rendering : scene-linear ACES2065-1 to what the planes are in, without any look: for what
        is drawn beside the clip's pictures. Made when it is first asked for; of an output that
        the spec names, which "display", "source" and "camera" do not
    inputs : sidecar and look files that were read, by canonical URI
    """

    width: int
    height: int
    pixel_aspect: float = 1.0
    geometry: Geometry | None = None
    drawing: str = ""
    source: str
    output: str
    samples: Samples = "half"
    colour: tuple[ColourLine, ...]
    tier: Literal["exact", "view"] = "exact"
    bound: str = ""
    scene_linear: bool
    tags: ColourTags
    peak: float | None = None
    alpha: Alpha | None = None
    amf_given: bool = False
    fdl_after: bytes | None = None
    cdls: tuple[NamedCdl, ...] = ()
    notes: tuple[str, ...] = ()
    amf_after_maker: Callable[[], After]
    rendering: Callable[[], Chain]
    inputs: tuple[str, ...] = ()

    @property
    def amf_after(self) -> bytes:
        """The AMF to ship beside the frames: the given one with what is applied now, or one
        about what rushes does."""
        return self.amf_after_maker().amf

    @property
    def files_after(self) -> Mapping[str, bytes]:
        """Files that `amf_after` names, to be shipped beside it under these names."""
        return self.amf_after_maker().files

    def report(self) -> dict[str, Any]:
        """Plain JSON values for `explain` and for the receipt's report.

        canvas, steps ({"state", "text"} in order), bound, tier, remarks; alpha where there is
        one; framing where there is one: scale, crop, landing, padding and layers as
        [x, y, width, height], drawing, notes.
        """
        told: dict[str, Any] = {
            "canvas": {"width": self.width, "height": self.height},
            "pixel_aspect": self.pixel_aspect,
            "source": self.source,
            "output": self.output,
            "tier": self.tier,
            **({"alpha": self.alpha} if self.alpha else {}),
            "steps": [{"state": line.state, "text": line.text} for line in self.colour],
            "bound": self.bound or None,
            "remarks": list(self.notes),
        }
        if self.geometry is not None:
            told["framing"] = _framing(self.geometry, self.drawing)
        return told


def _framing(geometry: Geometry, drawing: str) -> dict[str, Any]:
    return {
        "source": _layers(geometry.source),
        "output": _layers(geometry.output),
        "crop": _box(geometry.crop),
        "landing": _box(geometry.landing),
        "scale": list(geometry.scale),
        "padding": list(geometry.padding),
        "filtered": not geometry.is_copy,
        "notes": list(geometry.notes),
        "drawing": drawing,
    }


def _layers(layers: Layers) -> dict[str, Any]:
    named = {
        "effective": layers.effective,
        "protection": layers.protection,
        "framing": layers.framing,
    }
    return {
        "width": layers.width,
        "height": layers.height,
        "squeeze": layers.squeeze,
        **{name: _box(box) for name, box in named.items() if box is not None},
    }


def _box(box: Box) -> list[float]:
    return [box.x, box.y, box.width, box.height]
