"""The request of dispatch: a job."""

from __future__ import annotations

from typing import Annotated, Any

from functions.contract.operation import Request, about
from functions.dispatch.job import Job, parse_job


class DispatchRequest(Request, frozen=True, kw_only=True):
    """Do a job: many clips, cut into units that run side by side."""

    output: Annotated[str, about("folder of the whole job", uri=True, unit="FOLDER")]
    clips: Annotated[
        list[dict[str, Any]], about("requests, each with its operation; output may be left out")
    ]
    defaults: Annotated[dict[str, Any], about("fields of every clip")] | None = None
    units: (
        Annotated[dict[str, float], about("how clips are cut: target_seconds (30), or frames")]
        | None
    ) = None
    sink: (
        Annotated[str, about("none: this machine; http(s)://..., openfaas:http://...", unit="URL")]
        | None
    ) = None
    attempts: Annotated[int, about("how often a unit is sent", ge=1, le=100, unit="COUNT")] = 5
    in_flight: (
        Annotated[int, about("most units at one time; the sink's own", ge=1, le=1024, unit="COUNT")]
        | None
    ) = None
    patience: Annotated[
        float, about("seconds until a unit without receipt is sent again", gt=0, unit="SECONDS")
    ] = 3600.0

    learn_from: (
        Annotated[
            list[str],
            about("outputs of earlier jobs whose receipts tell what a frame costs", uri=True),
        ]
        | None
    ) = None

    def __post_init__(self) -> None:
        self.job()

    def job(self) -> Job:
        """The job of the request's fields. Raises InvalidRequest with all problems."""
        return parse_job(self.output, self.clips, self.defaults, self.units)
