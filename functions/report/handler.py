"""report: what became of a job, summed up from its plan and its receipts.

The answer has the numbers. Where there is an output they are written as `<job>.report.json`, and
on demand a page, `<job>.report.html`, that shows frames of every clip. Other receipts make another
unit: a job that goes on is reported anew.
"""

from __future__ import annotations

from functions.contract.operation import Example, Operation, imported
from functions.report.request import ReportRequest

OPERATION = Operation(
    name="report",
    request=ReportRequest,
    open=imported("functions.report.unit", "ReportUnit"),
    summary="what became of a job's units: numbers, and a page with its frames",
    example=Example(
        request={"input": "s3://plates/turnover7/", "output": "s3://reports/", "html": True},
        output="3f2a9c0d5b7e41868f0c2d1e9a4b6c75.report.html",
    ),
    lines=imported("functions.jobs.report", "lines"),
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
