"""The request of pull, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from functions.contract.errors import InvalidRequest
from functions.contract.operation import Request, about


class PullRequest(Request, frozen=True, kw_only=True):
    """Make the job of a turnover."""

    input: Annotated[
        str,
        about(
            "turnover: .edl .otio .otioz .fcpxml .xml (Final Cut Pro 7) .aaf .ale, or "
            "a pull list .csv .tsv",
            uri=True,
        ),
    ]
    media: Annotated[
        tuple[str, ...],
        about(
            "folders or prefixes of camera media, or an index of them",
            uri=True,
            unit="FOLDER",
            min_length=1,
        ),
    ]
    output: Annotated[str, about("root of the plates", uri=True, unit="FOLDER")]
    handles: Annotated[
        int, about("frames before and after each event", ge=0, le=10_000, unit="FRAMES")
    ] = 8
    start: (
        Annotated[
            int,
            about("number of each cut's first frame, as 1001", ge=0, le=9_999_999, unit="FRAME"),
        ]
        | None
    ) = None
    rate: (
        Annotated[
            str,
            about(
                "of the timecode, where the turnover says none: 24, 23.976, 30000/1001", unit="FPS"
            ),
        ]
        | None
    ) = None
    operation: Annotated[str, about("of every clip", unit="NAME")] = "plate"
    show: (
        Annotated[str, about("start of the shots' names; the timeline's title", unit="NAME")] | None
    ) = None
    shots: Annotated[
        Literal["marker", "comment", "pattern"],
        about(
            "what names shots: a marker that is a name, the first word of a marker or "
            "remark that looks like one, or the pattern; numbers where there is none"
        ),
    ] = "marker"
    pattern: (
        Annotated[
            str,
            about(
                "of shots' names, with {show} {number} {event} {clip} {reel}",
                max_length=200,
                unit="TEXT",
            ),
        ]
        | None
    ) = None
    step: Annotated[
        int, about("from one shot's number to the next", ge=1, le=1000, unit="NUMBER")
    ] = 10
    element: Annotated[
        str,
        about(
            "of every plate",
            pattern=r"^[A-Z]+[0-9]{2}$",
            form="write capitals and two digits, as in PL01",
            unit="NAME",
        ),
    ] = "PL01"
    source: (
        Annotated[
            str,
            about(
                "colour space of the clips that do not say theirs", unit="SPACE", section="Colour"
            ),
        ]
        | None
    ) = None
    amf: (
        Annotated[
            str,
            about(
                "ACES metadata file of all, or a folder of one for each clip",
                uri=True,
                unit="FILE",
                section="Colour",
            ),
        ]
        | None
    ) = None
    fdl: (
        Annotated[
            str,
            about(
                "framing decision list of all, or a folder of one for each clip",
                uri=True,
                unit="FILE",
                section="Framing",
            ),
        ]
        | None
    ) = None
    template: (
        Annotated[str, about("canvas template, by id or label", unit="NAME", section="Framing")]
        | None
    ) = None
    defaults: Annotated[dict[str, Any], about("more fields of every clip", unit="JSON")] | None = (
        None
    )
    files: Annotated[
        bool, about("write the job and the timeline of its plates into the output")
    ] = True
    strict: Annotated[bool, about("fail when a picture event is not pulled")] = False

    def __post_init__(self) -> None:
        """Name what cannot be before anything is read."""
        from functions.pull.naming import check_pattern

        if self.pattern is not None:
            check_pattern(self.pattern)
        elif self.shots == "pattern":
            raise InvalidRequest("shots by pattern need a pattern", field="pattern")
