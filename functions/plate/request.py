"""The request of plate, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from functions.contract.operation import about
from functions.picture import PictureSpec
from functions.picture.dates import parse_date
from functions.picture.fields import PictureRequest
from functions.plate.naming import PLATE, SHOT


class PlateRequest(PictureRequest, frozen=True, kw_only=True):
    """Pull a plate."""

    output: Annotated[
        str,
        about(
            "folder for the package, which is <shot>_<plate>_v<nnn>/ unless the "
            "folder is called so",
            uri=True,
            unit="FOLDER",
        ),
    ]
    shot: (
        Annotated[
            str,
            about(
                "as ABC_010_020",
                pattern=SHOT,
                form="write letters and digits, with single underscores",
                unit="NAME",
            ),
        ]
        | None
    ) = None
    plate: (
        Annotated[
            str,
            about(
                "kind and number",
                pattern=PLATE,
                form="write capitals and two digits, as in PL01",
                unit="NAME",
                default="PL01",
            ),
        ]
        | None
    ) = None
    version: Annotated[int, about("1 if not said", ge=1, le=9999, unit="NUMBER")] | None = None
    handles: Annotated[
        int, about("frames before and after, as far as there are", ge=0, le=10_000, unit="FRAMES")
    ] = 0
    start: (
        Annotated[
            int, about("number of the cut's first frame, as 1001", ge=0, le=9_999_999, unit="FRAME")
        ]
        | None
    ) = None
    numbering: Annotated[
        Literal["timecode", "clip"],
        about("without start: frames of the source timecode, or the clip's own"),
    ] = "timecode"
    compression: Annotated[Literal["none", "zips", "zip", "piz"], about("of the EXR files")] = "zip"
    depth: Annotated[
        Literal["half", "float"],
        about("of the EXR files: half of 16 bit, or float of 32 bit all the way from the sensor"),
    ] = "half"
    space: Annotated[
        Literal["aces", "acescg"], about("ACES2065-1, or ACEScg", section="Colour")
    ] = "aces"
    source: (
        Annotated[
            str,
            about(
                "colour space of the clip, in place of what it says", unit="SPACE", section="Colour"
            ),
        ]
        | None
    ) = None
    proxy: Annotated[bool, about("a viewing movie with the look")] = True
    seal: Annotated[bool, about("ASC MHL over the package")] = True
    date: (
        Annotated[
            str, about("of the seal, ISO 8601; the camera's or the file's if not said", unit="DATE")
        ]
        | None
    ) = None
    event: Annotated[dict[str, Any], about("the turnover's event, kept in the package")] | None = (
        None
    )

    def __post_init__(self) -> None:
        """Name what cannot be before a clip is opened."""
        from functions.plate.event_cdl import event_cdl
        from functions.plate.naming import plate_name

        plate_name(self.output, self.shot, self.plate, self.version, "")
        event_cdl(self.event)
        if self.date is not None:
            parse_date(self.date)

    def picture_spec(self, **more: Any) -> PictureSpec:
        """As of every picture, with the event's correction for a look."""
        from functions.plate.event_cdl import event_cdl

        found = event_cdl(self.event)
        if found is not None and not found[1].is_identity:
            more["event_cdl"] = found
        return super().picture_spec(**more)


def picture_spec_of(request: PlateRequest) -> PictureSpec:
    """Scene-linear light with no look: looks are for who composites, and for viewing."""
    return request.picture_spec(
        source=request.source,
        output=request.space,
        through="input",
        alpha="premultiplied",
        samples=request.depth,
    )
