"""The request of dispatch: a job."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from functions.contract.errors import InvalidRequest
from functions.contract.operation import Request, about
from functions.dispatch.job import Job, parse_job

_SHARES = {"rush": 4.0, "normal": 1.0, "bulk": 0.25}


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
        Annotated[
            int, about("most units at one time; the sink's own", ge=1, le=10_000, unit="COUNT")
        ]
        | None
    ) = None
    patience: Annotated[
        float, about("seconds until a unit without receipt is sent again", gt=0, unit="SECONDS")
    ] = 3600.0

    priority: Annotated[
        Literal["rush", "normal", "bulk"],
        about("share beside other jobs at the sink: rush 4, normal 1, bulk a quarter"),
    ] = "normal"
    weight: Annotated[float, about("times this share", ge=0.01, le=100, unit="NUMBER")] = 1.0
    ready_by: (
        Annotated[str, about("when it must be done; the answer says whether it is", unit="TIME")]
        | None
    ) = None
    learn_from: (
        Annotated[
            list[str],
            about("outputs of earlier jobs whose receipts tell what a frame costs", uri=True),
        ]
        | None
    ) = None

    def __post_init__(self) -> None:
        self.job()
        self.deadline()

    def share(self) -> float:
        """The job's weight beside others at one sink."""
        return _SHARES[self.priority] * self.weight

    def deadline(self) -> float | None:
        """Seconds since 1970 until which it must be done. Raises InvalidRequest for what is no
        time with its zone, as ISO 8601 writes it."""
        if self.ready_by is None:
            return None
        try:
            found = datetime.fromisoformat(self.ready_by)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise InvalidRequest(
                f"ready_by {self.ready_by!r} is no time with its zone: write 2026-12-01T18:00:00Z",
                field="ready_by",
            )
        return found.timestamp()

    def job(self) -> Job:
        """The job of the request's fields. Raises InvalidRequest with all problems."""
        return parse_job(self.output, self.clips, self.defaults, self.units)
