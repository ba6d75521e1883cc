"""plate: a VFX plate with everything that ships beside it.

ACES2065-1 half-float EXR frames named and numbered as Netflix's public guide to VFX plates
asks, with handles as far as the media goes; the AMF that says what is applied and what is
left, `.cc` and `.cdl`, FDL, a viewing movie with the look, the turnover's event, and an ASC
MHL over all of it. The FDL's framing is cut out or scaled down, never up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from msgspec import Meta
from msgspec.structs import replace

from functions.contract.operation import Limits, Operation, Result, Work
from functions.contract.store import Stat, Store
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


def run(request: PlateRequest, work: Work) -> Result:
    """Write the package; see the module's docstring.

    Raises InvalidRequest for a framing that would enlarge the picture, UnsupportedMedia for
    a clip whose colour nobody knows.
    """
    from functions.plate.pulling import pull_plate

    return pull_plate(request, work)


def explain(request: PlateRequest, work: Work) -> dict[str, Any]:
    """Names, numbers, handles, canvas and colour steps, from headers only."""
    from functions.plate.pulling import plan_plate

    return plan_plate(request, work)


def sources(request: PlateRequest, store: Store) -> Iterable[Stat]:
    """Stats of the files of the cut and its handles, and of what decides about them."""
    from functions.picture import picture_sources
    from functions.plate.pulling import frames_of_unit

    frames = frames_of_unit(request, store, Limits())
    return picture_sources(replace(wish_of(request), frames=frames), store)


OPERATION = Operation(
    name="plate",
    request=PlateRequest,
    run=run,
    explain=explain,
    sources=sources,
    summary="VFX plates: ACES EXR with handles, AMF, CDL, FDL, viewing movie and MHL",
    shapes=(
        "kernels",
        "functions.media",
        "functions.colour",
        "functions.sidecars",
        "functions.picture",
        "functions.plate",
    ),
    loads=(
        "functions.plate.pulling",
        "functions.picture.plan.make",
        "functions.picture.plan.sources",
    ),
)
