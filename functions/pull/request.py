"""The request of pull, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from functions.contract.errors import InvalidRequest
from functions.contract.operation import Request

_URI = {"format": "uri"}


class PullRequest(Request, frozen=True, kw_only=True):
    """Make the job of a turnover."""

    input: Annotated[
        str,
        Meta(
            description="turnover: .edl .otio .otioz .fcpxml .xml (Final Cut Pro 7) .aaf .ale, or "
            "a pull list .csv .tsv",
            extra_json_schema=_URI,
        ),
    ]
    media: Annotated[
        tuple[str, ...],
        Meta(
            description="folders or prefixes of camera media", extra_json_schema=_URI, min_length=1
        ),
    ]
    output: Annotated[str, Meta(description="root of the plates", extra_json_schema=_URI)]
    handles: Annotated[
        int, Meta(description="frames before and after each event", ge=0, le=10_000)
    ] = 8
    start: (
        Annotated[
            int,
            Meta(description="number of each cut's first frame, as 1001", ge=0, le=9_999_999),
        ]
        | None
    ) = None
    rate: (
        Annotated[
            str,
            Meta(
                description="of the timecode, where the turnover says none: 24, 23.976, 30000/1001"
            ),
        ]
        | None
    ) = None
    operation: Annotated[str, Meta(description="of every clip")] = "plate"
    show: (
        Annotated[str, Meta(description="start of the shots' names; the timeline's title")] | None
    ) = None
    shots: Annotated[
        Literal["marker", "comment", "pattern"],
        Meta(
            description="what names shots: a marker that is a name, the first word of a marker or "
            "remark that looks like one, or the pattern; numbers where there is none"
        ),
    ] = "marker"
    pattern: (
        Annotated[
            str,
            Meta(
                description="of shots' names, with {show} {number} {event} {clip} {reel}",
                max_length=200,
            ),
        ]
        | None
    ) = None
    step: Annotated[int, Meta(description="from one shot's number to the next", ge=1, le=1000)] = 10
    element: Annotated[str, Meta(description="of every plate", pattern=r"^[A-Z]+[0-9]{2}$")] = (
        "PL01"
    )
    source: (
        Annotated[str, Meta(description="colour space of the clips that do not say theirs")] | None
    ) = None
    amf: (
        Annotated[
            str,
            Meta(
                description="ACES metadata file of all, or a folder of one for each clip",
                extra_json_schema=_URI,
            ),
        ]
        | None
    ) = None
    fdl: (
        Annotated[
            str,
            Meta(
                description="framing decision list of all, or a folder of one for each clip",
                extra_json_schema=_URI,
            ),
        ]
        | None
    ) = None
    template: Annotated[str, Meta(description="canvas template, by id or label")] | None = None
    defaults: Annotated[dict[str, Any], Meta(description="more fields of every clip")] | None = None
    files: Annotated[
        bool, Meta(description="write the job and the timeline of its plates into the output")
    ] = True
    strict: Annotated[bool, Meta(description="fail when a picture event is not pulled")] = False

    def __post_init__(self) -> None:
        """Name what cannot be before anything is read."""
        from functions.pull.naming import check_pattern

        if self.pattern is not None:
            check_pattern(self.pattern)
        elif self.shots == "pattern":
            raise InvalidRequest("shots by pattern need a pattern", field="pattern")
