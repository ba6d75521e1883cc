"""The request of plate, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from functions.picture import Wish
from functions.picture.fields import PictureRequest
from functions.plate.naming import PLATE, SHOT

_URI = {"format": "uri"}


class PlateRequest(PictureRequest, frozen=True, kw_only=True):
    """Pull a plate."""

    output: Annotated[
        str,
        Meta(
            description="folder for the package, which is <shot>_<plate>_v<nnn>/ unless the "
            "folder is called so",
            extra_json_schema=_URI,
        ),
    ]
    shot: Annotated[str, Meta(description="as ABC_010_020", pattern=SHOT)] | None = None
    plate: Annotated[str, Meta(description="kind and number; PL01", pattern=PLATE)] | None = None
    version: Annotated[int, Meta(description="1 if not said", ge=1, le=9999)] | None = None
    handles: Annotated[
        int, Meta(description="frames before and after, as far as there are", ge=0, le=10_000)
    ] = 0
    start: (
        Annotated[
            int, Meta(description="number of the cut's first frame, as 1001", ge=0, le=9_999_999)
        ]
        | None
    ) = None
    numbering: Annotated[
        Literal["timecode", "clip"],
        Meta(description="without start: frames of the source timecode, or the clip's own"),
    ] = "timecode"
    compression: Annotated[
        Literal["none", "zips", "zip", "piz"], Meta(description="of the EXR files")
    ] = "zip"
    source: (
        Annotated[str, Meta(description="colour space of the clip, in place of what it says")]
        | None
    ) = None
    proxy: Annotated[bool, Meta(description="a viewing movie with the look")] = True
    seal: Annotated[bool, Meta(description="ASC MHL over the package")] = True
    date: (
        Annotated[str, Meta(description="of the seal, ISO 8601; the camera's if not said")] | None
    ) = None
    event: (
        Annotated[dict[str, Any], Meta(description="the turnover's event, kept in the package")]
        | None
    ) = None

    def __post_init__(self) -> None:
        """Name what cannot be before a clip is opened."""
        from functions.plate.naming import plate_name
        from functions.plate.package import parse_date

        plate_name(self.output, self.shot, self.plate, self.version, "")
        if self.date is not None:
            parse_date(self.date)


def wish_of(request: PlateRequest) -> Wish:
    """Scene-linear ACES2065-1 with no look: looks are for who composites, and for viewing."""
    return request.wish(
        source=request.source, output="aces", through="input", alpha="premultiplied"
    )
