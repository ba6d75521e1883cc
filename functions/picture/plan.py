"""What will be done to a clip, known from headers and sidecars alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from functions.contract.amf import Cdl
from functions.contract.picture import ColourTags
from functions.sidecars.fdl import Geometry

State = Literal["already", "now", "left"]


@dataclass(frozen=True, slots=True)
class ColourLine:
    """One colour step in words, camera to display.

    state : "already" in the clip's pixels, done "now", or "left" to who comes after
    """

    state: State
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCdl:
    """A CDL of the decisions and where it works, for the .cc and .cdl beside a plate.

    space : name of its working space, "ACEScct"
    """

    id: str
    cdl: Cdl
    space: str
    applied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What open_pictures found out and decided; everything is the clip's, not the unit's: two
    units of one clip with the same wishes have the same plan and the same sidecars.

    width, height : of the planes
    pixel_aspect : of the pictures given back (a squeeze that is kept)
    geometry : None when the pictures are as they are
    drawing : the geometry as a text picture with numbers, "" without geometry
    source : colour space of the samples, or "camera raw"
    output : as asked
    colour : steps in order
    bound : measured error bound of the colour steps, in words; "" where no step runs
    scene_linear : the planes are scene-linear light
    tags : what a writer says of the planes' colour (primaries, transfer)
    amf_after : the AMF to ship beside the frames: the given one with what is applied now,
        or one about what rushes does
    amf_given : whether the request named one
    fdl_after : the FDL to ship beside the frames, None when no framing was asked for
    cdls : of AMF and looks
    inputs : sidecar and look files that were read, by canonical URI
    """

    width: int
    height: int
    pixel_aspect: float = 1.0
    geometry: Geometry | None = None
    drawing: str = ""
    source: str
    output: str
    colour: tuple[ColourLine, ...]
    bound: str = ""
    scene_linear: bool
    tags: ColourTags
    amf_after: bytes = field(repr=False)
    amf_given: bool = False
    fdl_after: bytes | None = field(default=None, repr=False)
    cdls: tuple[NamedCdl, ...] = ()
    inputs: tuple[str, ...] = ()

    def report(self) -> dict[str, Any]:
        """Plain JSON values for `explain` and for the receipt's report."""
        raise NotImplementedError
