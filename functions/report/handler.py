"""report: what became of a job, summed up from its plan and its receipts.

The answer has the numbers. Where there is an output they are written as `<job>.report.json`, and
on demand a page, `<job>.report.html`, that shows frames of every clip. Other receipts make another
unit: a job that goes on is reported anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from functions.contract.operation import Example, Opened, Operation, Work
from functions.report.request import ReportRequest


def open_unit(request: ReportRequest, work: Work) -> Opened:
    """One unit; its code is imported when there is one."""
    from functions.report.unit import ReportUnit

    return ReportUnit(request, work)


def lines(report: Mapping[str, Any]) -> Iterable[str]:
    """What a person reads of the report."""
    from functions.jobs.report import lines as of_report

    return of_report(report)


OPERATION = Operation(
    name="report",
    request=ReportRequest,
    open=open_unit,
    summary="what became of a job's units: numbers, and a page with its frames",
    example=Example(
        request={"input": "s3://plates/turnover7/", "output": "s3://reports/", "html": True},
        output="3f2a9c0d5b7e41868f0c2d1e9a4b6c75.report.html",
    ),
    lines=lines,
    tells_of_a_job=True,
    shapes=(
        "functions.report",
        "functions.jobs",
        "functions.picture",
        "functions.media",
        "functions.colour",
        "functions.sidecars",
        "kernels",
    ),
)
