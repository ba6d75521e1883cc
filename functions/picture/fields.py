"""Request fields that every operation on developed pictures has: which clip, colour, framing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from functions.colour.camera.overrides import WHITE, Idt, overrides_of
from functions.contract.operation import Request, about
from functions.picture.picture_spec import Filter, Framing, PictureSpec, Preserve
from functions.sidecars.fdl.values import FitMethod, Layer


class PictureRequest(Request, frozen=True, kw_only=True):
    """Base of the requests of debayer, plate, transcode and deliver."""

    input: Annotated[str, about("clip: a file, a pattern or a folder", uri=True)]
    frames: Annotated[str, about("1001-1024, 1001-1100x2 or timecodes", unit="RANGE")] | None = None
    method: Annotated[
        Literal["draft", "fast", "best"], about("demosaic: quality against speed")
    ] = "best"
    highlights: Annotated[
        Literal["repair", "keep", "clip"],
        about(
            "of camera raw: repair raises a clipped channel to what the others "
            "agree on, keep leaves every value, clip ends all channels where a neutral clips first"
        ),
    ] = "repair"
    lens: Annotated[
        Literal["none", "shading", "all"],
        about("what of a DNG's own lens corrections is done: shading, or distortion too"),
    ] = "none"
    exposure: Annotated[
        float,
        about("of camera raw, beside the camera's own", unit="STOPS", ge=-10, le=10),
    ] = 0.0
    white: (
        Annotated[
            str,
            about(
                "of camera raw: light to balance for, in place of the camera's; kelvin and tint, "
                "5600 or 5600+10",
                pattern=WHITE,
                form="write kelvin, and the tint where there is one: 5600 or 5600+10",
                unit="KELVIN",
            ),
        ]
        | None
    ) = None
    idt: Annotated[
        Idt,
        about(
            "of camera raw: the file's own matrices, or those of measured spectral sensitivities, "
            "of cameras that have a table, for the light that the white balance is nearest to"
        ),
    ] = "dng"
    part: (
        Annotated[
            str, about("of an EXR of several parts or layers: name, or 1, 2 ...", unit="NAME")
        ]
        | None
    ) = None
    view: Annotated[str, about("of a stereo EXR: left, right", unit="NAME")] | None = None
    amf: (
        Annotated[str, about("ACES metadata file", uri=True, unit="FILE", section="Colour")] | None
    ) = None
    looks: Annotated[
        tuple[str, ...],
        about(
            ".cube .3dl .clf .ctf .cc .ccc .cdl, after the AMF's",
            uri=True,
            unit="FILE",
            section="Colour",
        ),
    ] = ()
    look_space: (
        Annotated[
            str,
            about(
                "where CDL and table looks work", unit="SPACE", section="Colour", default="acescct"
            ),
        ]
        | None
    ) = None
    aces: (
        Annotated[
            Literal["1.3", "2"],
            about("ACES of outputs and looks that no AMF names", section="Colour", default="2"),
        ]
        | None
    ) = None
    config: (
        Annotated[
            str, about("OCIO config, .ocio or .ocioz", uri=True, unit="FILE", section="Colour")
        ]
        | None
    ) = None
    fdl: (
        Annotated[str, about("framing decision list", uri=True, unit="FILE", section="Framing")]
        | None
    ) = None
    context: (
        Annotated[str, about("of the FDL, by label", unit="NAME", section="Framing")] | None
    ) = None
    canvas: (
        Annotated[str, about("of the FDL, by id or label", unit="NAME", section="Framing")] | None
    ) = None
    decision: (
        Annotated[
            str,
            about(
                "framing decision of the FDL, by id, label or intent",
                unit="NAME",
                section="Framing",
            ),
        ]
        | None
    ) = None
    template: (
        Annotated[str, about("canvas template, by id or label", unit="NAME", section="Framing")]
        | None
    ) = None
    template_file: (
        Annotated[
            str,
            about("FDL that holds the canvas template", uri=True, unit="FILE", section="Framing"),
        ]
        | None
    ) = None
    layer: Annotated[Layer, about("cut this layer out, not scaled", section="Framing")] | None = (
        None
    )
    width: (
        Annotated[
            int,
            about(
                "scale so that the framing is so wide and keep what is around it; "
                "with height: fit inside and pad",
                ge=1,
                le=131072,
                unit="PIXELS",
                section="Framing",
            ),
        ]
        | None
    ) = None
    height: (
        Annotated[int, about("as width", ge=1, le=131072, unit="PIXELS", section="Framing")] | None
    ) = None
    scale: (
        Annotated[
            Literal["half", "quarter"],
            about("of what is cut out, as it stands: a proxy's size", section="Framing"),
        ]
        | None
    ) = None
    fit: (
        Annotated[FitMethod, about("how the framing meets width and height", section="Framing")]
        | None
    ) = None
    preserve: (
        Annotated[Preserve, about("outermost layer kept around the framing", section="Framing")]
        | None
    ) = None
    filter: Annotated[Filter, about("where pixels are scaled", section="Framing")] = "lanczos3"

    def picture_spec(self, **more: Any) -> PictureSpec:
        """What is asked of the clip's pictures; `more` are fields that the operation sets."""
        framing = Framing(
            context=self.context,
            canvas=self.canvas,
            decision=self.decision,
            template=self.template,
            template_file=self.template_file,
            layer=self.layer,
            width=self.width,
            height=self.height,
            scale=self.scale,
            fit=self.fit,
            preserve=self.preserve,
        )
        fields = {
            "framing": framing,
            **{
                name: getattr(self, name)
                for name in (
                    "input",
                    "frames",
                    "amf",
                    "fdl",
                    "looks",
                    "look_space",
                    "aces",
                    "config",
                )
            },
            "method": self.method,
            **{name: getattr(self, name) for name in ("highlights", "lens", "part", "view")},
            "filter": self.filter,
            "overrides": overrides_of(self.exposure, self.white, self.idt),
        }
        return PictureSpec(**{**fields, **more})
