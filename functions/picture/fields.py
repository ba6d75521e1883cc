"""Request fields that every operation on developed pictures has: which clip, colour, framing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from functions.contract.operation import Request
from functions.picture.picture_request import Filter, Framing, Preserve, Wish
from functions.sidecars.fdl.values import FitMethod, Layer

_URI = {"format": "uri"}


class PictureRequest(Request, frozen=True, kw_only=True):
    """Base of the requests of debayer, plate, transcode and deliver."""

    input: Annotated[
        str, Meta(description="clip: a file, a pattern or a folder", extra_json_schema=_URI)
    ]
    frames: Annotated[str, Meta(description="1001-1024, 1001-1100x2 or timecodes")] | None = None
    method: Annotated[
        Literal["draft", "fast", "best"], Meta(description="demosaic: quality against speed")
    ] = "best"
    highlights: Annotated[
        Literal["repair", "keep", "clip"],
        Meta(
            description="of camera raw: repair raises a clipped channel to what the others "
            "agree on, keep leaves every value, clip ends all channels where a neutral clips first"
        ),
    ] = "repair"
    lens: Annotated[
        Literal["none", "shading", "all"],
        Meta(description="what of a DNG's own lens corrections is applied: gain maps, or all"),
    ] = "none"
    part: (
        Annotated[str, Meta(description="of an EXR of several parts or layers: name, or 1, 2 ...")]
        | None
    ) = None
    view: Annotated[str, Meta(description="of a stereo EXR: left, right")] | None = None
    amf: Annotated[str, Meta(description="ACES metadata file", extra_json_schema=_URI)] | None = (
        None
    )
    looks: Annotated[
        tuple[str, ...],
        Meta(
            description=".cube .3dl .clf .ctf .cc .ccc .cdl, after the AMF's",
            extra_json_schema=_URI,
        ),
    ] = ()
    look_space: (
        Annotated[str, Meta(description="where CDL and table looks work; acescct")] | None
    ) = None
    aces: (
        Annotated[
            Literal["1.3", "2"], Meta(description="ACES of outputs and looks that no AMF names; 2")
        ]
        | None
    ) = None
    config: (
        Annotated[str, Meta(description="OCIO config, .ocio or .ocioz", extra_json_schema=_URI)]
        | None
    ) = None
    fdl: (
        Annotated[str, Meta(description="framing decision list", extra_json_schema=_URI)] | None
    ) = None
    context: Annotated[str, Meta(description="of the FDL, by label")] | None = None
    canvas: Annotated[str, Meta(description="of the FDL, by id or label")] | None = None
    decision: (
        Annotated[str, Meta(description="framing decision of the FDL, by id, label or intent")]
        | None
    ) = None
    template: Annotated[str, Meta(description="canvas template, by id or label")] | None = None
    template_file: (
        Annotated[
            str, Meta(description="FDL that holds the canvas template", extra_json_schema=_URI)
        ]
        | None
    ) = None
    layer: Annotated[Layer, Meta(description="cut this layer out, not scaled")] | None = None
    width: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=131072,
                description="scale so that the framing is so wide and keep what is around it; "
                "with height: fit inside and pad",
            ),
        ]
        | None
    ) = None
    height: Annotated[int, Meta(ge=1, le=131072, description="as width")] | None = None
    fit: Annotated[FitMethod, Meta(description="how the framing meets width and height")] | None = (
        None
    )
    preserve: (
        Annotated[Preserve, Meta(description="outermost layer kept around the framing")] | None
    ) = None
    filter: Annotated[Filter, Meta(description="where pixels are scaled")] = "lanczos3"

    def wish(self, **more: Any) -> Wish:
        """What is asked of the clip's pictures; `more` are the operation's own fields of Wish."""
        framing = Framing(
            context=self.context,
            canvas=self.canvas,
            decision=self.decision,
            template=self.template,
            template_file=self.template_file,
            layer=self.layer,
            width=self.width,
            height=self.height,
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
        }
        return Wish(**{**fields, **more})
