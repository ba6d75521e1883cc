"""What an operation asks of a clip: which frames, which colour, which framing."""

from __future__ import annotations

from typing import Literal

import msgspec

from functions.colour.camera.overrides import AS_RECORDED, CameraOverrides
from functions.contract.picture import Cdl
from functions.sidecars.fdl.values import Even, FitMethod, Horizontal, Layer, Rounding, Vertical

Tier = Literal["exact", "view"]
Through = Literal["input", "working", "looks"]
Samples = Literal["half", "float", "word", "shown"]
Carried = Literal["unsaid", "dropped", "straight", "premultiplied"]
Method = Literal["draft", "fast", "best"]
Highlights = Literal["repair", "keep", "clip"]
Lens = Literal["none", "shading", "all"]
Filter = Literal["lanczos3", "lanczos4", "catmull-rom", "mitchell", "triangle", "area"]
Scale = Literal["half", "quarter"]
Preserve = Literal[
    "canvas.dimensions",
    "canvas.effective_dimensions",
    "framing_decision.protection_dimensions",
    "framing_decision.dimensions",
    "none",
]


class Framing(msgspec.Struct, frozen=True, kw_only=True):
    """Which framing decision, and what it is made into. All of it may be left out.

    context, canvas, decision : names inside the FDL: label or id; needed only where more
        than one fits
    template_file : URI of an FDL whose canvas template is used; without it `template` is
        looked for in the spec's own FDL
    template : id or label of a canvas template; the only one when not said
    layer : cut this layer out, neither scaled nor de-squeezed
    width, height : make it this size. Both: the picture is fitted inside (`fit`) and padded
        with black to the size. One: the fit source becomes so wide or so high, all of the
        canvas around it is kept (as VFX plates are), the other side follows.
    scale : half or a quarter of the sides that the pictures have without it, whole pixels of it;
        a squeeze stays
    fit_source, fit, preserve, horizontal, vertical, squeeze, maximum, pad, even, rounding :
        as in `sidecars.fdl.Template`, in place of what `width` and `height` alone mean

    Of `template`, `layer` and `width`/`height` at most one is said, and `scale` with none but
    `layer`. With an FDL and none of them, the framing decision with its protection is cut out.
    Without an FDL the framing is the whole picture.
    """

    context: str | None = None
    canvas: str | None = None
    decision: str | None = None
    template_file: str | None = None
    template: str | None = None
    layer: Layer | None = None
    width: int | None = None
    height: int | None = None
    scale: Scale | None = None
    fit_source: Layer | None = None
    fit: FitMethod | None = None
    preserve: Preserve | None = None
    horizontal: Horizontal | None = None
    vertical: Vertical | None = None
    squeeze: float | None = None
    maximum: tuple[int, int] | None = None
    pad: bool | None = None
    even: Even | None = None
    rounding: Rounding | None = None

    @property
    def asks(self) -> bool:
        """Whether anything is said at all."""
        return self != Framing()


class PictureSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What an operation asks for. URIs are canonical.

    input, frames : as in every request
    raw_only : anything but camera raw is unsupported media
    amf, fdl : sidecars
    looks : .cube .3dl .clf .ctf .cc .ccc .cdl, in order, after those of the AMF
    look_space : where `looks` that are CDLs or plain tables work; ACEScct if not said
    event_cdl : of a turnover's event, by its name: a look after `looks`, where the decisions
        have no CDL that waits
    config : an OCIO config as .ocio text, with its files beside it, or an archive, .ocioz
    aces : "1.3" or "2", where neither the AMF nor an id says it; ACES 2 if not said
    source : colour space of the clip's samples, in place of what the clip says
    output : "aces" (ACES2065-1), "camera" (raw only: white-balanced linear camera RGB),
        "source" (as coded, no colour step at all), "display" (the AMF's own output
        transform, Rec.709 where there is none), or an output of the colour room ("rec709",
        "p3d65", "rec2100-pq", "acescg", ..., see `functions.colour.chain.build.outputs`)
    through : for "aces": how far the AMF's steps are applied. "input" leaves looks to who
        comes after; for other outputs all steps are applied. None is "input", or "looks"
        when `looks` are given
    tier : error budget of colour. "view" also filters in the clip's own encoding, "exact"
        in scene-linear light
    baked : tables may stand for steps in the tier "view"; False where so little is made that a
        table, which takes a second to fill, would never pay
    method : demosaic
    highlights : of camera raw. "repair" raises a clipped channel to what the others agree on,
        "keep" leaves all values, "clip" ends every channel where the first one of a neutral clips
    part, view, lens : how the clip is read, as `contract.clip.Reading` has them
    overrides : exposure, white balance and matrices of camera raw, in place of the camera's
    filter : of `kernels.resize`, where pixels are not only moved
    alpha : what becomes of the clip's own: "straight" or "premultiplied" colours beside it, or
        it is "dropped", which is told, or "unsaid"
    deinterlace : one picture of both fields, where the clip is interlaced
    upright : turn the picture as a player would (`PictureFacts.rotation`) before framing
    samples : dtype of planes given back: float16, float32 (camera raw is then developed in
        floats too) or uint16 (0.0-1.0 over its full range, clipped; not for scene-linear outputs)
    """

    input: str
    frames: str | None = None
    raw_only: bool = False
    amf: str | None = None
    fdl: str | None = None
    looks: tuple[str, ...] = ()
    look_space: str | None = None
    event_cdl: tuple[str, Cdl] | None = None
    config: str | None = None
    aces: Literal["1.3", "2"] | None = None
    source: str | None = None
    output: str = "aces"
    through: Through | None = None
    tier: Tier = "exact"
    baked: bool = True
    method: Method = "best"
    highlights: Highlights = "repair"
    part: str | None = None
    view: str | None = None
    lens: Lens = "none"
    overrides: CameraOverrides = AS_RECORDED
    framing: Framing = Framing()
    filter: Filter = "lanczos3"
    upright: bool = False
    deinterlace: bool = False
    alpha: Carried = "dropped"
    samples: Samples = "half"
