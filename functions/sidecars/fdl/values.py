"""ASC Framing Decision List 2.0.1 as values: layers of a canvas, and the geometry to be made.

Lengths are in pixels, x to the right and y down from the canvas's upper left corner, as
fractions where the list has fractions.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Layer = Literal[
    "canvas.dimensions",
    "canvas.effective_dimensions",
    "framing_decision.protection_dimensions",
    "framing_decision.dimensions",
]
LAYERS: tuple[Layer, ...] = (
    "canvas.dimensions",
    "canvas.effective_dimensions",
    "framing_decision.protection_dimensions",
    "framing_decision.dimensions",
)
"""From the outermost to the innermost."""
FitMethod = Literal["width", "height", "fit_all", "fill"]
Horizontal = Literal["left", "center", "right"]
Vertical = Literal["top", "center", "bottom"]
Even = Literal["whole", "even"]
Rounding = Literal["up", "down", "round"]


class Box(msgspec.Struct, frozen=True):
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """First x past the box."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """First y past the box."""
        return self.y + self.height

    def within(self, other: Box) -> Box:
        """The part inside another; no size where they do not meet."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        width = max(0.0, min(self.right, other.right) - x)
        return Box(x, y, width, max(0.0, min(self.bottom, other.bottom) - y))


class Layers(msgspec.Struct, frozen=True, kw_only=True):
    """The four nested rectangles of a framing, on one canvas.

    width, height : the canvas, whole pixels
    squeeze : anamorphic squeeze: a pixel is this much wider than high when seen
    effective, protection : None where the list has none
    """

    width: int
    height: int
    squeeze: float = 1.0
    effective: Box | None = None
    protection: Box | None = None
    framing: Box

    @property
    def canvas(self) -> Box:
        """The canvas as a box."""
        return Box(0.0, 0.0, float(self.width), float(self.height))

    def layer(self, name: Layer) -> Box | None:
        """The rectangle that a path of the list names."""
        return {
            "canvas.dimensions": self.canvas,
            "canvas.effective_dimensions": self.effective,
            "framing_decision.protection_dimensions": self.protection,
            "framing_decision.dimensions": self.framing,
        }[name]


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A canvas template: what every source is to be made into (specification, 7.4).

    width, height, squeeze : target dimensions and target anamorphic squeeze
    fit_source, fit_method : the layer that is fitted to the target, and how
    preserve : the outermost layer that is kept around it; None = nothing more
    maximum, pad : the canvas is cut to this size, and with `pad` filled up to it
    even, rounding : how the canvas becomes whole pixels
    whole_layers : the template says `round`, and where its canvas needs that the layers are
        rounded too, as ASC's published results are
    """

    width: int
    height: int
    squeeze: float = 1.0
    fit_source: Layer = "framing_decision.dimensions"
    fit_method: FitMethod = "fit_all"
    horizontal: Horizontal = "center"
    vertical: Vertical = "center"
    preserve: Layer | None = None
    maximum: tuple[int, int] | None = None
    pad: bool = False
    even: Even = "even"
    rounding: Rounding = "round"
    whole_layers: bool = False
    id: str = "RUSHES"
    label: str = ""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One framing decision of one canvas of one context.

    `document` is the list it was chosen from, as bytes; ids are those of the list.
    `clips` are names of the one clip that its context is of; none for any clip.
    """

    context: str
    canvas_id: str
    canvas_label: str
    framing_id: str
    framing_label: str
    layers: Layers
    document: bytes
    context_index: int = 0
    clips: tuple[str, ...] = ()


class Geometry(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the pixels, exactly; the resize kernel does it in one pass.

    source, output : layers before and after
    crop : part of the source canvas that is seen in the output
    landing : where it lands on the output canvas, fractions of a pixel included
    scale : output pixels per source pixel, (x, y); de-squeeze is in x. Only where a template
        has its layers rounded may the two differ by more, less than a pixel over the picture
    padding : (left, top, right, bottom) of the output canvas that shows no source; black
    document : the resulting list
    notes : what was taken otherwise than written, one sentence each

    A source position (x, y) lands at
    `landing.x + (x - crop.x) * scale[0], landing.y + (y - crop.y) * scale[1]`.
    """

    source: Layers
    output: Layers
    crop: Box
    landing: Box
    scale: tuple[float, float]
    document: bytes
    notes: tuple[str, ...] = ()

    @property
    def padding(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom), never negative."""
        return (
            self.landing.x,
            self.landing.y,
            self.output.width - self.landing.right,
            self.output.height - self.landing.bottom,
        )

    @property
    def is_copy(self) -> bool:
        """Whether pixels are only moved by whole steps: no filter runs."""
        places = (self.crop.x, self.crop.y, self.landing.x, self.landing.y)
        return self.scale == (1.0, 1.0) and all(abs(p - round(p)) < 1e-9 for p in places)

    @property
    def enlarged(self) -> float:
        """How many times a source pixel is enlarged, beside a de-squeeze; 1.0 where it is not.

        Up to a pixel over the picture is what rounding makes of it.
        """
        squeeze = max(1.0, self.source.squeeze / self.output.squeeze)
        scales = (self.scale[0] / squeeze, self.scale[1])
        grown = (self.crop.width * (scales[0] - 1), self.crop.height * (scales[1] - 1))
        return max(scales) if max(grown) > 1 else 1.0

    def to_output(self, box: Box) -> Box:
        """Where a rectangle of the source lands; it may reach past the output canvas."""
        x = self.landing.x + (box.x - self.crop.x) * self.scale[0]
        y = self.landing.y + (box.y - self.crop.y) * self.scale[1]
        return Box(x, y, box.width * self.scale[0], box.height * self.scale[1])
